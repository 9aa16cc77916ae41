"""What may come next on a command line: as Hydra says, but for values that a type lists."""

import argparse
import os
from collections.abc import Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.bash_completion import BashCompletion
from hydra.core.config_loader import ConfigLoader
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from ltsweep.hydra.errors import WRONG
from ltsweep.hydra.options import loader_of, read_options


def asks(options: argparse.Namespace) -> bool:
    """Whether a shell asks for completions; installing and uninstalling them is Hydra's affair."""
    return bool(options.shell_completion) and any(
        word.startswith("query=") for word in options.overrides
    )


def completions(config_dir: Path, line: str) -> list[str]:
    """What the last word of `line`, 'python launch.py ...', may become; nothing if that is unclear.

    Options count wherever they stand: those of `--config-dir` are offered too.
    """
    try:
        line = BashCompletion.strip_python_or_app_name(line)
        words = line.split()
        word = words[-1] if words and not line[-1].isspace() else ""
        with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):
            _, options = read_options(words)
        if word and options.overrides[-1:] != [word]:
            return []  # an option's value, which is a file's name: the shell completes it
        before = options.overrides[:-1] if word else options.overrides
        asked = _Asked(loader_of(config_dir, options), options.config_name or "config", before)
        return asked.completions(word)
    except (SystemExit, ValueError, RuntimeError, *WRONG):  # what is wrong, the command says
        return []


@dataclass(frozen=True)
class _Asked:
    """What was typed before the word that is to be completed."""

    loader: ConfigLoader
    config_name: str
    before: Sequence[str]

    def completions(self, word: str) -> list[str]:
        """What this word may become."""
        key, equals, value = word.partition("=")
        is_file = BashCompletion._get_filename(word)[1] is not None
        is_group = self.loader.get_group_options(key, None, self.config_name, [*self.before])
        if not equals or is_file or is_group:
            line = " ".join(["-m", *self.before, word])  # -m: axes may be there already
            return BashCompletion(self.loader)._query(self.config_name, line)
        path = key.lstrip("+").split(".")
        listed = self._listed(path)
        if not listed:
            return BashCompletion._get_matches(self._composed, word)
        return [f"{key}={name}" for name in listed if name.startswith(value)]

    def _listed(self, path: Sequence[str]) -> list[str]:
        config: dict[str, Any] = {}
        if len(path) > 1:  # what a section may have follows from what is chosen for it
            if _is_number(OmegaConf.select(self._composed, ".".join(path))):
                return []
            plain = OmegaConf.to_container(self._composed, resolve=False)
            assert isinstance(plain, dict)
            config = {str(name): part for name, part in plain.items()}
        from ltsweep.config.choices import listed_values  # not above: pydantic takes its time

        return listed_values(path, config)

    @cached_property
    def _composed(self) -> DictConfig:
        return self.loader.load_configuration(self.config_name, [*self.before], RunMode.MULTIRUN)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
