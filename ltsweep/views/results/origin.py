"""Where an experiment's declaration comes from: the last change of its files, and when that was."""

from collections.abc import Collection
from dataclasses import dataclass

from ltsweep.store.declarations import declarations_of
from ltsweep.store.declared import Declared
from ltsweep.store.store import Store

AFTER = "changed after results were seen"


@dataclass(frozen=True)
class Origin:
    """The commit in which the files of an experiment last changed.

    `written` is when, in seconds since 1970; `is_changed` whether they have uncommitted changes.
    """

    commit: str
    written: float
    is_changed: bool


def is_declared_again(store: Store, experiment: str, points: Collection[str]) -> bool:
    """Whether any of these points were declared with other values when stages were done already."""
    of_these = [
        one for one in declarations_of(store, experiment) if not {*points}.isdisjoint(one.points)
    ]
    first = [_what_judges(one.report) for one in of_these[:1]]
    return any(one.stages_done and _what_judges(one.report) not in first for one in of_these)


def _what_judges(report: Declared) -> Declared:
    return report.model_copy(update={"question": None, "shows_not": None})


def origin_in_words(origin: Origin | None, began: float | None, *, is_again: bool = False) -> str:
    """The commit, and whether the files changed after `began`, the start of the first training.

    So they did where the experiment `is_again` declared, with other values.
    """
    if origin is None:
        return f"Its declaration was {AFTER}." if is_again else ""
    if origin.is_changed:
        return f"Its declaration has changes since commit {origin.commit}: {AFTER}."
    is_late = is_again or (began is not None and origin.written > began)
    late = f": {AFTER}" if is_late else ""
    return f"Its declaration last changed in commit {origin.commit}{late}."
