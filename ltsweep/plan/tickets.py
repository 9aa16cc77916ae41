"""Tickets from files (`ticket=FILE`): what a plan must know of one, and what does not fit it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ltsweep.config.followers import FOLLOWERS
from ltsweep.config.settings import PointConfig
from ltsweep.foundations.errors import RequestError, listed
from ltsweep.foundations.files import DamagedFile
from ltsweep.models.net import Net
from ltsweep.store.ticket_record import TicketRecord
from ltsweep.store.tickets import read_ticket


@dataclass(frozen=True)
class ExportedTicket:
    """A ticket from a file: kept weights by layer, and the shapes of all that the file holds."""

    path: Path
    record: TicketRecord
    kept: Mapping[str, int]
    shapes: Mapping[str, tuple[int, ...]]

    def count(self, net: Net) -> int:
        """How many of a net's prunable weights it keeps: all of a head that was apart."""
        return sum(self.kept.get(layer.name, layer.total) for layer in net.layers)


def find_ticket(path: Path) -> ExportedTicket:
    """What a plan must know of a ticket. RequestError, in words, where the file is none."""
    place = path.expanduser()
    if place.exists() and not (place.is_file() or place.is_dir()):  # and read without end
        raise RequestError([f"ticket={path} is a device or a pipe, and no file"])
    try:
        found = read_ticket(place)
    except FileNotFoundError:
        raise RequestError([f"ticket={path}: there is no such file"]) from None
    except OSError as error:
        raise RequestError([f"ticket={path} cannot be read: {error.strerror}"]) from None
    except DamagedFile as error:
        raise RequestError(
            [
                f"ticket={path} is no ticket, or not a whole one: write it with "
                "`ltsweep ticket export`, or copy it again"
            ]
        ) from error
    return ExportedTicket(
        path=place,
        record=found.record,
        kept={name: int(part.sum()) for name, part in found.mask.items()},
        shapes={name: tuple(tensor.shape) for name, tensor in found.weights.items()},
    )


def named_targets(config: PointConfig) -> Iterator[str]:
    """A sentence where a target is named beside a ticket from a file, which has no source here."""
    if getattr(config, "ticket", None) is None:
        return
    targets = (*FOLLOWERS, "target_batch_size")
    named = [name for name in targets if getattr(config, name, None) is not None]
    if named:
        yield (
            f"ticket={config.ticket} is trained on what dataset=, optimizer=, schedule= and "
            f"batch_size= say, since nothing else is trained; leave out {listed(named)}"
        )


def misfits(ticket: ExportedTicket, net: Net, model: str, dataset: str) -> Iterator[str]:
    """A sentence where a ticket is none for this net: a ticket does not cross architectures."""
    there, here = dict(ticket.shapes), net.shapes_taken
    for name in net.head if net.apart else ():
        there.pop(name, None)
    differing = [name for name in (here | there) if here.get(name) != there.get(name)]
    if differing and {*differing} <= {*net.head}:
        yield (
            f"transfer.head=source needs as many classes: {differing[0]} is "
            f"{_size(there, differing[0])} in ticket={ticket.path} and {_size(here, differing[0])} "
            f"on {dataset}; transfer.head=fresh draws a head for it"
        )
    elif differing:
        name = differing[0]
        more = f" and {len(differing) - 1} more" if len(differing) > 1 else ""
        yield (
            f"a ticket does not cross architectures: {name} is {_size(there, name)} in "
            f"ticket={ticket.path} and {_size(here, name)} in model={model} on {dataset}{more}; "
            "choose the model that it was made with and, where images have another size, "
            "input=resize with their size as input.size=HEIGHTxWIDTH"
        )
    else:
        yield from _other_layers(ticket, net, model)


def _other_layers(ticket: ExportedTicket, net: Net, model: str) -> Iterator[str]:
    prunable = {layer.name for layer in net.layers} - {*net.head}
    differing = sorted(prunable ^ (ticket.kept.keys() - {*net.head}))
    if differing:
        yield (
            f"ticket={ticket.path} and model={model} do not agree on what is prunable "
            f"({listed(differing)}); set model.prunable as it was when the ticket was made"
        )


def _size(shapes: Mapping[str, tuple[int, ...]], name: str) -> str:
    return "x".join(map(str, shapes[name])) or "1" if name in shapes else "absent"
