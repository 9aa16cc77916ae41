"""YAML that is parsed once a test run, however often Hydra reads conf/ for hundreds of commands."""

import types
from copy import deepcopy
from pathlib import Path
from typing import Any

import omegaconf.omegaconf as module

_parse = module.yaml.load
_parsed: dict[str, Any] = {}


def install() -> None:
    """Lets omegaconf remember what a text stands for; a text with mistakes it reads each time."""
    remembering = types.ModuleType("yaml")
    remembering.__dict__.update(vars(module.yaml), load=_load)
    module.yaml = remembering


def _load(source: Any, Loader: Any) -> Any:  # noqa: N803
    if isinstance(source, str):
        return _parse(source, Loader=Loader)
    text = source.read()
    if text not in _parsed:
        source.seek(0)
        _parsed[text] = _parse(source, Loader=Loader)
    return deepcopy(_parsed[text])


def read_ahead(directory: Path) -> None:
    """Parses what lies there."""
    for path in directory.rglob("*.yaml"):
        module.OmegaConf.load(path)
