"""What a sweep selects: products of axes, axes that advance together, points left out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.types import Override

from ltsweep.config.sentences import show
from ltsweep.foundations.errors import RequestError
from ltsweep.hydra.compose import Composed, Composer, Plain
from ltsweep.hydra.conf import SelectionConf
from ltsweep.hydra.overrides import key_of, path_of, texts, values_of


@dataclass(frozen=True)
class Rule:
    """An exclusion: a point matches if all these choices and all these values are its own."""

    text: str
    choices: Mapping[str, Sequence[str | None]]
    values: Mapping[tuple[str, ...], Sequence[Any]]

    @classmethod
    def of(cls, overrides: Sequence[Override], composer: Composer) -> "Rule":
        """The rule that excludes points with the choices and values of these overrides."""
        groups = [o for o in overrides if composer.is_group(o)]
        return cls(
            text="{" + ", ".join(f"{o.input_line}".replace("=", ": ", 1) for o in overrides) + "}",
            choices={key_of(o): list(map(_name, texts(o))) for o in groups},
            values={path_of(o): values_of(o) for o in overrides if o not in groups},
        )

    def matches(self, point: Composed) -> bool:
        """Whether this rule excludes the point."""
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
        """The configurations, and a notice for each exclusion that excluded nothing.

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
    """The overrides of each product. Those of the command line replace others with their key."""
    found = []
    for axes in conf.grids or [{}]:
        own = overrides_of({**conf.params, **axes}, composer)
        merged = {(o.key_or_group, o.package): o for o in [*own, *given]}
        found.append(list(merged.values()))
    return found


def exclusions(conf: SelectionConf, composer: Composer) -> list[list[Override]]:
    """The assignments of each exclusion, as overrides."""
    return [overrides_of(rule, composer) for rule in conf.exclude]


def axes_of(conf: SelectionConf, composer: Composer) -> list[Override]:
    """The axes that an experiment has, those of its grids included."""
    return [o for part in (conf.params, *conf.grids) for o in overrides_of(part, composer)]


def overrides_of(assignments: Mapping[str, Any], composer: Composer) -> list[Override]:
    """Assignments of an experiment as the overrides that a command line would have."""
    return composer.parse([f"{key}={show(value)}" for key, value in assignments.items()])
