"""Plans of the experiments in conf/: real nets and settings, made-up images of the real shapes."""

from functools import cache
from pathlib import Path
from unittest.mock import patch

import numpy as np

from ltsweep.cli.compared import missing_contrasts
from ltsweep.config.parse import parse
from ltsweep.data.dataset import RawImages
from ltsweep.hydra.conf import SelectionConf
from ltsweep.hydra.selection import Selection
from ltsweep.plan.densities import settle_densities
from ltsweep.plan.facts import FactFinder
from ltsweep.plan.fit import find_misfits
from ltsweep.plan.points import make_plan

from ..points import CONF, composer

SIZES = ("small", "paper")
SHAPES = {  # training images, test images, shape, classes
    "digits": (1300, 497, (1, 8, 8), 10),
    "mnist": (60000, 10000, (1, 28, 28), 10),
    "fashion_mnist": (60000, 10000, (1, 28, 28), 10),
    "cifar10": (50000, 10000, (3, 32, 32), 10),
    "cifar100": (50000, 10000, (3, 32, 32), 100),
    "svhn": (73257, 26032, (3, 32, 32), 10),
}


def names():
    """The experiments that have sizes."""
    return sorted(path.parent.name for path in (CONF / "experiment").glob("*/small.yaml"))


@cache
def raw_images(name):
    train, test, shape, classes = SHAPES[name]
    image = np.random.default_rng(0).integers(0, 256, (1, *shape), dtype=np.uint8)
    return RawImages(
        np.broadcast_to(image, (train, *shape)),  # no bytes of its own for each image
        np.arange(train) % classes,
        np.broadcast_to(image, (test, *shape)),
        np.arange(test) % classes,
        classes=classes,
        fingerprint=f"made up: {name}",
    )


@cache
def fact_finder():
    return FactFinder(Path("nowhere"))


def selection(name, size):
    """What the files of an experiment select."""
    known = composer().compose([f"experiment={name}", f"size={size}"])
    return SelectionConf.of(known.hydra.sweeper)


def points(name, size, *lines):
    """The composed points of an experiment."""
    made = composer()
    given = made.parse([f"experiment={name}", f"size={size}", *lines])
    found, notices = Selection.of(selection(name, size), given, made).points(made)
    assert notices == []  # no rule that excludes nothing
    return found


def plan(name, size, *lines):
    """The typed points and the plan of an experiment, and every sentence against it."""

    def load(loader, data_dir):
        return raw_images(loader.target.rpartition(".")[2])

    with patch("ltsweep.plan.facts._loaded", load):
        request = parse(points(name, size, *lines))
        find_misfits(request, fact_finder())
        settle_densities(request, fact_finder(), usual=())
        if request.problems:
            return request.points, None, request.problems
        made = make_plan(request.points, fact_finder())
        return request.points, made, missing_contrasts(made.points)
