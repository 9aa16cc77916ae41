"""Whether code outside ltsweep is still what the stages of a launch were made with."""

import hashlib
import json
import os
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ltsweep.foundations.components import Call, ComponentError, bind
from ltsweep.foundations.source_files import defining_file
from ltsweep.spec import key_of
from ltsweep.steer.launches import StoredLaunch


def changed_sources(launch: StoredLaunch, keys: Collection[str] | None = None) -> Iterator[str]:
    """A sentence per component that was edited or is gone; of all stages, or of these.

    Modules are looked for where the launch found them too. They are read and never imported, so
    that looking at a store runs nothing of what it names.
    """
    places = [*sys.path, *_import_path(launch)]
    calls = _components(launch, keys)
    sources = {c.target: c.source for c in calls if not c.target.startswith("ltsweep.")}
    for target, source in sources.items():
        path = defining_file(target, places)
        if path is None:
            yield f"nothing on PYTHONPATH or where the launch was begun defines {target}"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != source:
            yield f"the source of {target} was edited, which makes other stages"


def unusable_components(launch: StoredLaunch) -> Iterator[str]:
    """A sentence per component that does not take today what the launch gives it.

    It imports the components, so sources that have changed are told before.
    """
    sys.path += [entry for entry in _import_path(launch) if entry not in sys.path]
    for call in _components(launch):
        try:
            now = bind(call.target, call.params)
        except (ComponentError, ValidationError) as error:
            yield " ".join(str(error).split())
            continue
        if now.source != call.source:
            yield f"the source of {call.target} was edited, which makes other stages"


def _import_path(launch: StoredLaunch) -> list[str]:
    """Where the launch looked for modules, whatever directory this process was started in."""
    entries = launch.content.get("import_path", "").split(os.pathsep)
    return [entry for entry in entries if Path(entry).is_absolute()]


def _components(launch: StoredLaunch, keys: Collection[str] | None = None) -> list[Call]:
    """Each component with its settings once; of all stages, or of these."""
    stages = launch.content["stages"]
    own = [stage for stage in stages if keys is None or key_of(stage["spec"]) in keys]
    found = {json.dumps(part, sort_keys=True): part for stage in own for part in _calls(stage)}
    return [Call.model_validate(part) for part in found.values()]


def _calls(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict) and {"target", "params", "source"} <= part.keys():
        yield part
    elif isinstance(part, dict | list):
        for value in part.values() if isinstance(part, dict) else part:
            yield from _calls(value)
