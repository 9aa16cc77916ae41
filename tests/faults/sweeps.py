"""A small sweep as a user starts it, and what can be read of it afterwards."""

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil
import pytest

from ltsweep.store.store import Store
from ltsweep.views.curves import columns, csv_text, curve_rows

from ..sweeps_here import complete, planned
from ..waiting import wait_for
from ..warm import processes
from ..warm.processes import WarmProcess

ROOT = Path(__file__).parents[2]
LONGER = (
    "method=imp,random_reinit,random_mask",
    "seed=0,1",
    "levels=3",
    "model.hidden=[60,20]",
    "schedule.length=400it",
    "reset.step=10it",
    "logger=none",
    "checkpoint_seconds=0.05",
)
SOURCES_AND_TARGETS = (
    *("dataset.split_seed=0,1", "target.split_seed=0,1", "target_schedule.length=200it"),
    *("method=imp,trained,random_mask", "seed=0", "levels=2", "schedule.length=300it"),
)


def _hear_ctrl_c() -> None:
    """As in a terminal: whoever starts the tests in the background may have SIGINT ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass
class Command:
    """A command that was started, and where its output goes."""

    process: "subprocess.Popen[bytes] | WarmProcess"
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
    """One command line on one store, to be started again and again.

    Its processes are real ones. Those that are asked to be `warm` are forked from a Python that has
    imported torch and Hydra already; where a test is about processes, they are started anew.
    """

    store: Path
    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    _sessions: set[int] = field(default_factory=set)

    @property
    def command(self) -> list[str]:
        """What a user would type."""
        launch = [sys.executable, str(ROOT / "launch.py")]
        return [*launch, f"store={self.store}", *self.arguments]

    def start(self, *, warm: bool = False) -> "Command":
        """Starts the command in a session of its own."""
        self.store.parent.mkdir(parents=True, exist_ok=True)
        # a file and no pipe, which nobody would empty
        descriptor, output = tempfile.mkstemp(suffix=".txt", dir=self.store.parents[1])
        with os.fdopen(descriptor, "w") as file:
            environment = {"COLUMNS": "200"}
            process = self._start(self.command, file, file, ROOT, environment, warm=warm)
        return Command(process, Path(output))

    def run(self, expect: int = 0, *, warm: bool = True) -> str:
        """Runs the command to its end and returns what it printed."""
        command = self.start(warm=warm)
        output = command.wait()
        assert command.process.returncode == expect, output + self.logs()
        return output

    def train_here(self) -> str:
        """Trains what is missing in the tests' own process, and returns what was said."""
        said: list[str] = []
        lines = [line for line in self.arguments if not line.startswith("hydra.")]
        complete(planned(self.store, *lines, "cluster=debug"), said.append)
        return "\n".join(said)

    def run_behind_a_pipe(self) -> str:
        """Returns when the last process that could write to the pipe has gone."""
        process = self._start(
            self.command, subprocess.PIPE, subprocess.STDOUT, ROOT, {}, warm=False
        )
        assert isinstance(process, subprocess.Popen)
        output, _ = process.communicate(timeout=240)
        return output.decode()

    def ltsweep(self, *words: str, expect: int = 0, warm: bool = True) -> str:
        """What an `ltsweep` command says of the store, run outside the project."""
        command = [sys.executable, "-m", "ltsweep.cli", *words, "--store", str(self.store)]
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            process = self._start(command, out, err, self.store.parent, {}, warm=warm)
            code = process.wait(timeout=240)
            said = "".join(file.seek(0) * "" + file.read() for file in (out, err))
        assert code == expect, said
        return said

    def _start(
        self,
        command: list[str],
        out: IO[str] | int,
        err: IO[str] | int,
        cwd: Path,
        more: dict[str, str],
        *,
        warm: bool,
    ) -> "subprocess.Popen[bytes] | WarmProcess":
        environment = {**os.environ, **more, **self.environment}
        process: subprocess.Popen[bytes] | WarmProcess
        if warm:
            assert not isinstance(out, int) and not isinstance(err, int)
            process = processes.start(command, stdout=out, stderr=err, cwd=cwd, env=environment)
        else:
            process = subprocess.Popen(
                command,
                stdout=out,
                stderr=err,
                cwd=cwd,
                env=environment,
                start_new_session=True,
                preexec_fn=_hear_ctrl_c,
            )
        self._sessions.add(process.pid)
        return process

    def status(self, *words: str) -> dict[str, Any]:
        """What `ltsweep status --json` tells."""
        found: dict[str, Any] = json.loads(self.ltsweep("status", "--json", *words))
        return found

    def workers(self) -> list[psutil.Process]:
        """Processes, controllers included, that work on this store's launches."""
        return [process for process in psutil.process_iter() if self._is_worker(process)]

    def _is_worker(self, process: psutil.Process) -> bool:
        """Whether a command of ours has started it: they share its session."""
        try:
            session = os.getsid(process.pid)
            is_other = process.pid not in self._sessions and session in self._sessions
            return is_other and process.status() != psutil.STATUS_ZOMBIE
        except (ProcessLookupError, psutil.NoSuchProcess):
            return False

    def delivery(self) -> list[psutil.Process]:
        """The process that delivers this store to W&B, wandb's client and the client's helper."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if {"ltsweep.views.wandb.live", "ltsweep.views.wandb.runs"}.isdisjoint(words):
                continue
            if any(word.startswith(str(self.store)) for word in words):
                found.append(process)
                with suppress(psutil.NoSuchProcess):
                    found += process.children()
        return [*dict.fromkeys(found)]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Its workers stand still meanwhile: there is time to look at them."""
        workers = self.workers()
        for worker in workers:
            worker.suspend()
        yield
        for worker in workers:
            worker.resume()

    def wait_for_silence(self) -> None:
        """Waits until nobody works on the store any more."""
        wait_for(lambda: not self.workers(), "silence")

    def curves(self) -> str:
        """curves.csv without `seconds` and `total_seconds`."""
        rows = curve_rows(Store(self.store))
        return "\n".join(line.rsplit(",", 2)[0] for line in csv_text(rows).splitlines())

    def rows(self) -> set[str]:
        """Those of curves.csv, without times and the settings that vary in this sweep alone."""
        names = [name for name in columns() if name not in ("seconds", "total_seconds")]
        return {repr([row[name] for name in names]) for row in curve_rows(Store(self.store))}

    def logs(self) -> str:
        """What the workers printed."""
        return "\n".join(p.read_text() for p in sorted(self.store.glob("launches/*/logs/*.out")))

    def endings(self) -> Counter[str]:
        """How often each stage's closing record was written: twice would be a second training."""
        store = Store(self.store)
        return Counter(
            {
                stage.key: sum(r["event"] in ("end", "prefix") for r in stage.records())
                for stage in store.stages()
            }
        )


def made_once(
    factory: pytest.TempPathFactory, arguments: tuple[str, ...], *, here: bool = True
) -> Sweep:
    """A finished sweep: of the processes that share the tests, the first that asks makes it.

    It trains by itself or, not `here`, in a process that has ended when the sweep is looked at.
    """
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    name = hashlib.sha256(repr(arguments).encode()).hexdigest()[:16]
    sweep = Sweep(shared / f"undisturbed-{name}" / "store", arguments)
    sweep.store.parent.mkdir(exist_ok=True)
    with (sweep.store.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (finished := sweep.store.parent / "finished").exists():
            (sweep.train_here if here else sweep.run)()
            finished.touch()
    return sweep


def assert_equal(sweep: Sweep, undisturbed: Sweep) -> None:
    """Compares a complete sweep with one that nobody disturbed."""
    sweep.wait_for_silence()
    assert sweep.curves() == undisturbed.curves()
    assert set(sweep.endings().values()) == {1}, "a stage was trained twice"


def wait_until_some_stage_is_done(sweep: Sweep) -> None:
    """Returns in the middle of a sweep."""
    wait_for(lambda: any(s.is_done() for s in Store(sweep.store).stages()), "stage that is done")


def kill(processes: list[psutil.Process]) -> None:
    """Kills with -9 those that still live."""
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
