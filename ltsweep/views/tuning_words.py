"""How arms were tuned, in words: what was chosen where, what it took, what is won untuned alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ltsweep.foundations.errors import listed
from ltsweep.views.tuning import Choice, TunedArm, Tuning
from ltsweep.views.verdicts.rules import BEATS, LOSES
from ltsweep.views.verdicts.verdict import MethodVerdict, PanelVerdict, nearest_level
from ltsweep.views.wording import markdown_table, percent, setting, value_text

_EDGE = "at the grid's edge"


def tuning_as_plain(tuning: Tuning) -> dict[str, Any] | None:
    """All choices, with what was tried, as JSON has them; None where nothing is tuned."""
    if not tuning.arms:
        return None
    counts = {"trainings": tuning.trainings, "not_chosen": tuning.not_chosen}
    return {**counts, "arms": [asdict(arm) for arm in tuning.arms]}


def tuning_markdown(tuning: Tuning, verdicts: Sequence[PanelVerdict]) -> str:
    """Tables of what was chosen, and sentences about it; empty where nothing is tuned."""
    parts = ["## Tuned settings"] if tuning.arms else []
    for verdict, rows in _chosen(tuning, verdicts):
        if verdict.setting:
            parts.append(f"### {setting(verdict.setting)}")
        head = ["arm", "dense", *map(percent, verdict.densities)]
        parts.append(markdown_table([head, *([method.arm, *row] for method, row in rows)]))
    parts += [f"- {line}" for line in _sentences(tuning, verdicts)]
    return "\n\n".join(parts) + "\n" * bool(parts)


def tuning_lines(tuning: Tuning, verdicts: Sequence[PanelVerdict]) -> list[str]:
    """The same, a line for each tuned arm and each sentence."""
    lines = []
    for verdict, rows in _chosen(tuning, verdicts):
        places = ["dense", *map(percent, verdict.densities)]
        for method, row in rows:
            told = ", ".join(f"{place} {text}" for place, text in zip(places, row, strict=True))
            lines.append(f"{method.arm}: {told}")
    return [*lines, *_sentences(tuning, verdicts)]


def _chosen(
    tuning: Tuning, verdicts: Iterable[PanelVerdict]
) -> Iterator[tuple[PanelVerdict, list[tuple[MethodVerdict, list[str]]]]]:
    """The panels of tuned arms, with the choices of each arm: dense, then at declared densities."""
    arms = {arm.cell: arm for arm in tuning.arms}
    for verdict in verdicts:
        rows = [
            (method, _choices(arms[method.cell], verdict.densities))
            for method in verdict.methods
            if method.cell in arms
        ]
        if rows:
            yield verdict, rows


def _choices(arm: TunedArm, densities: Iterable[float]) -> list[str]:
    by_level = {choice.level: choice for choice in arm.levels}
    near = {number: choice.density for number, choice in by_level.items()}
    levels = [nearest_level(near, density) for density in densities]
    found = [None if level is None else by_level[level] for level in levels]
    return [_in_words(choice) for choice in (arm.dense, *found)]


def _in_words(choice: Choice | None) -> str:
    if choice is None:
        return "–"
    words = _values_in_words(choice.values)
    return f"{words} ({_EDGE})" if choice.at_edge else words


def _values_in_words(values: Mapping[str, Any]) -> str:
    """'0.05', and of several settings 'optimizer.lr 0.05, init.scale 2'."""
    if len(values) == 1:
        return value_text(*values.values())
    return ", ".join(f"{name} {value_text(value)}" for name, value in values.items())


def _sentences(tuning: Tuning, verdicts: Sequence[PanelVerdict]) -> Iterator[str]:
    if not tuning.arms:
        return
    choices = [c for arm in tuning.arms for c in (arm.dense, *arm.levels) if c is not None]
    names = dict.fromkeys(name for choice in choices for name in choice.values)
    yield (
        f"Tuned: {listed(names) or 'nothing yet'}. Chosen for each arm and level, and once for the "
        "dense training of a panel, by mean validation accuracy over seeds. "
        f"{tuning.not_chosen:,} of {tuning.trainings:,} trainings were for values that "
        "were not chosen."
    )
    if any(choice.at_edge for choice in choices):
        yield f"{_EDGE.capitalize()} no value beyond was tried, which may be better."
    if any(curve.point.report.split == "validation" for curve in tuning.curves):
        yield "Accuracies are of the images that values were chosen by, and so are flattered."
    methods = {method.cell: method.arm for verdict in verdicts for method in verdict.methods}
    for arm in tuning.arms:
        if arm.partial_seeds:
            seeds = ", ".join(map(str, arm.partial_seeds))
            called = methods.get(arm.cell, "an arm")
            yield f"{called}: left out are seeds that not all of its values have: {seeds}."
    yield from _at_shared_values_only(tuning, verdicts)


def _at_shared_values_only(tuning: Tuning, verdicts: Iterable[PanelVerdict]) -> Iterator[str]:
    """What is won or lost at the shared values, and otherwise where both arms are tuned."""
    shared = {arm.cell: arm.shared_cell for arm in tuning.arms}
    contrasts = [contrast for verdict in verdicts for contrast in verdict.contrasts]
    places = {(c.arm_cell, c.against_cell, c.declared): c for c in contrasts}
    for tuned in contrasts:
        pair = shared.get(tuned.arm_cell), shared.get(tuned.against_cell)
        untuned = places.get((pair[0] or "", pair[1] or "", tuned.declared))
        if untuned is None or untuned is tuned:
            continue
        word = untuned.difference.verdict
        if word in (BEATS, LOSES) and word != tuned.difference.verdict:
            yield (
                f"At the shared values only, {untuned.arm} {word} {untuned.against} at "
                f"{percent(untuned.density)}; tuned: {tuned.difference.in_words}."
            )
