"""Parts of a user's own that break their contract, in one sentence with function and file."""

import inspect
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import torch

from ltsweep.foundations.components import resolve
from ltsweep.foundations.errors import listed

Tensors = dict[str, torch.Tensor]
Like = Mapping[str, tuple[torch.dtype | None, tuple[int, ...]]]


class ContractError(ValueError):
    """A component that returned or raised what its kind may not; the message is for its author."""


def broken(target: str, contract: str, returned: str, given: str = "") -> ContractError:
    """The error of a component that returned something else than its contract says.

    `given` says in words what the component was called with, where that matters.
    """
    came = f"given {given}, it returned" if given else "it returned"
    return ContractError(f"{target}{place(target)} must return {contract}; {came} {returned}")


def attempt(
    target: str,
    given: str,
    function: Callable[..., Any],
    *arguments: Any,
    passing: tuple[type[Exception], ...] = (),
) -> Any:
    """What a function of a component returns. ContractError, in one line, where it raises.

    Exceptions that are `passing` are its right: they go through.
    """
    try:
        return function(*arguments)
    except passing:
        raise
    except (Exception, SystemExit) as error:
        first, *_ = str(error).splitlines() or [""]
        words = f"{type(error).__name__}: {first}".removesuffix(": ")
        where = place(target, error)
        raise ContractError(f"{target}, given {given}, raised {words}{where}") from error


def shown(value: object) -> str:
    """A value in few words: 'None', '3', 'a list', 'float32 (2, 10)' for tensors and arrays."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    if (shape := getattr(value, "shape", None)) is not None and hasattr(value, "dtype"):
        return f"{str(value.dtype).removeprefix('torch.')} {tuple(shape)}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return f"{'an' if type(value).__name__[0] in 'AEIOUaeiou' else 'a'} {type(value).__name__}"


def unlike(returned: object, wanted: Like) -> str | None:
    """In words what differs from a dict of tensors of these types and shapes; None for nothing.

    A type of None stands for any real numbers.
    """
    if not isinstance(returned, Mapping):
        return shown(returned)
    if missing := [name for name in wanted if name not in returned]:
        return f"nothing for {listed(missing)}"
    if others := [str(name) for name in returned if name not in wanted]:
        return f"something for {listed(others)} too"
    for name, (dtype, shape) in wanted.items():
        part = returned[name]
        right = isinstance(part, torch.Tensor) and tuple(part.shape) == shape
        if not right or (part.is_complex() if dtype is None else part.dtype != dtype):
            kind = "real numbers" if dtype is None else str(dtype).removeprefix("torch.")
            return f"{shown(part)} for {name}, which needs {kind} {tuple(shape)}"
    return None


def place(target: str, error: BaseException | None = None) -> str:
    """Where a component is defined; of an error, where in the component's own file it arose."""
    code = getattr(inspect.unwrap(resolve(target)), "__code__", None)
    if code is None:
        return ""
    frames = traceback.walk_tb(error.__traceback__ if error else None)
    lines = [line for frame, line in frames if frame.f_code.co_filename == code.co_filename]
    return f" ({code.co_filename}, line {[code.co_firstlineno, *lines][-1]})"
