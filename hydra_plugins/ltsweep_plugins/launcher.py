"""The launcher: hands the points of any sweeper to ltsweep's engine, which plans them together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

BASIC_SWEEPER = "hydra._internal.core_plugins.basic_sweeper.BasicSweeper"


@dataclass
class LtsweepLauncherConf:
    """Configuration of the launcher. It has no settings: ltsweep's own settings say everything."""

    _target_: str = "hydra_plugins.ltsweep_plugins.launcher.LtsweepLauncher"


ConfigStore.instance().store(
    group="hydra/launcher", name="ltsweep", node=LtsweepLauncherConf, provider="ltsweep"
)


class LtsweepLauncher(Launcher):
    """Runs the points of a sweeper other than ltsweep's own."""

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Keeps what Hydra gives. The engine does the work, so the task function is not called."""
        self.config = config
        self.config_loader = hydra_context.config_loader

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Plans and runs one batch of points. Ends the process if a stage failed.

        A sweeper that asks for results gets each point's validation accuracy at its deepest level,
        to be maximised. RequestError if the settings would not wait for these results, or if there
        would be none.
        """
        from ltsweep.cli.actions import deepest_accuracies
        from ltsweep.foundations.errors import RequestError
        from ltsweep.hydra.compose import plain
        from ltsweep.hydra.sweep import run_points

        assert self.config is not None
        asks = self.config.hydra.sweeper._target_ != BASIC_SWEEPER
        composed = [
            self.config_loader.load_sweep_config(self.config, list(overrides))
            for overrides in job_overrides
        ]
        points = [plain(config) for config in composed]
        if asks and (problems := list(_without_results(self.config, points))):
            raise RequestError(problems)
        run_points(points, self.config)
        results = deepest_accuracies(points) if asks else [None] * len(points)
        returns = []
        for number, (config, overrides) in enumerate(zip(composed, job_overrides, strict=True)):
            result = JobReturn(overrides=list(overrides), cfg=config, status=JobStatus.COMPLETED)
            result.task_name = f"point {initial_job_idx + number}"
            result.return_value = results[number]
            returns.append(result)
        return returns


def _without_results(config: DictConfig, points: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A sentence per setting that keeps results from a sweeper that asks for them."""
    name = config.hydra.runtime.choices["hydra/sweeper"]
    if not (config.wait is True and config.action == "submit"):
        yield (
            f"hydra/sweeper={name} chooses points by the results of earlier ones, so it needs "
            "wait=true and action=submit; hydra/sweeper=ltsweep needs neither"
        )
    if any(point["dataset"].get("validation") == 0 for point in points):
        yield (
            f"hydra/sweeper={name} chooses points by their validation accuracies, so it needs "
            "dataset.validation=1 or more; hydra/sweeper=ltsweep does without"
        )
