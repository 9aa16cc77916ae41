"""What `action=plan` tells: numbers of a plan against the store, jobs, packs and device-hours."""

from pathlib import Path
from typing import Any

from ltsweep.clusters import Slurm
from ltsweep.files import is_disk_full, write_json
from ltsweep.launch.engine import Selection, disk_full_message, freeze, make_settings
from ltsweep.launch.estimate import estimate
from ltsweep.launch.packs import Packer
from ltsweep.launch.pending import Pending
from ltsweep.launch.slurm import make_shares
from ltsweep.launch.state import LaunchState
from ltsweep.problems import RequestError


def summarize(selection: Selection, pending: Pending) -> dict[str, Any]:
    """The numbers of a plan against the store, as plan.json holds them."""
    plan = selection.plan
    settings = make_settings(selection, len(pending.stages))
    packer = Packer(pending.stages, settings.jobs, settings.pack)
    jobs = settings.jobs if pending.stages else 0
    if isinstance(selection.run.cluster, Slurm):
        jobs = _count_jobs(selection, pending, selection.run.cluster)
    resource = {
        "cluster": selection.run.cluster.name,
        "device": settings.device,
        "jobs": jobs,
        "packs": packer.count_packs(),
        "trainings": len(pending.stages),
    }
    estimated = estimate(plan, pending.stages, selection.store, settings.device, packer.size)
    return {
        "points": len(plan.points),
        "stages": len(plan.stages),
        "trainings": len(pending.stages),
        "trainings_without_sharing": plan.trainings_without_sharing(),
        "packs": resource["packs"],
        "jobs": resource["jobs"],
        "resources": [resource],
        "device_hours": estimated.hours,
        "device_hours_cover": estimated.stages,
        "notices": plan.notices,
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


def _count_jobs(selection: Selection, pending: Pending, cluster: Slurm) -> int:
    """How many jobs a cluster would be given, if nothing were under way."""
    state = LaunchState(freeze(selection, pending), selection.store)
    curves = [point.stages for point in selection.plan.points]
    return len(make_shares(state, pending.stages, curves, cluster, selection.run.jobs))
