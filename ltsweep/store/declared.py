"""What a point declares of its report, as points/<id>.json holds it."""

from typing import Literal

from ltsweep.foundations.components import late
from ltsweep.store.stored import Stored

Scalar = str | bool | int | float | None
Value = Scalar | tuple[Scalar, ...]


class DeclaredContrast(Stored):
    """One arm against another, each named by settings; `ltsweep.config.reports` says how."""

    arm: dict[str, Value]
    against: dict[str, Value]
    density: float | None = None
    where: dict[str, Value] | None = None


class Declared(Stored):
    """What a point declared for its verdicts: the tolerance in points, densities, arms, contrasts.

    `arms` names the settings, or groups of them, in which cells may differ that are compared. The
    fields are those of `ltsweep.config.reports.Report`; files of early versions have the first two.
    """

    delta: float
    densities: tuple[float, ...]
    arms: tuple[str, ...] = ("method",)
    compare: str | None = None
    reference: Value = None
    primary: DeclaredContrast | None = None
    contrasts: tuple[DeclaredContrast, ...] | None = None
    tuned: tuple[str, ...] = ()
    split: Literal["test", "validation"] = "test"
    question: str | None = None
    linear: bool = False
    shows_not: str | None = None
    require_same: tuple[Literal["version", "device"], ...] = late(())

    @property
    def accuracy(self) -> str:
        """The number of a closing record that verdicts are about, by the declared split."""
        return {"test": "test_accuracy", "validation": "val_accuracy"}[self.split]
