"""The primary contrast: the one test that an experiment is made for, over all of its panels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any, TypeVar

from ltsweep.store.declared import DeclaredContrast
from ltsweep.views.arms import METHOD, in_words, tuned_settings
from ltsweep.views.panels import Panel
from ltsweep.views.verdicts import rules, statistics
from ltsweep.views.verdicts.compared import Held, at_densities, densities_of
from ltsweep.views.verdicts.contrasts import matching
from ltsweep.views.wording import equals, p_value, percent, setting, signed, value_text

Told = TypeVar("Told")


@dataclass(frozen=True)
class Primary:
    """A declared contrast and the pairs of cells that it is the mean of.

    `missing` counts pairs of a panel and a density that nothing stands for yet.
    """

    declared: DeclaredContrast
    held: list[Held]
    panels: int
    missing: int


@dataclass(frozen=True)
class PrimaryVerdict:
    """The mean over `pairs` pairs in `panels` panels of one arm minus another, one number a seed.

    Attributes:
        arm, against: in words; `where` has the settings of the panels that it was declared for.
        declared: the densities; `delta` is the tolerance in points.
        missing: pairs that nothing stands for yet.
        differences: in points, of each seed that all pairs have; `partial_seeds` are the others.
        error_of_seeds: standard error of the mean; `error_of_images` is what the choice of test
            images alone causes, told where there is one pair.

    """

    arm: str
    against: str
    where: dict[str, Any]
    declared: list[float]
    delta: float
    panels: int
    pairs: int
    missing: int
    differences: dict[int, float]
    partial_seeds: list[int]
    difference: rules.Difference
    error_of_seeds: float | None
    error_of_images: float | None

    @property
    def in_words(self) -> str:
        """What was found, in a sentence or two: for the first line of a report."""
        return (
            f"Primary contrast: {self.arm} − {self.against} {self._where_in_words}: "
            f"{self._numbers_in_words}{self._ahead_in_words}: {self._verdict_in_words}."
            f"{self._left_out_in_words}"
        )

    @property
    def as_answer(self) -> str:
        """The same with the verdict first, as in 'imp beats random_mask at 1 %: +3.00 pp ...'."""
        said = f"{self.arm} {rules.AGAINST[self.difference.in_words]} {self.against}"
        told = f"{said} {self._where_in_words}: {self._numbers_in_words}"
        return f"{told}{self._ahead_in_words}.{self._left_out_in_words}"

    @property
    def _where_in_words(self) -> str:
        where = f", where {setting(self.where)}" if self.where else ""
        over = f", mean over {self.pairs} pairs in {self.panels} panels" * (self.pairs > 1)
        return f"at {', '.join(map(percent, self.declared))}{where}{over}"

    @property
    def _numbers_in_words(self) -> str:
        found = self.difference
        interval = "" if found.lower is None else (
            f" (95 % interval {signed(found.lower)} … {signed(found.upper)})"
        )  # fmt: skip
        p = "" if found.p is None else f", p {equals(p_value(found.p))}"
        flip = "" if found.p_flip is None else f", sign-flip p {equals(p_value(found.p_flip))}"
        return f"{signed(found.mean)} pp{interval}{p}{flip}, n = {found.n} seeds"

    @property
    def _ahead_in_words(self) -> str:
        """In how many seeds the arm is ahead, where no test may say so."""
        if self.difference.verdict != rules.COLLAPSED:
            return ""
        ahead = sum(value > 0 for value in self.differences.values())
        return f", {self.arm} ahead in {ahead} of them"

    @property
    def _verdict_in_words(self) -> str:
        found = self.difference
        if found.verdict in (rules.BEATS, rules.LOSES, rules.TIES):
            within = f", {rules.WITHIN}" if found.is_within_delta else ""
            return f"{self.arm} {found.verdict} {self.against}{within}"
        return found.verdict

    @property
    def _left_out_in_words(self) -> str:
        seeds = ", ".join(map(str, self.partial_seeds))
        partial = f" Left out are seeds that some pairs lack: {seeds}." if seeds else ""
        pairs = f" {self.missing} further pairs have no finished level yet." if self.missing else ""
        return partial + pairs


def find_primary(panels: Iterable[Panel]) -> Primary | None:
    """The primary contrast of these panels; None where they declare none, or not the same one."""
    panels = list(panels)
    declared = [panel.declared.primary for panel in panels if panel.declared.primary is not None]
    if not declared or any(one != declared[0] for one in declared):
        return None
    found = [(panel, matching(panel, declared[0])) for panel in panels]
    found = [(panel, contrasts) for panel, contrasts in found if contrasts]
    # Where arms are tuned, those at the shared values are told beside.
    found = [(p, c) for p, c in found if tuned_settings(p.cells[0].curves[0])] or found
    held, wanted = [], 0
    for panel, contrasts in found:
        for contrast in contrasts:
            wanted += 1 if contrast.density is not None else len(panel.declared.densities)
            held += at_densities(contrast, densities_of(panel))
    return Primary(declared[0], held, len(found), wanted - len(held))


def primary_first(panels: Iterable[Panel], verdicts: Iterable[Told]) -> list[Told]:
    """What was told of each panel, that of panels with the primary contrast before the others."""
    both = zip(panels, verdicts, strict=True)
    return [told for _, told in sorted(both, key=lambda each: not _has_primary(each[0]))]


def _has_primary(panel: Panel) -> bool:
    declared = panel.declared.primary
    return declared is not None and bool(matching(panel, declared))


def judge_primary(primary: Primary | None) -> PrimaryVerdict | None:
    """Its verdict: each seed is the mean of its differences over all pairs; None without pairs.

    Only seeds that all pairs have count, so that no seed is a mean over other panels than the rest.
    """
    if primary is None or not primary.held:
        return None
    held, declared = primary.held, primary.declared
    by_pair = [h.differences for h in held]
    complete = set.intersection(*(set(found) for found in by_pair))
    all_have = set() if primary.missing else complete
    differences = {
        seed: fsum(found[seed] for found in by_pair) / len(by_pair) for seed in sorted(all_have)
    }
    values, delta = list(differences.values()), min(h.delta for h in held)
    lost = sum(h.lost for h in held)
    return PrimaryVerdict(
        arm=_called([h.arm.arm for h in held], declared.arm),
        against=_called([h.against.arm for h in held], declared.against),
        where=dict(declared.where or {}),
        declared=sorted({h.declared for h in held}, reverse=True),
        delta=delta,
        panels=primary.panels,
        pairs=len(held),
        missing=primary.missing,
        differences=differences,
        partial_seeds=sorted({seed for found in by_pair for seed in found} - all_have),
        difference=rules.judge_alone(rules.Paired(values, delta, lost)),
        error_of_seeds=statistics.standard_error(values),
        error_of_images=held[0].error_of_images if len(held) == 1 else None,
    )


def _called(labels: Sequence[str], settings: Mapping[str, Any]) -> str:
    """The label that all cells of a side share, or else its settings: 'at_init', 'scale 2'."""
    if len(set(labels)) == 1:
        return labels[0]
    return ", ".join(
        value_text(value) if name == METHOD else f"{in_words(name)} {value_text(value)}"
        for name, value in settings.items()
    )
