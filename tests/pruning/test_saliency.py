"""Tests criteria by derivatives against slow ones, written from the formulas of their papers."""

import math

import pytest
import torch
from torch.nn import functional as F

from ltsweep.models.flow import flow
from ltsweep.pruning.saliency import gradient_x_weight, grasp, snip, synflow
from ltsweep.train.objectives import cross_entropy

from .nets import NETS, Drawn
from .selection import keeping


@pytest.fixture(params=NETS, scope="module")
def drawn(request):
    return Drawn(*NETS[request.param])


def close(scores, expected):
    """Whether scores are equal to a millionth of the largest of their layer."""
    assert scores.keys() == expected.keys()
    for name, part in expected.items():
        assert scores[name].dtype == torch.float64
        assert part.abs().max() > 0
        assert (scores[name] - part).abs().max() <= 1e-6 * part.abs().max()


def prunable(drawn, module):
    parameters = dict(module.named_parameters())
    return {name: parameters[name] for name in drawn.weights}


def mean_gradients(drawn):
    """Of the mean loss over all examples, batch after batch through a module of its own."""
    module = drawn.module().train()
    examples = sum(len(labels) for _, labels in drawn.batches)
    for images, labels in drawn.batches:
        (F.cross_entropy(module(images), labels, reduction="sum") / examples).backward()
    return {name: weight.grad for name, weight in prunable(drawn, module).items()}


def test_snip_is_the_sensitivity_to_the_connections(drawn):
    """Lee et al. take derivatives by indicators c of the connections, with c * w in the net."""
    module = drawn.module().train()
    state = dict(module.named_parameters()) | dict(module.named_buffers())
    indicators = {n: torch.ones_like(state[n], requires_grad=True) for n in drawn.weights}
    examples = sum(len(labels) for _, labels in drawn.batches)
    for images, labels in drawn.batches:
        connected = state | {n: c * state[n].detach() for n, c in indicators.items()}
        outputs = torch.func.functional_call(module, connected, (images,))
        (F.cross_entropy(outputs, labels, reduction="sum") / examples).backward()
    expected = {name: c.grad.abs() for name, c in indicators.items()}
    close(snip(drawn.weights, mean_gradients(drawn)), expected)


def test_gradient_x_weight_sums_absolute_values_over_batches(drawn):
    expected = {name: torch.zeros_like(w).double() for name, w in drawn.weights.items()}
    for images, labels in drawn.batches:
        module = drawn.module().train()
        F.cross_entropy(module(images), labels).backward()
        for name, weight in prunable(drawn, module).items():
            expected[name] += (weight * weight.grad).abs().detach()
    scores = gradient_x_weight(
        drawn.weights, drawn.state, drawn.forward, drawn.batches, cross_entropy
    )
    close(scores, expected)


def grasp_of(drawn):
    return grasp(drawn.weights, drawn.state, drawn.forward, drawn.batches, cross_entropy)


def test_grasp_is_the_weight_times_the_hessian_times_the_gradient(drawn):
    """As its authors compute it: two passes over the batches, z = g' dL/dw differentiated again."""
    module = drawn.module().train()
    weights = list(prunable(drawn, module).values())
    examples = sum(len(labels) for _, labels in drawn.batches)

    def loss(images, labels):
        return F.cross_entropy(module(images) / 200, labels, reduction="sum") / examples

    total = [torch.zeros_like(weight) for weight in weights]
    for batch in drawn.batches:
        for part, gradient in zip(total, torch.autograd.grad(loss(*batch), weights), strict=True):
            part += gradient
    for batch in drawn.batches:
        gradients = torch.autograd.grad(loss(*batch), weights, create_graph=True)
        sum((t * g).sum() for t, g in zip(total, gradients, strict=True)).backward()
    expected = {n: (w * w.grad).detach() for n, w in prunable(drawn, module).items()}
    close(grasp_of(drawn), expected)


def test_grasp_of_a_small_net_has_the_whole_hessian():
    drawn = Drawn(*NETS["mlp"])
    names, shapes = list(drawn.weights), [w.shape for w in drawn.weights.values()]
    images, labels = (torch.cat(parts) for parts in zip(*drawn.batches, strict=True))

    def loss(flat):
        parts = torch.split(flat, [math.prod(shape) for shape in shapes])
        weights = {n: p.view(s) for n, p, s in zip(names, parts, shapes, strict=True)}
        return F.cross_entropy(drawn.forward(drawn.state | weights, images) / 200, labels)

    flat = torch.cat([w.double().flatten() for w in drawn.weights.values()]).requires_grad_()
    hessian = torch.autograd.functional.hessian(loss, flat)
    (gradient,) = torch.autograd.grad(loss(flat), flat)
    product = torch.split(flat.detach() * (hessian @ gradient), [math.prod(s) for s in shapes])
    expected = {n: p.view(s) for n, p, s in zip(names, product, shapes, strict=True)}
    close(grasp_of(drawn), expected)


def test_grasp_keeps_the_largest_and_takes_no_absolute_value():
    """L = |x|^2 / 2 with H = diag(1, 4) at w = (1, -2): w * (H g) = (1, 64) for g = (1, -8)."""
    weights = {"w": torch.tensor([[1.0, -2.0, 3.0]])}
    curvature = torch.tensor([[1.0, 4.0, -1.0]], dtype=torch.float64)
    batch = (torch.zeros(1), torch.zeros(1))
    scores = grasp(
        weights,
        weights,
        lambda state, images: (state["w"].square() * curvature / 2).sum(1),
        [batch],
        lambda outputs, labels: outputs,
        temperature=1.0,
    )
    assert scores["w"].tolist() == [[1.0, 64.0, 9.0]]
    third = {"w": scores["w"] * torch.tensor([[1.0, 1.0, -1.0]])}
    assert keeping(2, third) == {"w": [[1, 1, 0]]}  # -9 goes first, though it is large


def test_grasps_temperature_divides_the_outputs():
    drawn = Drawn(*NETS["mlp"])
    arguments = (drawn.weights, drawn.state, drawn.forward, drawn.batches, cross_entropy)
    warm, cold = grasp(*arguments), grasp(*arguments, temperature=1.0)
    # the quadratic part of the loss falls with the square, and so do g and H
    ratio = cold["fc1.weight"].abs().sum() / warm["fc1.weight"].abs().sum()
    assert 200 < ratio < 200**4


def synflow_of(drawn, state=None):
    state = drawn.state if state is None else state
    return synflow(drawn.weights, flow(drawn.net.module, state, drawn.net.input_shape))


def test_synflow_is_the_flow_of_the_net_of_absolute_values(drawn):
    """Norms in evaluation with neutral values are the identity; biases are set to zero."""
    module = drawn.module().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            is_bias = parameter.dim() == 1
            parameter.copy_(torch.zeros_like(parameter) if is_bias else parameter.abs())
        for layer in module.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.weight.fill_(1)
                layer.eps = 0.0
    module(torch.ones((1, *drawn.net.input_shape), dtype=torch.float64)).sum().backward()
    expected = {name: (w * w.grad).detach() for name, w in prunable(drawn, module).items()}
    close(synflow_of(drawn), expected)


def test_synflow_reads_no_norm_no_statistics_and_no_bias():
    drawn = Drawn(*NETS["residual"])
    others = {
        name: tensor + 3 if name not in drawn.weights else tensor
        for name, tensor in drawn.state.items()
    }
    drawn.net.module.train()
    scores, again = synflow_of(drawn), synflow_of(drawn, others)
    assert all(torch.equal(scores[name], again[name]) for name in scores)


# a formula's literal table: scores of a chain of two layers, and the mask of half its weights
def test_scores_and_masks_of_a_chain_by_hand():
    """f(x) = v (W x) with x = (1, 1): W = [[1, -2], [3, 0]], v = [[-1, 2]]; R = 3 + 6 = 9."""
    weights = {
        "W": torch.tensor([[1.0, -2.0], [3.0, 0.0]]),
        "v": torch.tensor([[-1.0, 2.0]]),
    }

    def through(w):
        return (w["v"] @ (w["W"] @ torch.ones(2, 1, dtype=torch.float64))).sum()

    scores = synflow(weights, through)
    assert {n: s.tolist() for n, s in scores.items()} == {
        "W": [[1.0, 2.0], [6.0, 0.0]],
        "v": [[3.0, 6.0]],
    }
    assert keeping(3, scores) == {"W": [[0, 0], [1, 0]], "v": [[1, 1]]}
    signed = {"W": torch.tensor([[0.5, 1.0], [-1.0, 2.0]]), "v": torch.tensor([[4.0, -0.5]])}
    by_snip = snip(weights, signed)
    assert {n: s.tolist() for n, s in by_snip.items()} == {
        "W": [[0.5, 2.0], [3.0, 0.0]],
        "v": [[4.0, 1.0]],
    }
    assert keeping(3, by_snip) == {"W": [[0, 1], [1, 0]], "v": [[1, 0]]}
    opposite = [(torch.tensor(1.0), None), (torch.tensor(-1.0), None)]
    by_batches = gradient_x_weight(
        weights, weights, lambda s, x: x * through(s), opposite, lambda outputs, labels: outputs
    )
    # v W 1 = -1 * -1 + 2 * 3; its derivatives by W are v, by v they are W 1; each counts twice
    assert {n: s.tolist() for n, s in by_batches.items()} == {
        "W": [[2.0, 4.0], [12.0, 0.0]],
        "v": [[2.0, 12.0]],
    }
    assert keeping(3, by_batches) == {"W": [[0, 1], [1, 0]], "v": [[0, 1]]}
