"""The table of metrics: what is told of every level in curves.csv, on W&B and on the dashboard.

A number of the closing record (`stages/measure.py`) that has an entry here is in those of them that
its entry names, by default in all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Flag, auto

from ltsweep.views import derived
from ltsweep.views.context import Context
from ltsweep.views.records import Curve, FinishedLevel


class View(Flag):
    """A view that lists metrics."""

    CSV = auto()
    WANDB = auto()
    DASHBOARD = auto()
    ALL = CSV | WANDB | DASHBOARD


@dataclass(frozen=True)
class Kind:
    """A sort of number, and how people read it.

    Attributes:
        unit: that people read it in; empty for a bare number.
        scale: what makes a recorded number one in that unit.
        decimals: that are worth reading.
        is_logarithmic: whether equal ratios are equally far apart.
        has_dense_line: whether the value of dense training is what the others are held against.

    """

    unit: str = ""
    scale: int = 1
    decimals: int = 0
    is_logarithmic: bool = False
    has_dense_line: bool = False


ACCURACY = Kind("%", scale=100, decimals=2, has_dense_line=True)
DENSITY = Kind("%", scale=100, decimals=2, is_logarithmic=True)
LOSS = Kind(decimals=4)
COUNT = Kind()
STEPS = Kind()
SECONDS = Kind("s", decimals=1)


@dataclass(frozen=True)
class Metric:
    """One number of a finished level.

    Attributes:
        name: its key in the closing record, its column in the CSV, `level/NAME` on W&B.
        kind: fixes its unit and how it is written.
        label: what it is, in words.
        about: what it is exactly, where the label does not say it all.
        unit: where the kind's does not say enough.
        heading: the label where space is short.
        views: that it is in.
        of_diverged: whether a level has it whose training diverged.
        derive: computes it, where the closing record does not have it.

    """

    name: str
    kind: Kind
    label: str
    about: str = ""
    unit: str = ""
    heading: str = ""
    views: View = View.ALL
    of_diverged: bool = False
    derive: Callable[[Curve, FinishedLevel, Context], float | None] | None = None

    @property
    def title(self) -> str:
        """Label and unit, as on an axis."""
        unit = self.unit or self.kind.unit
        return f"{self.label} ({unit})" if unit else self.label

    def value(self, curve: Curve, level: FinishedLevel, context: Context) -> float | None:
        """The number as it was recorded, or as it follows from records and from other curves.

        None where there is none, or no finite one.
        """
        if not self.of_diverged and level.is_diverged:
            return None
        if self.derive is None:
            return level.end.number(self.name)
        return self.derive(curve, level, context)


def shown_in(view: View) -> list[Metric]:
    """The metrics of a view, in the order of the table."""
    return [metric for metric in METRICS if view in metric.views]


_ON_TRAINING_IMAGES = (
    "over the first 2,000 training images in the order of the split, or all if there are fewer, "
    "not augmented"
)

# The order of the CSV's columns.
METRICS = (
    Metric("prunable", COUNT, "prunable weights", views=View.CSV, of_diverged=True),
    Metric("kept", COUNT, "weights kept", views=View.CSV | View.WANDB, of_diverged=True),
    Metric(
        "live_kept", COUNT, "live weights", views=View.CSV | View.WANDB, of_diverged=True,
        about="kept weights that lie on a path from input to output",
    ),
    Metric("dead_units", COUNT, "dead units", views=View.WANDB, of_diverged=True),
    Metric(
        "density", DENSITY, "weights remaining", views=View.CSV | View.WANDB, of_diverged=True,
        derive=derived.density, about="kept over prunable; a layer with pruning rate 0 counts",
    ),
    Metric(
        "density_pruned_layers", DENSITY, "weights remaining in pruned layers",
        views=View.CSV | View.WANDB, of_diverged=True, derive=derived.density_pruned_layers,
        about="kept over prunable, without layers whose pruning rate is 0",
    ),
    Metric(
        "density_with_head", DENSITY, "weights remaining with the head",
        views=View.CSV | View.WANDB, of_diverged=True, derive=derived.density_with_head,
        about="kept over prunable; a head that is drawn anew for each dataset counts",
    ),
    Metric(
        "params_left", COUNT, "parameters left", views=View.CSV | View.WANDB, of_diverged=True,
        about="all parameters of the net but its pruned weights: kept weights, biases and norms",
    ),
    Metric("train_accuracy", ACCURACY, "train accuracy", about=_ON_TRAINING_IMAGES),
    Metric("val_accuracy", ACCURACY, "validation accuracy", heading="val."),
    Metric(
        "val_accuracy_before", ACCURACY, "validation accuracy as pruned, before training",
        heading="val. before", about="of the masked net before its first step",
    ),
    Metric(
        "test_accuracy", ACCURACY, "test accuracy", heading="test",
        about="at the end of the training, when the test images are read for the only time",
    ),
    Metric("test_loss", LOSS, "test loss"),
    Metric("test_examples", COUNT, "test images", views=View.CSV),
    Metric(
        "chance_accuracy", ACCURACY, "accuracy by chance", views=View.CSV,
        about="the share of the most frequent class of the test images",
    ),
    Metric(
        "dense_test_accuracy", ACCURACY, "test accuracy of the dense training", views=View.CSV,
        of_diverged=True, derive=derived.dense_test_accuracy,
        about="from a fresh draw on the same target, with the same seed",
    ),
    Metric("val_loss", LOSS, "validation loss", views=View.WANDB | View.DASHBOARD),
    Metric(
        "train_loss", LOSS, "train loss", views=View.WANDB | View.DASHBOARD,
        about=_ON_TRAINING_IMAGES,
    ),
    Metric(
        "live_density", DENSITY, "live weights", unit="% of prunable", heading="live",
        views=View.DASHBOARD, of_diverged=True, derive=derived.live_density,
        about="kept weights that lie on a path from input to output",
    ),
    Metric(
        "early_stop_step", STEPS, "step of least validation loss",
        about="the validations are schedule.validate_every apart",
    ),
    Metric(
        "steps_to_dense_val", STEPS, "steps to dense validation accuracy", heading="steps to dense",
        views=View.CSV | View.DASHBOARD, derive=derived.steps_to_dense_val,
        about="the first of two validations in a row that reach the mean over seeds of what dense "
        "trainings end with, less delta; counted from the level's own first step",
    ),
    Metric(
        "source_steps", STEPS, "steps before the level", views=View.CSV | View.WANDB,
        of_diverged=True, derive=derived.source_steps,
        about="of all trainings that the level starts from, as far as each is needed",
    ),
    Metric("steps", STEPS, "steps", views=View.CSV | View.WANDB, of_diverged=True),
    Metric("examples", COUNT, "examples", views=View.CSV, of_diverged=True),
    Metric(
        "bits", COUNT, "bits", of_diverged=True, derive=derived.bits,
        about="kept weights at their width, log2 of the number of ways to choose so many, and all "
        "other parameters at 32 bits each",
    ),
    Metric(
        "multiply_adds", COUNT, "multiply-adds", views=View.CSV | View.WANDB, of_diverged=True,
        about="of one example's forward pass: each use of a kept weight",
    ),
    Metric(
        "training_multiply_adds", COUNT, "multiply-adds of the training",
        views=View.CSV | View.WANDB, of_diverged=True,
        about="of all its steps: three forward passes an example, each with the mask of its step; "
        "where RigL changes a mask, two and one with all weights",
    ),
    Metric(
        "total_multiply_adds", COUNT, "multiply-adds in all", of_diverged=True,
        derive=derived.total_multiply_adds,
        about="of the level's training and of all trainings that it starts from, each once",
    ),
    Metric(
        "amortised_multiply_adds", COUNT, "multiply-adds, amortised",
        views=View.CSV | View.DASHBOARD, of_diverged=True, derive=derived.amortised_multiply_adds,
        about="of the level's training, and of each training that it starts from divided by the "
        "number of targets that it serves in the report",
    ),
    Metric(
        "grown_connections", COUNT, "grown connections", views=View.CSV | View.WANDB,
        of_diverged=True, about="weights that a mask which changes in training has come to keep",
    ),
    Metric(
        "scoring_images", COUNT, "images scored", views=View.CSV | View.WANDB, of_diverged=True,
        about="images that the mask's scores put through the net, each pass counted",
    ),
    Metric(
        "evaluation_images", COUNT, "images evaluated", views=View.CSV | View.WANDB,
        of_diverged=True,
        about="images that validations and the measurement at the end put forward through the net",
    ),
    Metric(
        "recalibration_images", COUNT, "images recalibrated on", views=View.CSV | View.WANDB,
        of_diverged=True,
        about="images that statistics of norms were taken from, each time counted",
    ),
    Metric("seconds", SECONDS, "seconds", views=View.CSV | View.WANDB, of_diverged=True),
    Metric(
        "total_seconds", SECONDS, "seconds in all", of_diverged=True, derive=derived.total_seconds,
        about="of the level's training and of all trainings that it starts from, each once",
    ),
)  # fmt: skip
