"""The launcher: hands the points of any sweeper to ltsweep's engine, which plans them as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


@dataclass
class LtsweepLauncherConf:
    """Configuration of the launcher: everything is in the ltsweep settings."""

    _target_: str = "hydra_plugins.ltsweep_plugins.launcher.LtsweepLauncher"


ConfigStore.instance().store(
    group="hydra/launcher", name="ltsweep", node=LtsweepLauncherConf, provider="ltsweep"
)


class LtsweepLauncher(Launcher):
    """Runs the points of a sweeper other than ltsweep's own."""

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Keeps what Hydra gives; the task function is the engine's, so it isn't called."""
        self.config = config
        self.config_loader = hydra_context.config_loader

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Plans and runs one batch of points; ends the process if a stage failed."""
        from hydra_plugins.ltsweep_plugins.compose import plain

        composed = [
            self.config_loader.load_sweep_config(self.config, list(overrides))
            for overrides in job_overrides
        ]
        run_points([plain(config) for config in composed], self.config)
        returns = []
        for number, (config, overrides) in enumerate(zip(composed, job_overrides, strict=True)):
            result = JobReturn(overrides=list(overrides), cfg=config, status=JobStatus.COMPLETED)
            result.task_name = f"point {initial_job_idx + number}"
            result.return_value = None
            returns.append(result)
        return returns


def run_points(
    points: Sequence[dict[str, Any]], config: DictConfig, notices: Sequence[str] = ()
) -> None:
    """Runs points as one selection, with what is to be noted; ends the process unless it is done.

    `SystemExit` and not an exception of our own, because Hydra loads this package a second time.
    """
    from ltsweep.entry import DONE, perform

    code = perform(points, config.hydra.runtime.choices.get("experiment"), notices)
    if code != DONE:
        raise SystemExit(code)
