"""The report of a store or a selection: every view in one directory, each file replaced whole."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from ltsweep.foundations.files import DamagedFile, read_bytes, write_atomic
from ltsweep.store.store import Store
from ltsweep.store.stored import is_name
from ltsweep.views.across import cost_axis, live_axis
from ltsweep.views.conclusions import Conclusions, conclude
from ltsweep.views.conditions import conditions
from ltsweep.views.context import Context
from ltsweep.views.curves import csv_text, each_row
from ltsweep.views.dashboard.render import render
from ltsweep.views.emptied import emptied_layers
from ltsweep.views.figure import MOST_PANELS, draw
from ltsweep.views.layer_shares import draw_shares, layer_shares
from ltsweep.views.matrix import matrices
from ltsweep.views.matrix_figure import draw_matrices
from ltsweep.views.matrix_table import matrices_markdown
from ltsweep.views.measures import measures_markdown
from ltsweep.views.panels import Panel
from ltsweep.views.records import Curve, FinishedLevel, Level, read_curves
from ltsweep.views.share_table import shares_markdown
from ltsweep.views.shown import Shown
from ltsweep.views.splits import as_declared
from ltsweep.views.table import markdown, print_table
from ltsweep.views.ticket_data import about_data, data_markdown
from ltsweep.views.tuning_words import tuning_markdown
from ltsweep.views.verdicts.primary import primary_first
from ltsweep.views.verdicts.shares import shares
from ltsweep.views.verdicts.verdict import PanelVerdict
from ltsweep.views.weight_sizes import draw_sizes, weight_sizes

FILES = (
    "curves.csv", "curves.png", "curves.pdf", "curves_cost.png", "curves_cost.pdf",
    "dashboard.html", "table.md", "verdicts.json", "weight_sizes.png", "weight_sizes.pdf",
)  # fmt: skip
MATRIX_FILES = ("matrix.png", "matrix.pdf")  # where tickets are taken elsewhere
LIVE_FILES = ("curves_live.png", "curves_live.pdf")  # where not all that is kept is live
LAYER_FILES = ("layers.png", "layers.pdf")  # where arms keep different parts of layers
_MADE_FROM = ".made-from"


def make_report(store: Store, *, name: str, ids: Sequence[str] | None = None) -> Path:
    """Writes `<store>/reports/<name>/` and returns it.

    `ids` are the points to show, None for all; an unknown one raises KeyError. Each is judged by
    what it declares itself. Where nothing is finished the views say so. Nothing is drawn again
    while neither the records nor the code of the views have changed.
    """
    shown = Shown(name, None if ids is None else tuple(ids))
    found = conclude(shown, judged_curves(store, shown))
    return write_report(store, found, below_tables(store, found.curves))


def make_and_print_report(store: Store, shown: Shown) -> Path:
    """The same of a report that says what judges it; its tables, and what to know, are printed."""
    found = conclude(shown, judged_curves(store, shown))
    data = below_tables(store, found.curves)
    directory = write_report(store, found, data)
    for sentence in found.shown.told:
        print(sentence)
    print_table(found)
    for sentence in emptied_layers(found.curves):
        print(f"note: {sentence}")
    for sentence in data:
        print(sentence)
    return directory


def judged_curves(store: Store, shown: Shown) -> list[Curve]:
    """The curves of a report, all with the declared values that it judges by."""
    curves = read_curves(store, shown.ids, shown.experiment)
    if shown.judged is not None:
        judged = {"report": shown.judged}
        curves = [replace(c, point=c.point.model_copy(update=judged)) for c in curves]
    return [as_declared(curve) for curve in curves]


def below_tables(store: Store, curves: Sequence[Curve]) -> list[str]:
    """What the intervals hold for, and what tickets have seen, in sentences."""
    return [*conditions(curves), *about_data(store, curves)]


def write_report(store: Store, found: Conclusions, data: Sequence[str]) -> Path:
    """The same, from what it concludes and what is said of its data."""
    directory = store.reports_dir / found.shown.name
    directory.mkdir(parents=True, exist_ok=True)
    digest = _digest(found.curves, data, found.shown)
    made_from = directory / _MADE_FROM
    old_digest, old_files = _what_is_there(made_from)
    complete = old_files and all((directory / file).exists() for file in old_files)
    if not complete or old_digest != [digest]:
        contents = _contents(found, data)
        for file, content in contents.items():
            write_atomic(directory / file, content)
        for stale in {*old_files} - contents.keys():
            (directory / stale).unlink(missing_ok=True)
        write_atomic(made_from, "\n".join([digest, *contents]).encode())
    return directory


def _what_is_there(made_from: Path) -> tuple[list[str], list[str]]:
    """The digest of what the last report was made from, and its files; nothing if unreadable."""
    try:
        told = (read_bytes(made_from) or b"").decode(errors="replace").splitlines()
    except DamagedFile:
        told = []
    return told[:1], [name for name in told[1:] if is_name(name)]


def _contents(found: Conclusions, data: Sequence[str]) -> dict[str, bytes]:
    shown, curves, name = found.shown, found.curves, found.shown.name
    panels, verdicts, primary = found.panels, found.verdicts, found.primary
    moved = matrices(panels)
    by_layer, context = layer_shares(panels), found.context
    tables = (
        markdown(verdicts, name, shown.told, primary),
        tuning_markdown(found.tuning, verdicts),
        measures_markdown(panels, by_layer, context),
        matrices_markdown(moved),
        shares_markdown(shares(verdicts)),
        data_markdown(data),
    )
    plain = json.dumps(found.as_plain(), indent=1, ensure_ascii=False)
    # a picture that leaves panels out has the primary contrast
    drawn = primary_first(panels, verdicts) if len(panels) > MOST_PANELS else verdicts
    pictures = _over_other_axes(panels, verdicts, name, context) | {
        "curves": draw(drawn, name, primary),
        "weight_sizes": draw_sizes(weight_sizes(panels), name),
        "matrix": draw_matrices(moved, name) if moved else {},
        "layers": draw_shares(by_layer, name) if by_layer else {},
    }
    return {
        "curves.csv": csv_text(each_row(curves, context)).encode(),
        "dashboard.html": render(
            found.tuning.curves,
            panels,
            verdicts,
            moved,
            name,
            shown.told,
            primary,
            found.context_of_tuned,
        ).encode(),
        "table.md": "\n".join(filter(None, tables)).encode(),
        "verdicts.json": plain.encode() + b"\n",
        **{
            f"{file}.{kind}": made
            for file, kinds in pictures.items()
            for kind, made in kinds.items()
        },
    }


def _over_other_axes(
    panels: Sequence[Panel], verdicts: list[PanelVerdict], name: str, context: Context
) -> dict[str, dict[str, bytes]]:
    """The curves over what they cost and, where that differs from density, over live density."""
    live = live_axis(panels)
    return {
        "curves_cost": draw(verdicts, name, across=cost_axis(panels, context)),
        "curves_live": draw(verdicts, name, across=live) if live else {},
    }


def _digest(curves: Sequence[Curve], data: Sequence[str], shown: Shown) -> str:
    """What the report depends on: the curves as judged, what is said of them, name and code."""
    hashed = sha256(repr((shown.name, shown.told, *data)).encode())
    for curve in curves:
        hashed.update(curve.point.model_dump_json().encode())
        hashed.update(repr((curve.overlap, curve.yardsticks)).encode())
        for level in (*curve.levels, curve.dense_apart):
            for told in _told(level):
                hashed.update(told)
    _add_sources(files("ltsweep.views"), hashed.update)
    return hashed.hexdigest()


def _told(level: Level | None) -> Iterator[bytes]:
    """All that is known of a level."""
    if not isinstance(level, FinishedLevel):
        yield repr(level).encode()
        return
    yield repr((level.number, level.key, level.state, level.origins)).encode()
    yield level.end.model_dump_json().encode()
    validation = level.validation
    for column in (validation.steps, validation.accuracies, validation.losses):
        yield column.tobytes()


def _add_sources(directory: Traversable, update: Callable[[bytes], None]) -> None:
    for entry in sorted(directory.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            _add_sources(entry, update)
        elif not entry.name.endswith(".pyc"):
            update(entry.read_bytes())
