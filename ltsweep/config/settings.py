"""The typed configuration of one point: what YAML and command line may say, and nothing else."""

from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from ltsweep.config.clusters import Cluster
from ltsweep.config.types import (
    Count,
    Directory,
    Levels,
    Name,
    NotBool,
    Number,
    Positive,
    Section,
    Seed,
    SomeSteps,
    Steps,
    Text,
)
from ltsweep.foundations.components import Call, arguments, bind, check_call
from ltsweep.foundations.errors import listed

MASK_INPUTS = frozenset({"ladder", "layers", "kept", "permutation"})
WEIGHTS_INPUTS = frozenset({"rewound", "fresh"})


class Component(BaseModel):
    """A part that names a function by `_target_`; keys it doesn't declare are the function's.

    `passed` is what the engine gives the function, before those settings.
    """

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)
    passed: ClassVar[tuple[str, ...]]

    target: str = Field(alias="_target_")
    name: Name

    @field_validator("target")
    @classmethod
    def _target_fits(cls, target: str) -> str:
        check_call(target, cls.passed)
        return target

    @model_validator(mode="after")
    def _parameters_fit(self) -> Self:
        self.bind()
        return self

    def bind(self) -> Call:
        """The function with its parameters checked."""
        return self._call

    @cached_property
    def _call(self) -> Call:
        return bind(self.target, {**self.shared(), **(self.model_extra or {})})

    def shared(self) -> dict[str, Any]:
        """Declared keys that the function takes too."""
        return {}


class Dataset(Component):
    """A dataset, its validation split, its normalisation constants and its augmentation."""

    passed = ("the data directory",)

    validation: Count
    examples: Count | None
    split_seed: Seed
    mean: tuple[Number, ...]
    std: tuple[Positive, ...]
    white: Positive
    flip: bool
    crop: Annotated[int, Field(ge=0), NotBool]


class Model(Component):
    """An architecture."""

    passed = ("the shape of an image", "the number of classes")


class Optimizer(Component):
    """An optimizer; every one has a learning rate."""

    passed = ("the parameters",)

    lr: Positive

    def shared(self) -> dict[str, Any]:
        """The learning rate is a parameter of every optimizer."""
        return {"lr": self.lr}


class Schedule(Component):
    """Training length and learning rate over time."""

    passed = ("the step", "the number of steps")

    length: SomeSteps
    warmup: Steps
    validate_every: SomeSteps


class Pruning(Component):
    """A score, the scope in which scores compete, and fractions of what remains."""

    passed = ("the trained weights",)

    scope: Literal["global", "layerwise"]
    fraction: Annotated[float, Field(gt=0, lt=1), NotBool]
    output_fraction: Annotated[float, Field(ge=0, lt=1), NotBool] | None


class Init(Component):
    """A weight distribution and the factor on its standard deviation."""

    passed = ("fan-in", "fan-out")

    scale: Positive


class Reset(Section):
    """The step that tickets are rewound to, and what the schedule does from there."""

    step: Steps
    schedule: Literal["resume", "restart"]


class Method(Section):
    """A named combination of a mask rule and a weights rule; no mask: the dense net."""

    name: Name
    mask: str | None
    weights: str | None

    @field_validator("mask")
    @classmethod
    def _mask_is_a_rule(cls, mask: str | None) -> str | None:
        return _rule(mask, MASK_INPUTS)

    @field_validator("weights")
    @classmethod
    def _weights_are_a_rule(cls, weights: str | None) -> str | None:
        return _rule(weights, WEIGHTS_INPUTS)

    @model_validator(mode="after")
    def _mask_and_weights_go_together(self) -> Self:
        if (self.mask is None) != (self.weights is None):
            raise ValueError("mask and weights must both be set, or both null (the dense net)")
        return self


class Report(Section):
    """What the verdicts of the report use; fixed before anything is run."""

    delta: Positive
    densities: tuple[Annotated[float, Field(gt=0, le=1), NotBool], ...]


class PointConfig(Section):
    """Everything that decides a point's result."""

    dataset: Dataset
    model: Model
    optimizer: Optimizer
    schedule: Schedule
    pruning: Pruning
    init: Init
    control_init: Init | None
    reset: Reset
    method: Method
    batch_size: Count
    levels: Levels
    seed: Seed
    precision: Literal["fp32", "bf16"]
    report: Report


class Logger(Section):
    """Where curves are replayed to, apart from the report."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    name: Name
    mode: Literal["auto", "offline", "online", "disabled"]
    project: Text
    entity: Text | None


class RunConfig(Section):
    """How and where a selection of points is run: nothing here changes a result."""

    action: Literal["plan", "submit", "status", "logs", "retry", "cancel", "report"]
    cluster: Cluster
    logger: Logger
    jobs: Count | Literal["auto"]
    pack: Count | Literal["auto"]
    device: Literal["auto", "cpu", "cuda"]
    store: Directory
    data_dir: Directory
    wait: bool | Literal["auto"]
    keep: Literal["needed", "all"]
    checkpoint_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False), NotBool]


def _rule(target: str | None, inputs: frozenset[str]) -> str | None:
    """A rule's name, checked: it asks by argument name for what the engine can give."""
    if target is not None:
        try:
            bind(target, {})
        except ValidationError:
            raise ValueError(f"'{target}' has settings without a default") from None
        if unknown := arguments(target) - inputs:
            raise ValueError(
                f"'{target}' asks for {listed(sorted(unknown))}; there is {listed(sorted(inputs))}"
            )
    return target
