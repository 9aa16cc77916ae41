"""What the jobs of a cluster ask for, stage by stage."""

from collections.abc import Mapping
from functools import cache

from ltsweep.config.clusters import Resources, Slurm, Training
from ltsweep.plan.plan import Plan
from ltsweep.plan.stage import PlannedStage


def resources_by_stage(cluster: Slurm, stages: Mapping[str, PlannedStage]) -> dict[str, Resources]:
    """The resources of these stages, by the names that their points use."""
    asked = cache(cluster.resources)
    return {key: asked(_training(stage)) for key, stage in stages.items()}


def idle_rules(cluster: Slurm, plan: Plan) -> list[str]:
    """A sentence for each rule that is for none of a plan's stages: a name in it may be wrong."""
    trainings = set(map(_training, plan.stages.values()))
    return [
        f"rule {number} of cluster.per_stage is for none of these trainings"
        for number, rule in enumerate(cluster.per_stage, 1)
        if not any(map(rule.when.fits, trainings))
    ]


def _training(stage: PlannedStage) -> Training:
    spec, means = stage.spec, stage.means
    return Training(
        dataset=means.dataset,
        model=means.model,
        precision=spec.train.precision,
        dense=spec.level == 0,
        source=means.source,
        target=None if means.source is None else means.dataset,
    )
