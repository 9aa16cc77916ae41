"""How far the answers of the page go: sizes, what the nets have learnt, tests, shared runs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ltsweep.foundations.errors import listed
from ltsweep.views.results.experiment import Experiment
from ltsweep.views.results.linear import compared_with_linear
from ltsweep.views.results.requests import words
from ltsweep.views.verdicts.statistics import CONFIDENCE, holm, mean


def scope(experiments: Sequence[Experiment]) -> str:
    """What a reader must know of all answers, before the first one."""
    told = [
        _sizes(experiments),
        _dense(experiments),
        _linear(experiments),
        _tolerances(experiments),
        _tests(experiments),
    ]
    told.append(
        "Many experiments share their seeds and trainings, and all contrasts of an experiment "
        "share its seeds: agreement among them is no replication, and shares of wins are counts "
        "and no rates."
    )
    return "## How far the answers go\n\n" + "\n".join(f"- {one}" for one in told if one)


def glossary(experiments: Iterable[Experiment]) -> str:
    """The words of the page, with the methods that it has."""
    there = {curve.method for experiment in experiments for curve in experiment.curves}
    rows = [f"- `{name}`: {is_}" for name, is_ in words().methods.items() if name in there]
    rows += [f"- **{name}**: {is_}" for name, is_ in words().others.items()]
    return "## Words\n\n" + "\n".join(rows)


def _sizes(experiments: Sequence[Experiment]) -> str:
    nets = sorted({net for experiment in experiments for net in experiment.nets})
    steps = [length for experiment in experiments for length in experiment.steps]
    seeds = [len(experiment.seeds) for experiment in experiments if experiment.seeds]
    if not steps:
        return ""
    return (
        f"Trainings have {_range(steps)} steps, experiments {_range(seeds)} seeds, and nets are "
        f"{listed(nets)}. Papers train larger nets, and 50 times as long or longer."
    )


def _dense(experiments: Iterable[Experiment]) -> str:
    """The dense accuracies on each dataset; a net that has learnt little is easily matched."""
    found: dict[str, list[float]] = {}
    for experiment in experiments:
        for name, accuracy in _dense_accuracies(experiment):
            found.setdefault(name, []).append(accuracy)
    each = [
        f"{name} {_range([round(one) for one in accuracies])} %"
        for name, accuracies in sorted(found.items())
    ]
    if not each:
        return ""
    return f"Dense nets reach {listed(each)}. To match one that has learnt little says little."


def _dense_accuracies(experiment: Experiment) -> Iterator[tuple[str, float]]:
    """The data that each cell is measured on, and the mean accuracy of its dense nets."""
    for panel in experiment.panels:
        for cell in panel.cells:
            accuracy = mean(list(cell.dense_percent().values()))
            if accuracy is not None:
                yield cell.curves[0].point.sides[1]["dataset"]["name"], accuracy


def _linear(experiments: Iterable[Experiment]) -> str:
    """In how many experiments what is asked about is above a linear classifier."""
    are_below: dict[str, bool] = {}
    unknown = []
    for experiment in experiments:
        both = compared_with_linear(experiment.panels, experiment.verdicts)
        pairs = [pair for found in both.values() for pair in found]
        if pairs:
            are_below[experiment.name] = all(own <= linear for own, linear in pairs)
        else:
            unknown.append(experiment.name)
    if not are_below:
        return ""
    told = (
        f"In {sum(are_below.values())} of {len(are_below)} experiments that have a linear "
        "classifier beside them, the arm that is asked about is nowhere above it at the density "
        "of the primary contrast."
    )
    return f"{told} Without one: {', '.join(unknown)}." if unknown else told


def _tolerances(experiments: Iterable[Experiment]) -> str:
    """'The tolerance (delta) is 0.5 pp in 21 experiments and 1 pp in 2 experiments.'."""
    counts = Counter(experiment.declared.delta for experiment in experiments)
    each = [f"{delta:g} pp in {counts[delta]} of them" for delta in sorted(counts)]
    return f"The tolerance that experiments declare is {listed(each)}." if each else ""


def _tests(experiments: Iterable[Experiment]) -> str:
    """How many primary contrasts are told apart, by themselves and among all of the page."""
    primaries = [e.primary for e in experiments if e.primary is not None]
    found = [p.difference.p for p in primaries if p.difference.p is not None]
    if len(found) < 2:
        return ""
    alone = sum(p < 1 - CONFIDENCE for p in found)
    together = sum(p < 1 - CONFIDENCE for p in holm(found))
    return (
        f"Of {len(found)} primary contrasts with a p, {alone} are told apart, each by a test of "
        f"its own at 5 %, and {together} after Holm's correction over all of this page."
    )


def _range(values: Sequence[int]) -> str:
    """'62 to 1,000', '250'."""
    return " to ".join(f"{value:,}" for value in sorted({min(values), max(values)}))
