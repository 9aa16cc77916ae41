"""How contrasts of two arms came out: told apart by where they were made, and put in a word."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

from ltsweep.foundations.errors import listed
from ltsweep.store.labels import label
from ltsweep.views.arms import TUNED
from ltsweep.views.panels import Panel
from ltsweep.views.results.experiment import Experiment
from ltsweep.views.results.requests import Statement
from ltsweep.views.verdicts import rules
from ltsweep.views.verdicts.shares import (
    DENSE,
    LOSS,
    NONE,
    OUTCOME_OF,
    OUTCOMES,
    TIE,
    UNDECIDED,
    WIN,
)
from ltsweep.views.verdicts.verdict import PanelVerdict, standing_for
from ltsweep.views.wording import percent, setting, signed

_MOST = 2 / 3
_WORDS = {
    WIN: "yes",
    LOSS: "no",
    TIE: "no difference",
    UNDECIDED: "undecided",
    NONE: "no verdict",
}
_ANSWERS = (WIN, LOSS, TIE)
# against dense an arm does not win: to match it is all that is asked
_AGAINST_DENSE = {rules.MATCHES: WIN}
_CALLED_AGAINST_DENSE = {WIN: "matches", LOSS: "below"}


class Contrast(NamedTuple):
    """One contrast; `mean` is in points, None where there is none yet.

    `is_moved`: whether source and target differ in data or optimizer.
    """

    arms: tuple[str, str]
    is_moved: bool
    panel: Mapping[str, object]
    density: float
    outcome: str
    mean: float | None


@dataclass(frozen=True)
class CameOut:
    """The contrasts that a statement is about, as they came out, in words."""

    asked: Statement
    found: Sequence[Contrast]

    @classmethod
    def of(cls, experiment: Experiment, asked: Statement) -> Self:
        """Of arms with learning rates of their own, where there are any, else of all."""
        found = [one for one in _contrasts(experiment) if _is_asked_for(one, asked)]
        return cls(asked, [one for one in found if _is_tuned(one)] or found)

    @property
    def compared(self) -> str:
        """What is compared, as in 'imp − erk, length 700it, tuned'."""
        sides = (self.asked.arm or "", self.asked.against or "")
        arms = " − ".join(side.replace(" ()", "") for side in sides)
        tuned = [TUNED] if any(map(_is_tuned, self.found)) else []
        return ", ".join([arms, *self.asked.having, *tuned])

    @property
    def in_full(self) -> str:
        """Where it is true: 'on other targets **no** at 10 % (...), **yes** at 1 % (...)'.

        Source and target that are the same, settings that it is told `by`, and densities are apart.
        """
        called = _CALLED_AGAINST_DENSE if self.asked.against == DENSE else {}
        told = {
            place: ", ".join(_told(those, density, called) for density, those in each.items())
            for place, each in self._places.items()
        }
        return _listed(told)

    @property
    def in_short(self) -> str:
        """The same without numbers: 'on the source itself yes; on other targets no at 1 %'."""
        told = {place: _in_words(each) for place, each in self._places.items()}
        return next(iter(told.values())) if len({*told.values()}) == 1 else _listed(told)

    @cached_property
    def _places(self) -> dict[str, dict[float, list[Contrast]]]:
        """The contrasts by where they were made and by density."""
        are_mixed = len({one.is_moved for one in self.found}) > 1
        places: dict[str, dict[float, list[Contrast]]] = {}
        for one in sorted(self.found, key=lambda c: (c.is_moved, -c.density)):
            place = _place(one, self.asked.by, are_mixed=are_mixed)
            places.setdefault(place, {}).setdefault(one.density, []).append(one)
        return places


def _in_words(by_density: Mapping[float, Sequence[Contrast]]) -> str:
    """'yes', or 'yes at 10 % and 3.16 %, no at 1 %'."""
    densities: dict[str, list[str]] = {}
    for density, those in by_density.items():
        word = in_a_word([one.outcome for one in those])
        densities.setdefault(word, []).append(percent(density))
    if len(densities) == 1:
        return next(iter(densities))
    return ", ".join(f"{word} at {listed(at)}" for word, at in densities.items())


def _listed(told: Mapping[str, str]) -> str:
    each = [f"{place} {words}".strip() for place, words in told.items()]
    return "; ".join(each) or "nothing of it is finished"


def in_a_word(outcomes: Sequence[str]) -> str:
    """'yes', 'mostly no', 'undecided': whether an arm wins, from the outcomes of its contrasts."""
    counts, n = Counter(outcomes), len(outcomes)
    if len(counts) == 1:
        return _WORDS[outcomes[0]]
    for outcome in _ANSWERS:
        if counts[outcome] >= _MOST * n:
            return f"mostly {_WORDS[outcome]}"
    open_ = counts[UNDECIDED] + counts[NONE]
    if open_ >= _MOST * n:
        return "mostly undecided"
    decided = [_WORDS[outcome] for outcome in _ANSWERS if counts[outcome]]
    return f"{decided[0]}, where it is decided" if len(decided) == 1 else "it depends"


def _told(found: Sequence[Contrast], density: float, called: Mapping[str, str]) -> str:
    """'**mostly no** at 10 % (undecided 1, losses 4 of 5; −6.37 to −2.18 pp)'."""
    counts = Counter(one.outcome for one in found)
    each = [f"{called.get(name, name)} {counts[name]}" for name in OUTCOMES if counts[name]]
    means = [one.mean for one in found if one.mean is not None]
    sizes = dict.fromkeys(map(signed, (min(means), max(means)))) if means else ()
    beside = [f"{', '.join(each)} of {len(found)}"] if len(found) > 1 else []
    beside += [f"{' to '.join(sizes)} pp"] if sizes else []
    word = in_a_word([one.outcome for one in found])
    return f"**{word}** at {percent(density)}" + (f" ({'; '.join(beside)})" if beside else "")


def _place(one: Contrast, by: Sequence[str], *, are_mixed: bool) -> str:
    moved = "on other targets" if one.is_moved else "on the source itself"
    settings = setting({name: one.panel[name] for name in by if name in one.panel})
    return ", ".join(filter(None, [moved if are_mixed else "", settings]))


def _is_tuned(one: Contrast) -> bool:
    return all(TUNED in _words(arm) for arm in one.arms)


def _is_asked_for(one: Contrast, asked: Statement) -> bool:
    arm, against = one.arms
    if not is_called(arm, asked.arm or "") or not is_called(against, asked.against or ""):
        return False
    return _words(against).issuperset(asked.having)


def is_called(arm: str, asked: str) -> bool:
    """Whether an arm is of the method that is asked for; with words behind it, whether these, too.

    'imp ()' is the arm that is nothing beside its method. That an arm is tuned makes no other one.
    """
    method, has_words, _ = asked.partition(" (")
    same = not has_words or _words(arm) - {TUNED} == _words(asked)
    return arm.partition(" (")[0] == method and same


def _words(arm: str) -> set[str]:
    """What stands behind an arm's method: {'pruning snip', 'length 250it'}."""
    _, _, words = arm.removesuffix(")").partition(" (")
    return {word for word in words.split(", ") if word}


def _contrasts(experiment: Experiment) -> Iterator[Contrast]:
    for panel, verdict in zip(experiment.panels, experiment.verdicts, strict=True):
        moved = dict(_moved(panel))
        for c in verdict.contrasts:
            outcome = OUTCOME_OF.get(c.difference.verdict, NONE)
            arms, mean = (c.arm, c.against), c.difference.mean
            is_moved = moved[c.arm_cell]
            yield Contrast(arms, is_moved, panel.setting, c.declared, outcome, mean)
        yield from _against_dense(panel, verdict, moved)


def _against_dense(
    panel: Panel, verdict: PanelVerdict, moved: Mapping[str, bool]
) -> Iterator[Contrast]:
    outcomes = OUTCOME_OF | _AGAINST_DENSE
    for method in verdict.methods:
        for declared, level in standing_for(verdict.densities, method.levels):
            against, is_moved = level.against_dense, moved[method.cell]
            outcome = outcomes.get(against.verdict, NONE)
            arms = (method.arm, DENSE)
            yield Contrast(arms, is_moved, panel.setting, declared, outcome, against.mean)


def _moved(panel: Panel) -> Iterable[tuple[str, bool]]:
    for cell in panel.cells:
        source, target = cell.curves[0].point.sides
        data = label(source["dataset"]) != label(target["dataset"])
        yield cell.id, data or source["optimizer"]["name"] != target["optimizer"]["name"]
