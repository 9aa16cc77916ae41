"""The typed configuration of one point: what YAML and command line may say, and nothing else."""

from typing import Annotated, Literal, Self

from pydantic import (
    ConfigDict,
    Field,
    model_validator,
)

from ltsweep.config.clusters import Cluster
from ltsweep.config.components import (
    Dataset,
    DynamicsRule,
    Init,
    Input,
    MaskRule,
    Model,
    Numbers,
    Objective,
    Optimizer,
    Pruning,
    Schedule,
    WeightsRule,
)
from ltsweep.config.reports import Report
from ltsweep.foundations.components import Call, arguments, bind_own, late, settings_model
from ltsweep.foundations.errors import listed
from ltsweep.foundations.types import (
    Count,
    Directory,
    File,
    Levels,
    Name,
    NotBool,
    Positive,
    Project,
    Section,
    Seed,
    SomeSteps,
    Steps,
)


class Reset(Section):
    """The step that tickets are rewound to, and what schedule and optimizer do from there."""

    step: Steps
    schedule: Literal["resume", "restart"]
    optimizer: Literal["fresh", "snapshot"] = "fresh"


class Transfer(Section):
    """What of a source's state is taken to the target: its head, its norms."""

    head: Literal["auto", "fresh", "source"]
    norm: Literal["keep", "reset_stats", "reinit"]


class LadderRules(Section):
    """The rules by which the levels of a ladder are made from each other."""

    mask: MaskRule
    weights: WeightsRule


Fraction = Annotated[float, Field(ge=0, le=1), NotBool]


class Method(Section):
    """A named combination of a mask rule and a weights rule; no mask: the dense net.

    `ladder` has the rules of the levels that masks come from, where it is not iterative pruning
    with rewinding. `lr` is the constant rate at which these levels are trained, or those that go on
    from the target's own training, or it is the schedule's last one; null: the schedule's rates. A
    method with a `step` takes the place of a ladder: it starts from the dense training's state at
    that step. `dynamics` changes masks in the method's own trainings. It is asked `every` so many
    steps, `every_at_most` this fraction of the training, after the fraction `begin`, and before
    `until` or up to `end`. Weights that are `frozen` are not trained: the prunable ones, but for
    the output layer's. Keys that the method doesn't declare are settings of its rules.
    """

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)

    name: Name
    mask: MaskRule | None
    weights: WeightsRule | None
    ladder: LadderRules | None = late(None)
    lr: Literal["last"] | Positive | None = late(None)
    step: Steps | None = late(None)
    dynamics: DynamicsRule | None = late(None)
    every: SomeSteps | None = late(None)
    every_at_most: Fraction | None = late(None)
    begin: Fraction | None = late(None)
    until: Fraction | None = late(None)
    end: Fraction | None = late(None)
    frozen: Literal["none", "prunable"] = late("none")

    @model_validator(mode="after")
    def _a_rate_has_a_ladder(self) -> Self:
        goes_on = self.weights is not None and "transferred" in arguments(self.weights)
        if self.lr is not None and self.ladder is None and not goes_on:
            raise ValueError(
                "lr is the rate of a method's own ladder, which this method has not; set "
                "optimizer.lr, or choose a method with a ladder such as method=finetune"
            )
        return self

    @model_validator(mode="after")
    def _a_mask_has_weights(self) -> Self:
        if self.mask is not None and self.weights is None:
            raise ValueError("a mask needs weights; without a mask the net is dense")
        return self

    @model_validator(mode="after")
    def _frozen_weights_are_named(self) -> Self:
        if self.frozen != "none" and self.weights is None:
            raise ValueError("frozen weights are those that a method starts from; name weights")
        return self

    @model_validator(mode="after")
    def _settings_are_of_the_rules(self) -> Self:
        rules = [rule for rule in (self.mask, self.weights, self.dynamics) if rule is not None]
        settings_model(tuple(rules)).model_validate(self.model_extra)
        return self

    @model_validator(mode="after")
    def _dynamics_know_when(self) -> Self:
        times = {name: getattr(self, name) for name in _TIMES}
        given = [name for name, value in times.items() if value is not None]
        if self.dynamics is None and given:
            raise ValueError(f"{listed(given)}: only the masks of a method with dynamics change")
        if self.dynamics is None:
            return self
        if self.frozen != "none":
            raise ValueError("masks that change need weights that are trained; leave frozen out")
        if self.every is None or (self.until is None) == (self.end is None):
            raise ValueError("masks that change need every, and either until or end")
        if (self.begin or 0) >= (self.until or self.end or 0):
            last = "until" if self.end is None else "end"
            raise ValueError(f"begin={self.begin or 0:g} must be less than {last}={times[last]:g}")
        return self

    @model_validator(mode="after")
    def _a_step_is_in_place_of_a_ladder(self) -> Self:
        if self.mask is None or self.weights is None:
            if self.step is not None:
                raise ValueError("a step is that of a mask; without a mask leave step out")
            return self
        asked = arguments(self.mask)
        if "scored_at_step" in asked and self.step is None:
            raise ValueError(f"{self.mask} scores the state at a step; set it, as in step: 0it")
        ends = asked & {"ladder", "previous", "ended", "mask", "transferred", "scored_transferred"}
        ends |= arguments(self.weights) & {"previous", "ended", "transferred"}
        if self.step is not None and ends:
            raise ValueError(
                f"its rules ask for {listed(sorted(ends))}, and a method with a step has no levels "
                "before; leave step out, or name other rules"
            )
        return self

    def bound(self, rule: str) -> Call:
        """A rule of this method with those of its settings that the rule takes."""
        return bind_own(rule, self.model_extra or {})


_TIMES = ("every", "every_at_most", "begin", "until", "end")


class PointConfig(Section):
    """Everything that decides a point's result.

    A `ticket` from a file takes the place of a source: of `pruning`, `reset` and `levels`.
    """

    dataset: Dataset
    input: Input
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
    ticket: File | None = late(None)
    method: Method
    batch_size: Count
    levels: Levels
    seed: Seed
    precision: Literal["fp32", "bf16"]
    norm_statistics: Literal["running", "recalibrated"]
    strategy: Literal["auto", "by_density", "stacked", "sparse", "loop"]
    report: Report


class Logger(Section):
    """Where curves are sent, apart from the report."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    name: Name
    mode: Literal["auto", "offline", "online", "disabled"]
    project: Project
    entity: Name | None
    delay_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False), NotBool] = late(60.0)


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
    stop_after: Count | None = late(None)
