"""What a test run remembers of conf/, however often Hydra composes it for hundreds of commands.

A YAML text is parsed once, a file is read once, and a choice of files is found and merged once: as
plain dictionaries, since most of Hydra's time goes into the nodes of omegaconf. What stands on a
command line is applied each time, to a copy.
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
from hydra._internal import config_loader_impl, defaults_list
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import CachingConfigRepository, ConfigRepository
from hydra._internal.defaults_list import DefaultsList, Overrides
from hydra.core.config_loader import ConfigLoader
from hydra.core.default_element import InputDefault, ResultDefault
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import Override
from hydra.core.singleton import Singleton
from hydra.plugins.config_source import ConfigResult, ConfigSource
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.omegaconf import flag_override

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
map_anew = defaults_list._create_interpolation_map
load_anew = ConfigRepository.load_config
_loaded: dict[tuple[object, ...], ConfigResult | None] = {}
merge_anew = ConfigLoaderImpl._compose_config_from_defaults_list
_merged: dict[tuple[object, ...], DictConfig] = {}
_typed: dict[tuple[object, ...], DictConfig] = {}
_composers: dict[tuple[str, ...], Composer] = {}


def install() -> None:
    """Lets Hydra and omegaconf remember; a text with mistakes is read each time."""
    remembering = types.ModuleType("yaml")
    remembering.__dict__.update(vars(module.yaml), load=_load)
    module.yaml = remembering
    config_loader_impl.create_defaults_list = _find_once
    defaults_list._create_interpolation_map = _map_if_needed
    ConfigRepository.load_config = _load_file_once
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


def _map_if_needed(
    overrides: Overrides, defaults: list[InputDefault], self_added: bool
) -> DictConfig:
    """What interpolations in a list of defaults may name; few lists have any."""
    if any(default.is_interpolation() for default in defaults):
        return map_anew(overrides, defaults, self_added)
    return OmegaConf.create()


def _load_file_once(self: ConfigRepository, config_path: str) -> ConfigResult | None:
    """What a file says. Nobody may change it."""
    if not _stay(self.sources):
        return load_anew(self, config_path)
    key = (*(source.full_path() for source in self.sources), config_path)
    if key not in _loaded:
        _loaded[key] = load_anew(self, config_path)
    return _loaded[key]


class _Anew(CachingConfigRepository):
    """Files as they are read for those who change what they are given."""

    def load_config(self, config_path: str) -> ConfigResult | None:
        if config_path not in self.cache:
            self.cache[config_path] = load_anew(self.delegate, config_path)
        return self.cache[config_path]


def _merge_once(self: ConfigLoaderImpl, defaults: Sequence[ResultDefault], repo: Any) -> DictConfig:
    sources = repo.get_sources()
    if not _stay(sources):
        return merge_anew(self, defaults, _Anew(repo.delegate))
    places = tuple(source.full_path() for source in sources)
    chosen = (places, *(tuple(vars(default).values()) for default in defaults))
    if chosen not in _merged:
        _merged[chosen] = _merge(self, defaults, repo, chosen)
    return deepcopy(_merged[chosen])


def _merge(
    self: ConfigLoaderImpl, defaults: Sequence[ResultDefault], repo: Any, chosen: tuple[Any, ...]
) -> DictConfig:
    """Hydra merges what has types, its own part; what comes behind that is plain."""
    plain = [_plain(default, repo) for default in defaults]
    first = max((n for n, config in enumerate(plain, start=1) if config is None), default=0)
    if chosen[: first + 1] not in _typed:
        _typed[chosen[: first + 1]] = merge_anew(self, defaults[:first], _Anew(repo.delegate))
    rest: dict[str, Any] = {}
    for config in plain[first:]:
        _put(rest, config)
    merged = deepcopy(_typed[chosen[: first + 1]])
    with flag_override(merged, "no_deepcopy_set_nodes", True):
        merged.merge_with(OmegaConf.create(rest))
    return merged


def _plain(default: ResultDefault, repo: Any) -> dict[str, Any] | None:
    """What a file says, in its place; None where a type stands behind it."""
    loaded = repo.load_config(default.config_path)
    if loaded.path.startswith("structured:") or repo.get_schema_source().is_config(
        default.config_path
    ):
        return None
    config = OmegaConf.to_container(loaded.config, resolve=False)
    package = loaded.header["package"] if default.package is None else default.package
    for name in reversed(package.split(".") if package else []):
        config = {name: config}
    return config


def _put(config: dict[str, Any], other: dict[str, Any]) -> None:
    """Puts another configuration over the first, as omegaconf merges them."""
    for name, value in other.items():
        if isinstance(value, dict) and isinstance(config.get(name), dict):
            _put(config[name], value)
        elif value != "???" or name not in config:
            config[name] = deepcopy(value)


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
