"""How a submission ended: counts, and what went wrong, equal failures once with their number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ltsweep.launch.names import several
from ltsweep.launch.state import LaunchState


@dataclass(frozen=True)
class Outcome:
    """How a submission ended: counts, and texts for the user about stages that went wrong."""

    done: int
    failed: list[str]
    blocked: list[str]
    diverged: list[str]
    unfinished: int
    interrupted: bool

    @classmethod
    def of(cls, state: LaunchState, names: Mapping[str, str], *, interrupted: bool) -> "Outcome":
        """From what became of a launch's stages; `names` has what they are called, by key."""
        return cls(
            done=len(state.done),
            failed=sorted(_failed(state, names)),
            blocked=sorted(_blocked(state, names)),
            diverged=sorted(names.get(key, key) for key in state.diverged),
            unfinished=len(state.stages) - len(state.settled()),
            interrupted=interrupted,
        )

    @property
    def exit_code(self) -> int:
        """0 if all is done, 1 if something failed or is missing, 130 if interrupted."""
        if self.interrupted:
            return 130
        return 1 if self.failed or self.unfinished else 0


def _failed(state: LaunchState, names: Mapping[str, str]) -> Iterable[str]:
    """A text for each error, with the stages that failed of it."""
    alike: dict[str, list[str]] = {}
    logs: dict[str, str] = {}
    for key in state.failed:
        failure = state.failure(key)
        alike.setdefault(failure["error"], []).append(names.get(key, key))
        logs.setdefault(failure["error"], failure["log"])
    for error, stages in alike.items():
        yield f"{several(sorted(stages))}: {error}\n    log: {logs[error]}"


def _blocked(state: LaunchState, names: Mapping[str, str]) -> Iterable[str]:
    """A text for each stage that others wait for."""
    waiting: dict[str, list[str]] = {}
    for key, parent in state.blocked.items():
        waiting.setdefault(parent, []).append(names.get(key, key))
    for parent, stages in waiting.items():
        yield f"{several(sorted(stages))}: waits for {names.get(parent, parent)}"
