"""Sweeps in the process of the tests: planned, trained with cluster=debug, and what they left."""

import os
from functools import cache
from pathlib import Path

from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from ltsweep.config.parse import parse
from ltsweep.hydra.compose import Composer
from ltsweep.launch.engine import Selection, prepare_store, submit
from ltsweep.launch.pending import find_pending
from ltsweep.plan.facts import FactFinder
from ltsweep.plan.fit import find_misfits
from ltsweep.plan.points import make_plan
from ltsweep.stages.export import export_ticket
from ltsweep.store.store import Store
from ltsweep.views.curves import csv_text, curve_rows

from .composing import Composing
from .points import CONF
from .remembered import OURS

NOWHERE = Path(os.devnull) / "data"  # where nothing can be, and nothing can be made
TINY = (
    *("levels=2", "schedule.length=12it", "schedule.validate_every=6it", "reset.step=3it"),
    "logger=none",
)


@cache
def composing():
    """Composes with the tests' own parts beside those of conf/."""
    with initialize_config_dir(config_dir=str(CONF), version_base="1.3"):
        places = ",".join(f"file://{folder}" for folder in OURS)
        loader = GlobalHydra.instance().config_loader()
        return Composing(Composer(loader, "config", (f"hydra.searchpath=[{places}]",)))


def composed(*lines):
    """The configurations that a command line stands for."""
    return composing().configs(*lines)


def wanted(*lines, facts=None):
    """A request as the command line makes it, with what is wrong with it."""
    made = parse(composed(*lines))
    find_misfits(made, facts or FactFinder(NOWHERE))
    return made


def selection(root, *lines):
    """A plan of a tiny sweep on digits; lines come after, and instead of, those of TINY."""
    return planned(root, *TINY, *lines, experiment="tiny")


def planned(root, *lines, experiment=None):
    """A plan of what the lines say."""
    facts = FactFinder(NOWHERE)
    request = wanted(f"store={root}", "cluster=debug", *lines, facts=facts)
    assert request.problems == []
    plan = make_plan(request.points, facts)
    return Selection(plan=plan, run=request.run, name="tiny", experiment=experiment)


def train(root, *lines):
    """Trains what is missing of a tiny sweep; its selection and how that ended."""
    made = selection(root, *lines)
    return made, complete(made, lambda text: None)


def complete(made, say):
    """Trains what is missing of a selection; how that ended."""
    prepare_store(made)
    outcome = submit(made, find_pending(made.plan, made.store), say)
    assert outcome is not None and outcome.exit_code == 0, outcome
    return outcome


def exported(root, *lines, level=1):
    """The file of the ticket that a tiny sweep of one curve makes, beside its store."""
    made, _ = train(root / "source", *lines)
    (point,) = made.store.points()
    export_ticket(made.store, point, level, root / "ticket.safetensors")
    return root / "ticket.safetensors"


def curves(root):
    """curves.csv without times and what depends on the other curves of a store."""
    left_out = ("seconds", "total_seconds", "steps_to_dense_val", "amortised_multiply_adds")
    rows = curve_rows(Store(root))
    return csv_text([{name: row[name] for name in row if name not in left_out} for row in rows])
