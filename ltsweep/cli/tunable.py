"""Whether what a report tunes can be chosen: told of the plan, before any job starts."""

from collections.abc import Iterator, Sequence

from ltsweep.plan.plan import Point
from ltsweep.store.labels import written
from ltsweep.views.varying import flatten


def untunable(points: Sequence[Point]) -> list[str]:
    """A sentence for each tuned setting that is none, that is compared, or that has one value."""
    report = points[0].config.report if points else None
    if report is None or not report.tuned:
        return []
    configs = [flatten(point.config.model_dump(mode="json")) for point in points]
    found: list[str] = []
    for name in report.tuned:
        values = {written(config[name]) for config in configs if name in config}
        if name in report.arms or name == report.compare:
            found.append(
                f"report.tuned: {name} is what arms differ in, and cannot be chosen for each of "
                "them; take it out of report.arms and report.compare, or out of report.tuned"
            )
        elif not values:
            found.append(
                f"report.tuned: {name} is no setting of this sweep; a tuned setting has one value, "
                "as optimizer.lr, target_optimizer.lr and init.scale have"
            )
        elif len(values) == 1:
            found.append(
                f"report.tuned: {name} is {values.pop()} in all of this sweep; give it several "
                f"values, as in {name}=A,B,C, or take it out of report.tuned"
            )
    return [*found, *_without_validation(points)]


def _without_validation(points: Sequence[Point]) -> Iterator[str]:
    for point in points:
        name, data = "dataset", point.config.dataset
        if point.config.target is not None:
            name, data = "target", point.config.target
        if data.validation == 0:
            yield (
                f"report.tuned: values are chosen by validation accuracy, and {name}.validation=0 "
                "leaves no images for it"
            )
            return
