"""`make bench`: prints the table of training rates on one thread."""

import argparse
import platform
import statistics

import torch
from rich.console import Console
from rich.table import Table

from benchmarks.steps import rows


def main() -> None:
    """Measures and prints; ratios are to the usual loop of the same case in the same run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=7)
    repetitions = parser.parse_args().repetitions
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    print(f"{platform.processor() or platform.machine()}, torch {torch.__version__}, one thread")
    table = Table("case", "way", "samples/s", "spread", "ratio", box=None)
    usual = 0.0
    for row in rows(repetitions):
        if row.way.startswith("usual"):
            usual = row.median
        spread = statistics.quantiles(row.rates, n=4)
        ratio = row.median / usual
        table.add_row(
            row.case,
            row.way,
            f"{row.median:,.0f}",
            f"{(spread[2] - spread[0]) / row.median:.0%}",
            f"{ratio:.1f}x",
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
