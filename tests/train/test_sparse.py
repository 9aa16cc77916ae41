"""Tests `Sparse`: the numbers of dense training, from the kept weights alone."""

from collections import Counter

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from ltsweep.foundations.components import bind
from ltsweep.train.one_by_one import OneByOne
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Batches
from ltsweep.train.sparse import Sparse
from ltsweep.train.stacked import Stacked

OPTIMIZERS = {
    "plain sgd": bind("ltsweep.train.sgd", {"lr": 0.1}),
    "momentum": bind("ltsweep.train.sgd", {"lr": 0.05, "momentum": 0.9}),
    "nesterov with decay": bind(
        "ltsweep.train.sgd",
        {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-2},
    ),
    "adam": bind("ltsweep.train.adam", {"lr": 1e-3}),
    "adam with decay": bind("ltsweep.train.adam", {"lr": 1e-3, "weight_decay": 1e-2}),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("dense", [Stacked, OneByOne])
def test_thirty_steps_equal_dense_training(lenet, optimizer, dense):
    def pack():
        return [lenet.replicate(k, density=0.1, stop=30, optimizer=optimizer) for k in (0, 1)]

    expected = lenet.train(pack(), strategy=dense)["seed 1"]
    result = lenet.train(pack(), strategy=Sparse)["seed 1"]
    assert result.state.keys() == expected.state.keys()
    for name, value in expected.state.items():
        torch.testing.assert_close(result.state[name], value, rtol=0, atol=2e-5)
    assert result.optimizer_state.keys() == expected.optimizer_state.keys()
    for name, value in expected.optimizer_state.items():
        torch.testing.assert_close(result.optimizer_state[name], value, rtol=0, atol=1e-4)
    assert torch.equal(result.correct, expected.correct)
    torch.testing.assert_close(result.loss, expected.loss, rtol=1e-5, atol=0)
    moved = (result.state["fc1.weight"] - pack()[1].state["fc1.weight"]).abs().max().item()
    assert moved > 5e-3  # the tolerance is small beside what was learned


def test_pruned_weights_do_not_exist(lenet):
    replicate = lenet.replicate(density=0.05)
    strategy = Sparse(lenet.module, [replicate], lenet.data, Recipe("fp32"))
    for step in range(4):
        strategy.step(Batches([replicate]).at(step, 1), [1.0])
    state, momenta = strategy.state(0), strategy.optimizer_state(0)
    for name, mask in replicate.mask.items():
        assert (state[name][~mask] == 0).all()
        assert (state[name][mask] != replicate.state[name][mask]).any()
        assert (momenta[f"{name}/momentum_buffer"][~mask] == 0).all()


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_result_does_not_depend_on_the_pack(lenet, precision):
    def one(step=0):
        return lenet.replicate(density=0.1, step=step)

    def train(*pack):
        return lenet.train(pack, precision, strategy=Sparse)["seed 0"]

    alone, late = train(one()), train(one(step=3))
    assert not torch.equal(alone.state["fc1.weight"], late.state["fc1.weight"])
    for others in (2, 7):
        alone.assert_same(train(*lenet.company(others), one()))
        late.assert_same(train(*lenet.company(others), one(step=3)))


class Calls(TorchDispatchMode):
    """Counts the calls of torch's matrix products, by name."""

    def __init__(self):
        super().__init__()
        self.found = Counter()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if "mm" in str(function):
            self.found[str(function)] += 1
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("changed", [False, True], ids=["fixed", "after a change of masks"])
def test_a_step_of_a_pack_takes_no_more_calls_than_that_of_one_replicate(lenet, changed):
    def calls(size):
        pack = [lenet.replicate(seed, density=0.1) for seed in range(size)]
        strategy, batches = Sparse(lenet.module, pack, lenet.data, Recipe("fp32")), Batches(pack)
        strategy.step(batches.at(0, size), [1.0] * size)
        if changed:
            strategy.set_masks([{n: ~part for n, part in r.mask.items()} for r in pack])
        with Calls() as counted:
            strategy.step(batches.at(1, size), [1.0] * size)
        return counted.found

    forward, weights, inputs = 3, 3, 2  # of layers; nothing needs the gradient of images
    assert calls(8) == {
        "aten.addmm.default": forward,
        "aten.sparse_sampled_addmm.out": weights,
        "aten.mm.default": inputs,
    }


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_going_on_from_a_checkpoint_changes_nothing(lenet, optimizer):
    settings = {"density": 0.1, "optimizer": optimizer}
    whole = lenet.train([lenet.replicate(**settings)], strategy=Sparse)["seed 0"]
    before, events = lenet.replicate(**settings), lenet.events(save_after=4, stop_after=4)
    lenet.train([before], events=events, strategy=Sparse)
    rest = lenet.replicate(**settings, step=4)
    _, rest.state, rest.optimizer_state = events.checkpoints["seed 0"]
    lenet.train([lenet.replicate(1), rest], strategy=Sparse)["seed 0"].assert_same(whole)


def test_a_checkpoint_of_one_strategy_can_be_gone_on_from_with_another(lenet):
    settings = {"density": 0.1, "optimizer": OPTIMIZERS["momentum"]}
    whole = lenet.train([lenet.replicate(**settings)], strategy=Stacked)["seed 0"]
    before, events = lenet.replicate(**settings), lenet.events(save_after=4, stop_after=4)
    lenet.train([before], events=events, strategy=Stacked)
    rest = lenet.replicate(**settings, step=4)
    _, rest.state, rest.optimizer_state = events.checkpoints["seed 0"]
    result = lenet.train([rest], strategy=Sparse)["seed 0"]
    for name, value in whole.state.items():
        torch.testing.assert_close(result.state[name], value, rtol=0, atol=2e-6)


def test_layers_units_and_inputs_without_a_weight_left(lenet):
    replicate = lenet.replicate(density=0.1)
    replicate.mask["fc1.weight"][5] = False  # a unit without inputs
    replicate.mask["fc2.weight"][:, 7] = False  # a unit that nothing reads
    replicate.mask["fc3.weight"][:] = False  # a layer
    for name, mask in replicate.mask.items():
        replicate.state[name] = replicate.state[name] * mask
    expected = lenet.train([replicate], strategy=Stacked)["seed 0"]
    replicate.step = 0
    result = lenet.train([replicate], strategy=Sparse)["seed 0"]
    assert (result.state["fc3.weight"] == 0).all()
    for name, value in expected.state.items():
        torch.testing.assert_close(result.state[name], value, rtol=0, atol=2e-5)


def test_a_member_that_diverges_leaves_the_others_alone(lenet):
    result = lenet.train([lenet.replicate(density=0.1), *lenet.company(2)], strategy=Sparse)
    assert not result["seed 101"].loss.isfinite()
    assert result["seed 0"].loss.isfinite()


def test_evaluation_in_several_batches_counts_the_short_last_one(lenet, monkeypatch):
    pack = [lenet.replicate(seed, density=0.1) for seed in range(3)]
    strategy = Sparse(lenet.module, pack, lenet.data, Recipe("fp32"))
    correct, losses = strategy.evaluate("val", torch.arange(40), [2, 0])
    assert (correct.shape, losses.shape) == ((2, 40), (2,))
    monkeypatch.setattr("ltsweep.train.sparse.EVALUATION_BATCH", 7)
    for row, k in enumerate((2, 0)):
        alone, loss = strategy.evaluate("val", torch.arange(40), [k])
        assert torch.equal(correct[row], alone[0])
        torch.testing.assert_close(losses[row], loss[0])


def test_an_evaluation_does_not_depend_on_who_is_evaluated_beside(lenet, monkeypatch):
    pack = [lenet.replicate(seed, density=0.1) for seed in range(6)]
    strategy = Sparse(lenet.module, pack, lenet.data, Recipe("fp32"))
    alone = [strategy.evaluate("val", torch.arange(40), [k]) for k in range(6)]
    assert not torch.equal(alone[0][1], alone[1][1])
    for together in (1, 2, 4, 6):
        monkeypatch.setattr("ltsweep.train.sparse.LOGITS_TOGETHER", 40 * together)
        for who in ([0, 1, 2, 3, 4, 5], [5, 4, 2, 3], [1, 1]):
            correct, losses = strategy.evaluate("val", torch.arange(40), who)
            assert torch.equal(correct, torch.cat([alone[k][0] for k in who]))
            assert torch.equal(losses, torch.cat([alone[k][1] for k in who]))
