"""From overrides to points: composes once per choice of a group, and applies value axes itself."""

import functools
import itertools
import operator
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

Plain = dict[str, Any]

# an interpolation of another setting: its value may change with an axis, so it is resolved last
_INTERPOLATED = re.compile(r"\$\{(?!oc\.env:)")


@dataclass(frozen=True)
class Composer:
    """Composes configurations that share the name of the main file and Hydra's own overrides."""

    loader: ConfigLoader
    config_name: str
    hydra_lines: Sequence[str] = ()
    _options: dict[str, list[str]] = field(default_factory=dict)

    def compose(self, lines: Sequence[str]) -> DictConfig:
        """One configuration, Hydra's own part included. HydraException if it cannot be made."""
        everything = [*self.hydra_lines, *lines]
        return self.loader.load_configuration(self.config_name, everything, RunMode.RUN)

    def parse(self, lines: Sequence[str]) -> list[Override]:
        """Parsed overrides, Hydra's own included. HydraException if one cannot be read."""
        overrides: list[Override] = OverridesParser.create(self.loader).parse_overrides(list(lines))
        return overrides

    def options(self, group: str) -> list[str]:
        """The names that can be chosen from a group; none if there is no such group."""
        if group not in self._options:
            self._options[group] = self.loader.get_group_options(
                group, config_name=self.config_name, overrides=list(self.hydra_lines)
            )
        return self._options[group]

    def is_group(self, override: Override) -> bool:
        """Whether an override chooses a file of a group, and does not set values."""
        return bool(self.options(override.key_or_group)) and not _sets_values(override)

    def choices(self, group: Override) -> list[str]:
        """What one override of a group stands for; Hydra takes a null choice as a deletion only."""
        there = group.get_key_element()
        return [f"~{there}" if text == f"{there}=null" else text for text in texts(group)]

    def first(self, overrides: Iterable[Override]) -> list[str]:
        """The overrides with the first value of every axis."""
        return [(self.choices(o) if self.is_group(o) else texts(o))[0] for o in overrides]

    def points(self, overrides: Sequence[Override]) -> list[Plain]:
        """All resolved configurations, without Hydra's part, in the order of the axes."""
        groups = [o for o in overrides if self.is_group(o)]
        values = [o for o in overrides if o not in groups]
        axes = [_Axis.of(o) for o in values if o.is_sweep_override()]
        lines = self.first(values)
        return [
            point
            for base in self._bases([(_section(g), self.choices(g)) for g in groups], lines)
            for point in _apply(base, axes)
        ]

    def _bases(
        self, groups: Sequence[tuple[str, list[str]]], lines: Sequence[str]
    ) -> Iterator[Plain]:
        """One configuration per combination of choices, interpolations unresolved.

        `groups` holds sections with the choices for each. Where a choice changes nothing but its
        own section, composing once per choice is enough, and combinations are put together.
        """

        def compose(combination: Sequence[str]) -> Plain:
            return _without_hydra(self.compose([*combination, *lines]))

        first = [choices[0] for _, choices in groups]
        base = compose(first)
        variants: list[list[Plain]] = []
        for number, (section, choices) in enumerate(groups):
            variants.append([{}])
            for choice in choices[1:]:
                variant = compose([*first[:number], choice, *first[number + 1 :]])
                changed = {key for key in {*base, *variant} if variant.get(key) != base.get(key)}
                if not changed <= {section} & variant.keys():
                    yield from map(compose, itertools.product(*(c for _, c in groups)))
                    return
                variants[-1].append({key: variant[key] for key in changed})
        for combination in itertools.product(*variants):
            yield functools.reduce(operator.or_, combination, base)


def _sets_values(override: Override) -> bool:
    """Whether an override is of the form 'optimizer={lr:0.1}', which Hydra merges."""
    sweeps = override.is_sweep_override() and override.is_discrete_sweep()
    values = override.sweep_iterator() if sweeps else [override.value()]
    return any(isinstance(value, dict) for value in values)


def _section(group: Override) -> str:
    return group.package or group.key_or_group


@dataclass(frozen=True)
class _Axis:
    """A value axis: the path of the setting and its values."""

    path: tuple[str, ...]
    values: list[Any]

    @classmethod
    def of(cls, override: Override) -> "_Axis":
        parser = OverridesParser.create()
        values = [parser.parse_override(text).value() for text in texts(override)]
        return cls(tuple(override.key_or_group.split(".")), values)


def texts(override: Override) -> list[str]:
    """The overrides that one override stands for: one per value of its axis.

    HydraException for an axis that has no list of values.
    """
    if not override.is_sweep_override():
        return [override.input_line or ""]
    try:
        values = list(override.sweep_string_iterator())
    except ValueError as error:  # range(0,1,0)
        raise HydraException(str(error)) from error
    return [f"{override.get_key_element()}={value}" for value in values]


def with_params(
    composer: Composer, params: Mapping[str, str], given: Sequence[Override]
) -> list[Override]:
    """The axes of an experiment and the overrides of a command line, which replace them by key."""
    lines = [f"{key}={value}" for key, value in params.items()]
    merged = {(o.key_or_group, o.package): o for o in composer.parse(lines)}
    return list((merged | {(o.key_or_group, o.package): o for o in given}).values())


def plain(composed: DictConfig) -> Plain:
    """A composed configuration without Hydra's own part, interpolations resolved."""
    return next(_apply(_without_hydra(composed), []))


def _without_hydra(composed: DictConfig) -> Plain:
    own = OmegaConf.masked_copy(composed, [str(key) for key in composed if key != "hydra"])
    container = OmegaConf.to_container(own, resolve=False)
    assert isinstance(container, dict)
    return {str(key): value for key, value in container.items()}


def _apply(base: Plain, axes: Sequence[_Axis]) -> Iterator[Plain]:
    """Copies of a configuration with every combination of values; sections are shared."""
    depends = _INTERPOLATED.search(repr(base)) is not None
    resolved = base if depends else _resolved(base)
    for values in itertools.product(*(axis.values for axis in axes)):
        point = resolved
        for axis, value in zip(axes, values, strict=True):
            point = _with(point, axis.path, value)
        yield _resolved(point) if depends else point


def _with(section: Any, path: Sequence[str], value: Any) -> Any:
    """A copy of a section with the setting at `path` changed; dictionaries are merged into it."""
    if path:
        section = section or {}
        return {**section, path[0]: _with(section.get(path[0]), path[1:], value)}
    if isinstance(value, dict) and isinstance(section, dict):
        for key, part in value.items():
            section = _with(section, [key], part)
        return section
    return value


def _resolved(base: Plain) -> Plain:
    resolved = OmegaConf.to_container(OmegaConf.create(base), resolve=True, throw_on_missing=True)
    assert isinstance(resolved, dict)
    return {str(key): value for key, value in resolved.items()}
