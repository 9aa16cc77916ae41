"""How far linear classifiers come on the inputs of a net, written down once for each target."""

from typing import ClassVar

from ltsweep.data_spec import DataSpec
from ltsweep.spec import digest
from ltsweep.store.noted import Noted
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


class Yardsticks(Noted):
    """Linear classifiers of the data that a target trains on and is tested on."""

    folder: ClassVar[str] = "yardsticks"

    classifiers: tuple[LinearClassifier, ...]


def name_of_data(data: DataSpec) -> str:
    """Names data by all that a classifier without augmentation sees of them."""
    return digest(data.model_dump(mode="json", exclude={"augment"}))
