"""Writes the page of results with its pictures and tables, each file replaced whole."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.files import write_atomic
from ltsweep.store.declarations import declared_experiments
from ltsweep.store.store import Store
from ltsweep.store.stored import leads_out
from ltsweep.views.results.experiment import Experiment, read_experiment
from ltsweep.views.results.origin import Origin
from ltsweep.views.results.page import page
from ltsweep.views.results.section import FOLDER
from ltsweep.views.shown import Shown, of_experiment

PAGE = "results.md"
# pictures of a report: their names here have this behind that of the experiment, and show this
_SHOWN = {
    "curves.png": (".png", "accuracy against weights remaining"),
    "matrix.png": ("-matrix.png", "sources against targets"),
    "layers.png": ("-layers.png", "weights kept of each layer"),
}


def write_results(store: Store, to: Path, origin: Callable[[str], Origin | None]) -> Path:
    """Writes `<to>/results.md` and what it links to in `<to>/results/`; returns the page.

    Pictures and tables are those of the experiments' reports, which it brings up to date; pictures
    have fewer colours here, since the page may be kept with the code. `origin` tells the last
    change of an experiment's files. What an earlier page links to there, and this one does not,
    goes. RequestError where the store has no point of an experiment. The same records make the same
    bytes.
    """
    experiments = [read_experiment(store, *shown, origin) for shown in _shown(store)]
    if not experiments:
        raise RequestError([f"{store.root} has points of no experiment, so there are no results"])
    pictures = {experiment.name: _pictures(experiment) for experiment in experiments}
    files = {f"{e.name}.md": (e.report / "table.md").read_bytes() for e in experiments}
    drawn = [picture for own in pictures.values() for picture in own]
    files |= {p.file: _with_few_colours(p.source.read_bytes()) for p in drawn}
    for stale in _linked(to / PAGE) - files.keys():
        (to / FOLDER / stale).unlink(missing_ok=True)
    for file, content in files.items():
        path = to / FOLDER / file
        path.parent.mkdir(parents=True, exist_ok=True)  # names of experiments may have folders
        write_atomic(path, content)
    alternatives = {name: {p.file: p.text for p in own} for name, own in pictures.items()}
    write_atomic(to / PAGE, page(experiments, alternatives).encode())
    return to / PAGE


def _with_few_colours(png: bytes) -> bytes:
    """The picture in 256 colours, with its caption: a quarter of the bytes."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    picture = Image.open(io.BytesIO(png))
    metadata = PngInfo()
    for name, text in picture.info.items():
        if isinstance(name, str) and isinstance(text, str):
            metadata.add_itxt(name, text)
    few = picture.convert("RGB").quantize(dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    few.save(buffer, "PNG", optimize=True, pnginfo=metadata)
    return buffer.getvalue()


def _shown(store: Store) -> list[tuple[str, Shown]]:
    """The experiments that were declared or that have points, sorted, with what each shows."""
    points = store.points()
    last = {point.experiment for point in points if point.experiment is not None}
    names = sorted({*declared_experiments(store), *last})
    return [(name, shown) for name in names for shown in of_experiment(store, name, points)]


def _linked(page: Path) -> set[str]:
    """The files that an earlier page links to; none without one."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    names = re.findall(rf"\]\({FOLDER}/([^)]+)\)", text)
    return {name for name in names if not leads_out(name)}


class _Picture(NamedTuple):
    file: str
    text: str
    source: Path


def _pictures(experiment: Experiment) -> list[_Picture]:
    """The pictures that its report has."""
    name = experiment.name
    return [
        _Picture(f"{name}{ending}", f"{name}: {what}", experiment.report / file)
        for file, (ending, what) in _SHOWN.items()
        if (experiment.report / file).exists()
    ]
