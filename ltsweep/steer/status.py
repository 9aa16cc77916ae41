"""How far curves are: the level, the accuracy so far, and in words what each curve waits for."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import time
from typing import Any

from ltsweep.data_spec import Frozen
from ltsweep.steer.launches import processes_of
from ltsweep.steer.selectors import Chosen
from ltsweep.steer.slurm_jobs import job_name
from ltsweep.steer.stage_states import Stages, StageState, State, heartbeat_age
from ltsweep.store.point_record import PointRecord
from ltsweep.views.names import stage_name, stage_words, varying_settings

_URGENCY: tuple[State, ...] = (
    "damaged", "failed", "diverged", "lost", "running", "unknown", "cancelled", "open", "queued",
    "waiting", "blocked",
)  # fmt: skip


class CurveStatus(Frozen):
    """One curve, as `ltsweep status --json` tells it.

    `level` is the deepest level up to which all levels are done, None if the dense training is not.
    `val_accuracy` is the accuracy at that level. Unless the curve is done, `state` is that of one
    unfinished stage: the one that most needs attention. `text` explains the state in words. `stage`
    is the key of that stage; the fields after it say where it runs and how far it is, if known, and
    why its Slurm job has ended, if it has and Slurm can tell.
    """

    curve: str
    experiment: str | None
    method: str
    seed: int
    setting: dict[str, Any]
    level: int | None
    levels: int
    val_accuracy: float | None
    state: State
    text: str
    stage: str | None = None
    host: str | None = None
    pid: int | None = None
    slurm: str | None = None
    log: str | None = None
    step: int | None = None
    steps: int | None = None
    heartbeat_age: float | None = None
    job_ended: str | None = None


class SweepStatus(Frozen):
    """What `ltsweep status --json` prints: curves and stages counted by state, then the curves.

    `slurm_silence` says why Slurm did not answer where that matters. Then `at_work` is None, unless
    some process is known to work.
    """

    store: str
    selection: str
    launches: list[str]
    at_work: bool | None
    slurm_silence: str | None
    curves_by_state: dict[State, int]
    stages_by_state: dict[State, int]
    curves: list[CurveStatus]


def status_of(chosen: Chosen) -> SweepStatus:
    """The status of the curves that were chosen."""
    stages = Stages.of(chosen)
    reader = _Curves(stages, chosen.points, varying_settings(chosen.points))
    curves = [reader.status(point) for point in chosen.points]
    for key in {key for point in chosen.points for key in point.stages}:
        stages.state(key)
    chosen.store.index.save()
    at_work: bool | None = (
        any(stage.state == "running" for stage in stages.seen())
        or bool(stages.slurm.live())
        or any(any(processes_of(chosen.store, launch)) for launch in chosen.all_launches)
    )
    is_unknown = bool(stages.unknown_jobs())
    return SweepStatus(
        store=str(chosen.store.root),
        selection=chosen.words,
        launches=[launch.id for launch in chosen.launches],
        at_work=None if is_unknown and not at_work else at_work,
        slurm_silence=stages.slurm.silence if is_unknown else None,
        curves_by_state=_count(curve.state for curve in curves),
        stages_by_state=_count(stage.state for stage in stages.seen()),
        curves=sorted(curves, key=lambda c: (*map(str, c.setting.values()), c.method, c.seed)),
    )


def stage_names(
    stages: Stages, points: Sequence[PointRecord], settings: Mapping[str, Mapping[str, Any]]
) -> Callable[[str], str]:
    """A function that names stages in words.

    It also names stages that no curve has: stages of a ladder that only controls start from.
    """
    names = stage_words(points, settings)

    def name(key: str) -> str:
        planned = stages.planned(key) if key not in names else None
        plain = stage_name("ladder", planned.seed, planned.level) if planned else f"stage {key}"
        return names.get(key, plain)

    return name


def ago(seconds: float) -> str:
    """'3 s', '12 min', '5 h' or '2 days'."""
    seconds = max(0.0, seconds)  # a clock may have been set since
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    days = int(seconds // 86400)
    return f"{days} days" if days > 1 else f"{seconds / 3600:.0f} h"


def place(stage: StageState) -> str:
    """Where a running stage runs: host, process, and Slurm job if there is one."""
    assert stage.claim is not None
    owner = stage.claim.owner
    slurm = f", job {stage.job.id}" if stage.job is not None and stage.job.id else ""
    return f"{owner.host}, process {owner.pid}{slurm}"


@dataclass
class _Curves:
    stages: Stages
    points: list[PointRecord]
    settings: Mapping[str, dict[str, Any]]

    @cached_property
    def _name(self) -> Callable[[str], str]:
        return stage_names(self.stages, self.points, self.settings)

    def status(self, point: PointRecord) -> CurveStatus:
        states = [self.stages.state(key) for key in point.stages]
        done = next((n for n, s in enumerate(states) if s.state != "done"), len(states))
        known: dict[str, Any] = {
            "curve": point.id,
            "experiment": point.experiment,
            "method": point.method,
            "seed": point.seed,
            "setting": self.settings[point.id],
            "level": done - 1 if done else None,
            "levels": len(states) - 1,
            "val_accuracy": self._accuracy(point.stages[done - 1]) if done else None,
        }
        if done == len(states):
            return CurveStatus(**known, state="done", text="")
        open_ = [(level, s) for level, s in enumerate(states) if s.state != "done"]
        level, stage = min(open_, key=lambda entry: _URGENCY.index(entry[1].state))
        only = "the dense training" if point.dense is None else "the training"
        about = f"level {level}" if level else only
        text = self._words[stage.state](self, stage, about)
        return CurveStatus(**known, state=stage.state, text=text, **self._details(stage))

    def _accuracy(self, key: str) -> float | None:
        end = self.stages.end(key)
        return end.val_accuracy if end is not None else None

    def _details(self, stage: StageState) -> dict[str, Any]:
        details: dict[str, Any] = {"stage": stage.key}
        if stage.job is not None:
            details |= {"slurm": stage.job.id, "log": stage.job.log}
        if (ended := self.stages.slurm.ended(stage.job)) is not None:
            details["job_ended"] = ended.why_ended
        if stage.claim is not None:
            details |= {"host": stage.claim.owner.host, "pid": stage.claim.owner.pid}
            details["heartbeat_age"] = round(heartbeat_age(stage.claim), 1)
            planned = self.stages.planned(stage.key)
            validation = self.stages.validation(stage.key)
            details["step"] = validation.step if validation else None
            details["steps"] = planned.steps if planned else None
        return details

    def _damaged(self, stage: StageState, about: str) -> str:
        return f"{about} is damaged and will be trained again: {stage.reason}"

    def _failed(self, stage: StageState, about: str) -> str:
        return f"{about} failed: {first_line(stage.reason)}"

    def _diverged(self, stage: StageState, about: str) -> str:
        return f"{about} diverged (its weights are not finite); the ladder ends here"

    def _running(self, stage: StageState, about: str) -> str:
        assert stage.claim is not None
        where = f"{about} runs on {place(stage)}"
        validation, planned = self.stages.validation(stage.key), self.stages.planned(stage.key)
        if validation and planned:
            where += f": step {validation.step} of {planned.steps}"
            where += f", validation {100 * validation.accuracy:.1f} %"
        return f"{where}; last sign of life {ago(heartbeat_age(stage.claim))} ago"

    def _queued(self, stage: StageState, about: str) -> str:
        assert stage.job is not None
        since = ago(time() - stage.job.submitted)
        return f"{about} is queued in Slurm as job {stage.job.id}, for {since} ({stage.job_state})"

    def _unknown(self, stage: StageState, about: str) -> str:
        assert stage.job is not None
        since = ago(time() - stage.job.submitted)
        known = f"{job_name(stage.job)} was submitted {since} ago"
        claim = self.stages.last_process(stage.key)
        if claim is not None:
            seen = ago(heartbeat_age(claim))
            known = f"{job_name(stage.job)} ran it on {claim.owner.host}, last seen {seen} ago"
        return f"{about} is not done; Slurm did not answer; last known: {known}"

    def _waiting(self, stage: StageState, about: str) -> str:
        root = stage
        while root.other:
            root = self.stages.state(root.other)
        through = "" if root.key == stage.other else f" for {self._name(stage.other)}, and that"
        return f"{about} waits{through} for {self._name(root.key)} ({self._briefly(root)})"

    def _briefly(self, root: StageState) -> str:
        if root.state == "running":
            return f"runs on {place(root)}"
        if root.state == "queued" and root.job is not None:
            return f"queued in Slurm as job {root.job.id}"
        if root.state == "unknown" and root.job is not None:
            return f"Slurm does not tell about {job_name(root.job)}"
        if root.state == "damaged":
            return "its files are damaged"
        return "its job has ended" if root.state == "lost" else "no process has it yet"

    def _blocked(self, stage: StageState, about: str) -> str:
        culprit = self.stages.state(stage.other)
        why = "diverged" if culprit.state == "diverged" else f"failed: {first_line(culprit.reason)}"
        return f"{about} is blocked: {self._name(culprit.key)} {why}"

    def _cancelled(self, stage: StageState, about: str) -> str:
        return f"{about} is not done: {stage.reason}"

    def _open(self, stage: StageState, about: str) -> str:
        if stage.job is not None and stage.job_state is not None:
            return f"{about} is next in Slurm job {stage.job.id} ({stage.job_state})"
        return f"{about} is ready; no process has it yet"

    def _lost(self, stage: StageState, about: str) -> str:
        if stage.job is None:
            return f"{about} is not done, and no job has it"
        ended = self.stages.slurm.ended(stage.job)
        how = f" ({ended})" if ended is not None else ""
        return f"{about} is not done, and its Slurm job {stage.job.id} has ended{how}"

    _words = {
        "damaged": _damaged,
        "failed": _failed,
        "diverged": _diverged,
        "running": _running,
        "unknown": _unknown,
        "queued": _queued,
        "waiting": _waiting,
        "blocked": _blocked,
        "cancelled": _cancelled,
        "open": _open,
        "lost": _lost,
    }


def first_line(text: str) -> str:
    """The first line of an error's text."""
    return text.strip().partition("\n")[0]


def _count(states: Iterable[State]) -> dict[State, int]:
    counts = Counter(states)
    return {state: counts[state] for state in ("done", *_URGENCY) if counts[state]}
