"""Whether code outside ltsweep is still what the stages of a launch were made with."""

import os
import sys
from collections.abc import Collection, Iterator
from typing import Any

from pydantic import ValidationError

from ltsweep.foundations.components import Call, ComponentError, bind
from ltsweep.steer.launches import StoredLaunch


def changed_sources(launch: StoredLaunch, keys: Collection[str] | None = None) -> Iterator[str]:
    """A sentence per component that was edited or is gone; of all stages, or of these.

    Modules are looked for where the launch found them too.
    """
    here = launch.content.get("import_path", "").split(os.pathsep)
    sys.path += [entry for entry in here if entry not in sys.path]
    own = [spec for _, spec in launch.specs(keys)]
    calls = {call.target: call for spec in own for call in _calls(spec) if call.source}
    for target, call in calls.items():
        try:
            now = bind(target, call.params).source
        except (ComponentError, ValidationError) as error:
            yield str(error)
            continue
        if now != call.source:
            yield f"the source of {target} was edited, which makes other stages"


def _calls(part: Any) -> Iterator[Call]:
    if isinstance(part, dict) and {"target", "params", "source"} <= part.keys():
        yield Call.model_validate(part)
    elif isinstance(part, dict):
        for value in part.values():
            yield from _calls(value)
