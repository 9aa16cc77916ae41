"""How far linear classifiers come on the inputs of a net, written down once for each target."""

from pathlib import Path
from typing import Self

from ltsweep.data_spec import DataSpec
from ltsweep.foundations.files import DamagedFile, read_json, write_json
from ltsweep.spec import digest
from ltsweep.store.store import Store
from ltsweep.store.stored import Stored


class LinearClassifier(Stored):
    """One of them: its parameters, its penalty, and its accuracies as shares of all images.

    `left_out` says why there are no such numbers, if it was not fitted.
    """

    name: str
    parameters: int
    penalty: float | None = None
    val_accuracy: float | None = None
    test_accuracy: float | None = None
    left_out: str | None = None


class Yardsticks(Stored):
    """Linear classifiers of the data that a target trains on and is tested on."""

    classifiers: tuple[LinearClassifier, ...]

    @classmethod
    def load(cls, store: Store, name: str | None) -> Self | None:
        """What was found for data of this name; None where nothing was, or it is damaged."""
        try:
            content = None if name is None else read_json(_path(store, name))
            return None if content is None else cls.read(content)
        except (DamagedFile, ValueError):
            return None

    def save(self, store: Store, name: str) -> None:
        """Writes down what was found for data of this name."""
        path = _path(store, name)
        path.parent.mkdir(exist_ok=True)
        write_json(path, self.stored())


def name_of_data(data: DataSpec) -> str:
    """Names data by all that a classifier without augmentation sees of them."""
    return digest(data.model_dump(mode="json", exclude={"augment"}))


def _path(store: Store, name: str) -> Path:
    return store.root / "yardsticks" / f"{name}.json"
