"""Standard output where it knows only some characters: a C locale, a file name that is no text."""

import codecs
import io
import sys

_ERRORS = "ltsweep.spelled"
_SPELLED = {"±": "+-", "−": "-", "–": "-", "…": "..."}


def spell_out_unknown() -> None:
    """From now on a character that standard output lacks is spelled out, and no error.

    Python knows ways of doing so by name alone, so this one is registered.
    """
    codecs.register_error(_ERRORS, _spell)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ERRORS)


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unknown = error.object[error.start : error.end]
    escaped = (character.encode("ascii", "backslashreplace").decode() for character in unknown)
    return "".join(map(_SPELLED.get, unknown, escaped)), error.end
