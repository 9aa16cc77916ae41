"""What numbers of a level need beside its own records: the other curves that are shown with it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import fsum
from typing import Self

from ltsweep.views.records import Curve, FinishedLevel
from ltsweep.views.split_by_seed import pooled_over_splits


@dataclass(frozen=True)
class Context:
    """Facts about all curves that are shown together, gathered once.

    Attributes:
        targets: for each stage that a level starts from, on how many targets the levels are
            trained that start from it. A target is its data and its optimizer by name.
        dense_val: for each dense training, by its stage, the mean final validation accuracy over
            the dense trainings that its curves are held against. Cells have these in common that
            have one of them in common.

    """

    targets: Mapping[str, int]
    dense_val: Mapping[str, float]

    @classmethod
    def of(cls, curves: Iterable[Curve]) -> Self:
        """The context of these curves."""
        curves = pooled_over_splits(list(curves))
        return cls(_targets(curves), _dense_val(curves))

    def amortised(self, level: FinishedLevel) -> float | None:
        """Multiply-adds of a level, and of its origins each divided by the targets it serves.

        None where not all are known.
        """
        own, origins = level.end.training_multiply_adds, level.origins
        if own is None or origins is None:
            return None
        shares = [
            None if stage.multiply_adds is None else stage.multiply_adds / self.targets[stage.key]
            for stage in origins.stages
        ]
        known = [share for share in shares if share is not None]
        return own + fsum(known) if len(known) == len(shares) else None

    def goal(self, curve: Curve) -> float | None:
        """The validation accuracy that counts as that of dense training: its mean less delta."""
        mean = self.dense_val.get(curve.dense_level.key)
        return None if mean is None else mean - curve.point.report.delta / 100


def _targets(curves: Iterable[Curve]) -> dict[str, int]:
    of_target: dict[tuple[str, str], set[str]] = defaultdict(set)
    for curve in curves:
        stages = of_target[curve.point.columns.target, curve.point.columns.target_optimizer]
        for level in curve.finished:
            if level.origins is not None:
                stages.update(stage.key for stage in level.origins.stages)
    return dict(Counter(key for stages in of_target.values() for key in stages))


def _dense_val(curves: Iterable[Curve]) -> dict[str, float]:
    of_cell: dict[str, set[str]] = defaultdict(set)
    accuracies: dict[str, float] = {}
    for curve in curves:
        of_cell[curve.cell].add(curve.dense_level.key)
        accuracy = curve.dense.metric("val_accuracy") if curve.dense else None
        if accuracy is not None:
            accuracies[curve.dense_level.key] = accuracy
    means: dict[str, float] = {}
    for keys in _joined(of_cell.values()):
        values = [accuracies[key] for key in sorted(keys & accuracies.keys())]
        if values:
            means |= dict.fromkeys(keys, fsum(values) / len(values))
    return means


def _joined(sets: Iterable[set[str]]) -> list[set[str]]:
    """Sets that have a member in common, as one."""
    joined: list[set[str]] = []
    for new in sets:
        apart = [known for known in joined if known.isdisjoint(new)]
        joined = [*apart, set(new).union(*(k for k in joined if not k.isdisjoint(new)))]
    return joined
