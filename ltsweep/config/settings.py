"""The typed configuration of one point: what YAML and command line may say, and nothing else."""

from functools import cached_property
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from ltsweep.config.clusters import Cluster
from ltsweep.foundations.components import (
    Call,
    bind,
    check_call,
    check_component,
    late,
    public_name,
)
from ltsweep.foundations.types import (
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
from ltsweep.spec import Augment, Normalise, Split

Asker = Literal["mask", "weights", "criterion", "dynamics"]


def _is_rule(kind: Asker) -> AfterValidator:
    """Checks a rule's name: it asks by argument name for what the engine can give."""

    def check(target: str) -> str:
        try:
            bind(target, {})
        except ValidationError:
            raise ValueError(f"'{target}' has settings without a default") from None
        if problem := _wrong_question(kind, target):
            raise ValueError(problem)
        return public_name(target)

    return AfterValidator(check)


def _wrong_question(kind: Asker, target: str) -> str | None:
    # imported here since torch comes with the rules
    from ltsweep.methods import rule_inputs
    from ltsweep.train import dynamics

    if kind == "dynamics":
        return dynamics.unknown_inputs(target)
    return rule_inputs.unknown_inputs(kind, target)


# what a method's weights are called in short
SHORT = {name: f"ltsweep.methods.{name}" for name in ("fresh", "end")}
SHORT["source"] = "ltsweep.methods.rewound"

MaskRule = Annotated[str, _is_rule("mask")]
WeightsRule = Annotated[
    str, BeforeValidator(lambda name: SHORT.get(name, name)), _is_rule("weights")
]


class Component(BaseModel):
    """A part that names a function by `_target_`; keys it doesn't declare are the function's.

    `passed` is what the engine gives the function, before those settings; a function of a kind that
    `asks_as` says asks by argument name instead. `shared` are declared keys that the function takes
    too.
    """

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)
    passed: ClassVar[tuple[str, ...]] = ()
    asks_as: ClassVar[Asker | None] = None
    shared: ClassVar[tuple[str, ...]] = ()

    target: str = Field(alias="_target_")
    name: Name

    @field_validator("target")
    @classmethod
    def _target_fits(cls, target: str) -> str:
        if cls.asks_as is None:
            check_call(target, cls.passed, cls.shared)
            return target
        check_component(target)
        if problem := _wrong_question(cls.asks_as, target):
            raise ValueError(problem)
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
        shared = {name: getattr(self, name) for name in self.shared}
        return bind(self.target, {**shared, **(self.model_extra or {})})


class Dataset(Split, Augment, Component):
    """A dataset, its validation split, its normalisation constants and its augmentation.

    Their settings lie side by side in `conf/`; specifications hold them as values of their own. A
    `mean` or `std` of None is computed on the images that are trained on. `kin` names datasets
    whose images come from the same source: they may share some.
    """

    passed = ("the data directory",)

    mean: tuple[Number, ...] | None
    std: tuple[Positive, ...] | None
    white: Positive
    kin: tuple[Name, ...] = ()

    @property
    def split(self) -> Split:
        """Which images are used, and what for."""
        return Split(**{name: getattr(self, name) for name in Split.model_fields})

    @property
    def normalise(self) -> Normalise:
        """How raw values become numbers, where no constant is left to be computed."""
        return Normalise(**{name: getattr(self, name) for name in Normalise.model_fields})

    @property
    def augment(self) -> Augment:
        """What happens to training images at random."""
        return Augment(**{name: getattr(self, name) for name in Augment.model_fields})

    def is_kin_to(self, other: "Dataset") -> bool:
        """Whether the images of both come from one source: one dataset, or one names the other."""
        return other.name in (self.name, *self.kin) or self.name in other.kin


class Model(Component):
    """An architecture; `prunable` says by patterns of names which of its weights can be pruned."""

    passed = ("the shape of an image", "the number of classes")

    prunable: Literal["auto"] | Annotated[tuple[Text, ...], Field(min_length=1)] = "auto"


class Optimizer(Component):
    """An optimizer; every one has a learning rate."""

    passed = ("the parameters",)
    shared = ("lr",)

    lr: Positive


class Schedule(Component):
    """Training length and learning rate over time."""

    passed = ("the step", "the number of steps")

    length: SomeSteps
    warmup: Steps
    validate_every: SomeSteps


class Pruning(Component):
    """A score, the scope in which scores compete, and fractions of what remains."""

    asks_as = "criterion"

    scope: Literal["global", "layerwise"]
    fraction: Annotated[float, Field(gt=0, lt=1), NotBool]
    output_fraction: Annotated[float, Field(ge=0, lt=1), NotBool] | None


class Objective(Component):
    """The loss of an example."""

    passed = ("the outputs", "the labels")


class Numbers(Component):
    """How weights and activations are represented in the forward pass."""

    passed = ()


class Dynamics(Component):
    """A rule by which masks change while nets train, and when it is asked.

    `until` is a fraction of the training.
    """

    asks_as = "dynamics"

    every: SomeSteps
    until: Annotated[float, Field(gt=0, le=1), NotBool]


class Init(Component):
    """A weight distribution, the factor on its standard deviation, and how biases start."""

    passed = ("fan-in", "fan-out")

    scale: Positive
    bias: Literal["zero", "torch"] = "zero"


class Reset(Section):
    """The step that tickets are rewound to, and what the schedule does from there."""

    step: Steps
    schedule: Literal["resume", "restart"]


class Transfer(Section):
    """What of a source's state is taken to the target: its head, its norms."""

    head: Literal["auto", "fresh", "source"]
    norm: Literal["keep", "reset_stats", "reinit"]


class LadderRules(Section):
    """The rules by which the levels of a ladder are made from each other."""

    mask: MaskRule
    weights: WeightsRule


class Method(Section):
    """A named combination of a mask rule and a weights rule; no mask: the dense net.

    `ladder` has the rules of the levels that masks come from, where it is not iterative pruning
    with rewinding; `dynamics` changes masks in the method's own trainings.
    """

    name: Name
    mask: MaskRule | None
    weights: WeightsRule | None
    ladder: LadderRules | None = late(None)
    dynamics: Dynamics | None = late(None)

    @model_validator(mode="after")
    def _a_mask_has_weights(self) -> Self:
        if self.mask is not None and self.weights is None:
            raise ValueError("a mask needs weights; without a mask the net is dense")
        return self


class Report(Section):
    """What the verdicts of the report use; fixed before anything is run."""

    delta: Positive
    densities: tuple[Annotated[float, Field(gt=0, le=1), NotBool], ...]


class PointConfig(Section):
    """Everything that decides a point's result."""

    dataset: Dataset
    model: Model
    objective: Objective
    numbers: Numbers
    optimizer: Optimizer
    schedule: Schedule
    pruning: Pruning
    init: Init
    control_init: Init | None
    reset: Reset
    target: Dataset | None
    target_optimizer: Optimizer | None
    target_schedule: Schedule | None
    target_batch_size: Count | None
    transfer: Transfer
    method: Method
    batch_size: Count
    levels: Levels
    seed: Seed
    precision: Literal["fp32", "bf16"]
    norm_statistics: Literal["running", "recalibrated"]
    strategy: Literal["auto", "stacked", "sparse", "loop"]
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
