"""A request examined: typed, fitted to its data, and judged by what there is on this machine."""

import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import torch

from ltsweep.cli.tickets import refused_methods
from ltsweep.config.clusters import Local, Slurm
from ltsweep.config.parse import Request, parse
from ltsweep.config.settings import RunConfig
from ltsweep.foundations.errors import RequestError, listed
from ltsweep.launch.local.devices import resolve_device
from ltsweep.plan.densities import settle_densities
from ltsweep.plan.facts import FactFinder
from ltsweep.plan.fit import find_misfits
from ltsweep.steer.parts import main_settings
from ltsweep.views.wandb.credentials import unusable

_DELIVER = ("submit", "retry", "report")  # the actions after which W&B has the curves

_BEGIN = ("plan", "submit", "retry")  # actions after which jobs may start
_PATTERNS = ("%j", "%t", "%a", "%A")  # of submitit's, which knows no way to write them as they are
_READ = ("status", "logs")  # actions that write nothing
_WITHOUT_REPORT = ("status", "logs", "cancel")  # actions that compare nothing


def examine(
    configs: Sequence[Mapping[str, Any]], doubtful: Collection[str] = frozenset()
) -> tuple[Request, FactFinder | None]:
    """The request with its problems; None where the data cannot be looked for."""
    request = parse(configs, doubtful)
    request.problems += _unusable(request.run)
    request.problems += refused_methods(request.points)
    if any(getattr(point, "strategy", "auto") == "sparse" for point in request.points):
        request.problems += _sparse_on_a_gpu(request.run)
    if "data_dir" not in request.run.model_fields_set:
        return request, None
    find_facts = FactFinder(request.run.data_dir.expanduser())
    find_misfits(request, find_facts)
    if getattr(request.run, "action", None) not in _WITHOUT_REPORT:
        settle_densities(request, find_facts, usual=main_settings()["report"]["densities"])
    return request, find_facts


def _sparse_on_a_gpu(run: RunConfig) -> Iterator[str]:
    if not {"device", "cluster"} <= run.model_fields_set or run.device == "cpu":
        return
    if run.cluster.gpus_per_job if isinstance(run.cluster, Slurm) else torch.cuda.is_available():
        yield "strategy=sparse trains on a CPU alone; set device=cpu"


def _unusable(run: RunConfig) -> Iterator[str]:
    """Sentences about cluster, device and store, as far as they can be judged by looking."""
    if {"device", "cluster", "action"} <= run.model_fields_set:
        yield from _unusable_cluster(run)
    if {"logger", "action"} <= run.model_fields_set and run.action in _DELIVER:
        yield from unusable(os.environ, run.logger.mode)
    if {"store", "cluster", "action"} <= run.model_fields_set and run.action in _BEGIN:
        yield from unfit_store(run)
    if "store" in run.model_fields_set:
        place = run.store.expanduser().absolute()
        while not os.path.exists(place):
            place = place.parent
        if not place.is_dir():
            yield f"store={run.store} cannot be a directory: {place} is a file"
        elif getattr(run, "action", None) not in _READ and not os.access(place, os.W_OK | os.X_OK):
            yield f"store={run.store} cannot be written: no permission in {place}"


def unfit_store(run: RunConfig) -> Iterator[str]:
    """A sentence where programs that start jobs would read more than a name in the store's path."""
    path = str(run.store.expanduser().absolute())
    if isinstance(run.cluster, Slurm) and not {"\\", "\n"}.isdisjoint(path):
        yield (
            f"store={run.store} cannot be Slurm's: names of its logs have no backslash and no line "
            "break; choose another store=DIR"
        )
    signs = [sign for sign in _PATTERNS if sign in path]
    if isinstance(run.cluster, Local) and signs:
        yield (
            f"store={run.store} cannot be that of cluster=local: {listed(signs)} would be replaced "
            "by numbers of its jobs; choose another store=DIR"
        )


def _unusable_cluster(run: RunConfig) -> Iterator[str]:
    if not isinstance(run.cluster, Slurm):
        try:
            resolve_device(run.device)
        except RequestError as error:
            yield from error.problems
        return
    if run.device == "cuda" and not run.cluster.gpus_per_job:
        yield "device=cuda needs jobs with GPUs; set cluster.gpus_per_job"
    submits = run.action in ("submit", "retry")
    if submits and not all(map(shutil.which, ("sbatch", "squeue", "scontrol"))):
        yield (
            "cluster=slurm needs Slurm's commands (sbatch, squeue, scontrol) on the PATH; run it "
            "where you would run sbatch, or choose cluster=local"
        )
