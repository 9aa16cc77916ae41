"""What all tests share: one thread, which of them start processes, and CI's rule of no skips."""

import gc
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).parent
# Dealt out first: what is long would leave other cores without work at the end.
LONG = (
    "slurm",
    "train/test_compiled.py",
    "faults",
    "seams",
    "hydra",
    "experiments",
    "stages",
    "views",
)
TOGETHER = {"tests/faults/test_damage.py"}  # for the stores that its tests damage copies of
PROCESSES = ("slurm", "faults", "warm", "views/dashboard", "views/wandb")
STARTERS = {"processes"}  # fixtures
ALLOWED = {"git", "true", "cat"}  # git tells every training its commit; the others take no time


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    import torch  # here, because whoever only deals out the tests needs none

    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def _conf_is_remembered() -> None:
    from . import remembered

    remembered.install()


@pytest.fixture(autouse=True, scope="session")
def _no_disk_flush() -> Iterator[None]:
    """No test cuts the power, and thousands of flushes are slow."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("os.fsync", lambda descriptor: None)
        yield


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports are written, and nobody looks at their pictures."""
    from . import pictures

    pictures.leave_out(monkeypatch.setattr)


@pytest.fixture
def blank_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the pictures of reports somebody looks at their captions and nothing else."""
    from . import pictures

    pictures.leave_blank(monkeypatch.setattr)


@pytest.fixture(autouse=True)
def _no_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps `make check` quick: a test that starts a process says so."""
    if request.node.get_closest_marker("process"):
        return
    start = subprocess.Popen.__init__

    def refuse(self: "subprocess.Popen[bytes]", args: list[str], *more: object, **how: object):
        assert args[0] in ALLOWED, f"{args} in a test that is not marked `process`"
        start(self, args, *more, **how)

    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Collector, obj: object) -> list[Any] | None:
    """A long series has thousands of cases: none of them is made where it is left out."""
    wanted = collector.config.option.markexpr
    is_without = "not soak" in wanted.split(" and ") and " or " not in wanted
    if isinstance(obj, FunctionType) and is_without:
        return [] if any(mark.name == "soak" for mark in getattr(obj, "pytestmark", ())) else None
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests that start processes, and says which run first."""
    for item in items:
        place = item.path.relative_to(TESTS).as_posix()
        if place.startswith(PROCESSES) or STARTERS & {*getattr(item, "fixturenames", ())}:
            item.add_marker("process")
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    place = item.path.relative_to(TESTS).as_posix()
    turns = (number for number, long in enumerate(LONG) if place.startswith(long))
    return next(turns, len(LONG))


class _Dealer(LoadScopeScheduling):
    """Deals out files, in order; faults one by one, and Slurm's tests together, for their cluster.

    (The marker xdist_group does nothing with pytest 9.2 and xdist 3.8.)
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.startswith("tests/faults/") and file not in TOGETHER:
            return nodeid
        return "tests/slurm" if file.startswith("tests/slurm/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Dealer:
    """Takes the place of whatever --dist says."""
    config.option.loadscopereorder = False
    return _Dealer(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, since Slurm's tests mostly wait."""
    return (os.cpu_count() or 1) + 1


class _SkipGuard:
    """Fails the session when a test was skipped: in CI everything that tests need is installed."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped:
            print(f"\nskipped although LTSWEEP_FORBID_SKIPS is set: {', '.join(self.skipped)}")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("LTSWEEP_FORBID_SKIPS"):
        config.pluginmanager.register(_SkipGuard())


def pytest_collection_finish() -> None:
    """What all modules hold stays until the end: no use in looking through it for garbage."""
    gc.collect()
    gc.freeze()
