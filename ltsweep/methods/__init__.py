"""Methods: a mask rule combined with a weights rule; rules ask for inputs by argument name."""

from ltsweep.foundations.offers import offers

__getattr__ = offers(__name__, __path__)
