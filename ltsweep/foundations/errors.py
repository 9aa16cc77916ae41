"""What is wrong with a request, in words: the error that carries the sentences, and their parts."""

import difflib
import sys
from collections.abc import Collection, Iterable

_MOST, _BEGINNING = 1000, 40  # characters


class RequestError(ValueError):
    """What is wrong with a request: one sentence per mistake, all of them at once."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(dict.fromkeys(problems))
        super().__init__("\n".join(self.problems))

    def tell(self) -> None:
        """Prints the sentences to stderr, one a line."""
        for problem in self.problems:
            print(f"ltsweep: {problem}", file=sys.stderr)


def listed(names: Iterable[str], last: str = "and") -> str:
    """'a', 'a and b', 'a, b and c'; nothing for no names."""
    *rest, end = [*names] or [""]
    return f"{', '.join(rest)} {last} {end}" if rest else end


def shortened(text: str) -> str:
    """The beginning of a text that would fill many lines of a sentence."""
    return text if len(text) <= _MOST else f"{text[:_BEGINNING]}..."


def not_a_setting(path: str, owner: str, known: Collection[str]) -> str:
    """A sentence about a key that does not exist: what there is beside it, and what was meant."""
    parent, _, key = path.rpartition(".")
    if not known:
        return f"{path} is not a setting; {owner} has none"
    return f"{path} is not a setting{_meant(key, known, parent)}; {owner} has {listed(known)}"


def not_a_choice(text: str, wrong: str, options: Collection[str]) -> str:
    """A sentence about a name that does not exist in its group."""
    choose = f"; choose {listed(options, 'or')}" if options else ""
    return f"{text} is unknown{_meant(wrong, options)}{choose}"


def _meant(wrong: str, options: Collection[str], parent: str = "") -> str:
    near = [option for option in options if wrong and option.startswith(wrong)]
    near = near or difflib.get_close_matches(wrong, options, n=1)
    prefix = f"{parent}." if parent else ""
    return f" (did you mean {prefix}{near[0]}?)" if near else ""
