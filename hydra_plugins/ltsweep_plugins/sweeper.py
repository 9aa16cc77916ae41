"""The sweeper: turns the axes of a command line and of an experiment into points."""

from dataclasses import dataclass
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from hydra_plugins.ltsweep_plugins.compose import Composer
from hydra_plugins.ltsweep_plugins.selection import Selection, SelectionConf


@dataclass
class LtsweepSweeperConf(SelectionConf):
    """Configuration of the sweeper: what it selects."""

    _target_: str = "hydra_plugins.ltsweep_plugins.sweeper.LtsweepSweeper"


ConfigStore.instance().store(
    group="hydra/sweeper", name="ltsweep", node=LtsweepSweeperConf, provider="ltsweep"
)


class LtsweepSweeper(Sweeper):
    """Calls the task once, for all points. Hydra's configuration says what is selected."""

    def __init__(self, **selection: Any) -> None:
        super().__init__()

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Keeps what Hydra gives."""
        self.config = config
        self.task_function = task_function

    def sweep(self, arguments: list[str]) -> None:
        """Runs the sweep. Ends the process unless everything is done."""
        self.task_function(self.config)


def sweep(config: DictConfig, composer: Composer) -> None:
    """Turns the selection of Hydra's configuration into points and hands all to the engine."""
    from hydra_plugins.ltsweep_plugins.launcher import run_points

    arguments = OmegaConf.to_container(config.hydra.overrides.task, resolve=False)
    assert isinstance(arguments, list)
    given = composer.parse(arguments)
    selection = Selection.of(SelectionConf.of(config.hydra.sweeper), given, composer)
    points, notices = selection.points(composer)
    run_points(points, config, notices)
