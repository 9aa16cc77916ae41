"""Hydra's options on a command line, and the loader that finds files as they say."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import CachingConfigRepository
from hydra._internal.utils import create_config_search_path, get_args_parser
from hydra.core.config_loader import ConfigLoader
from hydra.core.config_search_path import ConfigSearchPath, SearchPathQuery
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
    if options.shell_completion and not any(map(_COMPLETION.fullmatch, options.overrides)):
        parser.error("--shell-completion wants install= or uninstall= and bash, fish or zsh")
    return parser, options


def as_hydra_takes_them(lines: Sequence[str]) -> list[str]:
    """Overrides that are added where Hydra would not find what they set.

    These are settings of a follower, which may be null, and those in braces, which may be the first
    of their section. The check looks at their names, or typing does.
    """
    return [f"++{line}" if _is_added(*line.partition("=")[::2]) else line for line in lines]


def _is_added(key: str, value: str) -> bool:
    section, _, setting = key.partition(".")
    in_braces = value.startswith("{") and not key.startswith(("+", "~"))
    return in_braces or (section in FOLLOWERS and bool(setting))


_COMPLETION = re.compile("(query=.*)|(un)?install=(bash|fish|zsh)", re.DOTALL)


class _Loader(ConfigLoaderImpl):
    """Offers no groups inside the group `experiment`: these are sizes, chosen by size=NAME.

    Hydra reads its search path anew for each group; here that is done once.
    """

    def __init__(self, config_search_path: ConfigSearchPath) -> None:
        super().__init__(config_search_path)
        self._offering: dict[tuple[str | None, ...], CachingConfigRepository] = {}

    def get_group_options(
        self,
        group_name: str,
        results_filter: ObjectType | None = ObjectType.CONFIG,
        config_name: str | None = None,
        overrides: list[str] | None = None,
    ) -> list[str]:
        if group_name == "experiment" and results_filter is ObjectType.GROUP:
            return []
        lines = overrides or []
        if (config_name, *lines) not in self._offering:
            _, offering = self._parse_overrides_and_create_caching_repo(config_name, lines)
            self._offering[config_name, *lines] = offering
        return self._offering[config_name, *lines].get_group_options(group_name, results_filter)


def loader_of(config_dir: Path, options: argparse.Namespace) -> ConfigLoader:
    """A loader that finds the same files as Hydra with these options."""
    setup_globals()
    path = create_config_search_path(str(options.config_path or config_dir))
    if options.config_dir is not None:
        extra = Path(options.config_dir).absolute()
        if not (options.config_dir and extra.is_dir()):
            raise RequestError([f"--config-dir {options.config_dir} is not a directory"])
        path.prepend("command-line", f"file://{extra}", SearchPathQuery(provider="schema"))
    return _Loader(config_search_path=path)
