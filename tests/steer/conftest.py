"""A launch that was written down and never started, and the means to make up what came of it."""

import os
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ltsweep.launch import jobs
from ltsweep.launch.engine import Selection
from ltsweep.launch.jobs import JobRecord
from ltsweep.launch.launch import Launch
from ltsweep.launch.settings import make_settings
from ltsweep.plan.facts import Facts
from ltsweep.store.claims import Owner, acquire
from ltsweep.store.stage_dir import StageDir
from ltsweep.store.store import Store

from ..points import FACTS, plan, request
from ..records import closing_record, diverged

TEN_MINUTES = 600.0
ARGUMENTS = ("method=imp,random_reinit", "levels=3")
RESET = 20  # the step that tickets are rewound to


@dataclass
class MadeUpLaunch:
    """The launch of a plan; stages go by method and level, of seed 0 unless another is said."""

    launch: Launch
    points: list

    @property
    def store(self) -> Store:
        return self.launch.store

    def key(self, method: str, level: int, seed: int = 0) -> str:
        (point,) = [
            p for p in self.points if (p.config.method.name, p.config.seed) == (method, seed)
        ]
        return point.stages[level]

    def stage(self, method: str, level: int, seed: int = 0) -> StageDir:
        key = self.key(method, level, seed)
        (planned,) = [stage for stage in self.launch.stages if stage.key == key]
        directory = self.store.stage(key)
        directory.create(planned.spec.model_dump(mode="json"))
        return directory

    def done(self, method: str, level: int, seed: int = 0, outcome: str = "trained") -> None:
        stage = self.stage(method, level, seed)
        if not stage.is_done():
            end = closing_record(level=level, seed=seed)
            stage.append((end if outcome == "trained" else diverged(end)).stored())
            stage.final.touch()
            stage.snapshot(RESET).touch()
            stage.finish(outcome, [])

    def failed(self, method: str, level: int, error: str = "RuntimeError: out of luck") -> None:
        self.stage(method, level).fail(error, f"Traceback ...\n{error}", "")

    def running(self, method: str, level: int, age: float = TEN_MINUTES, **owner: object) -> Owner:
        """A claim of this process or, with `owner`, of another; its last heartbeat `age` ago."""
        own = replace(Owner.of_this_process(self.launch.id), **owner)
        claim = acquire(self.stage(method, level).path, own)
        assert claim is not None
        os.utime(claim.path, (time.time() - age,) * 2)
        return own

    def queued(self, method: str, level: int, job: str, seed: int = 0) -> None:
        """In Slurm's queue for two hours."""
        keys = (self.key(method, level, seed),)
        self._add_job(cluster="slurm", id=job, stages=keys, submitted=time.time() - 7200)

    def worker(self, log: str, **job: object) -> None:
        self._add_job(log=log, **job)

    def _add_job(self, **about: object) -> None:
        common = {"job": 0, "cluster": "local", "log": "", "submitted": time.time()}
        common |= dict.fromkeys(("id", "pid", "host", "stages"))
        record = JobRecord(**{**common, **about})
        jobs.append(self.launch.directory, [record])


def make_launch(store: Path, name: str, *lines: str, facts: Facts = FACTS) -> MadeUpLaunch:
    made = plan(*lines, facts=facts)
    run = request(f"store={store}", *lines).run
    selection = Selection(plan=made, run=run, name="made-up", experiment="made-up")
    Store(store).create()
    for point in made.points:
        selection.store.write_point(point.record("made-up"))
    launch = Launch(
        id=name,
        name="made-up",
        experiment="made-up",
        run=run,
        import_path="",
        settings=make_settings(selection.run, len(made.stages)),
        points=tuple(selection.point_ids),
        pending=tuple(made.stages),
        stages=tuple(made.stages.values()),
    )
    launch.save()
    return MadeUpLaunch(launch, made.points)


@pytest.fixture(autouse=True)
def _no_accounting(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on most machines that tests run on."""
    monkeypatch.setattr("ltsweep.steer.slurm_jobs.ended_states", lambda ids: {})


@pytest.fixture
def made_up(tmp_path: Path) -> MadeUpLaunch:
    """imp and random_reinit over three levels, one seed."""
    return make_launch(tmp_path / "store", "20260101-120000-abcdef", *ARGUMENTS)


@pytest.fixture
def dead_pid() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid
