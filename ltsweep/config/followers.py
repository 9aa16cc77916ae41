"""Sections of the target that follow those of the source, with settings of their own."""

from collections.abc import Mapping
from typing import Any

# what a section is like until it is chosen: null, or settings that differ
FOLLOWERS = {"target": "dataset", "target_optimizer": "optimizer", "target_schedule": "schedule"}


def filled(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A raw configuration in which each follower with settings of its own has the others too."""
    found = dict(raw)
    for name, followed in FOLLOWERS.items():
        own, source = raw.get(name), raw.get(followed)
        if isinstance(own, Mapping) and "_target_" not in own and isinstance(source, Mapping):
            found[name] = {**source, **own}
    return found
