"""Writes the page of results with its pictures and tables, each file replaced whole."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.files import write_atomic
from ltsweep.store.declarations import declared_experiments
from ltsweep.store.store import Store
from ltsweep.views.figure import draw
from ltsweep.views.matrix_figure import draw_matrices
from ltsweep.views.matrix_table import matrices_markdown
from ltsweep.views.results.experiment import Experiment, read_experiment
from ltsweep.views.results.origin import Origin
from ltsweep.views.results.page import page
from ltsweep.views.results.section import FOLDER
from ltsweep.views.shown import of_experiment
from ltsweep.views.table import markdown
from ltsweep.views.ticket_data import data_markdown

PAGE = "results.md"


def write_results(store: Store, to: Path, origin: Callable[[str], Origin | None]) -> Path:
    """Writes `<to>/results.md` and what it links to in `<to>/results/`; returns the page.

    `origin` tells the last change of an experiment's files. What an earlier page links to there,
    and this one does not, goes. RequestError where the store has no point of an experiment. The
    same records make the same bytes.
    """
    experiments = [
        read_experiment(store, name, shown, origin(name))
        for name in _names(store)
        for shown in of_experiment(store, name)
    ]
    if not experiments:
        raise RequestError([f"{store.root} has points of no experiment, so there are no results"])
    drawn = {experiment.name: _pictures(experiment) for experiment in experiments}
    alternatives = {name: {p.file: p.text for p in own} for name, own in drawn.items()}
    contents = {f"{e.name}.md": _tables(e).encode() for e in experiments}
    contents |= {p.file: p.png for own in drawn.values() for p in own}
    for stale in _linked(to / PAGE) - contents.keys():
        (to / FOLDER / stale).unlink(missing_ok=True)
    for file, content in contents.items():
        path = to / FOLDER / file
        path.parent.mkdir(parents=True, exist_ok=True)  # names of experiments may have folders
        write_atomic(path, content)
    write_atomic(to / PAGE, page(experiments, alternatives).encode())
    return to / PAGE


def _names(store: Store) -> list[str]:
    """The experiments that were declared or that have points, sorted."""
    last = {point.experiment for point in store.points() if point.experiment is not None}
    return sorted({*declared_experiments(store), *last})


def _linked(page: Path) -> set[str]:
    """The files that an earlier page links to; none without one."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    return set(re.findall(rf"\]\({FOLDER}/([^)]+)\)", text))


class _Picture(NamedTuple):
    file: str
    text: str
    png: bytes


def _pictures(experiment: Experiment) -> list[_Picture]:
    """What there is to draw of an experiment."""
    name, moved = experiment.name, experiment.matrices
    curves = draw(experiment.verdicts, name)["png"]
    found = [_Picture(f"{name}.png", f"{name}: accuracy against weights remaining", curves)]
    if moved:
        matrix = draw_matrices(moved, name)["png"]
        found.append(_Picture(f"{name}-matrix.png", f"{name}: sources against targets", matrix))
    return found


def _tables(experiment: Experiment) -> str:
    parts = (
        markdown(experiment.verdicts, experiment.name, experiment.told),
        matrices_markdown(experiment.matrices),
        data_markdown(experiment.data),
    )
    return "\n".join(filter(None, parts))
