"""What a target's test images have in common with its source's training images, counted once."""

from typing import ClassVar

from ltsweep.data_spec import DataSpec
from ltsweep.spec import digest
from ltsweep.store.noted import Noted


class Overlap(Noted):
    """Test images of a target that are, pixel by pixel, training images of a source.

    Attributes:
        duplicates: how many; None where the images of both differ in shape, so that none can be.
        test_images: how many the target has.
        training_images: how many the source has been trained on.

    """

    folder: ClassVar[str] = "overlaps"

    duplicates: int | None
    test_images: int
    training_images: int


def name_of_pair(source: DataSpec, target: DataSpec) -> str:
    """Names a pair by what is counted: the source's training images, the target's test images."""
    return digest(
        {
            "training": [source.fingerprint, source.split.model_dump(mode="json")],
            "test": [target.fingerprint, target.split.classes],
        }
    )
