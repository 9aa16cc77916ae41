"""Tests the optimizers' settings, and that a pack's optimizers leave each other alone."""

import pytest
import torch

from ltsweep.foundations.components import ValidationError, bind
from ltsweep.train.pack_optimizer import PackOptimizer

SGD = "ltsweep.train.sgd"
ADAM = "ltsweep.train.adam"


@pytest.mark.parametrize(
    ("target", "settings", "kind", "expected"),
    [
        (SGD, {}, "SGD", {"momentum": 0, "nesterov": False, "weight_decay": 0}),
        (
            SGD,
            {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-4},
            "SGD",
            {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-4},
        ),
        (SGD, {"nesterov": True}, "SGD", {"momentum": 0, "nesterov": False}),  # the same updates
        (ADAM, {}, "Adam", {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0}),
        (ADAM, {"betas": [0.8, 0.9]}, "Adam", {"betas": (0.8, 0.9), "amsgrad": False}),
    ],
)
def test_settings_reach_torch(target, settings, kind, expected):
    made = bind(target, {"lr": 0.1, **settings})([torch.nn.Parameter(torch.zeros(2))])
    assert type(made).__name__ == kind
    group = made.param_groups[0]
    assert group["lr"] == 0.1
    assert {name: group[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("target", "settings"),
    [
        (SGD, {}),
        (SGD, {"lr": 0}),
        (SGD, {"lr": 0.1, "momentum": 1}),
        (SGD, {"lr": 0.1, "weight_decay": -1}),
        (ADAM, {"lr": 0.1, "betas": [0.9, 1.0]}),
        (ADAM, {"lr": 0.1, "momentum": 0.9}),
        (ADAM, {"lr": 0.1, "eps": 0}),
    ],
)
def test_settings_that_make_no_sense_are_refused(target, settings):
    with pytest.raises(ValidationError):
        bind(target, settings)


def parameters(count):
    return [{"w": torch.nn.Parameter(torch.tensor([1.0, 1.0]))} for _ in range(count)]


def step(tensors, optimizer, factors, gradient):
    for tensor in tensors[: len(factors)]:
        tensor["w"].grad = torch.tensor(gradient)
    optimizer.set_rates(factors)
    optimizer.step(len(factors))
    return [tensor["w"].tolist() for tensor in tensors]


def test_each_replicate_has_its_own_rate_and_factor(small):
    cosine = bind("ltsweep.train.cosine", {})
    pack = [
        small.replicate(0, optimizer=bind(SGD, {"lr": 0.1})),
        small.replicate(1, optimizer=bind(SGD, {"lr": 0.2})),
        small.replicate(2, optimizer=bind(SGD, {"lr": 0.1}), factor=cosine),
        small.replicate(3, optimizer=bind(SGD, {"lr": 0.1})),
    ]
    tensors = parameters(4)
    optimizer = PackOptimizer(pack, tensors)
    values = step(tensors, optimizer, [1.0, 0.0, 0.5, 1.0], [1.0, 2.0])
    assert values == [
        pytest.approx([0.9, 0.8]),
        [1.0, 1.0],
        pytest.approx([0.95, 0.9]),
        pytest.approx([0.9, 0.8]),
    ]
    values = step(tensors, optimizer, [1.0, 1.0, 1.0, 1.0], [1.0, 2.0])
    assert values[1] == pytest.approx([0.8, 0.6])


def test_those_who_have_not_begun_stay_where_they_are(small):
    momentum = bind(SGD, {"lr": 0.1, "momentum": 0.5})
    pack = [small.replicate(k, step=k, optimizer=momentum) for k in (0, 1)]
    tensors = parameters(2)
    optimizer = PackOptimizer(pack, tensors)
    first = step(tensors, optimizer, [1.0], [1.0, 1.0])
    assert first == [pytest.approx([0.9, 0.9]), [1.0, 1.0]]
    assert optimizer.state(1) == {}
    second = step(tensors, optimizer, [1.0, 1.0], [1.0, 1.0])
    assert second == [pytest.approx([0.75, 0.75]), pytest.approx([0.9, 0.9])]
    assert optimizer.state(0)["w/momentum_buffer"].tolist() == [1.5, 1.5]
    assert optimizer.state(1)["w/momentum_buffer"].tolist() == [1.0, 1.0]


def test_those_who_go_on_join_those_who_begin(small):
    """Momentum of one that was saved beside one that has none yet, at the same step."""
    momentum = bind(SGD, {"lr": 0.1, "momentum": 0.5})
    pack = [small.replicate(k, step=3, optimizer=momentum) for k in (0, 1)]
    pack[1].optimizer_state = {"w/momentum_buffer": torch.tensor([2.0, 4.0])}
    tensors = parameters(2)
    values = step(tensors, PackOptimizer(pack, tensors), [1.0, 1.0], [1.0, 1.0])
    assert values == [pytest.approx([0.9, 0.9]), pytest.approx([0.8, 0.7])]


def test_a_replicates_state_is_a_copy_that_restores_it(small):
    adam = bind(ADAM, {"lr": 0.1})
    tensors = parameters(1)
    optimizer = PackOptimizer([small.replicate(optimizer=adam)], tensors)
    step(tensors, optimizer, [1.0], [1.0, -1.0])
    saved = optimizer.state(0)
    assert sorted(saved) == ["w/exp_avg", "w/exp_avg_sq", "w/step"]
    assert saved["w/step"].item() == 1
    weights = tensors[0]["w"].detach().clone()
    expected = step(tensors, optimizer, [1.0], [1.0, -2.0])
    assert saved["w/step"].item() == 1  # a copy

    replicate = small.replicate(optimizer=adam)
    replicate.optimizer_state = saved
    again = [{"w": torch.nn.Parameter(weights)}]
    assert step(again, PackOptimizer([replicate], again), [1.0], [1.0, -2.0]) == expected
