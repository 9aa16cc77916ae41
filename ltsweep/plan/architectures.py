"""Makes a model for the images of a dataset, and tries a user's own out before any job starts."""

from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from ltsweep.config.components import Model
from ltsweep.data_spec import Normalise
from ltsweep.foundations.contracts import place
from ltsweep.foundations.errors import RequestError
from ltsweep.models import probe
from ltsweep.models.least import TooSmall
from ltsweep.models.net import Net, TooLarge

_OTHER_SIZES = "; where it needs images of one size, choose input=resize or input=pad"


class Architecture(NamedTuple):
    """A model for some images; of a user's own, what is prunable of it in words.

    `has_own_parts` says that it has more than plain layers (`TrainSpec.net`).
    """

    net: Net
    has_own_parts: bool
    description: str | None


def architecture(
    model: Model, dataset: str, images: np.ndarray, classes: int, normalise: Normalise | None
) -> Architecture:
    """A model for a dataset of this name, two of whose `images` are given: uint8 (2, C, H, W).

    RequestError where the model does not suit them, breaks its contract, or is too large. A
    user's own is not tried without constants: the settings of the dataset do not fit its images.
    """
    call, shape = model.bind(), images.shape[1:]
    is_own = call.source is not None
    where = place(call.target) if is_own else ""
    faults: list[str] = []
    try:
        net = Net.of(partial(call, shape, classes), shape, model.prunable, is_own=is_own)
        if is_own and normalise is not None:
            faults += probe.faults(net, _as_seen(normalise, images), classes)
    except (Exception, SystemExit) as error:  # to make and to call it runs a user's module
        large = error if isinstance(error, TooLarge) else TooLarge.of(error)
        if large is not None:
            raise RequestError([f"model={model.name} is too large: {large}"]) from error
        expected = isinstance(error, ValueError | RuntimeError)
        expected = expected or (isinstance(error, TypeError) and not is_own)  # sizes beyond torch
        if not is_own and not expected:
            raise
        where = place(call.target, error) if is_own else ""
        first, *_ = str(error).splitlines() or [""]
        way_out = _OTHER_SIZES if is_own and isinstance(error, RuntimeError) else ""
        if isinstance(error, TooSmall):
            way_out = f"; choose input=resize with input.size={error.least}x{error.least} or larger"
        faults.append(f"{first}{way_out}" if expected else f"{type(error).__name__}: {first}")
    if faults:
        who = f"model={model.name}" + (f", {call.target}{where}," if is_own else "")
        image = "x".join(map(str, shape))
        raise RequestError(f"{who} does not suit {dataset} ({image}): {f}" for f in faults)
    described = f"model={model.name} ({call.target}) on {dataset}: {net.described()}"
    return Architecture(net, is_own and not probe.is_plain(net), described if is_own else None)


def _as_seen(how: Normalise, images: np.ndarray) -> torch.Tensor:
    """Images as nets see them: float32 (N, C, H, W)."""
    mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (how.mean, how.std))
    return (torch.from_numpy(images).float() / how.white - mean) / std
