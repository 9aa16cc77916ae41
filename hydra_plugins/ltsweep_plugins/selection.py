"""What a sweep selects: products of axes, axes that advance together, what is left out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import DictConfig

from hydra_plugins.ltsweep_plugins.compose import Composed, Composer, Plain
from hydra_plugins.ltsweep_plugins.overrides import key_of, path_of, texts, values_of
from ltsweep.config.sentences import show
from ltsweep.foundations.errors import RequestError


@dataclass
class SelectionConf:
    """What `hydra.sweeper` says, and an experiment file there, in the words of the command line.

    `params` are axes. `grids` are further axes, of one product each; the sweep is their union.
    `zip` lists axes that advance together, `exclude` partial assignments: points that match all of
    one are left out.
    """

    params: dict[str, str] = field(default_factory=dict)
    grids: list[dict[str, Any]] = field(default_factory=list)
    zip: list[list[str]] = field(default_factory=list)
    exclude: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, sweeper: DictConfig) -> "SelectionConf":
        """What `hydra.sweeper` says, as far as the sweeper of a composed configuration knows it."""
        names = [f.name for f in fields(cls) if sweeper.get(f.name)]
        return cls(**{name: sweeper[name] for name in names})


@dataclass(frozen=True)
class Rule:
    """An exclusion: the names of choices and the values of settings that match together."""

    text: str
    choices: Mapping[str, Sequence[str | None]]
    values: Mapping[tuple[str, ...], Sequence[Any]]

    @classmethod
    def of(cls, overrides: Sequence[Override], composer: Composer) -> "Rule":
        """The rule that excludes what these overrides would choose and set."""
        groups = [o for o in overrides if composer.is_group(o)]
        return cls(
            text="{" + ", ".join(f"{o.input_line}".replace("=", ": ", 1) for o in overrides) + "}",
            choices={key_of(o): list(map(_name, texts(o))) for o in groups},
            values={path_of(o): values_of(o) for o in overrides if o not in groups},
        )

    def matches(self, point: Composed) -> bool:
        """Whether the point is excluded."""
        return all(point.choices.get(key) in names for key, names in self.choices.items()) and all(
            _has(point.config, path, values) for path, values in self.values.items()
        )


def _name(text: str) -> str | None:
    name = text.partition("=")[2]
    return None if name == "null" else name


def _has(config: Plain, path: Iterable[str], values: Sequence[Any]) -> bool:
    section: Any = config
    for part in path:
        if not isinstance(section, dict) or part not in section:
            return False
        section = section[part]
    return section in values


@dataclass(frozen=True)
class Selection:
    """The overrides of each product, the axes that advance together, and the exclusions."""

    grids: Sequence[Sequence[Override]]
    zips: Sequence[Sequence[str]] = ()
    rules: Sequence[Rule] = ()

    @classmethod
    def of(cls, conf: SelectionConf, given: Sequence[Override], composer: Composer) -> "Selection":
        """What a configuration and a command line select."""
        rules = [Rule.of(overrides, composer) for overrides in exclusions(conf, composer)]
        return cls(grids(conf, given, composer), conf.zip, rules)

    def points(self, composer: Composer) -> tuple[list[Plain], list[str]]:
        """The configurations, and notices about exclusions that excluded nothing.

        RequestError if all points are excluded.
        """
        points, unused = [], list(self.rules)
        for grid in self.grids:
            for point in composer.points(grid, self.zips):
                matching = [rule for rule in self.rules if rule.matches(point)]
                unused = [rule for rule in unused if rule not in matching]
                if not matching:
                    points.append(point.config)
        if not points:
            raise RequestError(["hydra.sweeper.exclude leaves no point of the sweep"])
        return points, [f"exclude: no point matches {rule.text}" for rule in unused]


def grids(
    conf: SelectionConf, given: Sequence[Override], composer: Composer
) -> list[list[Override]]:
    """The axes of each product with the overrides of a command line, which replace them by key."""
    found = []
    for axes in conf.grids or [{}]:
        own = _overrides({**conf.params, **axes}, composer)
        merged = {(o.key_or_group, o.package): o for o in [*own, *given]}
        found.append(list(merged.values()))
    return found


def exclusions(conf: SelectionConf, composer: Composer) -> list[list[Override]]:
    """What each exclusion assigns, as overrides."""
    return [_overrides(rule, composer) for rule in conf.exclude]


def _overrides(assignments: Mapping[str, Any], composer: Composer) -> list[Override]:
    return composer.parse([f"{key}={show(value)}" for key, value in assignments.items()])
