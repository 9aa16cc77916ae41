"""Errors of Hydra's, OmegaConf's and YAML's, in words."""

import re

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
