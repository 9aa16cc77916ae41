"""Which shape images are brought to, and what becomes of their dataset's constants."""

import numpy as np

from ltsweep.config.components import Input
from ltsweep.data.dataset import RawImages
from ltsweep.data.reshape import reshaped
from ltsweep.data.sizes import SizeRefused
from ltsweep.data_spec import InputShape
from ltsweep.foundations.contracts import ContractError
from ltsweep.foundations.errors import RequestError

Shape = tuple[int, int, int]


def shape_of(raw: RawImages) -> Shape:
    """The shape (C, H, W) of a dataset's images as published."""
    channels, height, width = raw.train_images.shape[1:]
    return channels, height, width


def input_shape(how: Input, own: Shape, like: Shape) -> InputShape | None:
    """What is done to images of shape `own` so that they are as wanted; None where they are.

    `like` is the shape of the images that have the size and the channels which are wanted.
    """
    shape = how.shape(own, like)
    if shape == own:
        return None
    return InputShape(shape=shape, by=None if shape[1:] == own[1:] else how.bind())


def two_images(raw: RawImages, called: str, how: Input, made: InputShape | None) -> np.ndarray:
    """Two training images as they are made: uint8 (2, C, H, W), or one where there is no other.

    RequestError, in words, where images of this dataset, called so, cannot be made like that.
    """
    own = shape_of(raw)
    if made is not None and made.shape[0] != own[0]:
        _check_channels(how, called, own[0], made.shape[0])
    try:
        return reshaped(raw.train_images[:2], made)
    except SizeRefused as error:
        sentence = f"input={how.name} does not suit {called} ({'x'.join(map(str, own))}): {error}"
        raise RequestError([sentence]) from error
    except ContractError as error:
        raise RequestError([f"input={how.name}: {error}"]) from error


def _check_channels(how: Input, called: str, there: int, wanted: int) -> None:
    way = "repeat" if there == 1 else "luma" if (there, wanted) == (3, 1) else None
    if how.channels != way:
        choice = f"input.channels={way}" if way else "datasets with as many channels, or 1 and 3"
        raise RequestError(
            [
                f"input.channels={how.channels} cannot make {wanted} of the channels of {called}, "
                f"which has {there}; choose {choice}"
            ]
        )


def constants_for(values: tuple[float, ...] | None, channels: int) -> tuple[float, ...] | None:
    """A dataset's constants for images with so many channels; None: they have to be computed.

    Those of a channel that is repeated are repeated. Those of three say nothing about their luma.
    """
    if values is None or len(values) == channels:
        return values
    return values * channels if len(values) == 1 else None
