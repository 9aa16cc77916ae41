"""Criteria that hold trained weights against what they were drawn as."""

from collections.abc import Callable
from typing import Any, TypeVar

from ltsweep.foundations.components import resolve

Function = TypeVar("Function", bound=Callable[..., Any])
_MARK = "__ltsweep_of_trained_weights__"


def of_trained_weights(function: Function) -> Function:
    """Decorates a criterion that tells no weight from another before the first step."""
    setattr(function, _MARK, True)
    return function


def needs_training(target: str) -> bool:
    """Whether the criterion of this name says nothing of weights as they were drawn."""
    return getattr(resolve(target), _MARK, False)
