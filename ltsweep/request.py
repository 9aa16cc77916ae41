"""A request from raw configurations: typed as far as possible, every mistake told at once."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError, create_model

from ltsweep.checks import Facts, misfits
from ltsweep.config import PointConfig, RunConfig
from ltsweep.expected import sentences
from ltsweep.problems import RequestError

Model = TypeVar("Model", bound=BaseModel)

RUN_KEYS = frozenset(RunConfig.model_fields)
NO_AXES = RUN_KEYS | {"report"}  # one sweep is run, and judged, in one way


def no_axis(key: str) -> str:
    """A sentence about a setting that a sweep cannot vary."""
    return f"{key} takes one value: it says how a sweep is run or judged, and cannot be an axis"


@dataclass
class Request:
    """Configurations and what is wrong with them.

    If there are problems, the configurations at fault lack their wrong parts: `model_fields_set`
    says what they have. Such partial ones are only good for looking for more problems.
    """

    points: list[PointConfig]
    run: RunConfig
    problems: list[str] = field(default_factory=list)


def parse(raw: Iterable[Mapping[str, Any]], doubtful: Collection[str] = frozenset()) -> Request:
    """Typed configurations; parts that are wrong, or named in `doubtful`, are left out."""
    configs = list(raw)
    fixed = [{key: value for key, value in c.items() if key in NO_AXES} for c in configs]
    differing = {key for one in fixed for key in one if one[key] != fixed[0].get(key)}
    problems = [no_axis(key) for key in sorted(differing)]
    run = {key: value for key, value in configs[0].items() if key in RUN_KEYS}
    points = [{key: value for key, value in c.items() if key not in RUN_KEYS} for c in configs]
    run_config = _parse(RunConfig, run, problems, doubtful)
    parsed = [_parse(PointConfig, point, problems, doubtful) for point in points]
    return Request(parsed, run_config, list(dict.fromkeys(problems)))


def find_misfits(request: Request, find_facts: Callable[[PointConfig], Facts]) -> None:
    """Adds the problems that take the data and the architectures to see."""
    problems = dict.fromkeys(request.problems)
    for config in request.points:
        if not {"dataset", "model"} <= config.model_fields_set:
            continue
        try:
            facts = find_facts(config)
        except RequestError as error:
            problems |= dict.fromkeys(error.problems)
        else:
            problems |= dict.fromkeys(misfits(config, facts))
    request.problems = list(problems)


def _parse(
    model: type[Model], raw: Mapping[str, Any], problems: list[str], doubtful: Collection[str]
) -> Model:
    wrong: set[str] = set(doubtful)
    try:
        whole = model.model_validate(raw)
        if not wrong:
            return whole
    except ValidationError as error:
        problems += sentences(error, model, raw)
        wrong |= {str(detail["loc"][0]) for detail in error.errors()}
    return _without(model, raw, wrong)


def _without(model: type[Model], raw: Mapping[str, Any], wrong: Collection[str]) -> Model:
    """The model with these fields left out: an instance that has only the others."""
    fields = {name: f for name, f in model.model_fields.items() if name not in wrong}
    typed: dict[str, Any] = {name: (f.annotation, f) for name, f in fields.items()}
    part = create_model("Part", **typed).model_validate({name: raw[name] for name in fields})
    return model.model_construct(**{name: getattr(part, name) for name in fields})
