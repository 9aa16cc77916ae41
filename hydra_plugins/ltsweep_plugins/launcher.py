"""The launcher: hands the points of any sweeper to ltsweep's engine, which plans them as one."""

import sys
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


class Finished(SystemExit):
    """The end of a sweep with ltsweep's own exit code, told apart from Hydra's exit 1."""

    @classmethod
    def wrong_request(cls, problems: Sequence[str]) -> "Finished":
        """Prints the problems and ends with 2."""
        for problem in problems:
            print(f"ltsweep: {problem}", file=sys.stderr)
        return cls(2)


class LtsweepLauncher(Launcher):
    """Runs the points of a sweeper other than ltsweep's own."""

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Keeps what Hydra gives."""
        self.config = config
        self.config_loader = hydra_context.config_loader

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Plans and runs one batch of points; ends the process if a stage failed."""
        from hydra_plugins.ltsweep_plugins.sweeper import plain

        composed = [
            self.config_loader.load_sweep_config(self.config, list(overrides))
            for overrides in job_overrides
        ]
        code = run_points([plain(config) for config in composed], self.config)
        if code != 0:
            raise Finished(code)
        returns = []
        for number, (config, overrides) in enumerate(zip(composed, job_overrides, strict=True)):
            result = JobReturn(overrides=list(overrides), cfg=config, status=JobStatus.COMPLETED)
            result.task_name = f"point {initial_job_idx + number}"
            result.return_value = None
            returns.append(result)
        return returns


def run_points(points: Sequence[dict[str, Any]], config: DictConfig) -> int:
    """Runs points that share their run settings; the exit code."""
    from ltsweep.entry import perform
    from ltsweep.request import split_config

    parts = [split_config(point) for point in points]
    runs = [run for _, run in parts]
    for run in runs[1:]:
        differing = [key for key in run if run[key] != runs[0][key]]
        if differing:
            raise Finished.wrong_request(
                [f"{', '.join(differing)} cannot be an axis: it says how the sweep is run"]
            )
    experiment = config.hydra.runtime.choices.get("experiment")
    return perform([point for point, _ in parts], runs[0], experiment)
