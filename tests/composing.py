"""Configurations of command lines: values are put into what Hydra composed once for the rest."""

from functools import cache, reduce
from itertools import product

from hydra.core.override_parser.types import OverrideType

from ltsweep.hydra.compose import _with
from ltsweep.hydra.overrides import path_of, values_of


class Composing:
    """Composes with one composer, and remembers what lines without plain values come to."""

    def __init__(self, composer):
        self._composer = composer
        self._known = cache(self.anew)

    def configs(self, *lines):
        """The configurations that the lines stand for, in the order of their axes."""
        overrides = self._parsed(lines)
        groups = [o for o in overrides if self._composer.is_group(o)]
        values = [o for o in overrides if o not in groups]
        others = {path_of(o)[0] for o in values if not _is_plain(o)}
        plain = [o for o in values if path_of(o)[0] not in others]
        rest = [o.input_line for o in values if o not in plain]
        choices = product(*map(self._composer.choices, groups))
        known = [config for chosen in choices for config in self._known((*chosen, *rest))]
        there = all(_has(config, path_of(o)) for config in known for o in plain)
        if not there or any("${" in line for line in lines):
            return self.anew(lines)
        axes = [o for o in plain if o.is_sweep_override()]
        single = [(path_of(o), o.value()) for o in plain if o not in axes]
        rows = [
            [*zip(map(path_of, axes), row, strict=True)] for row in product(*map(values_of, axes))
        ]
        return [reduce(_put, [*single, *row], config) for config in known for row in rows]

    def anew(self, lines):
        """The same, as Hydra composes it."""
        return [point.config for point in self._composer.points(self._parsed(lines))]

    def _parsed(self, lines):
        """Of several for one setting the last counts, as on a command line."""
        overrides = self._composer.parse(lines)
        return [*{(o.key_or_group, o.package): o for o in overrides}.values()]


def _is_plain(value):
    """Whether it replaces the value of a setting that is there."""
    is_change = value.type is OverrideType.CHANGE and not value.is_hydra_override()
    return is_change and "{" not in value.input_line


def _has(config, path):
    for name in path:
        if not isinstance(config, dict) or name not in config:
            return False
        config = config[name]
    return True


def _put(config, setting):
    return _with(config, *setting)
