"""The typed configuration of one point: what YAML and command line may say, and nothing else."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from ltsweep.components import Call, bind

Steps = Annotated[
    str,
    StringConstraints(pattern=r"^\d+(it|ep)$"),
    Field(description="steps such as 500it, or epochs such as 1ep"),
]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.+-]+$")]
Seed = Annotated[int, Field(ge=0, lt=2**31)]


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a number is wanted, not true or false")
    return value


class Section(BaseModel):
    """Base of the configuration's parts: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Component(BaseModel):
    """A part that names a function by `_target_`; keys it doesn't declare are the function's."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    target: str = Field(alias="_target_")
    name: Name

    @model_validator(mode="after")
    def _parameters_fit(self) -> Self:
        self.bind()
        return self

    def bind(self) -> Call:
        """The function with its parameters checked."""
        return bind(self.target, {**self.shared(), **(self.model_extra or {})})

    def shared(self) -> dict[str, Any]:
        """Declared keys that the function takes too."""
        return {}


class Dataset(Component):
    """A dataset, its validation split and its normalisation constants."""

    validation: Annotated[int, Field(ge=1)]
    split_seed: Seed
    mean: tuple[float, ...]
    std: tuple[Positive, ...]
    white: Positive


class Optimizer(Component):
    """An optimizer; every one has a learning rate."""

    lr: Annotated[Positive, BeforeValidator(_no_bool)]

    def shared(self) -> dict[str, Any]:
        """The learning rate is a parameter of every optimizer."""
        return {"lr": self.lr}


class Schedule(Component):
    """Training length and learning rate over time."""

    length: Steps
    warmup: Steps
    validate_every: Steps


class Pruning(Component):
    """A score, the scope in which scores compete, and fractions of what remains."""

    scope: Literal["global", "layerwise"]
    fraction: Annotated[float, Field(gt=0, lt=1), BeforeValidator(_no_bool)]
    output_fraction: Annotated[float, Field(ge=0, lt=1), BeforeValidator(_no_bool)] | None


class Init(Component):
    """A weight distribution and the factor on its standard deviation."""

    scale: Annotated[Positive, BeforeValidator(_no_bool)]


class Reset(Section):
    """The step that tickets are rewound to, and what the schedule does from there."""

    step: Steps
    schedule: Literal["resume", "restart"]


class Method(Section):
    """A named combination of a mask rule and a weights rule; no mask: the dense net."""

    name: Name
    mask: str | None
    weights: str | None

    @model_validator(mode="after")
    def _mask_and_weights_go_together(self) -> Self:
        if (self.mask is None) != (self.weights is None):
            raise ValueError("mask and weights are both set, or both null (the dense net)")
        for target in filter(None, (self.mask, self.weights)):
            bind(target, {})
        return self


class Report(Section):
    """What the verdicts of the report use; fixed before anything is run."""

    delta: Positive
    densities: tuple[Annotated[float, Field(gt=0, le=1)], ...]


class PointConfig(Section):
    """Everything that decides a point's result."""

    dataset: Dataset
    model: Component
    optimizer: Optimizer
    schedule: Schedule
    pruning: Pruning
    init: Init
    control_init: Init | None
    reset: Reset
    method: Method
    batch_size: Annotated[int, Field(ge=1)]
    levels: Annotated[int, Field(ge=0, le=200)]
    seed: Seed
    precision: Literal["fp32", "bf16"]
    report: Report


class Cluster(Section):
    """Where jobs run."""

    name: Literal["local", "debug"]
    cores: Annotated[int, Field(ge=1)] | None
    restarts: Annotated[int, Field(ge=0)]


class Logger(Section):
    """Where curves are replayed to, apart from the report."""

    name: Name
    mode: Literal["auto", "offline", "online", "disabled"]
    project: str
    entity: str | None


class RunConfig(Section):
    """How and where a selection of points is run: nothing here changes a result."""

    action: Literal["plan", "submit", "report"]
    cluster: Cluster
    logger: Logger
    jobs: Annotated[int, Field(ge=1)] | Literal["auto"]
    pack: Annotated[int, Field(ge=1)] | Literal["auto"]
    device: Annotated[str, StringConstraints(pattern=r"^(auto|cpu|cuda)$")]
    store: Path
    data_dir: Path
    wait: bool
    keep: Literal["needed", "all"]
    checkpoint_seconds: Annotated[float, Field(ge=0)]
