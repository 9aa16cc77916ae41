"""Architectures, one file per family: each a function (input_shape, classes) -> torch.nn.Module."""

from ltsweep.foundations.offers import offers

__getattr__ = offers(__name__, __path__)
