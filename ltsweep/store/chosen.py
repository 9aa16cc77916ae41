"""Which configurations have the settings that an experiment names: `{method: imp, init.scale: 2}`.

A group stands for its name: `method` for `method.name`. A section of the target, or of the
controls, that is not there follows another one, and has its settings.
"""

from collections.abc import Mapping
from typing import Any

RESCALE = "init.rescale"
_NEUTRAL = (None, "none")
FOLLOWED = {
    "target": "dataset",
    "target_optimizer": "optimizer",
    "target_schedule": "schedule",
    "target_batch_size": "batch_size",
    "control_init": "init",
}


def value_of(config: Mapping[str, Any], name: str) -> Any:
    """The value of a setting, of a group its name; KeyError where the configuration has none."""
    head, *rest = name.split(".")
    value = config[head]
    if value is None and head in FOLLOWED:
        value = config[FOLLOWED[head]]
    for part in rest:
        if not isinstance(value, Mapping):
            raise KeyError(name)
        value = value[part]
    return value["name"] if isinstance(value, Mapping) and "name" in value else value


def is_setting(config: Mapping[str, Any], name: str) -> bool:
    """Whether a configuration has a value by this name; a group that has no name is none."""
    try:
        return not isinstance(value_of(config, name), Mapping)
    except KeyError:
        return False


def has_value(config: Mapping[str, Any], name: str, wanted: Any) -> bool:
    """Whether a setting has this value. A section that follows another one is null, too.

    So is a setting that a section does not have: a record leaves out what is at its neutral value.
    """
    head, *rest = name.split(".")
    if wanted is None and not rest and head in config and config[head] is None:
        return True
    try:
        value = value_of(config, name)
    except KeyError:
        return bool(rest) and head in config and wanted in _NEUTRAL
    return not isinstance(value, Mapping) and are_equal(value, wanted)


def are_equal(one: Any, other: Any) -> bool:
    """Whether two values of settings are one: 1 and 1.0 are, 1 and true are not; lists by items."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(are_equal, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
