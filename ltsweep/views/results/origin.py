"""Where an experiment's declaration comes from: the last change of its files, and when that was."""

from dataclasses import dataclass

AFTER = "changed after results were seen"


@dataclass(frozen=True)
class Origin:
    """The commit in which the files of an experiment last changed.

    `written` is when, in seconds since 1970; `is_changed` whether they have uncommitted changes.
    """

    commit: str
    written: float
    is_changed: bool


def origin_in_words(origin: Origin | None, began: float | None) -> str:
    """The commit, and whether the files changed after `began`, the start of the first training."""
    if origin is None:
        return ""
    if origin.is_changed:
        return f"Its declaration has changes since commit {origin.commit}: {AFTER}."
    late = f": {AFTER}" if began is not None and origin.written > began else ""
    return f"Its declaration last changed in commit {origin.commit}{late}."
