"""The dense trainings of a panel: one, or several where arms differ in what they depend on."""

from collections.abc import Sequence

from ltsweep.views.arms import in_words, settings_of_arm
from ltsweep.views.panels import Cell
from ltsweep.views.records import Curve, FinishedLevel
from ltsweep.views.varying import by_shortness, echoes, sortable, varying
from ltsweep.views.wording import value_text


def by_dense(cells: Sequence[Cell], arms: Sequence[str]) -> list[tuple[str, list[Cell]]]:
    """Cells that have the same dense training of each seed, under what tells it from the others.

    The name is empty where all cells share one.
    """
    groups: list[tuple[dict[int, str], list[Cell]]] = []
    for cell in cells:
        own = cell.dense_stages
        for stages, members in groups:
            shared = own.keys() & stages.keys()
            if all(own[seed] == stages[seed] for seed in shared):
                stages |= own
                members.append(cell)
                break
        else:
            groups.append((dict(own), [cell]))
    together = [members for _, members in groups]
    return list(zip(_names(together, arms), together, strict=True))


def dense_cell(name: str, cells: Sequence[Cell]) -> Cell | None:
    """The dense training that these cells share, each seed once; None where none is finished."""
    by_seed: dict[int, Curve] = {}
    for cell in cells:
        for curve in cell.curves:
            if isinstance(curve.dense_level, FinishedLevel):
                by_seed.setdefault(curve.seed, Curve(curve.point, [curve.dense_level]))
    return Cell("", "dense", list(by_seed.values()), name) if by_seed else None


def _names(groups: Sequence[Sequence[Cell]], arms: Sequence[str]) -> list[str]:
    """'init scale 2': the settings that each group agrees in and that differ between groups."""
    shared = []
    for cells in groups:
        first, *rest = [settings_of_arm(cell.curves[0], arms) for cell in cells]
        alike = {n: v for n, v in first.items() if all(_is_same(other, n, v) for other in rest)}
        shared.append({n: alike[n] for n in sorted(alike, key=by_shortness)})
    everywhere = set.intersection(*(set(one) for one in shared)) if shared else set()
    columns = varying([{n: v for n, v in one.items() if n in everywhere} for one in shared])
    told = [name for name in columns if name not in echoes(columns)]
    return [", ".join(f"{in_words(n)} {value_text(one[n])}" for n in told) for one in shared]


def _is_same(settings: dict[str, object], name: str, value: object) -> bool:
    return name in settings and sortable(settings[name]) == sortable(value)
