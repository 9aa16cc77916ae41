"""What the jobs of a cluster ask for, stage by stage."""

from collections.abc import Mapping
from functools import cache

from ltsweep.config.clusters import Resources, Slurm, Training
from ltsweep.plan.points import Plan
from ltsweep.plan.stage import PlannedStage
from ltsweep.spec import TrainSpec


def resources_by_stage(
    cluster: Slurm, plan: Plan, stages: Mapping[str, PlannedStage]
) -> dict[str, Resources]:
    """The resources of these stages of a plan, by the names that its points use."""
    known: dict[int, str] = {}  # stages share a few of these specifications

    def content(train: TrainSpec) -> str:
        if id(train) not in known:
            known[id(train)] = f"{train.data.model_dump_json()} {train.model.model_dump_json()}"
        return known[id(train)]

    names: dict[str, tuple[str, str]] = {}
    for point in plan.points:
        here = content(plan.stages[point.stages[0]].spec.train)
        names.setdefault(here, (point.config.dataset.name, point.config.model.name))
    asked = cache(cluster.resources)

    def resources(stage: PlannedStage) -> Resources:
        dataset, model = names[content(stage.spec.train)]
        return asked(Training(dataset, model, stage.spec.train.precision, stage.spec.level == 0))

    return {key: resources(stage) for key, stage in stages.items()}


def idle_rules(cluster: Slurm, plan: Plan) -> list[str]:
    """A sentence for each rule that is for none of a plan's stages: a name in it may be wrong."""
    trainings = {
        Training(config.dataset.name, config.model.name, config.precision, dense)
        for config in (point.config for point in plan.points)
        for dense in (True, False)
    }
    return [
        f"rule {number} of cluster.per_stage is for none of these trainings"
        for number, rule in enumerate(cluster.per_stage, 1)
        if not any(map(rule.when.fits, trainings))
    ]
