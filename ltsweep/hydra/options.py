"""Hydra's options on a command line, and the loader that finds files as they say."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.utils import create_config_search_path, get_args_parser
from hydra.core.config_loader import ConfigLoader
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.object_type import ObjectType
from hydra.core.utils import setup_globals

from ltsweep.config.followers import FOLLOWERS
from ltsweep.foundations.errors import RequestError


def read_options(
    arguments: Sequence[str],
) -> tuple[argparse.ArgumentParser, argparse.Namespace]:
    """Hydra's parser and what it reads; options may stand before, between and after overrides."""
    parser = get_args_parser()
    options = parser.parse_intermixed_args(list(arguments))
    if options.experimental_rerun is not None:
        parser.error("--experimental-rerun reads a pickle, which ltsweep never does")
    return parser, options


def as_hydra_takes_them(lines: Sequence[str]) -> list[str]:
    """Overrides in which settings of a follower are added where Hydra finds it null."""
    return [f"++{line}" if _is_of_follower(line.partition("=")[0]) else line for line in lines]


def _is_of_follower(key: str) -> bool:
    section, _, setting = key.partition(".")
    return section in FOLLOWERS and bool(setting)


class _Loader(ConfigLoaderImpl):
    """Offers no groups inside the group `experiment`: these are sizes, chosen by size=NAME."""

    def get_group_options(
        self,
        group_name: str,
        results_filter: ObjectType | None = ObjectType.CONFIG,
        config_name: str | None = None,
        overrides: list[str] | None = None,
    ) -> list[str]:
        if group_name == "experiment" and results_filter is ObjectType.GROUP:
            return []
        return super().get_group_options(group_name, results_filter, config_name, overrides)


def loader_of(config_dir: Path, options: argparse.Namespace) -> ConfigLoader:
    """A loader that finds the same files as Hydra with these options."""
    setup_globals()
    path = create_config_search_path(str(options.config_path or config_dir))
    if options.config_dir is not None:
        extra = Path(options.config_dir).absolute()
        if not extra.is_dir():
            raise RequestError([f"--config-dir {options.config_dir} is not a directory"])
        path.prepend("command-line", f"file://{extra}", SearchPathQuery(provider="schema"))
    return _Loader(config_search_path=path)
