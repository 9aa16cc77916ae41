"""The page of results: answers on top, then a section for each experiment."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ltsweep.foundations.errors import listed
from ltsweep.views.beside import PUBLISHED_HEAD, published_rows
from ltsweep.views.results.answer import answer, statement
from ltsweep.views.results.experiment import Experiment
from ltsweep.views.results.requests import Asked, Requests, requests
from ltsweep.views.results.scope import glossary, scope
from ltsweep.views.results.section import section
from ltsweep.views.wording import markdown_table

_HEAD = (
    "# Results",
    "This page is made by `make results` from runs: `ltsweep results` writes it from the records "
    "of a store. Each sentence that answers is made from verdicts. [Methods](methods.md) says "
    "what is compared, and what the words mean.",
)


def page(experiments: Sequence[Experiment], pictures: Mapping[str, Mapping[str, str]]) -> str:
    """The page as Markdown; `pictures` has, by experiment, files and their alternative texts."""
    asked = {name for group in requests() for entry in group.entries for name in entry.names}
    others = [experiment for experiment in experiments if experiment.experiment not in asked]
    parts = [
        *_HEAD,
        _contents(experiments),
        scope(experiments),
        *(_answers(group, experiments) for group in requests()),
        _others(others),
        _published(experiments),
        _test_sets(experiments),
        glossary(experiments),
        *(section(experiment, pictures[experiment.name]) for experiment in experiments),
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _contents(experiments: Iterable[Experiment]) -> str:
    return f"Experiments: {', '.join(_link(e.name) for e in experiments)}."


def _answers(group: Requests, experiments: Sequence[Experiment]) -> str:
    lines = [f"{number}. {_answered(a, experiments)}" for number, a in enumerate(group.entries, 1)]
    return f"## {group.title}\n\n{group.about}\n\n" + "\n".join(lines)


def _answered(asked: Asked, experiments: Sequence[Experiment]) -> str:
    """What is asked, the statements that answer it, and the primary contrasts below them."""
    if asked.missing is not None:
        return f"{asked.asks} **Not answered yet**: ltsweep does not have {asked.missing}."
    there: dict[str, list[Experiment]] = {name: [] for name in asked.names}
    for experiment in experiments:
        if experiment.experiment in there:
            there[experiment.experiment].append(experiment)
    short, told = [], []
    for one in asked.statements:
        for found in there[one.experiment]:
            answered = statement(found, one)
            told.append(f"{answered.in_full} {_link(found.name)}")
            if one in asked.in_short:
                short.append(answered.in_short)
    told += [
        f"Primary contrast of {_link(found.name)}: {answer(found)}"
        for name in asked.experiments
        for found in there[name]
    ]
    if short:
        told.insert(0, f"**In short**: {'. '.join(short)}.")
    if absent := [f"`{name}`" for name in there if not there[name]]:
        told.append(f"**Not answered yet** by {listed(absent)}, which this store does not have.")
    return "\n   - ".join([asked.asks, *told])


def _others(experiments: Sequence[Experiment]) -> str:
    """The answers of experiments that nobody asked for."""
    if not experiments:
        return ""
    lines = [f"- {_link(experiment.name)}: {answer(experiment)}" for experiment in experiments]
    return "## Other experiments\n\n" + "\n".join(lines)


def _published(experiments: Iterable[Experiment]) -> str:
    """Published numbers beside ours, where an experiment has the same data, net and method."""
    rows = [
        [_link(experiment.name), *row]
        for experiment in experiments
        for panel in experiment.verdicts
        for row in published_rows(panel)
    ]
    if not rows:
        return ""
    return f"## Published numbers and ours\n\n{markdown_table([('', *PUBLISHED_HEAD), *rows])}"


def _test_sets(experiments: Iterable[Experiment]) -> str:
    """How many experiments were measured on each test set."""
    used: dict[str, list[str]] = {}
    for experiment in experiments:
        for name in experiment.measured_on if experiment.declared.split == "test" else ():
            used.setdefault(name, []).append(experiment.name)
    lines = [
        f"- {name}: {len(names)} experiment{'s' * (len(names) > 1)} ({', '.join(names)})"
        for name, names in sorted(used.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    about = (
        "Verdicts are corrected within an experiment, by Holm, and never across experiments. The "
        "more of them use the same test images, the more of the verdicts on this page are chance."
    )
    return f"## How often each test set was used\n\n{about}\n\n" + "\n".join(lines)


def _link(name: str) -> str:
    """To the section of an experiment, by the anchor that its heading gets."""
    anchor = re.sub(r"[^\w-]", "", name.lower())
    return f"[{name}](#{anchor})"
