"""Writes the page of results with its pictures and tables, each file replaced whole."""

from collections.abc import Callable
from pathlib import Path

from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.files import write_atomic
from ltsweep.store.store import Store
from ltsweep.views.figure import draw
from ltsweep.views.matrix_figure import draw_matrices
from ltsweep.views.matrix_table import matrices_markdown
from ltsweep.views.results.experiment import Experiment, read_experiment
from ltsweep.views.results.origin import Origin
from ltsweep.views.results.page import page
from ltsweep.views.results.section import FOLDER
from ltsweep.views.table import markdown
from ltsweep.views.ticket_data import data_markdown

PAGE = "results.md"


def write_results(store: Store, to: Path, origin: Callable[[str], Origin | None]) -> Path:
    """Writes `<to>/results.md` and what it links to in `<to>/results/`; returns the page.

    `origin` tells the last change of an experiment's files. RequestError where the
    store has no point of an experiment. The same records make the same bytes.
    """
    by_name: dict[str, list[str]] = {}
    for point in store.points():
        if point.experiment is not None:
            by_name.setdefault(point.experiment, []).append(point.id)
    if not by_name:
        raise RequestError([f"{store.root} has points of no experiment, so there are no results"])
    experiments = [
        read_experiment(store, name, by_name[name], origin(name)) for name in sorted(by_name)
    ]
    for experiment in experiments:  # whose names may have folders
        (to / FOLDER / experiment.name).parent.mkdir(parents=True, exist_ok=True)
    pictures = {e.name: _write_pictures(e, to / FOLDER) for e in experiments}
    for experiment in experiments:
        write_atomic(to / FOLDER / f"{experiment.name}.md", _tables(experiment).encode())
    write_atomic(to / PAGE, page(experiments, pictures).encode())
    return to / PAGE


def _write_pictures(experiment: Experiment, folder: Path) -> dict[str, str]:
    """Draws what there is to draw: names of the files, and what they show."""
    name, moved = experiment.name, experiment.matrices
    drawn = {f"{name}.png": (draw(experiment.verdicts, name), "accuracy against weights remaining")}
    if moved:
        drawn[f"{name}-matrix.png"] = (draw_matrices(moved, name), "sources against targets")
    for file, (kinds, _) in drawn.items():
        write_atomic(folder / file, kinds["png"])
    return {file: f"{name}: {what}" for file, (_, what) in drawn.items()}


def _tables(experiment: Experiment) -> str:
    parts = (
        markdown(experiment.verdicts, experiment.name),
        matrices_markdown(experiment.matrices),
        data_markdown(experiment.data),
    )
    return "\n".join(filter(None, parts))
