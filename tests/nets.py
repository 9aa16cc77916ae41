"""Architectures as a plan makes them, from a component's name and its settings."""

from functools import partial

from ltsweep.foundations.components import bind
from ltsweep.models.net import Net


def net_of(target, shape, classes, **settings):
    """The net for images of a shape (C, H, W)."""
    return Net.of(partial(bind(target, settings), shape, classes), shape)
