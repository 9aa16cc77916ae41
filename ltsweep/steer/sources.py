"""Whether code outside ltsweep is still what the stages of a launch were made with."""

import os
from collections.abc import Collection, Iterator
from typing import Any

from pydantic import ValidationError

from ltsweep.foundations.components import Call, ComponentError, bind
from ltsweep.foundations.own_code import sources_of
from ltsweep.steer.launches import StoredLaunch


def changed_sources(launch: StoredLaunch, keys: Collection[str] | None = None) -> Iterator[str]:
    """A sentence per component that was edited or is gone; of all stages, or of these.

    Modules are looked for where the launch found them too. None is imported.
    """
    own = [spec for _, spec in launch.specs(keys)]
    calls = {call.target: call for spec in own for call in _calls(spec)}
    for target, call in calls.items():
        if target.startswith("ltsweep."):
            continue
        found = sources_of(target, import_path(launch))
        if not found:
            yield f"the file of {target} is not found any more"
        elif call.source not in {source.digest for source in found}:
            yield f"the source of {target} was edited, which makes other stages"


def unusable_components(launch: StoredLaunch) -> Iterator[str]:
    """A sentence per component that is none, or does not take the settings that the launch has.

    It imports the components, so sources that have changed are told before.
    """
    calls = (call for _, spec in launch.specs() for call in _calls(spec))
    for call in {call.model_dump_json(): call for call in calls}.values():
        try:
            bind(call.target, call.params)
        except (ComponentError, ValidationError) as error:
            yield " ".join(str(error).split())


def import_path(launch: StoredLaunch) -> list[str]:
    """Where the launch looked for modules of the user's own, wherever this process was started."""
    folders = launch.content.import_path.split(os.pathsep)
    return [folder for folder in folders if os.path.isabs(folder)]


def _calls(part: Any) -> Iterator[Call]:
    if isinstance(part, dict) and {"target", "params", "source"} <= part.keys():
        try:
            yield Call.model_validate(part)
        except ValidationError:
            return
    elif isinstance(part, dict):
        for value in part.values():
            yield from _calls(value)
