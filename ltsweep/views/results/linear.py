"""Whether the arm that is asked about is above a linear classifier on the same inputs."""

from collections.abc import Iterable, Iterator

from ltsweep.views.panels import Panel
from ltsweep.views.verdicts.contrasts import TICKET, matching
from ltsweep.views.verdicts.verdict import LevelVerdict, MethodVerdict, PanelVerdict
from ltsweep.views.wording import percent


def beside_linear(panels: Iterable[Panel], verdicts: Iterable[PanelVerdict]) -> str:
    """A sentence for each arm of the primary contrast, or for tickets, at its density.

    Without a density of its own, it is the lowest one declared. Empty where no linear classifier
    was fitted.
    """
    found = compared_with_linear(panels, verdicts)
    return " ".join(_told(arm, density, both) for (arm, density), both in found.items())


def compared_with_linear(
    panels: Iterable[Panel], verdicts: Iterable[PanelVerdict]
) -> dict[tuple[str, float], list[tuple[float, float]]]:
    """By arm and density: in each panel its accuracy, and that of the best linear classifier."""
    found: dict[tuple[str, float], list[tuple[float, float]]] = {}
    for panel, verdict in zip(panels, verdicts, strict=True):
        best = max((one.accuracy for one in verdict.linear if one.accuracy is not None), default=0)
        for arm, declared, level in _asked_about(panel, verdict):
            if best and level.mean is not None:
                found.setdefault((arm, declared), []).append((level.mean, best))
    return found


def _asked_about(panel: Panel, verdict: PanelVerdict) -> Iterator[tuple[str, float, LevelVerdict]]:
    primary = panel.declared.primary
    asked = {c.arm.id for c in matching(panel, primary)} if primary else set()
    density = (primary and primary.density) or min(verdict.densities, default=1.0)
    for method in verdict.methods:
        if _is_asked_about(method, asked, has_primary=primary is not None):
            level = method.at(density)
            if level is not None:
                yield method.arm, density, level


def _is_asked_about(method: MethodVerdict, asked: set[str], *, has_primary: bool) -> bool:
    return method.cell in asked if has_primary else method.method == TICKET


def _told(arm: str, density: float, both: list[tuple[float, float]]) -> str:
    """'imp at 1 % (76.5 %) is below the best linear classifier on the same inputs (82.5 %)'."""
    what = "the best linear classifier on the same inputs"
    above = sum(own > linear for own, linear in both)
    if len(both) == 1:
        ((own, linear),) = both
        word = "above" if above else "below"
        return f"{arm} at {percent(density)} ({own:.1f} %) is {word} {what} ({linear:.1f} %)."
    return f"{arm} at {percent(density)} is above {what} in {above} of {len(both)} panels."
