"""Errors of Hydra's, OmegaConf's and YAML's, in words."""

import re
import shlex

from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError  # type: ignore[import-untyped]

WRONG = (HydraException, OmegaConfBaseException, YAMLError)
_RAISED = re.compile(r"\w+ raised while resolving interpolation: ")
_USELESS = (
    *("full_key", "object_type", "reference_type", "See http", "To append to your"),
    *("Config search path:", "provider="),
)


class TooManyDigits(HydraException):
    """A whole number that Python does not read; the message is a sentence for the user."""


def in_words(error: BaseException) -> str:
    """An error as one line, without the parts that help no user."""
    lines = [part for cause in (error, error.__cause__) if cause for part in str(cause).split("\n")]
    useful = [" ".join(line.split()) for line in lines if not line.strip().startswith(_USELESS)]
    key = getattr(error, "full_key", None)
    prefix = f"{key}: " if key else ""
    words = " ".join(dict.fromkeys(line for line in useful if line))
    return prefix + _RAISED.sub("", words)


def unreadable(text: str, error: BaseException) -> str:
    """A sentence about an override that Hydra's grammar does not read."""
    key, _, value = text.partition("=")
    character = _needs_quotes(text, error)
    if character is None:
        reason = in_words(error).removeprefix(f"Error parsing override '{text}' ")
        reason = reason.partition(" expecting {")[0]  # a list of grammar tokens
        return f"{text} cannot be read ({reason}); special characters need quotes"
    if character in "'\"":
        return f"{text} cannot be read: {character} has no end, or needs quotes of the other kind"
    several = value.startswith(("[", "{")) or "," in value
    quoted = shlex.quote(f'{key}="{value}"')
    how = "" if several else f", as in {quoted}"
    home = " ($HOME does not)" if value.startswith("~/") else ""
    return f"{text} cannot be read: {character} needs quotes of its own{home}{how}"


def _needs_quotes(text: str, error: BaseException | None) -> str | None:
    """The character that no grammar token begins with, where that is what is wrong."""
    while error is not None:
        start = getattr(error, "startIndex", None)  # of the lexer's errors alone
        if start is not None:
            return text[start]
        error = error.__cause__ or error.__context__
    return None
