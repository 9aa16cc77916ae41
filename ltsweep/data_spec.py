"""Data as specifications have them: by content, and what is done to them before a net sees them."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from ltsweep.foundations.components import Call, late
from ltsweep.foundations.types import Count, CountFromZero, Number, Positive, Seed


class Frozen(BaseModel):
    """Base of all specifications: immutable, no unknown fields, no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy without what was derived from the fields before they were changed."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied


class Split(Frozen):
    """Which images of a dataset are used, and how many of the training images for validation.

    Of the images of `classes` one `half` is taken, `validation` of these are held out, and of the
    rest `examples`, or `per_class` of each class, are trained on. See `ltsweep.data.split`.
    """

    validation: CountFromZero
    split_seed: Seed
    examples: Count | None
    classes: tuple[CountFromZero, ...] | None = late(None)
    half: Literal["a", "b"] | None = late(None)
    per_class: Count | None = late(None)


class Normalise(Frozen):
    """The constants that make raw values numbers around 0, per channel, with `white` as 1."""

    mean: tuple[Number, ...]
    std: tuple[Positive, ...]
    white: Positive


class Augment(Frozen):
    """What is done to training images at random; black pixels are put around before a crop."""

    flip: bool
    crop: CountFromZero


class InputShape(Frozen):
    """The shape (C, H, W) that images are brought to when they are read, before all else.

    Channels come first: a single one is repeated, three become their luma. `by` makes height and
    width; None where the images have these. See `ltsweep.data.reshape`.
    """

    shape: tuple[Count, Count, Count]
    by: Call | None


class DataSpec(Frozen):
    """A dataset by content, never by path, and how it is split, normalised and augmented.

    `input` is there only where the images of this dataset get another shape than they have.
    """

    fingerprint: str
    split: Split
    normalise: Normalise
    augment: Augment
    input: InputShape | None = late(None)
