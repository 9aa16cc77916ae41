"""From Hydra's configuration to the engine: the points of a sweep, run as one selection."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from ltsweep.hydra.compose import Composer
from ltsweep.hydra.conf import SelectionConf
from ltsweep.hydra.leftovers import leftovers
from ltsweep.hydra.selection import Selection
from ltsweep.hydra.shadowed import shadowed
from ltsweep.hydra.sizes import name_of, size_of


def sweep(config: DictConfig, composer: Composer) -> None:
    """Turns the selection of Hydra's configuration into points and hands all to the engine."""
    arguments = OmegaConf.to_container(config.hydra.overrides.task, resolve=False)
    assert isinstance(arguments, list)
    given = composer.parse(arguments)
    conf = SelectionConf.of(config.hydra.sweeper)
    points, notices = Selection.of(conf, given, composer).points(composer)
    notices += [*leftovers(conf, given, composer), *shadowed(conf, given, composer)]
    run_points(points, config, notices)


def run_points(
    points: Sequence[dict[str, Any]], config: DictConfig, notices: Sequence[str] = ()
) -> None:
    """Runs points as one selection, and shows the notices.

    Ends the process, by `SystemExit` through Hydra, unless all is done.
    """
    from ltsweep.cli.actions import DONE, perform  # not above: torch comes with it

    choices, folders = config.hydra.runtime.choices, _folders_of_parts(config)
    code = perform(points, name_of(choices), notices, folders, size_of(choices))
    if code != DONE:
        raise SystemExit(code)


def _folders_of_parts(config: DictConfig) -> list[str]:
    """The folders and packages that were searched beside conf/, in Hydra's words."""
    return [
        f"pkg://{source.path}"
        if source.schema == "pkg"
        else f"file://{Path(source.path).absolute()}"
        for source in config.hydra.runtime.config_sources
        if source.schema in ("file", "pkg") and source.provider not in ("hydra", "main")
    ]
