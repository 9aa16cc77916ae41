"""Components: functions named by `_target_`, configured by their keyword-only parameters.

What the engine passes goes in positionally; what a user sets in YAML are the keyword-only
parameters, checked and coerced by their annotations. So a new criterion, init, dataset or model
needs a function and a YAML file, and nothing else.

A component's identity is its public name and its parameters. For ltsweep's own components the name
is that of the package that offers it (`ltsweep.init.kaiming_normal`), never of the file it lies in.
"""

import hashlib
import importlib
import inspect
import json
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, partial
from operator import eq
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PydanticUserError,
    ValidationError,
    create_model,
    field_validator,
)

from ltsweep.foundations.errors import listed
from ltsweep.foundations.modules import import_module

Function = TypeVar("Function", bound=Callable[..., Any])
_VERSION = "__ltsweep_version__"
_PARAMETERS = ConfigDict(
    extra="forbid",
    allow_inf_nan=False,
    validate_default=True,
    ser_json_inf_nan="constants",  # not null: Call refuses them
)
_JSON = json.JSONEncoder(allow_nan=False)
_WRAP = "name a function of your own, in a file, that calls it"


class ComponentError(ValueError):
    """A `_target_` that cannot be imported or is not a function; the message is for the user."""


def late(neutral: Any) -> Any:
    """The default of a field that a specification got later: `neutral`, which is not hashed.

    `neutral` means that nothing happens, so specifications that were made before the field keep
    their keys. A parameter that a component got later is `Annotated[float, late(0.0)] = 0.0`.
    """
    return Field(default=neutral, exclude_if=partial(eq, neutral))


def version(number: int) -> Callable[[Function], Function]:
    """Decorates a component that computes something else than it did: it gets new keys."""

    def decorate(function: Function) -> Function:
        setattr(function, _VERSION, number)
        return function

    return decorate


class Call(BaseModel):
    """A component with its parameters bound: what is hashed, and what is called later.

    `source` is the hash of the file of a component that is not ltsweep's own, so that editing it
    makes new keys. `version` counts what the component has come to compute.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str
    params: dict[str, Any]
    source: str | None = None
    version: int = late(1)

    @field_validator("params")
    @classmethod
    def _are_json(cls, params: dict[str, Any]) -> dict[str, Any]:
        """ValueError on NaN and infinity, which pydantic would make null in the key."""
        _JSON.encode(params)
        return params

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the component with the engine's arguments and the bound parameters."""
        return resolve(self.target)(*args, **kwargs, **self.params)


def bind(target: str, given: dict[str, Any]) -> Call:
    """Checks `given` against the component's keyword-only parameters and fills in the defaults.

    Raises ComponentError for a bad target, pydantic.ValidationError for bad parameters.
    """
    bound = parameter_model(target)(**given)
    return Call(
        target=public_name(target),
        params=bound.model_dump(mode="json"),
        source=_source_hash(target),
        version=getattr(resolve(target), _VERSION, 1),
    )


@cache
def public_name(target: str) -> str:
    """The name that a component goes by in keys. ComponentError where ltsweep doesn't offer it."""
    function = resolve(target)
    package, *_, name = target.removeprefix("ltsweep.").split(".")
    if not target.startswith("ltsweep."):
        return target
    offered = importlib.import_module(f"ltsweep.{package}")
    if getattr(offered, name, None) is not function:
        raise ComponentError(f"'{target}' is none of the components that ltsweep.{package} offers")
    return f"ltsweep.{package}.{name}"


@cache
def resolve(target: str) -> Callable[..., Any]:
    """The function that a dotted name stands for."""
    module_name, _, attribute = target.rpartition(".")
    if not module_name or not all(map(str.isidentifier, target.split("."))):
        raise ComponentError(f"'{target}' is not a dotted name such as package.module.function")
    if module_name.partition(".")[0] in sys.stdlib_module_names:
        raise ComponentError(f"'{target}' is Python's own and changes with its version; {_WRAP}")
    try:
        module = import_module(module_name)
    except ImportError as error:
        lost = isinstance(error.__cause__, ModuleNotFoundError)
        absent = lost and getattr(error.__cause__, "name", None) == module_name.partition(".")[0]
        where = "; it is looked for in the current directory and on PYTHONPATH" if absent else ""
        raise ComponentError(f"cannot import '{target}': {error}{where}") from error
    found = getattr(module, attribute, None)
    if found is None:
        raise ComponentError(f"module '{module_name}' has no '{attribute}'")
    if not callable(found):
        raise ComponentError(f"'{target}' is not a function")
    function: Callable[..., Any] = found
    return function


@cache
def arguments(target: str) -> frozenset[str]:
    """Names of what a rule asks for: all but its keyword-only parameters, which are settings.

    ComponentError where it does not name what it takes.
    """
    asked = [p for p in _parameters(target) if p.kind is not p.KEYWORD_ONLY]
    nameless = [str(p) for p in asked if p.kind is not p.POSITIONAL_OR_KEYWORD]
    if nameless:
        raise ComponentError(
            f"'{target}' takes {listed(nameless)}: a rule must name what it asks for"
        )
    return frozenset(p.name for p in asked)


def unanswered(target: str, known: Collection[str]) -> str | None:
    """A sentence where a rule asks for names that are not among the known ones."""
    unknown = sorted(arguments(target) - set(known))
    return f"'{target}' asks for {listed(unknown)}; there is {listed(known)}" if unknown else None


def check_component(target: str) -> None:
    """ComponentError unless the component has settings that can be read, and an identity."""
    parameter_model(target)
    public_name(target)
    _source_hash(target)


def check_call(target: str, passed: Sequence[str], shared: Sequence[str] = ()) -> None:
    """ComponentError unless the component can be used where the engine passes these arguments.

    `passed` says what they are; what the component calls them is its own affair. `shared` are
    settings that every component of this kind must take.
    """
    check_component(target)
    positional = [p for p in _parameters(target) if p.kind not in (p.KEYWORD_ONLY, p.VAR_KEYWORD)]
    needed = [p for p in positional if p.default is p.empty and p.kind is not p.VAR_POSITIONAL]
    takes_any = any(p.kind is p.VAR_POSITIONAL for p in positional)
    if len(needed) > len(passed) or (len(positional) < len(passed) and not takes_any):
        takes = listed([p.name for p in positional]) or "nothing"
        raise ComponentError(
            f"'{target}' takes {takes} before its settings, but is given {listed(passed)}"
        )
    names = [p.name for p in positional if p.kind is not p.VAR_POSITIONAL]
    if more := names[len(passed) :]:
        raise ComponentError(_not_settable(target, passed, names[: len(passed)], more))
    if lacking := [name for name in shared if name not in parameter_model(target).model_fields]:
        raise ComponentError(f"'{target}' must take {listed(lacking)}, as a keyword-only parameter")


def _not_settable(
    target: str, passed: Sequence[str], taken: Sequence[str], more: Sequence[str]
) -> str:
    """A sentence about positional parameters beyond those that the engine passes."""
    own = ", ".join([*taken, "*", more[0]])
    call = ", ".join([*taken, f"{more[0]}={more[0]}"])
    return (
        f"'{target}' is given {listed(passed) or 'nothing'}, and what it takes besides, "
        f"{listed(more)}, would have to be keyword-only to be settings; name a function of your "
        f"own that calls it, such as def mine({own}): return {target.rpartition('.')[2]}({call})"
    )


@cache
def parameter_model(target: str) -> type[BaseModel]:
    """The component's keyword-only parameters as a model: their types, ranges and defaults."""
    keyword_only = [p for p in _parameters(target) if p.kind is p.KEYWORD_ONLY]
    function = resolve(target)
    try:
        hints = get_type_hints(function, include_extras=True)
        fields: dict[str, Any] = {
            p.name: (hints.get(p.name, Any), ... if p.default is p.empty else p.default)
            for p in keyword_only
        }
        model: type[BaseModel] = create_model(
            target.rpartition(".")[2], __config__=_PARAMETERS, **fields
        )
    except (NameError, TypeError, PydanticUserError) as error:
        reason = str(error).partition("\n")[0]
        raise ComponentError(f"the annotations of '{target}' cannot be used: {reason}") from error
    for name, field in model.model_fields.items():
        if field.exclude_if is not None and not field.exclude_if(field.default):
            raise ComponentError(
                f"'{target}' is called without {name}, which is late, at its default"
            )
    return model


@cache
def settings_model(targets: tuple[str, ...]) -> type[BaseModel]:
    """The parameters of several components as one model: each setting is one of theirs."""
    parts = [part for target in targets for part in parameter_model(target).model_fields.items()]
    fields: dict[str, Any] = {name: (field.annotation, field) for name, field in parts}
    return create_model("Settings", __config__=_PARAMETERS, **fields)


def bind_own(target: str, given: Mapping[str, Any]) -> Call:
    """The component with those of `given` that it takes; the others belong to other components."""
    own = parameter_model(target).model_fields
    return bind(target, {name: value for name, value in given.items() if name in own})


def _parameters(target: str) -> Collection[inspect.Parameter]:
    function = resolve(target)
    try:
        return inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise ComponentError(f"the parameters of '{target}' cannot be read; {_WRAP}") from error


@cache
def _source_hash(target: str) -> str | None:
    if target.startswith("ltsweep."):
        return None
    try:
        path = inspect.getsourcefile(resolve(target))
    except TypeError:  # built in
        path = None
    if path is None:
        raise ComponentError(
            f"'{target}' has no source file, so its version cannot be recorded; {_WRAP}"
        )
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


__all__ = [
    "Call",
    "ComponentError",
    "ValidationError",
    "arguments",
    "bind",
    "bind_own",
    "check_call",
    "check_component",
    "late",
    "parameter_model",
    "public_name",
    "resolve",
    "settings_model",
    "unanswered",
    "version",
]
