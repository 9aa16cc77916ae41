"""From a command line to points, through Hydra: checked, composed, selected, and run."""
