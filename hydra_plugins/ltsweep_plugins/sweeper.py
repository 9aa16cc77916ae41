"""The sweeper: turns the axes of a command line and of an experiment into points."""

from dataclasses import dataclass
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from hydra_plugins.ltsweep_plugins.selection import Selection, SelectionConf


@dataclass
class LtsweepSweeperConf(SelectionConf):
    """Configuration of the sweeper: what it selects."""

    _target_: str = "hydra_plugins.ltsweep_plugins.sweeper.LtsweepSweeper"


ConfigStore.instance().store(
    group="hydra/sweeper", name="ltsweep", node=LtsweepSweeperConf, provider="ltsweep"
)


class LtsweepSweeper(Sweeper):
    """Turns the selection into points and hands all of them to the engine at once."""

    def __init__(self, **selection: Any) -> None:
        super().__init__()
        self.selection = SelectionConf(**selection)

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Keeps what Hydra gives. The engine does the work, so the task function is not called."""
        self.config = config
        self.config_loader = hydra_context.config_loader

    def sweep(self, arguments: list[str]) -> None:
        """Runs the sweep. Ends the process unless everything is done."""
        from hydra_plugins.ltsweep_plugins.compose import Composer
        from hydra_plugins.ltsweep_plugins.launcher import run_points

        assert self.config is not None
        hydra = self.config.hydra
        composer = Composer(self.config_loader, hydra.job.config_name, list(hydra.overrides.hydra))
        selection = Selection.of(self.selection, composer.parse(arguments), composer)
        points, notices = selection.points(composer)
        run_points(points, self.config, notices)
