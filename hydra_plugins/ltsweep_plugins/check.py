"""Checks a command line before Hydra composes it, and tells all mistakes at once, in words."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra import initialize_config_dir
from hydra._internal.utils import get_args_parser
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from hydra_plugins.ltsweep_plugins.launcher import Finished


def check_command_line(config_dir: Path, arguments: Sequence[str]) -> None:
    """Ends the process with 2 and one sentence per mistake; returns if there is none.

    Only what would be run is checked: --help, --cfg and completion are left to Hydra.
    """
    arguments_ = get_args_parser().parse_args(list(arguments))
    if arguments_.help or arguments_.cfg or arguments_.shell_completion or arguments_.hydra_help:
        return
    with initialize_config_dir(config_dir=str(config_dir.absolute()), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        problems = find_problems(loader, arguments_.overrides)
    if problems:
        raise Finished.wrong_request(problems)


def find_problems(loader: ConfigLoader, texts: Sequence[str]) -> list[str]:
    """Sentences about overrides that cannot be parsed, unknown names and unknown keys."""
    problems, parsed = [], []
    parser = OverridesParser.create(config_loader=loader)
    for text in texts:
        try:
            override = parser.parse_override(text)
        except HydraException:
            problems.append(f"'{text}' is neither GROUP=NAME nor KEY=VALUE")
            continue
        if text.partition("=")[2].strip() == "" and not override.is_delete():
            problems.append(f"{text} has no value; write null if none is meant")
        elif not override.is_hydra_override():
            parsed.append(override)
    groups = [o for o in parsed if loader.get_group_options(o.key_or_group)]
    for override in groups:
        problems += _unknown_names(loader, override)
    if problems:
        return problems
    known = _compose(loader, [o for o in groups if not o.is_sweep_override()])
    for override in parsed:
        if override not in groups and not override.is_add() and not override.is_force_add():
            problems += _unknown_key(loader, known, override, groups)
    return problems


def _unknown_names(loader: ConfigLoader, override: Override) -> list[str]:
    options = loader.get_group_options(override.key_or_group)
    if override.is_sweep_override():
        names: list[Any] = list(override.sweep_iterator())
    else:
        names = [override.value()]
    if override.key_or_group == "experiment" and len(names) > 1:
        return ["experiment takes one name: each has axes of its own"]
    nullable = override.package is not None or override.key_or_group == "experiment"
    return [
        f"{override.get_key_element()}={name} is unknown; choose {_one_of(options, str(name))}"
        for name in names
        if not (name is None and nullable) and str(name) not in options
    ]


def _compose(loader: ConfigLoader, groups: Sequence[Override]) -> DictConfig:
    lines = [override.input_line or "" for override in groups]
    return loader.load_configuration("config", lines, RunMode.MULTIRUN)


def _unknown_key(
    loader: ConfigLoader, known: DictConfig, override: Override, groups: Sequence[Override]
) -> list[str]:
    """A sentence if the key exists under no choice of the groups on the command line."""
    key = override.key_or_group
    if _has(known, key):
        return []
    section = key.split(".")[0]
    for group in groups:
        names = (group.package or group.key_or_group) == section
        if names and group.is_sweep_override():
            return []  # some choices may have it; composing each of them will tell
    parent, _, last = key.rpartition(".")
    node = OmegaConf.select(known, parent) if parent else known
    if not isinstance(node, DictConfig):
        parent, last, node = "", section, known
    siblings = [str(name) for name in node if name not in ("hydra", "_target_")]
    where = parent or "the configuration"
    return [f"{key} is not a setting; {where} has {_one_of(siblings, last, all_of=True)}"]


def _has(config: DictConfig, key: str) -> bool:
    node: Any = config
    for part in key.split("."):
        if not isinstance(node, DictConfig) or part not in node:
            return False
        node = node._get_node(part) if node._is_none() is False else None
    return True


def _one_of(options: Sequence[str], wrong: str, *, all_of: bool = False) -> str:
    near = difflib.get_close_matches(wrong, options, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    listed = ", ".join(sorted(options))
    return f"{listed}{hint}" if all_of else f"one of {listed}{hint}"
