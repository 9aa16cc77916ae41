"""The section of one experiment: question, answer, table, figure, and what they do not show."""

from collections.abc import Iterable, Mapping, Sequence

from ltsweep.foundations.errors import listed
from ltsweep.views.results.answer import answer, shares
from ltsweep.views.results.collapse import collapse_in_words
from ltsweep.views.results.cost import cost_in_words
from ltsweep.views.results.experiment import Experiment
from ltsweep.views.results.linear import beside_linear
from ltsweep.views.results.origin import origin_in_words
from ltsweep.views.table import level_in_words, seeds_in_words
from ltsweep.views.verdicts.primary import primary_first
from ltsweep.views.verdicts.verdict import MethodVerdict, PanelVerdict
from ltsweep.views.wording import markdown_table, percent, setting

MOST_ROWS = 12  # of the table; more are in the experiment's own file
FOLDER = "results"
SMALL = "small"
_OF_SMALL_SIZE = " It claims nothing about nets and trainings of the size that papers have."


def section(experiment: Experiment, pictures: Mapping[str, str]) -> str:
    """The section as Markdown; `pictures` have the alternative texts of files in `FOLDER`."""
    shown = [f"![{text}]({FOLDER}/{file})" for file, text in pictures.items()]
    question = experiment.declared.question
    parts = [
        f"## {experiment.name}",
        f"*{question}*" if question else "",
        f"**{answer(experiment)}**",
        shares(experiment) if experiment.primary else "",
        _table(experiment),
        *shown,
        in_short(experiment),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def in_short(experiment: Experiment) -> str:
    """The closing paragraph: what was asked, what came out, what it rests on and doesn't show."""
    declared = experiment.declared
    sentences = [
        f"Asked: {declared.question}" if declared.question else "",
        f"Came out: {answer(experiment)}",
        f"Not shown: {declared.shows_not}" if declared.shows_not else "",
        collapse_in_words(experiment.panels),
        beside_linear(experiment.panels, experiment.verdicts),
        _rests_on(experiment),
        f"Cost: {cost_in_words(experiment.cost)}.",
        *experiment.told,
        origin_in_words(
            experiment.origin, experiment.cost.began, is_again=experiment.is_declared_again
        ),
        f"All tables: [{experiment.name}.md]({FOLDER}/{experiment.name}.md).",
    ]
    return " ".join(filter(None, sentences))


def _rests_on(experiment: Experiment) -> str:
    """'It rests on n = 10 seeds (100 to 109), T = 250 steps, one net (conv_gap), one test set ...'.

    T is the length of the dense trainings.
    """
    seeds = experiment.seeds
    if not seeds:
        return "Nothing of it is finished yet."
    which = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    parts = [f"n = {len(seeds)} seed{'s' * (len(seeds) > 1)} ({which})"]
    if experiment.steps:
        parts.append(f"T = {listed(f'{steps:,}' for steps in experiment.steps)} steps")
    measured = [f"{name}, {count:,} images" for name, count in experiment.measured_on.items()]
    kind = f"{experiment.declared.split} set"
    parts += [_counted("net", experiment.nets), _counted(kind, measured)]
    return f"It rests on {listed(parts)}.{_OF_SMALL_SIZE * (experiment.size == SMALL)}"


def _counted(kind: str, names: Sequence[str]) -> str:
    """'one net (conv_gap)', '2 nets (conv2; conv4)'."""
    count = f"one {kind}" if len(names) == 1 else f"{len(names)} {kind}s"
    return f"{count} ({'; '.join(names)})"


def _table(experiment: Experiment) -> str:
    """Arms at the declared densities; whole panels, those of the primary contrast first."""
    ordered = primary_first(experiment.panels, experiment.verdicts)
    panels = [panel for panel in ordered if panel.methods]
    shown = _that_fit(panels)
    if not shown:
        return ""
    densities = sorted({1.0, *(d for panel in shown for d in panel.densities)}, reverse=True)
    named = any(panel.setting for panel in shown)
    rows = [["panel"] * named + ["arm", "n", *map(percent, densities), "lowest matching"]]
    for panel in shown:
        for method in panel.methods:
            rows.append([setting(panel.setting)] * named + _row(method, densities))
    left = len(panels) - len(shown)
    note = f"{left} of {len(panels)} panels are left out here." if left else ""
    return "\n\n".join(filter(None, [markdown_table(rows), note]))


def _that_fit(panels: Iterable[PanelVerdict]) -> list[PanelVerdict]:
    """The first panels, always one, whose arms are not too many rows together."""
    found: list[PanelVerdict] = []
    for panel in panels:
        rows = sum(len(p.methods) for p in found) + len(panel.methods)
        if found and rows > MOST_ROWS:
            break
        found.append(panel)
    return found


def _row(method: MethodVerdict, densities: Sequence[float]) -> list[str]:
    cells = [level_in_words(method.at(density)) for density in densities]
    return [method.arm, seeds_in_words(method), *cells, method.lowest_in_words]
