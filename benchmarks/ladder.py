"""A whole sweep as a user starts it: two ladders with two controls each, on all cores."""

import gzip
import os
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from ltsweep.store.store import Store

ROOT = Path(__file__).parents[1]
LEVELS, EPOCHS, SEEDS = 14, 12, 2  # 15 levels with the dense one: 86 trainings
FILES = ROOT / "data"


def measure(usual: float) -> str:
    """Runs the sweep in a new store; its images a second against the usual loop's, in words.

    Everything is counted: start, planning, evaluation, tickets and records. Fashion-MNIST where it
    is present (LTSWEEP_DATA, or data/), otherwise random images in its files' format.
    """
    with tempfile.TemporaryDirectory() as name:
        data = Path(os.environ.get("LTSWEEP_DATA", FILES))
        kind = "Fashion-MNIST"
        if not (data / "FashionMNIST" / "raw").is_dir():
            data, kind = Path(name) / "data", "random images"
            _write_random_images(data / "FashionMNIST" / "raw")
        store = Store(Path(name) / "store")
        began = time.perf_counter()
        command = [sys.executable, str(ROOT / "launch.py"), *_overrides(), f"store={store.root}"]
        subprocess.run([*command, f"data_dir={data}"], check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
        ends = [end for stage in store.stages() if (end := stage.end()) is not None]
    rate = sum(end.examples for end in ends) / seconds
    return (
        f"{len(ends)} trainings of LeNet ({LEVELS} prunings, {EPOCHS} epochs, {kind}, bf16) on "
        f"{os.cpu_count()} cores in {seconds:,.0f} s: {rate:,.0f} images/s, "
        f"{rate / usual:.1f}x the usual loop on one core"
    )


def _overrides() -> list[str]:
    return [
        "-m",
        "dataset=fashion_mnist",
        "batch_size=128",
        f"levels={LEVELS}",
        f"schedule.length={EPOCHS}ep",
        "reset.step=1ep",
        "precision=bf16",
        "method=imp,random_reinit,random_mask",
        f"seed=range({SEEDS})",
        "logger=none",
    ]


def _write_random_images(folder: Path) -> None:
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for part, count in (("train", 60_000), ("t10k", 10_000)):
        images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = random.integers(0, 10, count).astype(np.uint8)
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
            path = folder / f"{part}-{kind}-ubyte.gz"
            path.write_bytes(gzip.compress(header + array.tobytes(), compresslevel=1))
