"""Initial weights: distributions by fan-in and fan-out, and whole initial states."""

from ltsweep.init.distributions import kaiming_normal, xavier_normal

__all__ = ["kaiming_normal", "xavier_normal"]
