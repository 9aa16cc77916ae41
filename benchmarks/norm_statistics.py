"""`python -m benchmarks.norm_statistics`: the cost of recalibrated batch norm in training steps."""

import statistics
import time
from collections.abc import Callable

import torch

from benchmarks.cases import RESNET20, Case, loaded
from ltsweep.train.norm_statistics import images_taken
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Batches

REPETITIONS = 5


def main() -> None:
    """Prints a row for each precision."""
    torch.set_num_threads(1)
    print("ResNet-20, one thread; seconds are medians")
    for precision in ("fp32", "bf16"):
        step, recalibration, images = measured(RESNET20, precision, REPETITIONS)
        print(
            f"{precision}: a step of {RESNET20.batch_size} images {step:.3f} s; statistics of "
            f"{images} images {recalibration:.3f} s, {recalibration / step:.1f} steps"
        )


def measured(case: Case, precision: str, repetitions: int) -> tuple[float, float, int]:
    """Seconds of a training step, seconds of taking statistics anew, and from how many images.

    The two take turns. A recalibration is an evaluation of one image after a step, less a second
    evaluation, which finds the statistics there.
    """
    data = case.data()
    recipe = Recipe(precision, norm_statistics="recalibrated", evaluation_precision="fp32")
    strategy, members = loaded(case, data, recipe)
    batches, image = Batches(members), torch.arange(1)
    steps, recalibrations = [], []
    for number in range(repetitions + 1):
        batch = batches.at(number, 1)
        steps.append(_seconds(lambda batch=batch: strategy.step(batch, [1.0])))
        first, again = (_seconds(lambda: strategy.evaluate("val", image, [0])) for _ in range(2))
        recalibrations.append(first - again)
    images = images_taken(data.size("train"), case.batch_size)
    return statistics.median(steps[1:]), statistics.median(recalibrations[1:]), images


def _seconds(task: Callable[[], object]) -> float:
    began = time.perf_counter()
    task()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
