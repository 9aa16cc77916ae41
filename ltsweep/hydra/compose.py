"""From overrides to points: Hydra composes once per choice of a group, values are put in here."""

import copy
import functools
import itertools
import operator
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import ConfigCompositionException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from ltsweep.hydra.errors import WRONG
from ltsweep.hydra.options import as_hydra_takes_them
from ltsweep.hydra.overrides import key_of, parsed, path_of, sets_values, texts, values_of

Plain = dict[str, Any]
REMEMBERED = 100  # configurations, of some 130 kB each

_UNRESOLVED = re.compile(r"\$\{|\?\?\?")  # interpolations, and values that are missing
# An interpolation of another setting. Its value may change with an axis, so it is resolved last.
_INTERPOLATED = re.compile(r"\$\{(?!oc\.env:)")


@dataclass(frozen=True)
class Composed:
    """A configuration without Hydra's own part, and the name chosen from each group.

    Groups are named with their package, as in 'init@control_init'. None means that nothing was
    chosen.
    """

    config: Plain
    choices: Plain

    @classmethod
    def of(cls, composed: DictConfig) -> "Composed":
        """From a configuration that Hydra composed; interpolations of settings stay unresolved."""
        choices = OmegaConf.to_container(composed.hydra.runtime.choices)
        assert isinstance(choices, dict)
        return cls(_without_hydra(composed), {str(key): name for key, name in choices.items()})


@dataclass(frozen=True)
class Composer:
    """Composes configurations that share the name of the main file and Hydra's own overrides.

    It remembers what it composed. Check and sweep share one, so that little is composed twice.
    """

    loader: ConfigLoader
    config_name: str
    hydra_lines: Sequence[str] = ()
    _options: dict[str, list[str]] = field(default_factory=dict)
    _composed: deque[tuple[Sequence[Override], DictConfig]] = field(
        default_factory=lambda: deque(maxlen=REMEMBERED)
    )

    def compose(self, lines: Sequence[str]) -> DictConfig:
        """One configuration, with Hydra's own part. HydraException if it cannot be composed.

        Nobody may change it: others may get the same one.
        """
        overrides = self.parse(lines)
        groups = [o for o in overrides if self.is_group(o)]
        composed = self._choose(groups)
        if len(groups) == len(overrides):
            return composed
        values = [o for o in overrides if o not in groups]
        changed = copy.deepcopy(composed)
        values = self.parse(as_hydra_takes_them([o.input_line or "" for o in values]))
        ConfigLoaderImpl._apply_overrides_to_config(values, changed)  # Hydra too sets values last
        return changed

    def _choose(self, groups: Sequence[Override]) -> DictConfig:
        """The configuration with these choices, before values are set."""
        for known, composed in self._composed:
            if _comes_to_the_same(groups, known, composed.hydra.runtime.choices):
                return composed
        lines = [*self.hydra_lines, *(o.input_line or "" for o in groups)]
        try:
            composed = self.loader.load_configuration(self.config_name, lines, RunMode.RUN)
        except WRONG:
            raise
        except (ValueError, RecursionError) as error:  # of files that Hydra did not expect
            chosen = " ".join(lines) or self.config_name
            raise ConfigCompositionException(f"{chosen} cannot be composed: {error}") from None
        self._composed.append((groups, composed))
        return composed

    def folders(self) -> list[Path]:
        """The folders that files of groups are looked for in, in order."""
        sources = self.compose([]).hydra.runtime.config_sources
        return [Path(source.path) for source in sources if source.schema == "file"]

    def parse(self, lines: Sequence[str]) -> list[Override]:
        """Parsed overrides, Hydra's own included. HydraException if one cannot be read."""
        return parsed(lines, self.loader)

    def options(self, group: str) -> list[str]:
        """The names that a group offers; empty if there is no such group."""
        if group not in self._options:
            self._options[group] = self.loader.get_group_options(
                group, config_name=self.config_name, overrides=list(self.hydra_lines)
            )
        return self._options[group]

    def is_group(self, override: Override) -> bool:
        """Whether an override chooses a file from a group; otherwise it sets values."""
        return bool(self.options(override.key_or_group)) and not sets_values(override)

    def choices(self, group: Override) -> list[str]:
        """The overrides, one per choice, that one override of a group stands for.

        A choice of null is written as a deletion, since Hydra takes it in no other way.
        """
        there = group.get_key_element()
        return [f"~{there}" if text == f"{there}=null" else text for text in texts(group)]

    def first(self, overrides: Iterable[Override]) -> list[str]:
        """The overrides with the first value of every axis."""
        return [(self.choices(o) if self.is_group(o) else texts(o))[0] for o in overrides]

    def points(
        self, overrides: Sequence[Override], zips: Sequence[Sequence[str]] = ()
    ) -> Iterator[Composed]:
        """All resolved configurations in the order of the axes, those of groups first.

        Axes that `zips` lists together advance together; they must have equally many values.
        """
        groups = [o for o in overrides if self.is_group(o)]
        values = [o for o in overrides if o not in groups]
        swept = [o for o in values if o.is_sweep_override()]
        paths = [path_of(o) for o in swept]
        columns = [*map(self.choices, groups), *map(values_of, swept)]
        keys = [key_of(o) for o in [*groups, *swept]]
        bases = _Bases(self, groups, self.first(values))
        for row in _rows(columns, _dimensions(keys, zips)):
            base = bases.of(tuple(row[: len(groups)]))
            yield base.point(paths, row[len(groups) :])


class _Bases:
    """The configuration of each combination of choices, interpolations unresolved.

    If every choice changes nothing but its own section, Hydra composes once per choice, and the
    combinations are put together from these. Otherwise Hydra composes each combination.
    """

    def __init__(self, composer: Composer, groups: Sequence[Override], lines: list[str]) -> None:
        self._compose: Callable[[Sequence[str]], Composed] = lambda combination: Composed.of(
            composer.compose([*combination, *lines])
        )
        choices = [composer.choices(group) for group in groups]
        first = [names[0] for names in choices]
        self._first = self._compose(first)
        self._changes: list[dict[str, Composed]] | None = []
        self._known: dict[tuple[str, ...], _Base] = {}
        for number, (group, names) in enumerate(zip(groups, choices, strict=True)):
            changes = {first[number]: Composed({}, {})}
            for name in dict.fromkeys(name for name in names if name != first[number]):
                variant = self._compose([*first[:number], name, *first[number + 1 :]])
                changes[name] = self._change(variant)
                if not changes[name].config.keys() <= {section_of(group)} & variant.config.keys():
                    self._changes = None
                    return
            self._changes.append(changes)

    def of(self, combination: tuple[str, ...]) -> "_Base":
        """The configuration of one combination, made at the first call."""
        if combination not in self._known:
            self._known[combination] = _Base(self._combined(combination))
        return self._known[combination]

    def _combined(self, combination: tuple[str, ...]) -> Composed:
        if self._changes is None:
            return self._compose(combination)
        changes = [self._changes[n][name] for n, name in enumerate(combination)]
        return Composed(
            functools.reduce(operator.or_, (c.config for c in changes), self._first.config),
            functools.reduce(operator.or_, (c.choices for c in changes), self._first.choices),
        )

    def _change(self, variant: Composed) -> Composed:
        """The differences of a variant to the first combination; None for what it lacks."""
        return Composed(
            _difference(self._first.config, variant.config),
            _difference(self._first.choices, variant.choices),
        )


class _Base:
    """A configuration to put values into. Points share the sections that no value touches."""

    def __init__(self, composed: Composed) -> None:
        self._choices = composed.choices
        self._depends = _INTERPOLATED.search(repr(composed.config)) is not None
        self._config = composed.config if self._depends else _resolved_apart(composed.config)

    def point(self, paths: Sequence[Sequence[str]], values: Sequence[Any]) -> Composed:
        """The resolved configuration with these values of the settings at `paths`."""
        config = self._config
        for path, value in zip(paths, values, strict=True):
            config = _with(config, path, value)
        return Composed(_resolved(config) if self._depends else config, self._choices)


def _comes_to_the_same(
    groups: Sequence[Override], known: Sequence[Override], choices: Mapping[str, Any]
) -> bool:
    """Whether Hydra composes the same for `groups` as for `known`, which led to `choices`.

    It does if `groups` has all of `known` and the rest chooses what is chosen anyway. The order
    matters among additions only. If a key is there twice, Hydra decides.
    """
    rest = [o for o in groups if o not in known]
    return (
        len({key_of(o) for o in groups}) == len(groups) == len(known) + len(rest)
        and [o for o in groups if o.is_add()] == [o for o in known if o.is_add()]
        and all(o.type is OverrideType.CHANGE and _is_chosen(o, choices) for o in rest)
    )


def _is_chosen(group: Override, choices: Mapping[str, Any]) -> bool:
    name = group.value()
    return name is not None and choices.get(key_of(group)) == name


def _difference(one: Plain, other: Plain) -> Plain:
    keys = {*one, *other}
    return {key: other.get(key) for key in keys if one.get(key) != other.get(key)}


def _dimensions(keys: Sequence[str], zips: Sequence[Sequence[str]]) -> list[list[int]]:
    """Lists of axes, by number, that advance together; each axis is in one list."""
    together = {key: [k for k in keys if k in zipped] for zipped in zips for key in zipped}
    found: dict[int, list[int]] = {}
    for number, key in enumerate(keys):
        numbers = [keys.index(k) for k in together.get(key, [])] or [number]
        found.setdefault(numbers[0], numbers)
    return list(found.values())


def _rows(columns: Sequence[list[Any]], dimensions: Sequence[list[int]]) -> Iterator[list[Any]]:
    """Every combination of values, in the order of the columns."""
    steps = [list(zip(*(columns[n] for n in numbers), strict=True)) for numbers in dimensions]
    order = [number for numbers in dimensions for number in numbers]
    back = sorted(range(len(order)), key=order.__getitem__)
    for combination in itertools.product(*steps):
        flat = list(itertools.chain.from_iterable(combination))
        yield [flat[place] for place in back]


def section_of(group: Override) -> str:
    """The section of the configuration that a group's choice makes."""
    return group.package or group.key_or_group


def plain(composed: DictConfig) -> Plain:
    """A composed configuration without Hydra's own part, interpolations resolved."""
    return _resolved(_without_hydra(composed))


def _without_hydra(composed: DictConfig) -> Plain:
    container = OmegaConf.to_container(composed, resolve=False)
    assert isinstance(container, dict)
    return {str(key): value for key, value in container.items() if key != "hydra"}


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


def _resolved_apart(base: Plain) -> Plain:
    """The same where no section depends on another: most sections have nothing to resolve."""
    left = {key: section for key, section in base.items() if _UNRESOLVED.search(repr(section))}
    return {**base, **_resolved(left)}


def _resolved(base: Plain) -> Plain:
    resolved = OmegaConf.to_container(OmegaConf.create(base), resolve=True, throw_on_missing=True)
    assert isinstance(resolved, dict)
    return {str(key): value for key, value in resolved.items()}
