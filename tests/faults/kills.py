"""Kills with -9 at random moments, counted by kind of process, and the sweeps that suffer them."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import psutil

from ltsweep.store.store import Store
from ltsweep.views.wandb.deliveries import Destination

from ..views.wandb.exactly_once import assert_has_every_row_once
from ..views.wandb.server import serving
from ..waiting import wait_for
from .sweeps import Command, Sweep, kill


@dataclass
class Kills:
    """Kills until each kind of process was hit `each` times, and all together `in_all` times."""

    moments: random.Random
    in_all: int
    each: int
    counts: Counter[str] = field(default_factory=Counter)

    def are_enough(self, kinds: Iterable[str]) -> bool:
        """Whether all of these kinds were hit often enough."""
        each = all(self.counts[kind] >= self.each for kind in kinds)
        return each and self.counts.total() >= self.in_all

    def start(
        self, sweep: Sweep, is_over: Callable[[Command], bool], *, warm: bool = False
    ) -> Command:
        """Starts the sweep, and waits for nothing, or for word of a worker, or for a further stage.

        So kills come early and late, however slow the machine is.
        """
        look: Callable[[], object]
        look = self.moments.choice((lambda: None, sweep.logs, partial(stages_done, sweep)))
        before, launcher = look(), sweep.start(warm=warm)
        if before is not None:
            wait_for(lambda: look() != before or is_over(launcher), "progress", seconds=900)
        return launcher

    def strike(self, kinds: Mapping[str, Callable[[], list[psutil.Process]]]) -> set[str]:
        """Kills some processes of some kinds, each kind at a moment of its own; who was hit.

        Kinds that were hit often enough are spared, so that the others have time to come up.
        """
        wanted = [kind for kind in kinds if self.counts[kind] < self.each] or [*kinds]
        chosen = [kind for kind in wanted if self.moments.random() < 0.75]
        victims = chosen or [self.moments.choice(wanted)]
        self.moments.shuffle(victims)
        time.sleep(self.moments.uniform(0.0, 2.5))
        hit = set()
        for kind in victims:
            if found := kinds[kind]():
                kill(self.moments.sample(found, self.moments.randint(1, len(found))))
                hit.add(kind)
            time.sleep(self.moments.uniform(0.0, 0.5))
        self.counts.update(hit)
        return hit


def is_finished(sweep: Sweep, undisturbed: Sweep) -> bool:
    """Whether all stages are done that the undisturbed sweep has."""
    return stages_done(sweep) == len(undisturbed.endings())


def stages_done(sweep: Sweep) -> int:
    """How many stages of its store are finished."""
    return sum(stage.is_done() for stage in Store(sweep.store).stages())


@contextmanager
def sent_live(sweep: Sweep) -> Iterator[Sweep]:
    """The sweep with W&B live on a stand-in, which has all of its rows in the end."""
    with serving() as server:
        account = {**server.account, "WANDB_MODE": "online"}
        watched = replace(
            sweep,
            arguments=(*sweep.arguments, "logger=wandb", "logger.delay_seconds=0"),
            environment={**sweep.environment, **account},
        )
        try:
            yield watched
            watched.ltsweep("wandb", "sync")
        finally:
            kill(watched.delivery())
        here = Destination("ltsweep", server=server.url)
        assert_has_every_row_once(server, Store(sweep.store), here)
