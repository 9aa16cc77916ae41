"""Judges contrasts: pairs of cells at declared densities, seed by seed, all of them one family."""

from collections.abc import Iterable, Sequence
from math import isclose
from typing import NamedTuple

from ltsweep.views.panels import Cell, Panel
from ltsweep.views.verdicts import rules, statistics
from ltsweep.views.verdicts.by_image import error_of_images
from ltsweep.views.verdicts.contrasts import TICKET, Contrast, contrasts_of
from ltsweep.views.verdicts.verdict import ContrastVerdict, levels_at, nearest_level


class Held(NamedTuple):
    """Levels of two cells that stand for a declared density."""

    arm: Cell
    against: Cell
    declared: float
    ours: int
    theirs: int

    @property
    def differences(self) -> dict[int, float]:
        """Test accuracy of the arm minus that of the other, in points, of seeds that have both."""
        ours, theirs = self.arm.percent(self.ours), self.against.percent(self.theirs)
        return statistics.differences_by_seed(ours, theirs)

    @property
    def collapsed(self) -> tuple[set[int], set[int]]:
        """The seeds of each side that collapsed."""
        return self.arm.collapsed(self.ours), self.against.collapsed(self.theirs)

    @property
    def diverged(self) -> tuple[int, int]:
        """How many seeds of each side diverged."""
        return self.arm.diverged(self.ours), self.against.diverged(self.theirs)

    @property
    def lost(self) -> int:
        """How many seeds collapsed or diverged."""
        return len(set.union(*self.collapsed)) + sum(self.diverged)

    @property
    def delta(self) -> float:
        """The tolerance that the arm declares, in points."""
        return self.arm.curves[0].point.report.delta

    @property
    def error_of_images(self) -> float | None:
        """The standard error that the choice of test images alone causes, in points."""
        return error_of_images(
            self.arm.test_correct(self.ours), self.against.test_correct(self.theirs)
        )


Place = tuple[str, str, float]  # of a contrast in a report: both cells and the declared density


def place_of(held: Held) -> Place:
    """What tells a contrast from all others."""
    return held.arm.id, held.against.id, held.declared


def densities_of(panel: Panel) -> list[float]:
    """The densities that the ticket of a panel declares, or else its first arm."""
    cells = [cell for cell in panel.cells if cell.depth >= 0]
    cells = [cell for cell in cells if cell.method == TICKET] or cells
    return sorted(cells[0].curves[0].point.report.densities, reverse=True) if cells else []


def at_densities(contrast: Contrast, densities: Sequence[float]) -> list[Held]:
    """A contrast at those of the declared densities that it names and both cells have reached."""
    named = [d for d in densities if contrast.density is None or isclose(d, contrast.density)]
    found = []
    for ours, declared in levels_at(contrast.arm.densities, named).items():
        if theirs := nearest_level(contrast.against.densities, declared):
            found.append(Held(contrast.arm, contrast.against, declared, ours, theirs))
    return found


def compare(panels: Sequence[Panel], primary: Sequence[Held] = ()) -> list[list[ContrastVerdict]]:
    """The contrasts of each panel, judged.

    Those of all panels are one family. A primary contrast that is made of one pair is no member: it
    is a test of its own.
    """
    held = [list(_held(panel)) for panel in panels]
    alone = {place_of(h) for h in primary} if len(primary) == 1 else set()
    family = [h for some in held for h in some if place_of(h) not in alone]
    judged = dict(
        zip(map(place_of, family), rules.compare(list(map(_paired, family))), strict=True)
    )
    return [
        [_verdict(h, judged.get(place_of(h)) or rules.judge_alone(_paired(h))) for h in some]
        for some in held
    ]


def _held(panel: Panel) -> Iterable[Held]:
    """The contrasts of a panel at all densities; what is declared twice is held once."""
    densities = densities_of(panel)
    found = [h for contrast in contrasts_of(panel) for h in at_densities(contrast, densities)]
    return {place_of(h): h for h in found}.values()


def _paired(held: Held) -> rules.Paired:
    return rules.Paired(list(held.differences.values()), held.delta, held.lost)


def _verdict(held: Held, difference: rules.Difference) -> ContrastVerdict:
    differences, collapsed = held.differences, held.collapsed
    return ContrastVerdict(
        arm=held.arm.arm,
        against=held.against.arm,
        arm_cell=held.arm.id,
        against_cell=held.against.id,
        declared=held.declared,
        density=held.arm.densities[held.ours],
        against_density=held.against.densities[held.theirs],
        delta=held.delta,
        arm_diverged=held.diverged[0],
        against_diverged=held.diverged[1],
        arm_collapsed=len(collapsed[0]),
        against_collapsed=len(collapsed[1]),
        differences=differences,
        difference=difference,
        error_of_seeds=statistics.standard_error(list(differences.values())),
        error_of_images=held.error_of_images,
    )
