"""What the intervals of a report are conditional on: a split of the data, and test images."""

from collections import defaultdict
from collections.abc import Sequence

from ltsweep.views.records import Curve


def conditions(curves: Sequence[Curve]) -> list[str]:
    """A sentence on what is the same for all seeds; none where nothing is finished."""
    finished = [curve for curve in curves if curve.finished]
    if not finished:
        return []
    by_seed: dict[int, set[int]] = defaultdict(set)
    for curve in finished:
        data = curve.config.get("target") or curve.config["dataset"]
        by_seed[curve.seed].add(data["split_seed"])
    splits = set.union(*by_seed.values())
    of_test = any(curve.point.report.split == "test" for curve in finished)
    if len(by_seed) > 1 and len(splits) == len(by_seed) == sum(map(len, by_seed.values())):
        images = ", and one test set" * of_test
        return [f"Intervals are over seeds, each with a split of the data of its own{images}."]
    split = "one split of the data" if len(splits) == 1 else "one split of the data each"
    return [f"Intervals are over seeds, for {split}{' and one test set' * of_test}."]
