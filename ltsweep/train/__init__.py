"""Training of packs: the loop that strategies share, the strategies, optimizers, schedules."""

from ltsweep.train.numbers import plain
from ltsweep.train.objectives import cross_entropy
from ltsweep.train.optimizers import adam, sgd
from ltsweep.train.schedules import constant, cosine, milestones

__all__ = ["adam", "constant", "cosine", "cross_entropy", "milestones", "plain", "sgd"]
