"""How the processes of a job run: device, threads, packs; nothing of it changes a result."""

from typing import Literal

from ltsweep.config.clusters import Debug, Local, Resources, Slurm
from ltsweep.config.settings import RunConfig
from ltsweep.data_spec import Frozen
from ltsweep.launch.local.devices import available_cores, resolve_device, slots


class Settings(Frozen):
    """What a worker must know. `jobs` of them draw on the same stages, `sharing` share a memory."""

    store: str
    data_dir: str
    device: str
    jobs: int
    sharing: int
    threads: int
    pack: int | Literal["auto"]
    keep_all: bool
    checkpoint_seconds: float


def make_settings(run: RunConfig, stages: int) -> Settings:
    """Settings for this many stages to train. RequestError for absent devices."""
    match run.cluster:
        case Slurm() as cluster:
            return settings_of_job(run, cluster, stages)
        case Local() as cluster:
            device = resolve_device(run.device).type
            jobs = slots(device, cluster) if run.jobs == "auto" else run.jobs
            sharing = cluster.jobs_per_gpu if device == "cuda" else min(jobs, stages)
            cores = cluster.cores or available_cores()
        case Debug():
            device, jobs, sharing = resolve_device(run.device).type, 1, 1
            cores = available_cores()
    return _settings(run, stages, device=device, jobs=jobs, sharing=sharing, cores=cores)


def settings_of_job(run: RunConfig, resources: Resources, stages: int) -> Settings:
    """Settings of a Slurm job with these resources and this many stages."""
    on_gpu = resources.gpus_per_job > 0 and run.device != "cpu"
    return _settings(
        run,
        stages,
        device="cuda" if on_gpu else "cpu",
        jobs=resources.workers,
        sharing=1 if on_gpu else resources.workers,
        cores=resources.cpus_per_job,
    )


def _settings(
    run: RunConfig, stages: int, *, device: str, jobs: int, sharing: int, cores: int
) -> Settings:
    # On a CPU one thread a process: products over several threads are summed in another order, so
    # results would depend on the machine; and one busy neighbour can slow such threads to a crawl.
    threads = 1 if device == "cpu" else max(1, cores // jobs)
    return Settings(
        store=str(run.store.expanduser().absolute()),
        data_dir=str(run.data_dir.expanduser().absolute()),
        device=device,
        jobs=max(1, min(jobs, stages)),
        sharing=max(1, sharing),
        threads=threads,
        pack=run.pack,
        keep_all=run.keep == "all",
        checkpoint_seconds=run.checkpoint_seconds,
    )
