"""Where jobs run: the settings of each kind of cluster, and what can be said without asking it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from ltsweep.fields import Count, NotBool, Positive, Section, Text

_OWN_SETTINGS = {
    "partition": "partition",
    "account": "account",
    "qos": "qos",
    "constraint": "constraint",
    "time": "minutes",
    "mem": "mem_gb",
    "cpus-per-task": "cpus_per_job",
    **dict.fromkeys(("gpus", "gpus-per-node", "gpus-per-task", "gpus-per-socket"), "gpus_per_job"),
}
_NOT_THE_USERS = frozenset(
    (
        *("array", "dependency", "kill-on-invalid-dep", "requeue", "no-requeue", "hold", "signal"),
        *("output", "error", "open-mode", "input", "job-name", "chdir", "parsable", "test-only"),
        *("nodes", "ntasks", "ntasks-per-node", "wait", "wrap"),
    )
)


def _sbatch_options(options: dict[str, Any]) -> dict[str, Any]:
    """Options as sbatch spells them. ValueError for those that are set in another way."""
    options = {name.lstrip("-").replace("_", "-"): value for name, value in options.items()}
    for name, value in options.items():
        if name in _OWN_SETTINGS:
            raise ValueError(f"{name} is set by cluster.{_OWN_SETTINGS[name]}")
        if name == "gres" and str(value).startswith("gpu"):
            raise ValueError("GPUs are asked for by cluster.gpus_per_job and cluster.gpu_type")
        if name in _NOT_THE_USERS:
            raise ValueError(f"{name} is set by ltsweep itself")
    return options


Name = Annotated[
    str,
    StringConstraints(pattern=r"^[^\s,]+$"),
    Field(description="a name that the cluster knows"),
]
Restarts = Annotated[int, Field(ge=0), NotBool]
SbatchOptions = Annotated[
    dict[str, str | int | bool],
    AfterValidator(_sbatch_options),
    Field(description="options of sbatch with one value each, such as {exclude: node7}"),
]


class Local(Section):
    """Worker processes on this machine."""

    name: Literal["local"]
    cores: Count | None
    restarts: Restarts
    jobs_per_gpu: Count


class Debug(Section):
    """Everything in this process."""

    name: Literal["debug"]


class Slurm(Section):
    """Jobs in the queue of a Slurm cluster; null leaves a choice to the cluster."""

    name: Literal["slurm"]
    partition: Name | None
    account: Name | None
    qos: Name | None
    constraint: Text | None
    gpus_per_job: Annotated[int, Field(ge=0), NotBool]
    gpu_type: Name | None
    cpus_per_job: Count
    mem_gb: Positive | None
    minutes: Count
    warning_seconds: Count
    array_parallelism: Count | None
    levels_per_job: Count | None
    requeues: Restarts
    restarts: Restarts
    setup: tuple[Text, ...]
    sbatch: SbatchOptions

    @property
    def workers(self) -> int:
        """Processes in a job: one a GPU or, without GPUs, one a core."""
        return self.gpus_per_job or self.cpus_per_job


Cluster = Annotated[Local | Debug | Slurm, Field(discriminator="name")]
