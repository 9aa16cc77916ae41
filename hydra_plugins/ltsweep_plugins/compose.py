"""From overrides to points: composes once per choice of a group, and applies value axes itself."""

import functools
import itertools
import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
        found: list[str] = self.loader.get_group_options(
            group, config_name=self.config_name, overrides=list(self.hydra_lines)
        )
        return found

    def is_group(self, override: Override) -> bool:
        """Whether an override chooses a file of a group, and does not set a value."""
        return bool(self.options(override.key_or_group))

    def points(self, overrides: Sequence[Override]) -> list[Plain]:
        """All resolved configurations, without Hydra's part, in the order of the axes."""
        groups = [o for o in overrides if self.is_group(o)]
        values = [o for o in overrides if o not in groups]
        axes = [_Axis.of(o) for o in values if o.is_sweep_override()]
        lines = [texts(o)[0] for o in values]
        return [
            point
            for base in self._bases([_Choices.of(group) for group in groups], lines)
            for point in _apply(base, axes)
        ]

    def _bases(self, groups: Sequence["_Choices"], lines: Sequence[str]) -> Iterator[Plain]:
        """One configuration per combination of group choices, interpolations unresolved.

        Where each choice changes nothing but its own section, one composition per choice is enough,
        and the combinations are put together from sections.
        """

        def compose(choices: Sequence[str]) -> Plain:
            return _without_hydra(self.compose([*choices, *lines]))

        first = [group.texts[0] for group in groups]
        base = compose(first)
        sections: list[list[Plain]] = []
        for number, group in enumerate(groups):
            found: list[Plain] = [{}]
            for text in group.texts[1:]:
                variant = compose([*first[:number], text, *first[number + 1 :]])
                changed = {key for key in {*base, *variant} if variant.get(key) != base.get(key)}
                if not changed <= {group.section}:
                    yield from map(compose, itertools.product(*(g.texts for g in groups)))
                    return
                found.append({key: variant[key] for key in changed})
            sections.append(found)
        for combination in itertools.product(*sections):
            yield functools.reduce(operator.or_, combination, base)


@dataclass(frozen=True)
class _Choices:
    """A group and its choices, as overrides; `section` is where their settings go."""

    section: str
    texts: list[str]

    @classmethod
    def of(cls, override: Override) -> "_Choices":
        return cls(override.package or override.key_or_group, texts(override))


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


def _with(section: Plain | None, path: Sequence[str], value: Any) -> Plain:
    section, key = section or {}, path[0]
    return {**section, key: _with(section.get(key), path[1:], value) if len(path) > 1 else value}


def _resolved(base: Plain) -> Plain:
    resolved = OmegaConf.to_container(OmegaConf.create(base), resolve=True, throw_on_missing=True)
    assert isinstance(resolved, dict)
    return {str(key): value for key, value in resolved.items()}
