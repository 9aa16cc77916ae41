"""The sweeper: hands Hydra's configuration, with all axes, to the task at once."""

from dataclasses import dataclass
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from ltsweep.hydra.conf import SelectionConf


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
