"""Pruning: scores say which weights matter, selection keeps exact counts of them."""

from ltsweep.pruning.criteria import magnitude

__all__ = [
    "magnitude",
]
