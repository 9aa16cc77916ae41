"""Standard output where it knows only some characters: a C locale, a file name that is no text."""

import codecs
import io
import json
import sys

_ERRORS = "ltsweep.spelled"
_SPELLED = {"±": "+-", "−": "-", "–": "-", "…": "..."}


def spell_out_unknown() -> None:
    """From now on a character that standard output lacks is spelled out, and no error.

    The spelling is that of JSON, so that JSON which is printed stays what it is. Python knows ways
    of doing so by name alone, so this one is registered.
    """
    codecs.register_error(_ERRORS, _spell)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ERRORS)


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unknown = error.object[error.start : error.end]
    escaped = (json.dumps(character).strip('"') for character in unknown)
    return "".join(map(_SPELLED.get, unknown, escaped)), error.end
