"""Hydra plugins: the thin layer between Hydra's command line and ltsweep's engine."""
