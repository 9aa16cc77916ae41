"""Tries parts of a user's own on small inputs, before any job starts, for their contracts.

Parts of ltsweep's own do, which its tests see to.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from numbers import Real
from typing import Any

import torch

from ltsweep.config.components import Component
from ltsweep.foundations.components import Call
from ltsweep.foundations.contracts import ContractError, attempt, broken, shown
from ltsweep.models.layers import Layer
from ltsweep.plan.facts import Facts
from ltsweep.plan.sides import Side
from ltsweep.plan.steps import Steps
from ltsweep.train.numbers import Numbers
from ltsweep.train.optimizer_contract import check_optimizer


class Contracts:
    """Tries parts; remembers which, since thousands of points share a few."""

    def __init__(self) -> None:
        self._tried: set[tuple[Any, ...]] = set()

    def broken(self, side: Side, facts: Facts) -> Iterator[str]:
        """A sentence per part of a side that breaks its contract and was not tried before."""
        there = side.config.model_fields_set
        for (name, *needs), trial in _TRIALS.items():
            part = side.setting(name) if {name, *needs} <= there else None
            if not isinstance(part, Component) or part.target.startswith("ltsweep."):
                continue
            rest = [side.setting(need) for need in needs]
            situation = (name, part, side.dataset, side.model, *rest)
            if situation in self._tried:
                continue
            self._tried.add(situation)
            try:
                trial(part.bind(), side, facts)
            except ContractError as error:
                yield f"{side.called(name)}={part.name}: {error}"


def _try_objective(objective: Call, side: Side, facts: Facts) -> None:
    classes = facts.classes
    outputs = torch.zeros(2, classes, requires_grad=True)
    given = f"two rows of {classes} zeros and their labels"
    losses = attempt(objective.target, given, objective, outputs, torch.tensor([0, classes - 1]))
    contract = "a finite float loss for each row, (2,), that gradients go through"
    if not (_is_float(losses) and losses.shape == (2,)):
        raise broken(objective.target, contract, shown(losses), given)
    if not torch.isfinite(losses).all():
        raise broken(objective.target, contract, str(losses.tolist()), given)
    if not losses.requires_grad:
        returned = f"{shown(losses)} without a gradient"
        raise broken(objective.target, contract, returned, given)


def _try_numbers(numbers: Call, side: Side, facts: Facts) -> None:
    made = attempt(numbers.target, "nothing", numbers)
    if not isinstance(made, Numbers):
        raise broken(numbers.target, "ltsweep.train.numbers.Numbers", shown(made))
    for layer in _smallest(facts):
        inputs = (2, layer.shape[1], *(2 for _ in layer.shape[2:]))
        for what, function, shape in (
            ("weight", made.weight, layer.shape),
            ("activation", made.activation, inputs),
        ):
            if function is None:
                continue
            values = torch.linspace(-1, 1, math.prod(shape)).view(shape).requires_grad_()
            given = f"{shown(values)} to its function of {what}s"
            seen = attempt(numbers.target, given, function, values)
            if not (_is_float(seen) and seen.shape == values.shape and seen.requires_grad):
                contract = "functions to floats of the same shape that gradients go through"
                lacks = " without a gradient" if _is_float(seen) and not seen.requires_grad else ""
                raise broken(numbers.target, contract, shown(seen) + lacks, given)


def _try_optimizer(optimizer: Call, side: Side, facts: Facts) -> None:
    check_optimizer(optimizer)


def _try_schedule(schedule: Call, side: Side, facts: Facts) -> None:
    total = Steps(side.schedule, side.batch_size, facts.train_examples).total
    for step in dict.fromkeys((0, total // 2, total - 1)):
        given = f"step {step} of {total}"
        factor = attempt(schedule.target, given, schedule, step, total)
        if not (_is_number(factor) and factor >= 0):
            raise broken(schedule.target, "a finite number of at least 0", shown(factor), given)


def _try_init(init: Call, side: Side, facts: Facts) -> None:
    made = {}
    for layer in facts.layers:
        given = f"fan-in {layer.fan_in} and fan-out {layer.fan_out}"
        found = attempt(init.target, given, init, layer.fan_in, layer.fan_out)
        if not callable(getattr(found, "draw", None)) or not hasattr(found, "std"):
            contract = "a distribution with std and draw, such as ltsweep.init.distributions.Normal"
            raise broken(init.target, contract, shown(found), given)
        std = found.std
        if callable(std):
            std = attempt(init.target, given, std, layer.shape)
        if not (_is_number(std) and std > 0):
            contract = "a distribution whose std is a finite number above 0"
            raise broken(init.target, contract, f"one with std {shown(std)}", given)
        made[layer] = found
    for layer in _smallest(facts):
        _try_draw(init, made[layer], layer.shape)


def _try_draw(init: Call, distribution: Any, shape: tuple[int, ...]) -> None:
    given = f"the shape {shape}"

    def draw() -> Any:
        return distribution.draw(shape, 1.0, torch.Generator().manual_seed(0))

    drawn, again = (attempt(init.target, given, draw) for _ in range(2))
    contract = "a distribution whose draw gives finite float32 of the shape that it is asked for"
    right = isinstance(drawn, torch.Tensor) and drawn.dtype == torch.float32
    if not right or drawn.shape != shape:
        raise broken(init.target, contract, f"one that draws {shown(drawn)}", given)
    if not torch.isfinite(drawn).all():
        raise broken(init.target, contract, "one that draws infinity or NaN", given)
    if not torch.equal(drawn, again):
        contract = "a distribution that draws from the generator that it is given, and nowhere else"
        raise broken(init.target, contract, "one whose draws with equal generators differ")


def _smallest(facts: Facts) -> list[Layer]:
    """The smallest layer with each number of dimensions."""
    layers = sorted(facts.layers, key=lambda layer: layer.total, reverse=True)
    return list({len(layer.shape): layer for layer in layers}.values())


def _is_float(value: object) -> bool:
    return isinstance(value, torch.Tensor) and value.is_floating_point()


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)


# the part that is tried, and what else of a configuration its trial reads
_TRIALS: Mapping[tuple[str, ...], Callable[[Call, Side, Facts], None]] = {
    ("objective",): _try_objective,
    ("numbers",): _try_numbers,
    ("optimizer",): _try_optimizer,
    ("schedule", "batch_size"): _try_schedule,
    ("init",): _try_init,
    ("control_init",): _try_init,
}
