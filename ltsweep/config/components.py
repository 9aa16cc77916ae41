"""Parts of a configuration that name a function: checked against the contract of their kind."""

from functools import cached_property
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    field_validator,
    model_validator,
)

from ltsweep.data_spec import Augment, Normalise, Split
from ltsweep.foundations.components import (
    Call,
    bind,
    check_call,
    check_component,
    public_name,
)
from ltsweep.foundations.errors import listed
from ltsweep.foundations.types import (
    Count,
    ImageSize,
    Name,
    NotBool,
    Number,
    Positive,
    SomeSteps,
    Text,
    Warmup,
    names_function,
)

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


def _in_short(name: str) -> str:
    if name not in SHORT and "." not in name:
        short = listed(SHORT, "or")
        raise ValueError(f"'{name}' must be {short}, or the dotted name of a rule such as my.rule")
    return SHORT.get(name, name)


MaskRule = Annotated[str, names_function(), _is_rule("mask")]
WeightsRule = Annotated[
    str,
    names_function(SHORT),
    AfterValidator(_in_short),
    _is_rule("weights"),
]
DynamicsRule = Annotated[str, names_function(), _is_rule("dynamics")]


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

    target: Annotated[str, names_function()] = Field(alias="_target_")
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


Shape = tuple[int, int, int]


class Input(Component):
    """A way to bring the images of source and target to one shape, when they are read.

    `size` is that of the source's images, of the target's, or any; None: images keep theirs.
    `channels` says what is done where the target's count is not the source's.
    """

    passed = ("images", "the height", "the width")

    size: ImageSize | None
    channels: Literal["repeat", "luma", "keep"]

    @property
    def changes_nothing(self) -> bool:
        """Whether images stay as they are whatever the datasets."""
        return self.size is None and self.channels == "keep"

    def shape(self, own: Shape, like: Shape) -> Shape:
        """The shape (C, H, W) of images of shape `own` where those to be like have another."""
        channels = own[0] if self.channels == "keep" else like[0]
        if self.size is None:
            return (channels, *own[1:])
        if self.size in ("source", "target"):
            return (channels, *like[1:])
        height, width = map(int, self.size.split("x"))
        return channels, height, width


class Model(Component):
    """An architecture; `prunable` says by patterns of names which of its weights can be pruned."""

    passed = ("the shape of an image", "the number of classes")

    prunable: Literal["auto"] | Annotated[tuple[Text, ...], Field(min_length=1)] = "auto"


class Optimizer(Component):
    """An optimizer; every one has a learning rate."""

    passed = ("the parameters",)
    shared = ("lr",)

    lr: Positive

    @property
    def but_its_rate(self) -> Call:
        """The function with its parameters but the learning rate: whose state it can go on with."""
        rest = {name: value for name, value in self.bind().params.items() if name != "lr"}
        return self.bind().model_copy(update={"params": rest})


class Schedule(Component):
    """Training length and learning rate over time."""

    passed = ("the step", "the number of steps")

    length: SomeSteps
    warmup: Warmup
    validate_every: SomeSteps


OwnFraction = Annotated[float, Field(ge=0, lt=1), NotBool]
# the first pattern that matches holds, so records, whose keys are sorted, have a list of pairs
OwnFractions = Annotated[
    dict[Text, OwnFraction | Literal["half"]],
    Field(min_length=1, description="patterns of layers with a fraction each, or half"),
    BeforeValidator(lambda said: dict(said) if isinstance(said, list | tuple) else said),
    PlainSerializer(lambda own: list(own.items()) if isinstance(own, dict) else own),
]


class Pruning(Component):
    """A score, the scope in which scores compete, and fractions of what remains.

    `layers` gives layers that match a pattern fractions of their own; `output_fraction` is short
    for the output layer's. A `schedule` is iterative, or leads from the dense net to each level.
    A level is pruned in `rounds`. Scores that need data read so many examples of each class.
    """

    asks_as = "criterion"

    scope: Literal["global", "layerwise"]
    fraction: Annotated[float, Field(gt=0, lt=1), NotBool]
    output_fraction: OwnFraction | None
    layers: OwnFractions | None = None
    schedule: Literal["iterative", "oneshot"] = "iterative"
    rounds: Count = 1
    score_per_class: Count = 10

    @property
    def fractions(self) -> dict[str, float]:
        """Those of layers that match a pattern, in the order in which patterns are tried."""
        own = (self.layers or {}).items()
        return {name: self.fraction / 2 if said == "half" else said for name, said in own}

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        if self.layers is not None and self.output_fraction is not None:
            raise ValueError(
                "output_fraction is short for layers={@output: ...}; set one of them and the other "
                "to null"
            )
        return self


class Objective(Component):
    """The loss of an example."""

    passed = ("the outputs", "the labels")


class Numbers(Component):
    """How weights and activations are represented in the forward pass."""

    passed = ()


class Init(Component):
    """A weight distribution, the factor on its standard deviation, and how biases start.

    `output` may have the output layer drawn as torch draws it. `rescale` says how weights from it
    are rescaled once they are pruned, `rescale_where` whether that is done in the ladder's levels
    too or only at a point's own.
    """

    passed = ("fan-in", "fan-out")

    scale: Positive
    bias: Literal["zero", "torch"] = "zero"
    rescale: Literal["none", "count", "count_unit", "energy", "redraw"] = "none"
    rescale_where: Literal["final", "ladder"] = "final"
    output: Literal["same", "torch"] = "same"
