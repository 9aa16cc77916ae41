"""Makes a model for the images of a dataset, and tries a user's own out before any job starts."""

from functools import partial
from typing import NamedTuple

import torch

from ltsweep.config.settings import Dataset, Model
from ltsweep.data.dataset import RawImages
from ltsweep.data.split import classes_of
from ltsweep.foundations.contracts import place
from ltsweep.foundations.errors import RequestError
from ltsweep.models import probe
from ltsweep.models.net import Net
from ltsweep.spec import Normalise


class Architecture(NamedTuple):
    """A model for some images; of a user's own, what is prunable of it in words.

    `has_own_parts` says that it has more than plain layers (`TrainSpec.net`).
    """

    net: Net
    has_own_parts: bool
    description: str | None


def architecture(
    model: Model, dataset: Dataset, raw: RawImages, normalise: Normalise | None
) -> Architecture:
    """RequestError where the model does not suit the images, or breaks its contract.

    A user's own is not tried without constants: the settings of the dataset do not fit its images.
    """
    call, shape = model.bind(), raw.train_images.shape[1:]
    classes = raw.classes if normalise is None else classes_of(raw, dataset.split)
    is_own = call.source is not None
    where = place(call.target) if is_own else ""
    faults: list[str] = []
    try:
        net = Net.of(partial(call, shape, classes), shape, model.prunable, is_own=is_own)
        if is_own and normalise is not None:
            faults += probe.faults(net, _two_images(normalise, raw), classes)
    except (Exception, SystemExit) as error:  # to make and to call it runs a user's module
        expected = isinstance(error, ValueError | RuntimeError)
        expected = expected or (isinstance(error, TypeError) and not is_own)  # sizes beyond torch
        if not is_own and not expected:
            raise
        where = place(call.target, error) if is_own else ""
        first, *_ = str(error).splitlines() or [""]
        faults.append(first if expected else f"{type(error).__name__}: {first}")
    if faults:
        who = f"model={model.name}" + (f", {call.target}{where}," if is_own else "")
        image = "x".join(map(str, shape))
        raise RequestError(f"{who} does not suit {dataset.name} ({image}): {f}" for f in faults)
    described = f"model={model.name} ({call.target}) on {dataset.name}: {net.described()}"
    return Architecture(net, is_own and not probe.is_plain(net), described if is_own else None)


def _two_images(how: Normalise, raw: RawImages) -> torch.Tensor:
    """The first two of the training set as nets see them: float32 (2, C, H, W)."""
    mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (how.mean, how.std))
    return (torch.from_numpy(raw.train_images[:2]).float() / how.white - mean) / std
