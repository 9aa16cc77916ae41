"""Which methods can do without a source: what a ticket from a file (`ticket=FILE`) gives them."""

from collections.abc import Iterable, Iterator

from ltsweep.config.settings import Method, PointConfig
from ltsweep.foundations.errors import listed
from ltsweep.methods.ladders import asks_for_ladder
from ltsweep.methods.rule_inputs import not_in_a_file
from ltsweep.methods.scene import Kind
from ltsweep.steer.parts import Group, folders_of


def refused_methods(points: Iterable[PointConfig]) -> Iterator[str]:
    """A sentence for each method that asks for more than its ticket's file holds."""
    asked = [
        (point.ticket, point.method)
        for point in points
        if {"ticket", "method"} <= point.model_fields_set and point.ticket is not None
    ]
    for ticket, method in dict.fromkeys(asked):
        if lacking := _lacking(method):
            yield (
                f"method={method.name} asks for {lacking}, which ticket={ticket} does not hold; "
                f"choose {listed(_that_work(), 'or')}"
            )


def _lacking(method: Method) -> str:
    """What a method asks for that no file of a ticket holds, in words; nothing for most."""
    named: dict[Kind, str | None]
    named = {"mask": method.mask, "weights": method.weights, "dynamics": method.dynamics}
    rules = {kind: method.bound(name) for kind, name in named.items() if name is not None}
    if method.ladder is not None and "mask" in rules and asks_for_ladder(rules["mask"]):
        return "a ladder of its own"
    names = [name for kind, rule in rules.items() for name in not_in_a_file(kind, rule)]
    return listed(dict.fromkeys(names))


def _that_work() -> list[str]:
    choices = Group.of("method", folders_of([])).choices
    return [c.name for c in choices if not _lacking(Method.model_validate(c.settings))]
