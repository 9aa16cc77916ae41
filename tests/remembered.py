"""What a test run remembers of conf/, however often Hydra composes it for hundreds of commands.

A YAML text is parsed once, and a choice of files is found and merged once. What stands on a command
line is applied each time, to a copy.
"""

import types
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import hydra
import omegaconf.omegaconf as module
from hydra import initialize_config_dir
from hydra._internal import config_loader_impl
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.defaults_list import DefaultsList, Overrides
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import Override
from hydra.core.singleton import Singleton
from hydra.plugins.config_source import ConfigSource
from hydra.types import RunMode
from omegaconf import DictConfig

from ltsweep.hydra.compose import Composer

CONF = Path(__file__).parents[1] / "conf"
HYDRAS = Path(hydra.__file__).parent / "conf"
OURS = [Path(__file__).parent / folder / "conf" for folder in ("seams", "own")]  # the tests' parts
# where no test writes files
STAY = {*(f"file://{folder}" for folder in (CONF, *OURS)), "pkg://hydra.conf", "structured://"}

_parse = module.yaml.load
_parsed: dict[str, Any] = {}
find_anew = config_loader_impl.create_defaults_list
_found: dict[tuple[object, ...], DefaultsList] = {}
merge_anew = ConfigLoaderImpl._compose_config_from_defaults_list
_merged: dict[tuple[object, ...], DictConfig] = {}
_composers: dict[tuple[str, ...], Composer] = {}


def install() -> None:
    """Lets Hydra and omegaconf remember; a text with mistakes is read each time."""
    remembering = types.ModuleType("yaml")
    remembering.__dict__.update(vars(module.yaml), load=_load)
    module.yaml = remembering
    config_loader_impl.create_defaults_list = _find_once
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


def _find_once(
    repo: Any, config_name: str | None, overrides_list: list[Override], **how: bool
) -> DefaultsList:
    """Which files are chosen depends on the overrides of groups alone."""
    sources = repo.get_sources()
    if not _stay(sources):
        return find_anew(repo, config_name, overrides_list, **how)
    groups = (o.input_line for o in overrides_list if repo.group_exists(o.key_or_group))
    key = (config_name, *how.items(), *(source.full_path() for source in sources), *groups)
    if key not in _found:
        _found[key] = find_anew(repo, config_name, overrides_list, **how)
    values = Overrides(repo, overrides_list).config_overrides
    return replace(_found[key], config_overrides=values)


def _merge_once(self: ConfigLoaderImpl, defaults: Any, repo: Any) -> DictConfig:
    sources = repo.get_sources()
    if not _stay(sources):
        return merge_anew(self, defaults, repo)
    places = tuple(source.full_path() for source in sources)
    chosen = (places, *(tuple(vars(default).values()) for default in defaults))
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
    """Parses all files that may be chosen, and composes what is chosen where nothing is typed."""
    for path in (*CONF.rglob("*.yaml"), *HYDRAS.rglob("*.yaml")):
        module.OmegaConf.load(path)
    before = dict(Singleton._instances)
    with initialize_config_dir(config_dir=str(CONF), version_base="1.3"):
        GlobalHydra.instance().config_loader().load_configuration("config", [], RunMode.RUN)
    Singleton._instances = before  # plugins are looked for anew, wherever a command is typed
