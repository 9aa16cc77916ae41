"""Masks that change while a net trains: a rule is asked at declared steps for the next mask.

Rules ask by argument name. `weights` are the prunable weights, pruned ones zero, `mask` is what is
kept of them, `gradients` those of the step's batch by all of them, pruned ones included: a step
whose rule asks for gradients updates no weight (Evci et al. 2020, arXiv 1911.11134). `step` is the
step, `until` the one from which on the rule is not asked, `total` the length of the schedule.
`progress` goes from 0 at the step at which its time begins to 1 at the last step at which it is
asked. `kept` is how many weights the level keeps in all, `kept_by_group` how many of each group of
layers, by the tuple of their names. `random` is a generator of this step's own.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch

from ltsweep.data.augment import Batch
from ltsweep.foundations.components import arguments, unanswered
from ltsweep.foundations.contracts import broken, unlike
from ltsweep.foundations.randomness import generator
from ltsweep.spec import DynamicsSpec
from ltsweep.train.replicate import MaskChange, Replicate, Tensors
from ltsweep.train.strategy import Strategy


class Moment(NamedTuple):
    """A replicate at a step at which its mask may change; `weights` are those of `replicate`."""

    replicate: Replicate
    dynamics: DynamicsSpec
    step: int
    weights: Tensors
    gradients: Tensors

    @property
    def progress(self) -> float:
        """See above."""
        begin, last = self.dynamics.begin, self.dynamics.steps()[-1]
        return (self.step - begin) / (last - begin)

    @property
    def kept_by_group(self) -> dict[tuple[str, ...], int]:
        """See above."""
        groups = self.replicate.given["kept_by_group"]
        assert isinstance(groups, tuple)
        return {kept.layers: kept.count for kept in groups}


_INPUTS: Mapping[str, Callable[[Moment], Any]] = {
    "weights": lambda moment: moment.weights,
    "mask": lambda moment: moment.replicate.mask,
    "gradients": lambda moment: moment.gradients,
    "step": lambda moment: moment.step,
    "until": lambda moment: moment.dynamics.until,
    "progress": lambda moment: moment.progress,
    "kept": lambda moment: moment.replicate.given["kept"],
    "kept_by_group": lambda moment: moment.kept_by_group,
    "total": lambda moment: moment.replicate.schedule.total,
    "random": lambda moment: generator(
        moment.replicate.order.seed, "mask dynamics", moment.replicate.order.level, moment.step
    ),
}


def unknown_inputs(target: str) -> str | None:
    """A sentence where a rule asks for what there is not."""
    return unanswered(target, _INPUTS)


def change_masks(active: Sequence[Replicate], strategy: Strategy, batch: Batch, step: int) -> bool:
    """Asks the replicates' rules where this is a step for it; whether that took the step's place.

    All replicates of a pack have one rule. ContractError where it makes no mask.
    """
    dynamics = active[0].dynamics
    if dynamics is None or step not in dynamics.steps():
        return False
    names = arguments(dynamics.rule.target)
    takes_step = takes_steps(dynamics)
    gradients = strategy.gradients(batch) if takes_step else [{} for _ in active]
    for k, replicate in enumerate(active):
        state = strategy.state(k)
        weights = {name: state[name] for name in replicate.mask}
        moment = Moment(replicate, dynamics, step, weights, gradients[k])
        mask = dynamics.rule(**{name: _INPUTS[name](moment) for name in names})
        wanted = {name: (torch.bool, part.shape) for name, part in replicate.mask.items()}
        if returned := unlike(mask, wanted):
            contract = "a mask of the prunable weights, by name"
            raise broken(dynamics.rule.target, contract, returned, f"step {step}")
        _change(replicate, {name: mask[name] for name in replicate.mask}, step)
    strategy.set_masks([replicate.mask for replicate in active])
    return takes_step


def takes_steps(dynamics: DynamicsSpec) -> bool:
    """Whether no weight is updated at the steps at which the rule is asked."""
    return "gradients" in arguments(dynamics.rule.target)


def _change(replicate: Replicate, mask: Tensors, step: int) -> None:
    grown = sum(int((part & ~replicate.mask[name]).sum()) for name, part in mask.items())
    kept = {name: int(part.sum()) for name, part in mask.items()}
    replicate.changes.append(MaskChange(step, kept, grown))
    replicate.mask = mask
