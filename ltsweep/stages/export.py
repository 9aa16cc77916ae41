"""Tickets as files that need no store."""

from pathlib import Path

from pydantic import ValidationError

from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.tensor_files import Tensors, load_tensors
from ltsweep.part_spec import Exported, Input
from ltsweep.pruning.mask import unpack_like
from ltsweep.spec import StageSpec
from ltsweep.stages.inputs import path_of
from ltsweep.store.point_record import PointRecord
from ltsweep.store.store import Store
from ltsweep.store.tickets import kept_ticket, write_ticket
from ltsweep.views.ticket_data import Ancestry


def export_ticket(store: Store, point: PointRecord, level: int, to: Path) -> None:
    """Writes mask and weights at the reset step of a curve's ticket into one file.

    The file holds `mask/<parameter>` (bool) and `weights/<name>` (all parameters and buffers before
    masking) and, as metadata, the curve, its level and its whole configuration, the step that the
    weights are of, and the data that were read to make the ticket. RequestError where the level has
    no ticket, or its weights are no state of another stage as it was.
    """
    curve = f"curve {point.id} (method {point.method}, seed {point.seed})"
    directory = store.stage(point.stages[level])
    raw = directory.spec()
    if raw is None or not directory.is_done():
        raise RequestError([f"level {level} of {curve} is not finished"])
    try:
        spec = StageSpec.model_validate(raw)
    except ValidationError as error:
        sentence = (
            f"{curve} was made by another version of ltsweep, whose tickets this one can't read"
        )
        raise RequestError([sentence]) from error
    rule, parts = spec.weights, list(spec.weights.given.values())
    states = [
        part
        for part in parts
        if isinstance(part, Exported) or (isinstance(part, Input) and part.what == "state")
    ]
    if not states:
        raise RequestError([f"{curve} has no tickets: it starts from freshly drawn weights"])
    if len(parts) > 1:
        made = f"its weights are made by {rule.rule.target} of several states"
        raise RequestError([f"{curve} has no tickets: {made}"])
    if spec.rescale is not None:
        made = f"its weights are those of another stage, rescaled by {spec.rescale.way}"
        raise RequestError([f"{curve} has no tickets: {made}"])
    try:
        weights = _weights(store, states[0])
    except FileNotFoundError as error:
        raise RequestError([f"what {curve} starts from is gone: {error}"]) from error
    packed, _ = load_tensors(directory.ticket)
    mask = {name: unpack_like(bits, weights[name]) for name, bits in packed.items()}
    saw = Ancestry(store).seen_for(point, level)
    about = {
        "curve": point.id,
        "level": level,
        "seed": point.seed,
        "point": point.stored(),
        "reset": _reset(states[0], point),
        "saw": None if saw is None else [seen.stored() for seen in saw],
    }
    write_ticket(to, mask, weights, about)


def _weights(store: Store, source: Input | Exported) -> Tensors:
    if isinstance(source, Exported):
        return kept_ticket(store, source.ticket).weights
    return load_tensors(path_of(store, source))[0]


def _reset(source: Input | Exported, point: PointRecord) -> str:
    """The step that the weights are of, in the words of the column `reset`."""
    if isinstance(source, Exported):
        return point.columns.reset
    return "end" if source.step is None else f"{source.step}it"
