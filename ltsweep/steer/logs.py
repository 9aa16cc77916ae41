"""What the jobs behind curves printed: of what failed or was lost, else of what runs."""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from ltsweep.data_spec import Frozen
from ltsweep.foundations.errors import RequestError
from ltsweep.launch.names import several
from ltsweep.steer.launches import StoredLaunch
from ltsweep.steer.selectors import Chosen
from ltsweep.steer.stage_states import Stages, StageState
from ltsweep.steer.status import first_line, stage_names
from ltsweep.views.names import varying_settings


class Failure(Frozen):
    """A stage that failed; `error` and `traceback` as FAILED has them."""

    stage: str
    name: str
    error: str
    traceback: str


class Log(Frozen):
    """The end of a file that a job printed to, and the stages that it is shown for."""

    file: str
    stages: list[str]
    names: list[str]
    lines: list[str]


class Logs(Frozen):
    """What `ltsweep logs --json` prints."""

    store: str
    selection: str
    failures: list[Failure]
    logs: list[Log]


def logs_of(chosen: Chosen, lines: int) -> Logs:
    """The last `lines` lines of each log, and the failures in full. RequestError if none is."""
    stages = Stages.of(chosen)
    keys = chosen.stages or {key for point in chosen.points for key in point.stages}
    for key in sorted(keys):
        stages.state(key)
    name = stage_names(stages, chosen.points, varying_settings(chosen.points))
    seen = sorted(stages.seen(), key=lambda stage: name(stage.key))
    failed = [stage for stage in seen if stage.state == "failed"]
    failures = [_failure(chosen, stage, name(stage.key)) for stage in failed]
    ended = failed or [stage for stage in seen if stage.state == "lost"]
    shown = ended or [stage for stage in seen if stage.state == "running"]
    by_file: dict[str, list[str]] = {}
    for stage in shown or _settled(chosen, seen):
        file = _file(chosen, stages, stage)
        if file is not None:
            by_file.setdefault(file, []).append(stage.key)
    if not by_file and not chosen.stages:
        by_file = {file: [] for file in _newest(chosen.launches)}
    if not by_file and not failures:
        raise RequestError([f"{chosen.words} has no logs: none of its stages was begun"])
    logs = [
        Log(file=file, stages=keys, names=[name(key) for key in keys], lines=tail(file, lines))
        for file, keys in by_file.items()
    ]
    return Logs(store=str(chosen.store.root), selection=chosen.words, failures=failures, logs=logs)


def print_logs(logs: Logs) -> None:
    """Prints failures of one kind once, with the stages that they happened to; then the logs."""
    alike: dict[tuple[str, str], list[str]] = {}
    for failure in logs.failures:
        alike.setdefault((failure.error, failure.traceback), []).append(failure.name)
    for (error, traceback), names in alike.items():
        print(f"failed: {several(names)}: {first_line(error)}")
        print((traceback or error).rstrip() + "\n")
    for log in logs.logs:
        print(f"==> {log.file} <==" + (f"  ({several(log.names)})" if log.names else ""))
        print("\n".join(log.lines) + "\n")


def tail(file: str, lines: int) -> list[str]:
    """The last lines of a file; a sentence where it is gone."""
    try:
        with Path(file).open(encoding="utf-8", errors="replace") as content:
            return [line.rstrip("\n") for line in deque(content, maxlen=lines)]
    except OSError as error:
        return [f"(cannot be read: {error.strerror})"]


def _failure(chosen: Chosen, stage: StageState, name: str) -> Failure:
    failure = chosen.store.stage(stage.key).failure() or {}
    return Failure(
        stage=stage.key,
        name=name,
        error=failure.get("error", ""),
        traceback=failure.get("traceback", ""),
    )


def _settled(chosen: Chosen, seen: Sequence[StageState]) -> list[StageState]:
    """Without anything that failed or runs: the stage that was finished last."""
    done = [stage for stage in seen if stage.state in ("done", "diverged")]
    path = chosen.store.stages_dir
    done.sort(key=lambda stage: (path / stage.key / "DONE").stat().st_mtime)
    return done[-1:]


def _file(chosen: Chosen, stages: Stages, stage: StageState) -> str | None:
    """The file that the stage's job printed to."""
    failure = chosen.store.stage(stage.key).failure() or {}
    if Path(failure.get("log", "")).is_file():
        return str(failure["log"])
    job = stage.job or stages.job(stage.key)
    return job.log if job is not None else None


def _newest(launches: Sequence[StoredLaunch]) -> Iterator[str]:
    """Files of jobs that no stage tells of: they ended before they could take one."""
    for launch in launches[:1]:
        files = sorted((launch.directory / "logs").glob("*.out"), key=lambda p: p.stat().st_mtime)
        yield from map(str, files)
