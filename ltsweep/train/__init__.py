"""Training of packs: the loop that strategies share, the strategies, optimizers, schedules."""

from ltsweep.foundations.offers import offers

__getattr__ = offers(__name__, __path__)
