"""Pruning criteria by derivatives: how much the loss, its gradient or the net's flow would change.

What criteria may ask for by argument name is in `ltsweep.methods.rule_inputs`. Scores are float64
dicts of tensors by parameter name, shaped like the prunable weights; the lowest are pruned.
"""

from collections.abc import Callable, Sequence
from typing import Annotated

import torch
from pydantic import Field

__all__ = ["gradient_x_weight", "grasp", "snip", "synflow"]

Tensors = dict[str, torch.Tensor]
Batches = Sequence[tuple[torch.Tensor, torch.Tensor]]
Net = Callable[[Tensors, torch.Tensor], torch.Tensor]
Objective = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def snip(weights: Tensors, gradients: Tensors) -> Tensors:
    """|w dL/dw| of the mean loss L over all batches (SNIP; Lee et al. 2019, arXiv 1810.02340).

    Gradients are averaged with their signs; the absolute value is taken last.
    """
    return {name: (weight * gradients[name]).abs() for name, weight in weights.items()}


def gradient_x_weight(
    weights: Tensors, state: Tensors, net: Net, batches: Batches, objective: Objective
) -> Tensors:
    """The sum over batches of |w dL/dw|, L the mean loss of the batch (Blalock et al. 2020).

    Unlike SNIP's, contributions of opposite signs do not cancel (arXiv 2003.03033).
    """
    leaves = _leaves(weights)
    scores = {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
    for images, labels in batches:
        loss = objective(net(state | leaves, images), labels).mean()
        for name, gradient in _gradients(loss, leaves).items():
            scores[name] += (leaves[name].detach() * gradient).abs()
    return scores


def grasp(
    weights: Tensors,
    state: Tensors,
    net: Net,
    batches: Batches,
    objective: Objective,
    *,
    temperature: Annotated[float, Field(gt=0)] = 200.0,
) -> Tensors:
    """The product w * (H g), the largest of which stay (Wang et al. 2020, arXiv 2002.07376).

    This is GraSP: g is the gradient and H the Hessian of the mean loss over all batches, where
    outputs are divided by the temperature. Without the weights of large w * (H g) the gradient's
    square would be less. No absolute value is taken.
    """
    leaves = _leaves(weights)
    examples = sum(len(labels) for _, labels in batches)

    def share(images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """What a batch adds to the mean loss."""
        return objective(net(state | leaves, images) / temperature, labels).sum() / examples

    total = {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
    for batch in batches:
        for name, part in _gradients(share(*batch), leaves).items():
            total[name] += part
    product = {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
    for batch in batches:
        gradients = _gradients(share(*batch), leaves, create_graph=True)
        along = torch.stack([(total[n] * part).sum() for n, part in gradients.items()]).sum()
        for name, part in _gradients(along, leaves).items():
            product[name] += part
    return {name: leaf.detach() * product[name] for name, leaf in leaves.items()}


def synflow(weights: Tensors, flow: Callable[[Tensors], torch.Tensor]) -> Tensors:
    """SynFlow: theta * dR/dtheta for theta = |w| (Tanaka et al. 2020, arXiv 2006.05467).

    R is the net's flow: the sum of what an image of ones comes to, were all parameters their
    absolute values and norms and biases not there. `pruning.rounds` scores again and again while
    ever more is pruned, a hundred times in the paper.
    """
    leaves = _leaves({name: weight.abs() for name, weight in weights.items()})
    gradients = _gradients(flow(leaves), leaves)
    return {name: leaf.detach() * gradients[name] for name, leaf in leaves.items()}


def _leaves(weights: Tensors) -> Tensors:
    """The weights in float64, to take derivatives by."""
    return {name: weight.detach().double().requires_grad_() for name, weight in weights.items()}


def _gradients(value: torch.Tensor, leaves: Tensors, *, create_graph: bool = False) -> Tensors:
    found = torch.autograd.grad(
        value, list(leaves.values()), create_graph=create_graph, materialize_grads=True
    )
    return dict(zip(leaves, found, strict=True))
