"""Rates of whole training steps on one thread: gather, augment, forward, backward, update."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch

from benchmarks.cases import CONV2, LENET, RESNET20, Case, pack
from benchmarks.usual import UsualLoop

USUAL = "usual loop, fp32"
GEMM = 2048  # rows and columns of the product that a peak is measured with


@dataclass
class Row:
    """One way to train one case; `rates` in images a second, over all replicates."""

    case: Case
    way: str
    density: float
    run: Callable[[int], int]
    steps: int
    rates: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle rate."""
        return statistics.median(self.rates)

    @property
    def spread(self) -> str:
        """That of the rates."""
        return spread(self.rates)

    def measure(self) -> None:
        """Adds one timing."""
        began = time.perf_counter()
        seen = self.run(self.steps)
        self.rates.append(seen / (time.perf_counter() - began))


def spread(values: Sequence[float]) -> str:
    """Half the distance between the quartiles, relative to the median; "–" for one value."""
    if len(values) == 1:
        return "–"
    quarters = statistics.quantiles(values, n=4)
    return f"± {(quarters[2] - quarters[0]) / 2 / statistics.median(values):.0%}"


def measured(repetitions: int, cases: tuple[Case, ...] = (LENET, CONV2, RESNET20)) -> Iterator[Row]:
    """All rows of all cases; the rows of a case take turns, so that noise hits them alike."""
    for case in cases:
        rows = list(_rows(case))
        for row in rows:
            row.run(row.steps)  # libraries choose their kernels at the first call
        for _ in range(repetitions):
            for row in rows:
                row.measure()
        yield from rows


def peak(precision: torch.dtype) -> float:
    """Best of five large matrix products, in floating-point operations a second."""
    a = torch.randn(GEMM, GEMM).to(precision)
    times = []
    for _ in range(6):
        began = time.perf_counter()
        torch.mm(a, a)
        times.append(time.perf_counter() - began)
    return float(2 * GEMM**3 / min(times[1:]))


def _rows(case: Case) -> Iterator[Row]:
    data = case.data()
    usual = UsualLoop(case, data)
    yield Row(case, USUAL, 1.0, usual.run, case.steps)
    for precision in ("fp32", "bf16"):
        for replicates in (1, 8):
            for density in case.densities:
                run = pack(case, data, precision=precision, replicates=replicates, density=density)
                steps = max(1, case.steps // replicates)
                yield Row(case, f"{precision}, K = {replicates}", density, run, steps)
