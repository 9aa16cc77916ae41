"""Launching on a Slurm cluster: shares, resources, arrays of jobs."""
