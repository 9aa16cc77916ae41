"""The sweeper: turns the axes of a command line and of an experiment into points."""

from dataclasses import dataclass, field

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


@dataclass
class LtsweepSweeperConf:
    """Configuration of the sweeper: `params` are the axes of an experiment file."""

    _target_: str = "hydra_plugins.ltsweep_plugins.sweeper.LtsweepSweeper"
    params: dict[str, str] = field(default_factory=dict)


ConfigStore.instance().store(
    group="hydra/sweeper", name="ltsweep", node=LtsweepSweeperConf, provider="ltsweep"
)


class LtsweepSweeper(Sweeper):
    """Hands all points to the engine at once."""

    def __init__(self, params: dict[str, str]) -> None:
        super().__init__()
        self.params = params

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Keeps what Hydra gives; the task function is the engine's, so it isn't called."""
        self.config = config
        self.config_loader = hydra_context.config_loader

    def sweep(self, arguments: list[str]) -> None:
        """Runs the sweep; ends the process unless all of it is done."""
        from hydra_plugins.ltsweep_plugins.compose import Composer, with_params
        from hydra_plugins.ltsweep_plugins.launcher import run_points

        assert self.config is not None
        hydra = self.config.hydra
        composer = Composer(self.config_loader, hydra.job.config_name, list(hydra.overrides.hydra))
        overrides = with_params(composer, self.params, composer.parse(arguments))
        run_points(composer.points(overrides), self.config)
