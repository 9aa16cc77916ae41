"""Parts of a user's own that nothing in ltsweep needs: each proves that a seam is there."""

import torch
from torch.nn import functional as F

from ltsweep.train.numbers import Numbers


def square_loss(outputs, labels):
    """Mean squared distance to the one-hot label: an objective."""
    wanted = F.one_hot(labels, outputs.shape[1]).to(outputs.dtype)
    return (outputs - wanted).square().mean(1)


def _through(values, represented):
    """The representation forward, the identity backward."""
    return values + (represented - values).detach()


def scaled_signs(*, bits: int = 4):
    """Signs of weights times their mean magnitude, activations of a few bits: a number format."""
    steps = 2**bits - 1

    def signs(weight):
        kept = weight != 0
        scale = weight.abs().sum() / kept.sum().clamp(min=1)
        return _through(weight, weight.sign() * scale)

    return Numbers(signs, lambda x: _through(x, (x.clamp(-1, 1) * steps).round() / steps))


def drop_and_grow(weights, mask, gradients, *, share: float = 0.3):
    """Drops the smallest kept weights of each layer, grows the largest gradients: mask dynamics."""
    made = {}
    for name, kept in mask.items():
        count = int(share * kept.sum())
        magnitude = weights[name].abs().masked_fill(~kept, torch.inf).flatten()
        dropped = magnitude.argsort(stable=True)[:count]
        part = kept.flatten().clone()
        part[dropped] = False
        growth = gradients[name].abs().flatten().masked_fill(part, -1)
        part[growth.argsort(descending=True, stable=True)[:count]] = True
        made[name] = part.view(kept.shape)
    return made


def thin_out(weights, mask, step, total, random, *, most: float = 0.5):
    """Prunes at random, more the later it is; asks for no gradient, so every step trains."""
    share = most * step / total
    return {
        name: kept & (torch.rand(kept.shape, generator=random) >= share)
        for name, kept in mask.items()
    }


def saliency(weights, gradients):
    """|weight * gradient|: a criterion that needs data."""
    return {name: (weight * gradients[name]).abs() for name, weight in weights.items()}


def movement(weights, rewound):
    """|weight - weight at the reset step|: a criterion that depends on another stage's state."""
    return {name: (weight - rewound[name]).abs() for name, weight in weights.items()}


def of_everything(
    weights, state, initial, rewound, previous, fresh, mask, layers, init_std, net, batches,
    objective, gradients, flow, permutation, random,
):  # fmt: skip
    """A criterion that asks for all that there is, and checks what it gets."""
    names = [layer.name for layer in layers]
    assert list(weights) == list(gradients) == list(init_std) == list(mask) == names
    for other in (initial, rewound, previous, fresh):
        assert {name: other[name].shape for name in names} == {n: w.shape for n, w in mask.items()}
    for name in names:
        assert torch.equal(previous[name], weights[name])
        assert (weights[name][~mask[name]] == 0).all()
        assert not torch.equal(initial[name], fresh[name])
        assert abs(initial[name].std() / init_std[name] - 1) < 0.2
    labels = torch.cat([labels for _, labels in batches])
    assert labels.bincount().tolist() == [10] * 10
    images, some = batches[0]
    assert all(torch.equal(state[name], part) for name, part in previous.items())
    outputs = net(state | {name: weight.double() for name, weight in weights.items()}, images)
    assert outputs.shape == (len(some), 10)
    assert objective(outputs, some).shape == (len(some),)
    assert flow({name: weight.double().abs() for name, weight in weights.items()}) > 0
    order = permutation("a layer", 50)
    assert sorted(order.tolist()) == list(range(50))
    return {
        name: weight.abs() + torch.rand(weight.shape, generator=random) * 1e-6
        for name, weight in weights.items()
    }


def previous(previous):
    """The weights at the end of the level before: those of learning-rate rewinding."""
    return previous


def signs_of_ticket(fresh, rewound, mask):
    """Fresh magnitudes with the ticket's signs where the mask keeps them: a weights rule."""
    return fresh | {
        name: torch.where(part, fresh[name].abs() * rewound[name].sign(), fresh[name])
        for name, part in mask.items()
    }
