"""A request from raw configurations: validated whole, with every mistake in one message."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ltsweep.components import ComponentError
from ltsweep.config import PointConfig, RunConfig
from ltsweep.plan import RequestError

Model = TypeVar("Model", bound=BaseModel)

RUN_KEYS = frozenset(RunConfig.model_fields)


def split_config(raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A composed configuration as (what decides the point, how it is run)."""
    run = {key: value for key, value in raw.items() if key in RUN_KEYS}
    point = {key: value for key, value in raw.items() if key not in RUN_KEYS and key != "hydra"}
    point.pop("experiment", None)
    return point, run


def validate(
    points: Iterable[Mapping[str, Any]], run: Mapping[str, Any]
) -> tuple[list[PointConfig], RunConfig]:
    """Typed configurations. RequestError with one sentence per mistake, over all points."""
    problems: list[str] = []
    run_config = _parse(RunConfig, run, problems)
    configs = [_parse(PointConfig, point, problems) for point in points]
    if problems or run_config is None:
        raise RequestError(problems)
    return [config for config in configs if config is not None], run_config


def _parse(model: type[Model], raw: Mapping[str, Any], problems: list[str]) -> Model | None:
    try:
        return model.model_validate(raw)
    except ComponentError as error:
        problems.append(str(error))
    except ValidationError as error:
        problems += [_sentence(dict(detail), raw) for detail in error.errors()]
    return None


def _sentence(detail: dict[str, Any], raw: Mapping[str, Any]) -> str:
    """One pydantic error as 'optimizer.lr=-1: input should be greater than 0'."""
    parts = [str(part) for part in detail["loc"]]
    path = ".".join(part for part in parts if not _names_a_type(part))
    kind, message = detail["type"], detail["msg"]
    if kind == "extra_forbidden":
        return f"{path} is not a setting{_known(path, raw)}"
    if kind == "missing":
        return f"{path} is missing"
    if kind == "string_pattern_mismatch":
        message = _pattern_words(path, message)
    message = message.removeprefix("Value error, ")
    value = "null" if detail["input"] is None else detail["input"]
    shown = f"{path}={value}" if isinstance(value, str | int | float) else path
    return f"{shown}: {message[0].lower()}{message[1:]}"


def _names_a_type(part: str) -> bool:
    """Whether a part of a location is pydantic's name for a member of a union, not a key."""
    return part in {"int", "float", "str"} or "[" in part


def _pattern_words(path: str, message: str) -> str:
    steps = {"schedule.length", "schedule.warmup", "schedule.validate_every", "reset.step"}
    if path in steps:
        return "a number of optimizer steps such as 500it, or of epochs such as 1ep, is wanted"
    if path == "device":
        return "choose auto, cpu or cuda"
    return message


def _known(path: str, raw: Mapping[str, Any]) -> str:
    parent, _, _ = path.rpartition(".")
    section: Any = raw
    for part in parent.split(".") if parent else []:
        section = section.get(part, {}) if isinstance(section, Mapping) else {}
    known = [key for key in section if key not in ("_target_", path.rpartition(".")[2])]
    return f"; {parent or 'the configuration'} has {', '.join(map(str, known))}" if known else ""
