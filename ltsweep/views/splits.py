"""Reports on validation accuracy: what was measured on test images is taken out of their curves."""

from collections.abc import Iterable
from dataclasses import replace

from ltsweep.store.store import Store
from ltsweep.views.records import Curve, FinishedLevel, Level, read_curves

_OF_TEST_IMAGES = ("test_accuracy", "test_loss", "test_correct", "test_examples")


def declared_curves(store: Store, ids: Iterable[str] | None = None) -> list[Curve]:
    """The curves that `read_curves` finds, each with what its own report may show."""
    return [as_declared(curve) for curve in read_curves(store, ids)]


def as_declared(curve: Curve) -> Curve:
    """The curve without its test numbers, where its report is one on validation accuracy.

    So no view can show any while settings are chosen.
    """
    if curve.point.report.split == "test":
        return curve
    apart = curve.dense_apart
    return replace(
        curve,
        levels=[_without_test_numbers(level) for level in curve.levels],
        dense_apart=None if apart is None else _without_test_numbers(apart),
    )


def _without_test_numbers(level: Level) -> Level:
    if not isinstance(level, FinishedLevel):
        return level
    return replace(level, end=level.end.model_copy(update=dict.fromkeys(_OF_TEST_IMAGES)))
