"""`python -m benchmarks.trainings`: whole trainings of small nets, against a plain loop.

With nets so small, what surrounds its products counts. So everything is timed that a stage does:
beginning, steps, evaluations, records and tickets.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from torch import nn
from torch.nn import functional as F

from benchmarks.small_nets import BATCH_SIZE, CASES, MEAN, MOMENTUM, RATE, STD, Case
from benchmarks.steps import spread
from ltsweep.plan.facts import FactFinder
from ltsweep.plan.points import make_plan
from ltsweep.plan.stage import PlannedStage
from ltsweep.stages.measure import TRAIN_SUBSET
from ltsweep.stages.run import run_pack
from ltsweep.stages.workplace import Workplace
from ltsweep.store import claims
from ltsweep.store.store import Store
from ltsweep.train.one_by_one import EVALUATION_BATCH
from tests.points import configs

REPETITIONS = 3  # each of eight or sixteen trainings in each way


def table(repetitions: int, cases: Sequence[Case]) -> Table:
    """Processor seconds of one training; ways take turns, and ratios are to the plain loop."""
    found = Table("net", "density", "precision", "way", "s a training", "spread", "ratio", box=None)
    found.title = f"whole trainings, {BATCH_SIZE} images a step"
    for case in cases:
        ways = {
            "plain loop": PlainLoop(case).run,
            f"pack of {case.replicates}": Pack(case).run,
        }
        seconds = in_turns(ways.values(), repetitions)
        usual = statistics.median(seconds[0])
        about = (case.model, f"{case.density:g}", case.precision)
        for name, timings in zip(ways, seconds, strict=True):
            median = statistics.median(timings)
            each, ratio = f"{median / case.replicates:.3f}", f"{usual / median:.2f}x"
            found.add_row(*about, name, each, spread(timings), ratio)
    return found


def in_turns(ways: Iterable[Callable[[], object]], repetitions: int) -> list[list[float]]:
    """Processor seconds of each call of each way; the first call of each is not counted.

    Trainings take so long that whatever else a machine does would decide over seconds of a clock.
    """
    ways = list(ways)
    seconds: list[list[float]] = [[] for _ in ways]
    for _ in range(repetitions + 1):
        for timings, way in zip(seconds, ways, strict=True):
            began = time.process_time()
            way()
            timings.append(time.process_time() - began)
    return [timings[1:] for timings in seconds]


class Pack:
    """Stages of level 1 with random masks, as a worker runs them, each time in a new store."""

    def __init__(self, case: Case) -> None:
        plan = make_plan(configs(*case.lines()), FactFinder(Path()))
        self._stages = [stage for stage in plan.stages.values() if stage.spec.level == 1]
        self._place = Workplace(Store(Path()), Path(), torch.device("cpu"), False, 1e9)

    def run(self) -> None:
        """Trains them all, from claims to DONE marks."""
        with tempfile.TemporaryDirectory() as name:
            place = replace(self._place, store=Store(Path(name)))
            claimed = [self._claimed(s, place) for s in self._stages]
            run_pack(claimed, place, lambda: False, print, lambda key, step: None)

    def _claimed(self, stage: PlannedStage, place: Workplace) -> tuple[PlannedStage, claims.Claim]:
        directory = place.store.stage(stage.key)
        directory.create(stage.spec.model_dump(mode="json"))
        claim = claims.acquire(directory.path, claims.Owner.of_this_process("benchmark"))
        assert claim is not None
        return stage, claim


class PlainLoop:
    """The same trainings one after the other, as anyone would write them without a framework.

    Images are floats in memory. Channels come last, which is the faster layout for convolutions.
    Evaluations are fp32, as those of all nets with batch norm.
    """

    def __init__(self, case: Case) -> None:
        self._case, self._bf16 = case, case.precision == "bf16"
        raw, size = case.images(), case.train - case.validation
        parts = {
            "train": (raw.train_images[:size], raw.train_labels[:size]),
            "val": (raw.train_images[size:], raw.train_labels[size:]),
            "test": (raw.test_images, raw.test_labels),
        }
        self._parts = {
            name: ((torch.from_numpy(x) / 255 - MEAN) / STD, torch.from_numpy(y))
            for name, (x, y) in parts.items()
        }

    def run(self) -> None:
        """Trains all replicates."""
        for seed in range(self._case.replicates):
            self._train(seed)

    def _train(self, seed: int) -> None:
        torch.manual_seed(seed)
        module = self._case.plain().to(memory_format=torch.channels_last)
        masks = [
            (weight, (torch.rand_like(weight) < self._case.density).float())
            for weight in module.parameters()
            if weight.dim() > 1
        ]
        with torch.no_grad():
            for weight, mask in masks:
                weight.mul_(mask)
        optimizer = torch.optim.SGD(module.parameters(), lr=RATE, momentum=MOMENTUM)
        x_train, y_train = self._parts["train"]
        self._evaluate(module, "val")
        step = 0
        while step < self._case.steps:
            module.train()
            for indices in torch.randperm(len(y_train)).split(BATCH_SIZE):
                with torch.autocast("cpu", torch.bfloat16, enabled=self._bf16):
                    logits = module(x_train[indices])
                loss = F.cross_entropy(logits.float(), y_train[indices])
                optimizer.zero_grad()
                loss.backward()
                for weight, mask in masks:
                    weight.grad *= mask
                optimizer.step()
                step += 1
                if step == self._case.steps:
                    break
            self._evaluate(module, "val")
        self._evaluate(module, "train", TRAIN_SUBSET)
        for part in ("val", "test"):
            self._evaluate(module, part)

    @torch.no_grad()
    def _evaluate(
        self, module: nn.Module, part: str, count: int | None = None
    ) -> tuple[float, float]:
        """Accuracy and mean loss."""
        module.eval()
        correct, losses = 0, 0.0
        for x, y in zip(
            *(values[:count].split(EVALUATION_BATCH) for values in self._parts[part]), strict=True
        ):
            logits = module(x)
            correct += int((logits.argmax(1) == y).sum())
            losses += float(F.cross_entropy(logits, y, reduction="sum"))
        examples = len(self._parts[part][1][:count])
        return correct / examples, losses / examples


def main() -> None:
    """Prints a table of medians."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    Console(width=100).print(table(REPETITIONS, CASES))


if __name__ == "__main__":
    main()
