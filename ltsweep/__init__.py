"""ltsweep: sweeps of lottery tickets across datasets, optimizers, pruning schemes and resets."""

__version__ = "0.1.0"
