"""The sweeper: composes once per combination of group choices and applies value axes itself."""

import copy
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

LAUNCHER = "hydra_plugins.ltsweep_plugins.launcher.LtsweepLauncher"


@dataclass
class LtsweepSweeperConf:
    """Configuration of the sweeper: `params` are the axes of an experiment file."""

    _target_: str = "hydra_plugins.ltsweep_plugins.sweeper.LtsweepSweeper"
    params: dict[str, str] = field(default_factory=dict)


ConfigStore.instance().store(
    group="hydra/sweeper", name="ltsweep", node=LtsweepSweeperConf, provider="ltsweep"
)


class LtsweepSweeper(Sweeper):
    """Turns axes into points and hands them to the engine all at once."""

    def __init__(self, params: dict[str, str]) -> None:
        super().__init__()
        self.params = params

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Keeps what Hydra gives; the task function is the engine's, so it isn't called."""
        self.composed = config
        self.config_loader = hydra_context.config_loader

    def sweep(self, arguments: list[str]) -> Any:
        """Runs the sweep and ends the process with its exit code."""
        from hydra_plugins.ltsweep_plugins.launcher import Finished, run_points

        if self.composed.hydra.launcher._target_ != LAUNCHER:
            raise Finished.wrong_request(
                ["hydra/launcher must stay ltsweep: where jobs run is chosen by cluster=NAME"]
            )
        raise Finished(run_points(self.points(arguments), self.composed))

    def points(self, arguments: list[str]) -> list[dict[str, Any]]:
        """All resolved configurations, plain dicts, in the order of the axes."""
        parser = OverridesParser.create(config_loader=self.config_loader)
        overrides = self._merge(parser, arguments)
        groups = [o for o in overrides if _is_group(o, self.config_loader)]
        values = [o for o in overrides if o not in groups]
        constants = [o.input_line or "" for o in values if not o.is_sweep_override()]
        axes = [_Axis.of(o, parser) for o in values if o.is_sweep_override()]
        points = []
        for choice in itertools.product(*map(_texts, groups)):
            base = self._compose([*choice, *constants, *(axis.first for axis in axes)])
            points += list(_apply(base, axes))
        return points

    def _merge(self, parser: OverridesParser, arguments: Sequence[str]) -> list[Override]:
        """The experiment's axes, with those that the command line names replaced."""
        given = {o.get_key_element(): o for o in parser.parse_overrides(list(arguments))}
        params = [f"{key}={value}" for key, value in self.params.items()]
        merged = {o.get_key_element(): o for o in parser.parse_overrides(params)}
        return list((merged | given).values())

    def _compose(self, overrides: list[str]) -> dict[str, Any]:
        from hydra_plugins.ltsweep_plugins.launcher import Finished

        try:
            composed = self.config_loader.load_sweep_config(self.composed, overrides)
            return plain(composed)
        except (HydraException, OmegaConfBaseException) as error:
            cause = error.__cause__ or error
            text = " ".join(f"{error} {cause if cause is not error else ''}".split())
            raise Finished.wrong_request([f"{' '.join(overrides)}: {text}"]) from error


@dataclass(frozen=True)
class _Axis:
    """A value axis: the path of the key, the values, and the override of the first value."""

    path: tuple[str, ...]
    values: list[Any]
    first: str

    @classmethod
    def of(cls, override: Override, parser: OverridesParser) -> "_Axis":
        texts = list(_texts(override))
        values = [parser.parse_override(text).value() for text in texts]
        return cls(tuple(override.key_or_group.split(".")), values, texts[0])


def plain(composed: DictConfig) -> dict[str, Any]:
    """A composed configuration without Hydra's own part, interpolations resolved."""
    own = OmegaConf.masked_copy(composed, [str(key) for key in composed if key != "hydra"])
    container = OmegaConf.to_container(own, resolve=True, throw_on_missing=True)
    assert isinstance(container, dict)
    return {str(key): value for key, value in container.items()}


def _apply(base: dict[str, Any], axes: list[_Axis]) -> Iterator[dict[str, Any]]:
    for values in itertools.product(*(axis.values for axis in axes)):
        point = copy.deepcopy(base)
        for axis, value in zip(axes, values, strict=True):
            section = point
            for part in axis.path[:-1]:
                section = section[part]
            section[axis.path[-1]] = value
        yield point


def _texts(override: Override) -> Iterator[str]:
    """The overrides that one override stands for: one per value of its axis."""
    if not override.is_sweep_override():
        yield override.input_line or ""
        return
    for value in override.sweep_string_iterator():
        yield f"{override.get_key_element()}={value}"


def _is_group(override: Override, config_loader: ConfigLoader) -> bool:
    return bool(config_loader.get_group_options(override.key_or_group))
