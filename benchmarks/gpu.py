"""Rates of whole training steps on a GPU, with each way's share of the GPU's own peak."""

from collections.abc import Callable
from math import ceil

import torch
from rich.table import Table

from benchmarks.cases import LENET, RESNET18, RESNET20, Case, pack
from benchmarks.steps import GEMM, Row

PACKS = ((LENET, (1, 8, 64)), (RESNET20, (1, 4, 8)), (RESNET18, (1, 2)))
LEAST_STEPS = 200  # of one timing: fewer take a few milliseconds with a small net


def table(repetitions: int) -> Table:
    """Rates of packs in both precisions; ratios are to one replicate."""
    name = torch.cuda.get_device_name()
    found = Table("case", "way", "images/s", "spread", "ratio", "of peak", box=None, title=name)
    for case, sizes in PACKS:
        data = case.data("cuda")
        for precision in ("fp32", "bf16"):
            peak = _peak(torch.bfloat16 if precision == "bf16" else torch.float32)
            alone = 1.0
            for replicates in sizes:
                run = pack(case, data, precision=precision, replicates=replicates, density=1.0)
                epoch = ceil(len(data.images("train")) / case.batch_size)
                steps = steps_of_a_timing(epoch)
                row = Row(case, f"{precision}, K = {replicates}", 1.0, _waiting(run), steps)
                row.run(2 * epoch)  # every shape of batch, twice
                for _ in range(repetitions):
                    row.measure()
                alone = row.median if replicates == 1 else alone
                found.add_row(*_cells(row, case, alone, peak))
    return found


def steps_of_a_timing(epoch: int) -> int:
    """Whole epochs of so many steps, so that every timing has its share of short batches."""
    return epoch * ceil(LEAST_STEPS / epoch)


def _cells(row: Row, case: Case, alone: float, peak: float) -> tuple[str, ...]:
    share = case.flops() * row.median / peak
    ratio = f"{row.median / alone:.1f}x"
    return case.name, row.way, f"{row.median:,.0f}", row.spread, ratio, f"{share:.0%}"


def _waiting(run: Callable[[int], int]) -> Callable[[int], int]:
    def until_done(steps: int) -> int:
        seen = run(steps)
        torch.cuda.synchronize()
        return seen

    return until_done


def _peak(precision: torch.dtype) -> float:
    """Rate of a product of 4 * GEMM rows and columns, in floating-point operations a second."""
    size = 4 * GEMM
    a = torch.randn(size, size, device="cuda").to(precision)
    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    torch.mm(a, a)
    begin.record()
    for _ in range(5):
        torch.mm(a, a)
    end.record()
    torch.cuda.synchronize()
    return float(5 * 2 * size**3 / (begin.elapsed_time(end) / 1000))
