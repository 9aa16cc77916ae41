"""What does not fit between the two sides of a point: shapes, and numbers of classes."""

from collections.abc import Iterator

from ltsweep.plan.facts import Facts
from ltsweep.plan.sides import Sides
from ltsweep.store.labels import labels


def mismatches(sides: Sides, source: Facts, target: Facts) -> Iterator[str]:
    """A sentence per reason why a state of the source is none for the target's net."""
    if not sides.source.head_is_fresh and source.classes != target.classes:
        names = _names(sides)
        yield (
            f"transfer.head=source needs as many classes: {names[0]} has {source.classes} and "
            f"{names[1]} {target.classes}; transfer.head=fresh draws a head for each"
        )
        return
    there, here = source.net.shapes_taken, target.net.shapes_taken
    differing = [name for name in there if here.get(name) != there[name]]
    if differing:
        names = _names(sides)
        name = differing[0]
        counts = source.net.input_shape[0], target.net.input_shape[0]
        of_channels = all(_differ_by(counts, there[n], here.get(n, ())) for n in differing)
        ways = _ways_out(source, target, sides.source.input.size == "target", of_channels)
        sizes = ["x".join(map(str, shapes.get(name, ()))) or "no" for shapes in (there, here)]
        yield (
            f"a ticket keeps its shapes: {name} of model={sides.source.model.name} is {sizes[0]} "
            f"on {names[0]} and {sizes[1]} on {names[1]}; choose {_either(ways)}"
        )


def _names(sides: Sides) -> list[str]:
    """What both data are called; subsets of one dataset are told apart."""
    return labels([side.dataset.model_dump(mode="json", by_alias=True) for side in sides])


def _differ_by(pair: tuple[int, int], there: tuple[int, ...], here: tuple[int, ...]) -> bool:
    """Whether two shapes are equal but for this pair of sizes."""
    is_alike = len(there) == len(here)
    return is_alike and all(s == o or (s, o) == pair for s, o in zip(there, here, strict=True))


def _ways_out(source: Facts, target: Facts, is_as_target: bool, of_channels: bool) -> list[str]:
    """What makes the shapes equal: words of the command line that are not refused in their turn.

    `of_channels` says that the net takes images of any size, and only their channels differ.
    """
    (there, *size), (here, *other_size) = source.net.input_shape, target.net.input_shape
    to_source, to_target = _for_channels(there, here, there), _for_channels(there, here, here)
    if size == other_size or of_channels:
        channels = to_target if is_as_target else to_source
        return [channels or "a model that the number of classes changes in its head alone"]
    ways = [f"input=resize {to_source}"]
    if all(o <= s for s, o in zip(size, other_size, strict=True)):
        ways.append(f"input=pad {to_source}")
    if all(o >= s for s, o in zip(size, other_size, strict=True)):
        ways.append(f"input=pad input.size=target {to_target}")
    if there == here:
        ways.append("a model that ends in global average pooling")
    return [way.strip() for way in ways]


def _for_channels(there: int, here: int, wanted: int) -> str:
    """What brings the images of one side to as many channels as are wanted."""
    return "" if there == here else f"input.channels={'luma' if wanted == 1 else 'repeat'}"


def _either(ways: list[str]) -> str:
    *first, last = ways
    return f"{', '.join(first)}, or {last}" if first else last
