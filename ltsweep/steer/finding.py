"""What a check of a store finds at one of its files, and what mends it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["damaged", "leftover", "orphan"]


@dataclass(frozen=True)
class Finding:
    """One file that is not as it should be, or that nothing needs.

    Attributes:
        kind: "damaged" is not what was written, "leftover" has no use any more, and "orphan" is a
            stage that no curve needs.
        path: the file.
        words: what is wrong with it.
        remedy: what mends it, in words; empty where nothing does.
        mend: does that.

    """

    kind: Kind
    path: Path
    words: str
    remedy: str = ""
    mend: Callable[[], None] | None = None


def damaged(path: Path, words: str, remedy: str, mend: Callable[[], None] | None) -> Finding:
    """A damaged file; `words` may begin with its path, as the errors of readers do."""
    return Finding("damaged", path, words.removeprefix(f"{path} "), remedy, mend)
