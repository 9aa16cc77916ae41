"""Where jobs run: the settings of each kind of cluster, and what can be said without asking it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from ltsweep.config.sentences import sentences
from ltsweep.foundations.errors import not_a_setting
from ltsweep.foundations.types import Count, NotBool, Positive, Section, Text

_OWN_SETTINGS = {
    "partition": "partition",
    "account": "account",
    "qos": "qos",
    "constraint": "constraint",
    "job-name": "job_name",
    "time": "minutes",
    "mem": "mem_gb",
    "cpus-per-task": "cpus_per_job",
    **dict.fromkeys(("gpus", "gpus-per-node", "gpus-per-task", "gpus-per-socket"), "gpus_per_job"),
}
_NOT_THE_USERS = frozenset(
    (
        *("array", "dependency", "kill-on-invalid-dep", "requeue", "no-requeue", "hold", "signal"),
        *("output", "error", "open-mode", "input", "chdir", "parsable", "test-only"),
        *("nodes", "ntasks", "ntasks-per-node", "wait", "wrap"),
    )
)

_RULES = (
    "a list of rules such as {when:{model:resnet20},set:{gpus_per_job:1}}; when names dataset, "
    "source, target, model, precision or dense (true or false), and set what jobs for such "
    "trainings ask for"
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
JobName = Annotated[
    str,
    StringConstraints(pattern=r"^[^\s,]+$"),
    Field(description="a name without spaces and commas"),
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


class Resources(Section):
    """What a job in Slurm's queue asks for; null leaves a choice to the cluster."""

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
    requeues: Restarts
    restarts: Restarts
    setup: tuple[Text, ...]
    sbatch: SbatchOptions
    job_name: JobName | None = None

    @property
    def workers(self) -> int:
        """Processes in a job: one a GPU or, without GPUs, one a core."""
        return self.gpus_per_job or self.cpus_per_job


class When(Section):
    """Which trainings a rule is for: those of which all that it names is true."""

    dataset: Name | None = None
    source: Name | None = None
    target: Name | None = None
    model: Name | None = None
    precision: Literal["fp32", "bf16"] | None = None
    dense: bool | None = None

    def fits(self, training: Training) -> bool:
        """Whether it is for this kind of training."""
        wanted = self.model_dump(exclude_none=True)
        return all(getattr(training, name) == value for name, value in wanted.items())


@dataclass(frozen=True)
class Training:
    """What rules tell trainings apart by. All stages of a ladder, but the dense one, are alike.

    `dataset` is what is trained on. `source` and `target` are those of a training whose ticket or
    weights come from a training of another kind, and None of others: those of ladders, fresh dense
    ones, and masks that are made from counts alone.
    """

    dataset: str
    model: str
    precision: str
    dense: bool
    source: str | None = None
    target: str | None = None


class Rule(Section):
    """Resources of some trainings, where they differ from those of all."""

    when: When
    set: dict[str, Any]


class Slurm(Resources):
    """Jobs in the queue of a Slurm cluster."""

    name: Literal["slurm"]
    levels_per_job: Count | None
    per_stage: Annotated[tuple[Rule, ...], Field(description=_RULES)]

    @model_validator(mode="after")
    def _rules_set_resources(self) -> Self:
        for number, rule in enumerate(self.per_stage):
            what = f"rule {number + 1} of per_stage"
            for name in rule.set.keys() - Resources.model_fields.keys():
                raise ValueError(not_a_setting(name, f"the set of {what}", Resources.model_fields))
            try:
                self._with(rule.set)
            except ValidationError as error:
                told = "; ".join(sentences(error, Resources, rule.set))
                raise ValueError(f"{what}: {told}") from None
        return self

    def resources(self, training: Training) -> Resources:
        """What jobs for these trainings ask for; of rules that fit the later ones win."""
        return self._with(
            {
                name: value
                for rule in self.per_stage
                if rule.when.fits(training)
                for name, value in rule.set.items()
            }
        )

    def _with(self, others: Mapping[str, Any]) -> Resources:
        own = {name: getattr(self, name) for name in Resources.model_fields}
        return Resources.model_validate({**own, **others})


Cluster = Annotated[Local | Debug | Slurm, Field(discriminator="name")]
