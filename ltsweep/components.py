"""Components: functions named by `_target_`, configured by their keyword-only parameters.

What the engine passes goes in positionally; what a user sets in YAML are the keyword-only
parameters, checked and coerced by their annotations. So a new criterion, init, dataset or model
needs a function and a YAML file, and nothing else.
"""

import hashlib
import importlib
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model


class ComponentError(ValueError):
    """A `_target_` that cannot be imported or is not a function; the message is for the user."""


class Call(BaseModel):
    """A component with its parameters bound: what is hashed, and what is called later.

    `source` is the hash of the file of a component that is not ltsweep's own, so that editing it
    makes new keys.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str
    params: dict[str, Any]
    source: str | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the component with the engine's arguments and the bound parameters."""
        return resolve(self.target)(*args, **kwargs, **self.params)


def bind(target: str, given: dict[str, Any]) -> Call:
    """Checks `given` against the component's keyword-only parameters and fills in the defaults.

    Raises ComponentError for a bad target, pydantic.ValidationError for bad parameters.
    """
    bound = _parameter_model(target)(**given)
    return Call(target=target, params=bound.model_dump(mode="json"), source=_source_hash(target))


@cache
def resolve(target: str) -> Callable[..., Any]:
    """The function that a dotted name stands for."""
    module_name, _, attribute = target.rpartition(".")
    if not module_name:
        raise ComponentError(f"'{target}' is not a dotted name such as package.module.function")
    try:
        found = getattr(importlib.import_module(module_name), attribute)
    except ImportError as error:
        raise ComponentError(f"cannot import '{target}': {error}") from error
    except AttributeError:
        raise ComponentError(f"module '{module_name}' has no '{attribute}'") from None
    if not callable(found):
        raise ComponentError(f"'{target}' is not a function")
    function: Callable[..., Any] = found
    return function


@cache
def arguments(target: str) -> frozenset[str]:
    """Names of what the engine passes to the component: all but its keyword-only parameters."""
    parameters = inspect.signature(resolve(target)).parameters.values()
    return frozenset(p.name for p in parameters if p.kind is not p.KEYWORD_ONLY)


@cache
def _parameter_model(target: str) -> type[BaseModel]:
    function = resolve(target)
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {
        p.name: (hints.get(p.name, Any), ... if p.default is p.empty else p.default)
        for p in inspect.signature(function).parameters.values()
        if p.kind is p.KEYWORD_ONLY
    }
    config = ConfigDict(extra="forbid", allow_inf_nan=False, validate_default=True)
    return create_model(target.rpartition(".")[2], __config__=config, **fields)


@cache
def _source_hash(target: str) -> str | None:
    if target.startswith("ltsweep."):
        return None
    path = inspect.getsourcefile(resolve(target))
    if path is None:
        raise ComponentError(f"'{target}' has no source file, so its version cannot be recorded")
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


__all__ = ["Call", "ComponentError", "ValidationError", "arguments", "bind", "resolve"]
