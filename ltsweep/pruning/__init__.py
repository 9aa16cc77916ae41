"""Pruning: scores say which weights matter, selection keeps exact counts of them."""

from ltsweep.foundations.offers import offers

__getattr__ = offers(__name__, __path__)
