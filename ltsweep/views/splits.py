"""Reports on validation accuracy: what was measured on test images is taken out of their curves."""

from dataclasses import replace

from ltsweep.views.records import Curve, FinishedLevel, Level

_OF_TEST_IMAGES = ("test_accuracy", "test_loss", "test_correct", "test_examples")


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
