"""What a pack needs of an optimizer, tried on a small weight and bias before anything trains."""

import torch
from torch import nn

from ltsweep.foundations.components import Call
from ltsweep.foundations.contracts import attempt, broken, shown
from ltsweep.train.pack_optimizer import make_plain, take_step

STEPS = 3  # momentum and the like are there from the second on
GIVEN = "a weight and a bias"


def check_optimizer(optimizer: Call) -> None:
    """ContractError, in one line, where packs cannot use an optimizer.

    A pack sets one rate for all parameters, calls `step` without a closure, and holds nets that
    must not act on each other. Pruned weights stay zero because their gradients are.
    """
    weight = _moved(optimizer)
    if weight[0, 1] != 0:
        raise broken(
            optimizer.target,
            "an optimizer that leaves a weight at zero where its gradient is zero, since pruned "
            "weights stay zero",
            f"one that moves it to {weight[0, 1].item():.3g}",
        )
    if not torch.equal(weight, _moved(optimizer, bias_moves=True)):
        raise broken(
            optimizer.target,
            "an optimizer that treats each tensor by itself, since the nets of a pack share it",
            "one whose update of a weight depends on the gradient of a bias",
        )


def _moved(optimizer: Call, *, bias_moves: bool = False) -> torch.Tensor:
    """A weight after a few steps beside a bias, which has a gradient or none."""
    make_plain()
    weight = nn.Parameter(torch.tensor([[0.5, 0.0], [-0.25, 1.0]]))
    bias = nn.Parameter(torch.tensor([0.125, -0.5]))
    made = attempt(optimizer.target, GIVEN, optimizer, [weight, bias])
    if not isinstance(made, torch.optim.Optimizer):
        raise broken(optimizer.target, "a torch.optim.Optimizer", shown(made))
    groups = [len(group["params"]) for group in made.param_groups]
    rate = made.param_groups[0].get("lr") if groups else None
    if groups != [2]:
        contract = "an optimizer with one group, of all parameters that it is given"
        raise broken(optimizer.target, contract, f"one with groups of {groups}", GIVEN)
    if isinstance(rate, bool) or not isinstance(rate, float | int):
        contract = "an optimizer whose group has its rate, a number, as lr"
        raise broken(optimizer.target, contract, f"one with lr {shown(rate)}")
    weight.grad = torch.tensor([[0.25, 0.0], [-1.0, 0.5]])
    bias.grad = torch.tensor([2.0, -3.0]) if bias_moves else None
    before = bias.detach().clone()
    for _ in range(STEPS):
        with torch.no_grad():
            attempt(optimizer.target, f"{GIVEN} and asked for a step", take_step, made)
    if not bias_moves and not torch.equal(bias, before):
        raise broken(
            optimizer.target,
            "an optimizer that leaves a parameter without a gradient alone",
            "one that moves it",
        )
    return weight.detach()
