"""What `action=plan` tells: numbers of a plan against the store, jobs, packs and device-hours."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ltsweep.config.clusters import Slurm
from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.files import is_disk_full, write_json
from ltsweep.launch.engine import Selection, disk_full_message, freeze, make_sharing
from ltsweep.launch.estimate import dense_work, estimate
from ltsweep.launch.packs import Packer
from ltsweep.launch.pending import Pending
from ltsweep.launch.settings import Settings, make_settings, settings_of_job
from ltsweep.launch.slurm.resources import idle_rules
from ltsweep.launch.slurm.shares import Share
from ltsweep.launch.slurm.submit import make_shares
from ltsweep.launch.state import LaunchState
from ltsweep.views.expected import expected_of


def summarize(selection: Selection, pending: Pending) -> dict[str, Any]:
    """The numbers of a plan against the store, as plan.json holds them."""
    plan, run = selection.plan, selection.run
    kinds = list(_kinds(selection, pending))
    devices = {key: kind.settings.device for kind in kinds for key in kind.trainings}
    sizes = {
        key: packer.size(key) for kind in kinds for packer in kind.packers for key in packer.stages
    }
    estimated = estimate(
        plan,
        pending.stages,
        selection.store,
        device_of=devices.__getitem__,
        pack_size=sizes.__getitem__,
    )
    resources = [kind.summary(run.cluster.name) for kind in kinds]
    notices = idle_rules(run.cluster, plan) if isinstance(run.cluster, Slurm) else []
    return {
        "points": len(plan.points),
        "stages": len(plan.stages),
        "trainings": len(pending.stages),
        "trainings_without_sharing": plan.trainings_without_sharing(),
        "packs": sum(resource["packs"] for resource in resources),
        "jobs": sum(resource["jobs"] for resource in resources),
        "resources": resources,
        "device_hours": estimated.hours,
        "device_hours_cover": estimated.stages,
        "multiply_adds": dense_work(pending.stages.values()),
        "published": expected_of(selection.records),
        "notices": [*plan.notices, *notices],
        "own_models": plan.own_models,
    }


def write_plan(selection: Selection, summary: dict[str, Any]) -> Path:
    """Puts plan.json at the root of the store."""
    path = selection.store.root / "plan.json"
    try:
        write_json(path, summary)
    except OSError as error:
        if is_disk_full(error):
            raise RequestError([disk_full_message(selection.store.root)]) from error
        raise
    return path


@dataclass(frozen=True)
class _Kind:
    """The trainings of a plan whose jobs are alike: those jobs, and what sets them apart.

    A pool of trainings that all jobs draw on has one packer, jobs with trainings of their own have
    one each.
    """

    settings: Settings
    packers: list[Packer]
    jobs: int
    asks: dict[str, Any]

    def summary(self, cluster: str) -> dict[str, Any]:
        """A member of the list of resources in plan.json."""
        return {
            "cluster": cluster,
            "device": self.settings.device,
            "asks": self.asks,
            "jobs": self.jobs,
            "packs": sum(packer.count_packs() for packer in self.packers),
            "trainings": len(self.trainings),
        }

    @property
    def trainings(self) -> list[str]:
        """Their keys."""
        return [key for packer in self.packers for key in packer.stages]


def _kinds(selection: Selection, pending: Pending) -> Iterator[_Kind]:
    """One kind; on a cluster one for all trainings that ask for the same."""
    run, stages = selection.run, pending.stages
    if not isinstance(run.cluster, Slurm) or not stages:
        settings = make_settings(run, len(stages))
        jobs = settings.jobs if stages else 0
        yield _Kind(settings, [Packer(stages, settings.jobs, settings.pack)], jobs, {})
        return
    # how many jobs a cluster would be given, if nothing were under way
    state = LaunchState(freeze(selection, pending), selection.store)
    curves = [point.stages for point in selection.plan.points]
    alike: dict[str, list[Share]] = {}
    sharing = make_sharing(selection, run.cluster, state.stages)
    for share in make_shares(state, stages, curves, sharing):
        alike.setdefault(share.resources.model_dump_json(), []).append(share)
    for shares in alike.values():
        resources = shares[0].resources
        packers = []
        for share in shares:
            settings = settings_of_job(run, resources, len(share.keys))
            own = {key: stages[key] for key in share.keys}
            packers.append(Packer(own, settings.jobs, settings.pack))
        asks = {
            name: value
            for name, value in resources.model_dump().items()
            if len(alike) > 1 and value != getattr(run.cluster, name)
        }
        yield _Kind(settings, packers, len(shares), asks)
