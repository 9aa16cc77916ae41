"""Declared densities against the planned ones: arms can be compared where a level comes near."""

from collections.abc import Iterable, Sequence

from ltsweep.config.parse import Request
from ltsweep.config.settings import PointConfig
from ltsweep.foundations.errors import RequestError, listed
from ltsweep.plan.sides import FactSource, sides
from ltsweep.plan.specs import pruning_spec
from ltsweep.pruning.counts import kept_by_level
from ltsweep.views.verdicts.verdict import nearest_level

_NEEDED = frozenset({"dataset", "input", "model", "pruning", "levels", "method", "report"})

Levels = dict[int, float]  # density by level, the dense one included


def settle_densities(request: Request, find_facts: FactSource, usual: Sequence[float]) -> None:
    """Adds a problem where no planned level of any point comes near a declared density.

    Of the `usual` ones, which nobody has declared, such densities are left out, with a notice. A
    request without pruned levels, or with points that nobody can plan, is left as it is.
    """
    if not all(config.model_fields_set >= _NEEDED for config in request.points):
        return
    try:
        planned = [*_planned(request.points, find_facts)]
    except RequestError:
        return  # of data, and told already
    report = request.points[0].report
    missed = [d for d in report.densities if not any(nearest_level(one, d) for one in planned)]
    if not planned or not missed:
        return
    near = sorted({d for wanted in missed for d in _around(wanted, planned)}, reverse=True)
    several = f"densities are {_listed(near)}" if len(near) > 1 else f"density is {_listed(near)}"
    told = f"no planned level comes near {_listed(missed)}; the nearest planned {several}"
    if report.densities != tuple(usual):
        request.problems.append(f"report.densities: {told}")
        return
    reached = tuple(d for d in report.densities if d not in missed)
    settled = report.model_copy(update={"densities": reached})
    request.points = [config.model_copy(update={"report": settled}) for config in request.points]
    request.notices.append(f"of the usual report.densities {_listed(missed)} left out: {told}")


def _planned(points: Iterable[PointConfig], find_facts: FactSource) -> Iterable[Levels]:
    """The densities of each different ladder of these points."""
    known = set()
    for config in points:
        if config.method.mask is None or config.method.weights is None:
            continue
        facts = find_facts(sides(config).source)
        if facts.ticket is not None:
            kept = [facts.net.prunable, facts.ticket.count(facts.net)]
        else:
            pruning, layers = pruning_spec(config), tuple(facts.layers)
            if (key := (pruning.model_dump_json(), layers, config.levels)) in known:
                continue
            known.add(key)
            counts = kept_by_level(pruning, layers, config.levels)
            kept = [sum(level.values()) for level in counts]
        if len(kept) > 1:
            yield {level: count / kept[0] for level, count in enumerate(kept)}


def _around(wanted: float, planned: Iterable[Levels]) -> list[float]:
    """The next planned densities above and below, of pruned levels."""
    pruned = {density for levels in planned for level, density in levels.items() if level}
    above = [density for density in pruned if density >= wanted]
    below = [density for density in pruned if density < wanted]
    return [*sorted(above)[:1], *sorted(below)[-1:]]


def _listed(densities: Iterable[float]) -> str:
    return listed([f"{density:.3g}" for density in densities])
