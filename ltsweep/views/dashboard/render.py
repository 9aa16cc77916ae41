"""The dashboard: one HTML file that holds its data, style and script and needs no network."""

import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from ltsweep.views.context import Context
from ltsweep.views.dashboard.data import pack
from ltsweep.views.matrix import Matrix
from ltsweep.views.panels import Panel
from ltsweep.views.records import Curve
from ltsweep.views.verdicts.primary import PrimaryVerdict
from ltsweep.views.verdicts.verdict import PanelVerdict

# The scripts share one scope and are joined in this order.
SCRIPTS = (
    "model.js", "state.js", "draw.js", "chart.js", "pointer.js", "controls.js", "details.js",
    "verdicts.js", "matrices.js", "main.js",
)  # fmt: skip


def render(
    curves: Sequence[Curve],
    panels: Sequence[Panel],
    verdicts: list[PanelVerdict],
    matrices: Sequence[Matrix],
    title: str,
    told: Sequence[str] = (),
    primary: PrimaryVerdict | None = None,
    context: Context | None = None,
) -> str:
    """The whole page as text, from curves, their panels and verdicts in the same order, matrices.

    What is `told` stands above the picture, a sentence each. `context` is that of the curves, where
    it was gathered.

    Without a finished level the page says so. Validation curves are thinned when there are very
    many; all other values are those of the records, rounded to what a screen can show.
    """
    data = pack(curves, panels, verdicts, matrices, primary, context)
    details = data.pop("details")
    parts = {
        "title": escape(title),
        "told": "".join(f"<p>{escape(sentence)}</p>" for sentence in told),
        "style": _read("style.css"),
        "data": embedded({"title": title, **data}),
        "details": embedded(details),
        "script": "\n".join(_read(name) for name in SCRIPTS),
    }
    # Split, not replace: a value that looks like a marker must stay what it is.
    first, *rest = _read("page.html").split("{{")
    chunks = [first]
    for piece in rest:
        name, _, following = piece.partition("}}")
        chunks += [parts[name], following]
    return "".join(chunks)


def embedded(value: Any) -> str:
    """JSON that is safe inside a script element: no "<" that could end it, null for NaN."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if "NaN" in text or "Infinity" in text:  # maybe only inside a string: parsing tells
        clean = json.loads(text, parse_constant=lambda _: None)
        text = json.dumps(clean, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _read(name: str) -> str:
    return files("ltsweep.views.dashboard").joinpath("page", name).read_text(encoding="utf-8")
