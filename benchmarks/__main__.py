"""`make bench`: rates of steps on one thread, then whole trainings and a ladder (`--no-ladder`)."""

import argparse
import os
import platform
import sys
from collections.abc import Sequence

import torch
from rich.console import Console
from rich.table import Table

from benchmarks import dynamics, gpu, ladder, scoring, trainings
from benchmarks.small_nets import CASES
from benchmarks.steps import USUAL, Row, measured, peak
from ltsweep.foundations.output import spell_out_unknown


def main() -> None:
    """Measures and prints; every ratio is to the usual loop of the same case in the same run."""
    options = options_of(sys.argv[1:])
    spell_out_unknown()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    console = Console(width=100)
    console.print(f"{_processor()}, {os.cpu_count()} cores; torch {torch.__version__}; one thread")
    peaks = {"fp32": peak(torch.float32), "bf16": peak(torch.bfloat16)}
    for precision, flops in peaks.items():
        console.print(f"peak of a matrix product, {precision}: {flops / 1e9:,.0f} GFLOP/s")
    rows = list(measured(options.repetitions))
    console.print(_table(rows, peaks))
    console.print(dynamics.table(options.repetitions))
    if torch.cuda.is_available():
        console.print(gpu.table(options.repetitions))
    if not options.no_ladder:
        console.print(trainings.table(trainings.REPETITIONS, CASES))
        console.print(scoring.table(scoring.REPETITIONS))
        usual = next(row for row in rows if row.way == USUAL)
        console.print(ladder.measure(usual.median))


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    """What the command line asks for; ends the process where that can't be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--repetitions", type=_count, default=7, help="timings of each way")
    parser.add_argument("--no-ladder", action="store_true", help="only the rates of steps")
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} must be a whole number of at least 1")
    return int(text)


def _table(rows: list[Row], peaks: dict[str, float]) -> Table:
    table = Table("case", "way", "density", "images/s", "spread", "ratio", "of peak", box=None)
    usual = 1.0
    for row in rows:
        usual = row.median if row.way == USUAL else usual
        precision = "bf16" if row.way.startswith("bf16") else "fp32"
        share = row.density * row.case.flops() * row.median / peaks[precision]
        table.add_row(
            row.case.name,
            row.way,
            f"{row.density:g}",
            f"{row.median:,.0f}",
            row.spread,
            f"{row.median / usual:.1f}x",
            f"{share:.0%}",
        )
    return table


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
