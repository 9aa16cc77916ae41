"""What the stages of a launch are called, and lists of them."""

from collections.abc import Mapping, Sequence

from ltsweep.plan.stage import PlannedStage
from ltsweep.store.point_record import PointRecord
from ltsweep.views.names import stage_name, stage_words, varying_settings

SHOWN = 5  # stages that a line names


def stage_names(
    points: Sequence[PointRecord], stages: Mapping[str, PlannedStage]
) -> dict[str, str]:
    """Each stage in words, by key; those that no curve has are named as stages of a ladder."""
    ladders = {
        key: stage_name("ladder", stage.spec.seed, stage.spec.level)
        for key, stage in stages.items()
    }
    return ladders | stage_words(points, varying_settings(points))


def several(names: Sequence[str]) -> str:
    """The first names of a list that may be long, and how many more there are."""
    more = f"; and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return "; ".join(names[:SHOWN]) + more
