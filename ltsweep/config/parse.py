"""A request from raw configurations: typed as far as possible, every mistake told at once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError, create_model

from ltsweep.config.compared import unknown_settings
from ltsweep.config.followers import filled
from ltsweep.config.sentences import sentences
from ltsweep.config.settings import PointConfig, RunConfig

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
    says what they have. Such partial ones are only good for looking for more problems. `notices`
    say what was settled otherwise than configured.
    """

    points: list[PointConfig]
    run: RunConfig
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def parse(raw: Iterable[Mapping[str, Any]], doubtful: Collection[str] = frozenset()) -> Request:
    """Typed configurations; parts that are wrong, or named in `doubtful`, are left out."""
    configs = [filled(config) for config in raw]
    fixed = [{key: value for key, value in c.items() if key in NO_AXES} for c in configs]
    texts = [{key: repr(value) for key, value in one.items()} for one in fixed]  # NaN equals NaN
    differing = {key for one in texts for key in one if one[key] != texts[0].get(key)}
    problems = [no_axis(key) for key in sorted(differing)]
    run = {key: value for key, value in configs[0].items() if key in RUN_KEYS}
    points = [{key: value for key, value in c.items() if key not in RUN_KEYS} for c in configs]
    run_config = _Parser(RunConfig, problems, doubtful).parse(run)
    parser = _Parser(PointConfig, problems, doubtful)
    parsed = [parser.parse(point) for point in points]
    problems += unknown_settings(configs)
    return Request(parsed, run_config, list(dict.fromkeys(problems)))


@dataclass
class _Parser(Generic[Model]):
    """Types raw configurations; what thousands of them share is typed, or told of, once."""

    model: type[Model]
    problems: list[str]
    doubtful: Collection[str]
    _sections: dict[tuple[str, str], Any] = field(default_factory=dict)  # by name and content
    _told: set[str] = field(default_factory=set)

    def parse(self, raw: Mapping[str, Any]) -> Model:
        """The typed configuration, without the parts that are wrong or doubtful."""
        names = {key: (key, repr(value)) for key, value in raw.items() if isinstance(value, dict)}
        known = {key: self._sections[n] for key, n in names.items() if n in self._sections}
        config, wrong = None, set(self.doubtful)
        try:
            config = self.model.model_validate({**raw, **known})
        except ValidationError as error:
            at_fault = {str(detail["loc"][0]): None for detail in error.errors()}
            wrong |= at_fault.keys()
            self._tell(error, {key: raw.get(key) for key in at_fault})
        if config is None or wrong:
            config = without(self.model, {**raw, **known}, frozenset(wrong))
        for key in names.keys() & config.model_fields_set:
            self._sections.setdefault(names[key], getattr(config, key))
        return config

    def _tell(self, error: ValidationError, raw: Mapping[str, Any]) -> None:
        """Adds the sentences about these parts unless equal ones have been told of."""
        if repr(raw) not in self._told:
            self._told.add(repr(raw))
            self.problems += sentences(error, self.model, raw)


def without(model: type[Model], raw: Mapping[str, Any], wrong: frozenset[str]) -> Model:
    """The model with these fields left out: an instance that has only the others."""
    part_model = _part(model, wrong)
    there = part_model.model_fields.keys() & raw.keys()
    part = part_model.model_validate({name: raw[name] for name in there})
    return model.model_construct(**{name: getattr(part, name) for name in part_model.model_fields})


@cache
def _part(model: type[BaseModel], wrong: frozenset[str]) -> type[BaseModel]:
    fields = {name: f for name, f in model.model_fields.items() if name not in wrong}
    typed: dict[str, Any] = {name: (f.annotation, f) for name, f in fields.items()}
    return create_model("Part", **typed)
