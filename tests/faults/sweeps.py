"""A small sweep as a user starts it, and what can be read of it afterwards."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from ltsweep.store.store import Store
from ltsweep.views.curves import csv_text, curve_rows

ROOT = Path(__file__).parents[2]
LONGER = (
    "method=imp,random_reinit,random_mask",
    "seed=0,1",
    "levels=6",
    "schedule.length=700it",
    "reset.step=10it",
    "logger=none",
    "checkpoint_seconds=0.05",
)


def _hear_ctrl_c() -> None:
    """As in a terminal: whoever starts the tests in the background may have SIGINT ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass
class Command:
    """A command that was started, and where its output goes."""

    process: "subprocess.Popen[bytes]"
    output: Path

    def wait(self) -> str:
        """Waits for its end; what it printed."""
        self.process.wait(timeout=240)
        return self.output.read_text()

    def kill(self) -> None:
        """Kills it with -9 and takes its exit code."""
        self.process.kill()
        self.process.wait()


@dataclass
class Sweep:
    """One command line on one store, to be started again and again."""

    store: Path
    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> list[str]:
        """What a user would type."""
        launch = [sys.executable, str(ROOT / "launch.py")]
        return [*launch, f"store={self.store}", *self.arguments]

    def start(self) -> "Command":
        """Starts the command in a session of its own."""
        self.store.parent.mkdir(parents=True, exist_ok=True)
        # a file and no pipe, which nobody would empty
        descriptor, output = tempfile.mkstemp(suffix=".txt", dir=self.store.parents[1])
        with os.fdopen(descriptor, "w") as file:
            process = subprocess.Popen(
                self.command,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={**os.environ, "COLUMNS": "200", **self.environment},
                start_new_session=True,
                preexec_fn=_hear_ctrl_c,
            )
        return Command(process, Path(output))

    def run(self, expect: int = 0) -> str:
        """Runs the command to its end and returns what it printed."""
        command = self.start()
        output = command.wait()
        assert command.process.returncode == expect, output + self.logs()
        return output

    def ltsweep(self, *words: str, expect: int = 0) -> str:
        """What an `ltsweep` command says of the store, run outside the project."""
        done = subprocess.run(
            [sys.executable, "-m", "ltsweep.cli", *words, "--store", str(self.store)],
            capture_output=True,
            text=True,
            cwd=self.store.parent,
            env={**os.environ, **self.environment},
            timeout=240,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout + done.stderr

    def status(self, *words: str) -> dict[str, Any]:
        """What `ltsweep status --json` tells."""
        found: dict[str, Any] = json.loads(self.ltsweep("status", "--json", *words))
        return found

    def workers(self) -> list[psutil.Process]:
        """Processes, controllers included, that work on this store's launches."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if any(str(self.store) in word for word in words) and "submitit" in " ".join(words):
                found.append(process)
        return found

    def wait_for_silence(self) -> None:
        """Waits until nobody works on the store any more."""
        deadline = time.monotonic() + 120
        while self.workers():
            assert time.monotonic() < deadline, self.workers()
            time.sleep(0.1)

    def curves(self) -> str:
        """curves.csv without the column `seconds`."""
        rows = curve_rows(Store(self.store))
        return "\n".join(line.rpartition(",")[0] for line in csv_text(rows).splitlines())

    def logs(self) -> str:
        """What the workers printed."""
        return "\n".join(p.read_text() for p in sorted(self.store.glob("launches/*/logs/*.out")))

    def endings(self) -> Counter[str]:
        """How often each stage's closing record was written: twice would be a second training."""
        store = Store(self.store)
        return Counter(
            {
                stage.key: sum(record["event"] == "end" for record in stage.records())
                for stage in store.stages()
            }
        )


def assert_equal(sweep: Sweep, undisturbed: Sweep) -> None:
    """Completes `sweep` and compares it with a sweep that nobody disturbed."""
    sweep.run()
    sweep.wait_for_silence()
    assert sweep.curves() == undisturbed.curves()
    assert set(sweep.endings().values()) == {1}, "a stage was trained twice"


def wait_until_some_stage_is_done(sweep: Sweep) -> None:
    """Returns in the middle of a sweep."""
    deadline = time.monotonic() + 120
    while not any(stage.is_done() for stage in Store(sweep.store).stages()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def kill(processes: list[psutil.Process]) -> None:
    """Kills with -9 those that still live."""
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
