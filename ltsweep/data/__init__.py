"""Datasets: files or embedded arrays -> uint8 arrays -> a fixed split -> tensors on the device."""

from ltsweep.foundations.offers import offers

__getattr__ = offers(__name__, __path__)
