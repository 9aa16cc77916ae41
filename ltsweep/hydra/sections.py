"""Whether what a sweep selects is written as it must be: params, grids, zip and exclude."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hydra.core.override_parser.types import Override

from ltsweep.config.sentences import show
from ltsweep.foundations.errors import listed, not_a_setting, shortened


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "${" in value


def _is_name(value: Any) -> bool:
    return isinstance(value, str)


def _is_value(value: Any) -> bool:
    return value is not None and not isinstance(value, list | Mapping)


def _are_settings(value: Any) -> bool:
    return _is_text(value) or (isinstance(value, Mapping) and all(map(_is_name, value)))


def _are_axes(value: Any) -> bool:
    return _are_settings(value) and (_is_text(value) or all(map(_is_value, value.values())))


def _are_names(value: Any) -> bool:
    return _is_text(value) or (isinstance(value, list) and all(map(_is_name, value)))


def _list_of(is_one: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: _is_text(value) or (isinstance(value, list) and all(map(is_one, value)))


_WRITTEN: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "params": (_are_axes, "settings and their values, such as {seed:'0,1',levels:'3'}"),
    "grids": (
        _list_of(_are_settings),
        "a list of settings and their values, as in [{seed:'0,1'},{levels:'3'}]",
    ),
    "zip": (_list_of(_are_names), "a list of lists of axes, such as [[model,optimizer.lr]]"),
    "exclude": (
        _list_of(_are_settings),
        "a list of settings that a point must not have together, as in [{method:imp,seed:1}]",
    ),
}


def wrong_section(section: Any) -> Iterator[str]:
    """Sentences about `hydra.sweeper` as a file has it.

    What OmegaConf puts in when it is asked, an interpolation, is not judged; nor are the settings
    of other sweepers.
    """
    if not isinstance(section, Mapping):
        yield f"hydra.sweeper={_shown(section)} must have some of {listed(_WRITTEN)}"
        return
    for name, part in section.items():
        if name in _WRITTEN and not _WRITTEN[name][0](part):
            yield f"hydra.sweeper.{name}={_shown(part)} must be {_WRITTEN[name][1]}"


def wrong_override(override: Override, *, is_ours: bool) -> Iterator[str]:
    """Sentences about an override of `hydra.sweeper`; `is_ours`: no other sweeper is chosen."""
    parent, _, name = override.key_or_group.rpartition(".")
    if override.key_or_group == "hydra.sweeper":
        yield from wrong_section(override.value())
    elif parent == "hydra.sweeper" and name in _WRITTEN:
        yield from wrong_section({name: override.value()})
    elif parent == "hydra.sweeper" and is_ours and name != "_target_":
        yield not_a_setting(override.key_or_group, parent, _WRITTEN)


def _shown(value: Any) -> str:
    return shortened(show(value))
