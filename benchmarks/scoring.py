"""`python -m benchmarks.scoring`: what pruning at initialisation takes, in training steps.

A mask is made from ten examples of each class, or from an image of ones in a hundred rounds.
"""

import statistics
import time
from collections.abc import Callable, Mapping

import torch
from rich.console import Console
from rich.table import Table

from benchmarks.cases import KAIMING, LENET, RESNET20, Case, loaded
from benchmarks.steps import spread
from ltsweep.foundations.components import bind
from ltsweep.init.state import initial_state
from ltsweep.models.flow import flow
from ltsweep.part_spec import ScoreData
from ltsweep.pruning.criteria import magnitude
from ltsweep.pruning.mask import Mask, full_mask
from ltsweep.pruning.rounds import prune_in_rounds
from ltsweep.pruning.saliency import grasp, snip, synflow
from ltsweep.stages.scoring import Tally, mean_gradients, scored_batches, scored_net
from ltsweep.train.objectives import cross_entropy
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Batches
from tests.specs import data as data_spec

REPETITIONS = 3
DENSITY = 0.1
ROUNDS = {"synflow": 100}


def main() -> None:
    """Prints the table."""
    torch.set_num_threads(1)
    Console(width=100).print(table(REPETITIONS))


def table(repetitions: int, cases: tuple[Case, ...] = (LENET, RESNET20)) -> Table:
    """Seconds of a mask of a tenth of the weights; ways take turns with steps of a training."""
    found = Table("case", "way", "s a mask", "spread", "training steps", box=None)
    found.title = "pruning at initialisation"
    for case in cases:
        ways = {"a training step": _step(case), **_masks(case)}
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(repetitions + 1):  # the first one chooses kernels
            for name, run in ways.items():
                began = time.perf_counter()
                run()
                if number:
                    seconds[name].append(time.perf_counter() - began)
        step = statistics.median(seconds["a training step"])
        for name, values in seconds.items():
            median = statistics.median(values)
            row = (f"{median:.3g}", spread(values), f"{median / step:.3g}")
            found.add_row(case.name, name, *row)
    return found


def _step(case: Case) -> Callable[[], object]:
    strategy, members = loaded(case, case.data(), Recipe("fp32"))
    batches, number = Batches(members), iter(range(10_000))
    return lambda: strategy.step(batches.at(next(number), 1), [1.0])


def _masks(case: Case) -> Mapping[str, Callable[[], Mask]]:
    """Functions that make a mask, by the name of their criterion."""
    net, data = case.net, case.data()
    state = initial_state(net, KAIMING, 0, "init")
    objective = bind("ltsweep.train.cross_entropy", {})
    scores = ScoreData(data=data_spec(), objective=objective, per_class=10, batches="mixed")
    batches = scored_batches(data, scores, 0, case.batch_size)
    forward, through = scored_net(net, 0, 0, Tally()), flow(net.module, state, case.shape)
    everything = full_mask(net.layers)
    after = {tuple(everything): round(DENSITY * net.prunable)}

    def by(criterion: str, score: Callable[[Mask], Mapping[str, torch.Tensor]]):
        return lambda: prune_in_rounds(score, everything, after, ROUNDS.get(criterion, 1))

    def weights(mask: Mask) -> dict[str, torch.Tensor]:
        return {name: state[name] * part for name, part in mask.items()}

    def by_snip(mask: Mask) -> dict[str, torch.Tensor]:
        kept = weights(mask)
        return snip(kept, mean_gradients(forward, state, kept, batches, scores))

    return {
        "magnitude": by("magnitude", lambda mask: magnitude(weights(mask))),
        "snip": by("snip", by_snip),
        "grasp": by(
            "grasp", lambda mask: grasp(weights(mask), state, forward, batches, cross_entropy)
        ),
        "synflow": by("synflow", lambda mask: synflow(weights(mask), through)),
    }


if __name__ == "__main__":
    main()
