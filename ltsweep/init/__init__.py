"""Initial weights: distributions by fan-in and fan-out, and whole initial states."""

from ltsweep.foundations.offers import offers

__getattr__ = offers(__name__, __path__)
