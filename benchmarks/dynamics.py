"""`python -m benchmarks.dynamics`: what RigL costs over a fixed mask, updated every 100 steps."""

import statistics
import time
from collections.abc import Callable

import torch
from rich.console import Console
from rich.table import Table

from benchmarks.cases import LENET, Case, loaded
from benchmarks.steps import spread
from ltsweep.data.resident import Resident
from ltsweep.foundations.components import bind
from ltsweep.spec import DynamicsSpec
from ltsweep.train.dynamics import change_masks
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Batches

EVERY = 100  # steps, as in the paper
RIGL = DynamicsSpec(rule=bind("ltsweep.methods.rigl", {}), every=EVERY, until=1_000_000)
CONV_GAP = Case("conv_gap", bind("ltsweep.models.conv_gap", {}), (1, 14, 14), EVERY, batch_size=64)
ROWS = ((LENET, 0.3), (LENET, 0.1), (LENET, 0.05), (LENET, 0.01), (CONV_GAP, 0.1))


def table(repetitions: int) -> Table:
    """Processor seconds of as many steps as there are between two updates, and their ratio."""
    found = Table("case", "strategy", "density", "fixed", "RigL", "spread", "more", box=None)
    found.title = f"masks that change every {EVERY} steps: milliseconds a step"
    for case, density in ROWS:
        name, fixed, moving = measured(case, density, repetitions)
        ratios = [m / f for f, m in zip(fixed, moving, strict=True)]
        median = [1000 * statistics.median(seconds) / EVERY for seconds in (fixed, moving)]
        more = f"{statistics.median(ratios) - 1:+.1%}"
        times = [f"{milliseconds:.3f}" for milliseconds in median]
        found.add_row(case.name, name, f"{density:g}", *times, spread(ratios), more)
    return found


def measured(
    case: Case, density: float, repetitions: int, every: int = EVERY
) -> tuple[str, list[float], list[float]]:
    """The strategy, and processor seconds of so many steps with a fixed mask and with RigL.

    The two take turns. The first call of each is not counted.
    """
    data = case.data()
    recipes = (Recipe("fp32"), Recipe("fp32", dynamics=RIGL))
    name, ways = "", []
    for recipe in recipes:
        name, way = _steps(case, data, recipe, density, every)
        ways.append(way)
    seconds: list[list[float]] = [[], []]
    for _ in range(repetitions + 1):
        for timings, way in zip(seconds, ways, strict=True):
            began = time.process_time()
            way()
            timings.append(time.process_time() - began)
    fixed, moving = seconds
    return name, fixed[1:], moving[1:]


def _steps(
    case: Case, data: Resident, recipe: Recipe, density: float, every: int
) -> tuple[str, Callable[[], None]]:
    """The strategy, and a function that takes as many steps as there are between two updates."""
    strategy, members = loaded(case, data, recipe, density=density)
    for member in members:
        member.dynamics = recipe.dynamics
    batches, taken = Batches(members), 0

    def run() -> None:
        nonlocal taken
        for step in range(taken, taken + every):
            batch = batches.at(step, 1)
            at_end = step + 1 == taken + every  # whatever its number, this step is an update
            if not (at_end and change_masks(members, strategy, batch, EVERY)):
                strategy.step(batch, [1.0])
        taken += every

    return strategy.name, run


def main() -> None:
    """Prints a table of medians."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    Console(width=100).print(table(repetitions=7))


if __name__ == "__main__":
    main()
