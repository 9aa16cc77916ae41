"""What a report concludes: verdicts and the primary contrast, as sentences and as plain data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ltsweep.views.caption import deltas_in_words, panel_in_sentences
from ltsweep.views.conditions import conditions
from ltsweep.views.context import Context
from ltsweep.views.mixture import mixture
from ltsweep.views.panels import Panel, make_panels
from ltsweep.views.records import Curve
from ltsweep.views.shown import Shown
from ltsweep.views.tuning import Tuning, tune
from ltsweep.views.tuning_words import tuning_as_plain
from ltsweep.views.verdicts.families import error_rates
from ltsweep.views.verdicts.judge import judge
from ltsweep.views.verdicts.plain import as_plain
from ltsweep.views.verdicts.primary import PrimaryVerdict, find_primary, judge_primary
from ltsweep.views.verdicts.verdict import PanelVerdict


@dataclass(frozen=True)
class Conclusions:
    """The panels of a report, with a verdict for each; `primary` is None where none is declared."""

    shown: Shown
    curves: Sequence[Curve]
    tuning: Tuning
    panels: list[Panel]
    verdicts: list[PanelVerdict]
    primary: PrimaryVerdict | None

    @cached_property
    def context(self) -> Context:
        """What numbers of a level need of the other curves."""
        return Context.of(self.curves)

    @cached_property
    def context_of_tuned(self) -> Context:
        """The same where tuned arms stand in place of the curves that they are made of."""
        return Context.of(self.tuning.curves) if self.tuning.arms else self.context

    def as_plain(self) -> dict[str, Any]:
        """What verdicts.json holds: all numbers, and what stands above the tables."""
        told = {"report": self.shown.name, "told": list(self.shown.told)}
        tuning = {"tuning": tuning_as_plain(self.tuning)}
        return {**told, **as_plain(self.verdicts, self.primary), **tuning}

    def sentences(self) -> Iterator[str]:
        """What is told of the report, the primary contrast, and each panel's verdicts."""
        yield f"{self.shown.name}:"
        yield from self.shown.told
        if self.primary is not None:
            yield self.primary.in_words
        finished = [verdict for verdict in self.verdicts if verdict.methods]
        if not finished:
            yield "no finished level yet"
            return
        yield (
            f"Lowest density that matches dense within {deltas_in_words(finished)}, by "
            f"{finished[0].split} accuracy:"
        )
        for verdict in finished:
            yield from panel_in_sentences(verdict)
        yield from conditions(self.curves)
        yield from (f"{rate[0].upper()}{rate[1:]}." for rate in error_rates(finished, self.primary))


def conclude(shown: Shown, curves: Sequence[Curve]) -> Conclusions:
    """The conclusions of a report from its curves, which `report.judged_curves` reads.

    RequestError where the report asks for trainings of one version, or device, and they are not.
    """
    shown = replace(shown, told=(*shown.told, *mixture(curves)))
    tuning = tune(curves)
    panels = make_panels(tuning.curves)
    primary = judge_primary(find_primary(panels))
    return Conclusions(shown, curves, tuning, panels, judge(panels), primary)
