"""What is wrong with Hydra's own part of a configuration, `hydra`, in words."""

from collections.abc import Iterator

from hydra._internal.utils import _locate
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig

from ltsweep.config.sentences import show

LAUNCHER = "hydra_plugins.ltsweep_plugins.launcher.LtsweepLauncher"
_PLUGINS = ("hydra_plugins.", "hydra._internal.")  # Hydra takes sweepers from nowhere else


def wrong_hydra(hydra: DictConfig) -> Iterator[str]:
    """A sentence per setting of Hydra's that ltsweep does not run with, or Hydra could not read."""
    sweeper = hydra.get("sweeper")
    target = sweeper.get("_target_") if isinstance(sweeper, DictConfig) else None
    if not str(target).startswith(_PLUGINS):
        given = sweeper if target is None else target
        setting = "hydra.sweeper" if target is None else "hydra.sweeper._target_"
        yield f"{setting}={show(given)} is no sweeper; choose one by its name as hydra/sweeper=NAME"
    launcher = hydra.get("launcher")
    if not isinstance(launcher, DictConfig) or launcher.get("_target_") != LAUNCHER:
        yield "hydra/launcher must stay ltsweep: where jobs run is chosen by cluster=NAME"
    if hydra.mode != RunMode.MULTIRUN:
        yield "hydra.mode must stay MULTIRUN: all points are planned as one"
    for name, callback in hydra.callbacks.items():
        if not _is_callback(callback):
            yield (
                f"hydra.callbacks.{name} is no callback: its _target_ must name a class derived "
                "from hydra.experimental.callback.Callback"
            )


def _is_callback(section: object) -> bool:
    target = section.get("_target_") if isinstance(section, DictConfig) else None
    try:
        found = _locate(target) if isinstance(target, str) else None
    except (ImportError, HydraException, ValueError):
        return False
    return isinstance(found, type) and issubclass(found, Callback)
