"""Declared values in words, and as parts of a directory's name."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ltsweep.spec import digest
from ltsweep.store.declared import Declared, DeclaredContrast
from ltsweep.views.wording import value_text

_LONGEST = 24  # words in the name of a directory


def in_words(values: Declared, names: Iterable[str] = ("delta", "densities", "arms")) -> str:
    """'delta 1, densities 0.512 0.107, arms method'."""
    return ", ".join(one_in_words(name, getattr(values, name)) for name in names)


def one_in_words(name: str, value: Any) -> str:
    """'delta 1'."""
    return f"{name} {_text(value)}"


def as_name(name: str, value: Any) -> str:
    """'delta-1', or with a digest, 'contrasts-0c5a1f3b', where words would be too long."""
    words = re.sub(r"[^A-Za-z0-9.]+", "-", _text(value)).strip("-")
    return f"{name}-{words if 0 < len(words) <= _LONGEST else digest(_text(value))[:8]}"


def _text(value: Any) -> str:
    if isinstance(value, DeclaredContrast):
        return (
            f"{_settings(value.arm)} against {_settings(value.against)}"
            + (f" at {value.density:g}" if value.density is not None else "")
            + (f" where {_settings(value.where)}" if value.where else "")
        )
    if isinstance(value, tuple):
        return " ".join(_text(part) for part in value) or "none"
    return value_text(value)


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value_text(value)}" for name, value in settings.items())
