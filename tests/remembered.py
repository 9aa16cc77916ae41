"""What a test run remembers of conf/, however often Hydra composes it for hundreds of commands.

A YAML text is parsed once, and a choice of files is merged once. What stands on a command line is
applied each time, to a copy.
"""

import types
from collections.abc import Iterable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import hydra
import omegaconf.omegaconf as module
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.config_loader import ConfigLoader
from hydra.plugins.config_source import ConfigSource
from omegaconf import DictConfig

from ltsweep.hydra.compose import Composer

CONF = Path(__file__).parents[1] / "conf"
HYDRAS = Path(hydra.__file__).parent / "conf"
STAY = {f"file://{CONF}", "pkg://hydra.conf", "structured://"}  # where no test writes files

_parse = module.yaml.load
_parsed: dict[str, Any] = {}
merge_anew = ConfigLoaderImpl._compose_config_from_defaults_list
_merged: dict[tuple[object, ...], DictConfig] = {}
_composers: dict[tuple[str, ...], Composer] = {}


def install() -> None:
    """Lets Hydra and omegaconf remember; a text with mistakes is read each time."""
    remembering = types.ModuleType("yaml")
    remembering.__dict__.update(vars(module.yaml), load=_load)
    module.yaml = remembering
    ConfigLoaderImpl._compose_config_from_defaults_list = _merge_once


def _load(source: Any, Loader: Any) -> Any:  # noqa: N803
    if isinstance(source, str):
        return _parse(source, Loader=Loader)
    text = source.read()
    if text not in _parsed:
        source.seek(0)
        _parsed[text] = _parse(source, Loader=Loader)
    return deepcopy(_parsed[text])


def _stay(sources: Iterable[ConfigSource]) -> bool:
    return {source.full_path() for source in sources} <= STAY


def _merge_once(self: ConfigLoaderImpl, defaults: Any, repo: Any) -> DictConfig:
    if not _stay(repo.get_sources()):
        return merge_anew(self, defaults, repo)
    chosen = tuple(tuple(vars(default).values()) for default in defaults)
    if chosen not in _merged:
        _merged[chosen] = merge_anew(self, defaults, repo)
    return deepcopy(_merged[chosen])


def composer(loader: ConfigLoader, config_name: str, hydra_lines: Sequence[str] = ()) -> Composer:
    """One for all command lines that choose from the same files, instead of one for each."""
    key = (config_name, *hydra_lines)
    if not _stay(loader.get_sources()) or "hydra.searchpath" in " ".join(key):
        return Composer(loader, config_name, hydra_lines)
    return _composers.setdefault(key, Composer(loader, config_name, hydra_lines))


def read_ahead() -> None:
    """Parses all files that may be chosen."""
    for path in (*CONF.rglob("*.yaml"), *HYDRAS.rglob("*.yaml")):
        module.OmegaConf.load(path)
