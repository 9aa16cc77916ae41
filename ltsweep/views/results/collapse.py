"""Layer collapse in a sentence: which arms lose a whole layer to pruning, and from where on."""

from collections.abc import Iterable

from ltsweep.foundations.errors import listed
from ltsweep.views.panels import Panel
from ltsweep.views.wording import percent


def collapse_in_words(panels: Iterable[Panel]) -> str:
    """Each arm with the highest density at which some seed has a layer without weights."""
    from_: dict[str, float] = {}
    for panel in panels:
        for cell in panel.cells:
            for curve in cell.curves:
                for level in curve.finished:
                    if level.end.emptied_layers:
                        from_[cell.arm] = max(level.density, from_.get(cell.arm, 0.0))
    first_to_last = sorted(from_.items(), key=lambda item: -item[1])
    told = listed(f"{arm} (from {percent(density)} on)" for arm, density in first_to_last)
    return f"Layers without any weight are left by {told}." if from_ else ""
