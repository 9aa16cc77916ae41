"""What arms cost to a density, in dense trainings: in all, amortised over targets, in wall time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum

from ltsweep.foundations.errors import listed
from ltsweep.store.records import ClosingRecord
from ltsweep.views.context import Context
from ltsweep.views.panels import Cell, Panel
from ltsweep.views.records import Curve, FinishedLevel
from ltsweep.views.verdicts.verdict import levels_at
from ltsweep.views.wording import markdown_table, percent, setting

_ABOUT = (
    "Costs in dense trainings on the target, each level against that of its seed, the cheapest "
    "where arms have dense trainings of several lengths; mean over seeds: "
    "multiply-adds of masked nets in all trainings that a level takes; with those that serve "
    "several targets shared out among them; wall-clock time. Hardware that saves pruned "
    "multiply-adds is hypothetical. Apart from that, a level's mean: what scores, evaluations and "
    "recalibrations put through the net."
)
_MOST_NAMED = 6  # arms of equal cost
_PASSES = 3  # forward, and two backward

Units = dict[int, ClosingRecord]  # a dense training of each seed


@dataclass(frozen=True)
class Cost:
    """Of a level, or of all levels of a curve, in dense trainings: means over seeds.

    `targets` counts those that share what the amortised cost divides; None is what not all records
    tell.
    """

    in_all: float | None
    amortised: float | None
    targets: int
    time: float | None


def dense_trainings(panel: Panel) -> Units:
    """The dense training of each seed that the costs of all arms are told in.

    Arms may differ in the length of their training, and then in that of their dense one. So that
    one number means one cost, it is the cheapest.
    """
    found: Units = {}
    for curve in (curve for cell in panel.cells for curve in cell.curves):
        if curve.dense is not None:
            ends = [curve.dense.end, found.get(curve.seed, curve.dense.end)]
            found[curve.seed] = min(ends, key=lambda end: end.training_multiply_adds or 0)
    return found


def level_costs(cell: Cell, units: Units, context: Context) -> dict[int, Cost]:
    """The cost of each finished level of a cell, by its number."""
    found: dict[int, list[Cost]] = {}
    for curve in cell.curves:
        for level in curve.finished if curve.seed in units else ():
            cost = _of_level(level, units[curve.seed], context)
            found.setdefault(level.number, []).append(cost)
    return {number: _mean(found[number]) for number in sorted(found)}


def whole_cost(cell: Cell, units: Units) -> Cost:
    """That of all levels which are finished, with all that they start from, each training once."""
    return _mean([_of_all(c, units[c.seed]) for c in cell.curves if c.seed in units])


def cost_lines(panels: Iterable[Panel], context: Context) -> list[str]:
    """One sentence for each panel: what its arms cost at the lowest declared density they reach."""
    lines = []
    for panel in panels:
        alike: dict[str, list[tuple[str, Cost]]] = {}
        units = dense_trainings(panel)
        for cell in panel.cells:
            if (found := _at_lowest(cell, units, context)) is not None:
                density, cost = found
                alike.setdefault(_cost_to(density, cost), []).append((cell.arm, cost))
        if alike:
            where = f"{setting(panel.setting)}: " if panel.setting else ""
            costs = "; ".join(_alike_in_words(words, arms) for words, arms in alike.items())
            lines.append(f"{where}cost in dense trainings (in wall time): {costs}")
    return lines


def _alike_in_words(words: str, arms: Sequence[tuple[str, Cost]]) -> str:
    """'imp and trained 2.44 to 64 % (3–3.2)', and of many arms how many they are."""
    names = [name for name, _ in arms]
    who = listed(names) if len(names) <= _MOST_NAMED else f"{len(names)} others"
    times = [cost.time for _, cost in arms if cost.time is not None]
    ends = dict.fromkeys(_number(end) for end in (min(times), max(times))) if times else ["–"]
    return f"{who} {words} ({'–'.join(ends)})"


def costs_markdown(panel: Panel, context: Context) -> str:
    """A table of a panel: what each arm costs at the declared densities, and in all."""
    declared, units = panel.declared.densities, dense_trainings(panel)
    rows = [["method", *(f"at {percent(d)}" for d in declared), "all levels",
             "scores / evaluations / recalibrations"]]  # fmt: skip
    for cell in panel.cells:
        by_level = level_costs(cell, units, context)
        numbers = {density: n for n, density in levels_at(cell.densities, declared).items()}
        cells = [in_words(by_level.get(numbers.get(density, -1))) for density in declared]
        rows.append([cell.arm, *cells, in_words(whole_cost(cell, units)), _apart(cell, units)])
    return f"{_ABOUT}\n\n{markdown_table(rows)}"


def in_words(cost: Cost | None) -> str:
    """'5.2; 3.1 over 3 targets; time 2.1'."""
    if cost is None:
        return "–"
    shared = cost.targets > 1 and cost.amortised is not None
    return "; ".join(
        [
            _number(cost.in_all),
            *([f"{_number(cost.amortised)} over {cost.targets} targets"] if shared else []),
            f"time {_number(cost.time)}",
        ]
    )


def _at_lowest(cell: Cell, units: Units, context: Context) -> tuple[float, Cost] | None:
    """The lowest level at a declared density: its density and its cost."""
    numbers = levels_at(cell.densities, cell.declared.densities)
    cost = level_costs(cell, units, context).get(max(numbers, default=-1))
    return None if cost is None else (cell.densities[max(numbers)], cost)


def _cost_to(density: float, cost: Cost) -> str:
    """'5.2 to 3.52 %, 3.1 amortised over 3 targets'."""
    told = f"{_number(cost.in_all)} to {percent(density)}"
    if cost.targets == 1 or cost.amortised is None:
        return told
    return f"{told}, {_number(cost.amortised)} amortised over {cost.targets} targets"


def _of_level(level: FinishedLevel, dense: ClosingRecord, context: Context) -> Cost:
    own, origins, unit = level.end, level.origins, dense.training_multiply_adds
    if origins is None:
        return Cost(None, None, 1, None)
    in_all = _sum([own.training_multiply_adds, origins.multiply_adds])
    seconds = _sum([own.seconds, origins.seconds])
    return Cost(
        _ratio(in_all, unit),
        _ratio(context.amortised(level), unit),
        max((context.targets[stage.key] for stage in origins.stages), default=1),
        _ratio(seconds, dense.seconds),
    )


def _of_all(curve: Curve, dense: ClosingRecord) -> Cost:
    multiply_adds: dict[str, float | None] = {}
    seconds: dict[str, float | None] = {}
    for level in curve.finished:
        for stage in level.origins.stages if level.origins else ():
            known = multiply_adds.get(stage.key)
            if known is None or (stage.multiply_adds or 0) > known:  # as far as some level needs it
                multiply_adds[stage.key] = stage.multiply_adds
                seconds[stage.key] = stage.seconds
    for level in curve.finished:  # these are whole
        multiply_adds[level.key] = level.end.training_multiply_adds
        seconds[level.key] = level.end.seconds
    is_told = all(level.origins is not None for level in curve.finished)
    in_all = _sum(multiply_adds.values()) if is_told else None
    time = _sum(seconds.values()) if is_told else None
    return Cost(_ratio(in_all, dense.training_multiply_adds), None, 1, _ratio(time, dense.seconds))


def _apart(cell: Cell, units: Units) -> str:
    """What else went through the net, in dense trainings: a mean over levels for each sort."""
    found: list[Sequence[float | None]] = []
    for curve in cell.curves:
        unit = units[curve.seed].training_multiply_adds if curve.seed in units else None
        found += [[_ratio(work, unit) for work in _beside(level.end)] for level in curve.finished]
    return " / ".join(_number(_mean_of(column)) for column in zip(*found, strict=True))


def _beside(end: ClosingRecord) -> tuple[float | None, ...]:
    """Multiply-adds of scores, as of a dense net, of evaluations and of recalibrations."""
    return (
        _product(end.scoring_images or 0, _PASSES, end.multiply_adds_dense),
        _product(end.evaluation_images, 1, end.multiply_adds),
        _product(end.recalibration_images, 1, end.multiply_adds),
    )


def _mean(costs: Sequence[Cost]) -> Cost:
    return Cost(
        _mean_of([cost.in_all for cost in costs]),
        _mean_of([cost.amortised for cost in costs]),
        max((cost.targets for cost in costs), default=1),
        _mean_of([cost.time for cost in costs]),
    )


def _mean_of(values: Sequence[float | None]) -> float | None:
    total = _sum(values)
    return None if total is None or not values else total / len(values)


def _sum(values: Iterable[float | None]) -> float | None:
    found = list(values)
    known = [value for value in found if value is not None]
    return fsum(known) if len(known) == len(found) else None


def _product(images: int | None, passes: int, multiply_adds: int | None) -> float | None:
    return None if images is None or multiply_adds is None else images * passes * multiply_adds


def _ratio(value: float | None, unit: float | None) -> float | None:
    return None if value is None or not unit else value / unit


def _number(value: float | None) -> str:
    """Three significant digits at most, "–" for none."""
    if value is None:
        return "–"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value >= 0.001 else f"{value:.1g}"
