"""What does not fit between the two sides of a point: shapes, and numbers of classes."""

from collections.abc import Iterator

from ltsweep.plan.facts import Facts
from ltsweep.plan.sides import Sides


def mismatches(sides: Sides, source: Facts, target: Facts) -> Iterator[str]:
    """A sentence per reason why a state of the source is none for the target's net."""
    names = sides.source.dataset.name, sides.target.dataset.name
    if not sides.source.head_is_fresh and source.classes != target.classes:
        yield (
            f"transfer.head=source needs as many classes: {names[0]} has {source.classes} and "
            f"{names[1]} {target.classes}; transfer.head=fresh draws a head for each"
        )
        return
    there, here = source.net.shapes_taken, target.net.shapes_taken
    differing = [name for name in there if here.get(name) != there[name]]
    if differing:
        name = differing[0]
        way_out = _way_out(source, target, sides.source.input.size == "target")
        sizes = ["x".join(map(str, shapes.get(name, ()))) or "no" for shapes in (there, here)]
        yield (
            f"a ticket keeps its shapes: {name} of model={sides.source.model.name} is {sizes[0]} "
            f"on {names[0]} and {sizes[1]} on {names[1]}; choose {way_out}"
        )


def _way_out(source: Facts, target: Facts, is_as_target: bool) -> str:
    """What makes the shapes equal, by what of the images differs, and which of them are wanted."""
    (there, *size), (here, *other_size) = source.net.input_shape, target.net.input_shape
    wanted = here if is_as_target else there
    channels = f"input.channels={'luma' if wanted == 1 else 'repeat'}" if there != here else ""
    if size == other_size:
        return channels or "a model that the number of classes changes in its head alone"
    if channels:
        return f"input=resize or input=pad, with {channels}"
    return "input=resize, input=pad, or a model that ends in global average pooling"
