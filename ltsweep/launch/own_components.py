"""The components outside ltsweep that a launch runs: which files, by which digests."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from ltsweep.foundations.components import Call
from ltsweep.foundations.own_code import sources_of
from ltsweep.plan.stage import PlannedStage


def own_components(stages: Iterable[PlannedStage]) -> list[str]:
    """A line for each component of these stages that is not ltsweep's: its file, and its digest."""
    seen: set[int] = set()  # stages share what says how they train
    calls = {call.target: call for stage in stages for call in _calls(stage, seen) if call.source}
    return [_line(call) for _, call in sorted(calls.items())]


def _line(call: Call) -> str:
    found = [source for source in sources_of(call.target) if source.digest == call.source]
    where = str(found[0]) if found else f"a file of SHA-256 {call.source}"
    return f"{call.target} in {where}"


def _calls(part: Any, seen: set[int]) -> Iterator[Call]:
    if id(part) in seen:
        return
    if isinstance(part, Call):
        yield part
    elif isinstance(part, BaseModel):
        seen.add(id(part))
        for _, value in part:
            yield from _calls(value, seen)
    elif isinstance(part, Mapping | tuple):
        for value in part.values() if isinstance(part, Mapping) else part:
            yield from _calls(value, seen)
