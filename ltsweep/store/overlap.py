"""What a target's test images have in common with its source's training images, counted once."""

from pathlib import Path
from typing import Self

from ltsweep.data_spec import DataSpec
from ltsweep.foundations.files import DamagedFile, read_json, write_json
from ltsweep.spec import digest
from ltsweep.store.store import Store
from ltsweep.store.stored import Stored


class Overlap(Stored):
    """Test images of a target that are, pixel by pixel, training images of a source.

    Attributes:
        duplicates: how many; None where the images of both differ in shape, so that none can be.
        test_images: how many the target has.
        training_images: how many the source has been trained on.

    """

    duplicates: int | None
    test_images: int
    training_images: int

    @classmethod
    def load(cls, store: Store, name: str | None) -> Self | None:
        """What was counted for a pair of this name; None where nothing was, or it is damaged."""
        try:
            content = None if name is None else read_json(_path(store, name))
            return None if content is None else cls.read(content)
        except (DamagedFile, ValueError):
            return None

    def save(self, store: Store, name: str) -> None:
        """Writes down what was counted for a pair of this name."""
        path = _path(store, name)
        path.parent.mkdir(exist_ok=True)
        write_json(path, self.stored())


def name_of_pair(source: DataSpec, target: DataSpec) -> str:
    """Names a pair by what is counted: the source's training images, the target's test images."""
    return digest(
        {
            "training": [source.fingerprint, source.split.model_dump(mode="json")],
            "test": [target.fingerprint, target.split.classes],
        }
    )


def _path(store: Store, name: str) -> Path:
    return store.root / "overlaps" / f"{name}.json"
