"""Tests `Stacked` against plain PyTorch, pruned weights at zero, and packs that don't matter."""

import pytest
import torch
from torch.nn import functional as F

from ltsweep.foundations.components import bind
from ltsweep.models.lenet import lenet_300_100
from ltsweep.train.one_by_one import OneByOne
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Batches
from ltsweep.train.schedules import learning_rate_factor
from ltsweep.train.stacked import Stacked

SGD = {"lr": 0.05, "momentum": 0.9, "weight_decay": 1e-3}
OPTIMIZERS = {
    "plain sgd": ("sgd", {"lr": 0.1}, torch.optim.SGD),
    "momentum": ("sgd", SGD, torch.optim.SGD),
    "nesterov": ("sgd", {**SGD, "nesterov": True}, torch.optim.SGD),
    "adam": ("adam", {"lr": 1e-3}, torch.optim.Adam),
    "adam with decay": ("adam", {"lr": 1e-3, "weight_decay": 1e-2}, torch.optim.Adam),
}


def plain_training(ground, replicate, kind, settings):
    """Float64, a module, autograd, a loop over tensors, and the mask applied after each step."""
    module = lenet_300_100(ground.data.input_shape, 10).double()
    module.load_state_dict(replicate.state)
    optimizer = kind(module.parameters(), **settings, foreach=False, fused=False)
    for step in range(replicate.step, replicate.stop):
        indices = Batches([replicate]).at(step, 1).indices[0]
        logits = module(ground.data.batch("train", indices).double())
        loss = F.cross_entropy(logits, ground.data.labels("train", indices))
        optimizer.zero_grad()
        loss.backward()
        rate = settings["lr"] * learning_rate_factor(replicate.schedule, step)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
        with torch.no_grad():
            for name, mask in replicate.mask.items():
                module.get_parameter(name).mul_(mask)
    return module


@pytest.mark.parametrize(("name", "settings", "kind"), OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("density", [1.0, 0.2])
def test_thirty_steps_equal_plain_pytorch(lenet, name, settings, kind, density):
    pack = [
        lenet.replicate(
            seed,
            density=density,
            stop=30,
            optimizer=bind(f"ltsweep.train.optimizers.{name}", settings),
            factor=bind("ltsweep.train.cosine", {}),
        )
        for seed in (0, 1)
    ]
    expected = plain_training(lenet, pack[1], kind, settings)
    result = lenet.train(pack)["seed 1"]
    start = pack[1].state["fc1.weight"].double()
    for parameter, value in expected.state_dict().items():
        torch.testing.assert_close(result.state[parameter].double(), value, rtol=0, atol=2e-5)
    moved = (expected.state_dict()["fc1.weight"] - start).abs().max().item()
    assert moved > 5e-3  # the tolerance is small beside what was learned

    indices = torch.arange(30)
    logits = expected(lenet.data.batch("test", indices).double())
    labels = lenet.data.labels("test", indices)
    assert torch.equal(result.correct, logits.argmax(1) == labels)
    assert result.loss.item() == pytest.approx(F.cross_entropy(logits, labels).item(), rel=1e-5)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize(("name", "settings", "kind"), OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_pruned_weights_are_zero_after_every_step(lenet, name, settings, kind, precision):
    optimizer = bind(f"ltsweep.train.optimizers.{name}", settings)
    pack = [lenet.replicate(k, density=d, optimizer=optimizer) for k, d in ((0, 0.1), (1, 0.5))]
    strategy = Stacked(lenet.module, pack, lenet.data, Recipe(precision))
    before = strategy.state(0)
    for step in range(8):
        strategy.step(Batches(pack).at(step, 2), [1.0, 0.5])
        for k, replicate in enumerate(pack):
            state, momenta = strategy.state(k), strategy.optimizer_state(k)
            for weight, mask in replicate.mask.items():
                assert (state[weight][~mask] == 0.0).all()
                for quantity, value in momenta.items():
                    if quantity.startswith(f"{weight}/") and value.dim():
                        assert (value[~mask] == 0.0).all()
    changed = {name: (strategy.state(0)[name] != before[name]).sum() for name in before}
    assert all(count > 0 for count in changed.values())


def test_bf16_stays_near_fp32_and_is_not_fp32(lenet):
    fp32, bf16 = (
        lenet.train([lenet.replicate(stop=20)], precision)["seed 0"].state["fc1.weight"]
        for precision in ("fp32", "bf16")
    )
    assert not torch.equal(fp32, bf16)
    torch.testing.assert_close(fp32, bf16, rtol=0.05, atol=5e-3)


@pytest.fixture(params=["highest", "medium"])
def precision_of_products(request):
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(request.param)
    yield request.param
    torch.set_float32_matmul_precision(before)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_training_sets_the_precision_of_products_and_puts_it_back(
    lenet, precision, precision_of_products
):
    result = lenet.train([lenet.replicate(stop=4)], precision)["seed 0"]
    assert torch.get_float32_matmul_precision() == precision_of_products
    torch.set_float32_matmul_precision("highest")
    result.assert_same(lenet.train([lenet.replicate(stop=4)], precision)["seed 0"])


BATCHES = [60, 64, 128, 148]  # the last batch of an epoch has 30, 22, 22 and 2 examples


@pytest.mark.parametrize("batch_size", BATCHES)
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("net", ["lenet", "small"])
def test_a_result_does_not_depend_on_the_pack(net, precision, batch_size, request):
    ground = request.getfixturevalue(net)

    def one(step=0):
        return ground.replicate(step=step, batch_size=batch_size)

    alone = ground.train([one()], precision)["seed 0"]
    late = ground.train([one(step=3)], precision)["seed 0"]
    assert not torch.equal(alone.state["fc1.weight"], late.state["fc1.weight"])
    for others in (2, 7):
        company = ground.company(others, batch_size=batch_size)
        alone.assert_same(ground.train([*company, one()], precision)["seed 0"])
        company = ground.company(others, batch_size=batch_size)
        late.assert_same(ground.train([*company, one(step=3)], precision)["seed 0"])


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_every_member_of_a_pack_is_as_it_is_alone(lenet, precision):
    together = lenet.train([lenet.replicate(), *lenet.company(7)], precision)
    for replicate in [lenet.replicate(), *lenet.company(7)]:
        if not replicate.state["fc1.weight"].isnan().any() and replicate.key != "seed 101":
            alone = lenet.train([replicate], precision)[replicate.key]
            alone.assert_same(together[replicate.key])
    assert not together["seed 101"].state["fc1.weight"].isfinite().all()


def test_a_member_that_diverges_leaves_the_others_alone(lenet):
    result = lenet.train([lenet.replicate(), *lenet.company(2)])
    assert not result["seed 101"].loss.isfinite()
    assert result["seed 0"].loss.isfinite()


def test_both_strategies_agree_to_rounding(lenet):
    stacked, loop = (
        lenet.train([lenet.replicate(stop=20), *lenet.company(1, stop=20)], strategy=strategy)
        for strategy in (Stacked, OneByOne)
    )
    for key, result in stacked.items():
        for name, value in result.state.items():
            torch.testing.assert_close(value, loop[key].state[name], rtol=1e-4, atol=2e-6)
        assert torch.equal(result.correct, loop[key].correct)
        torch.testing.assert_close(result.loss, loop[key].loss, rtol=1e-5, atol=1e-6)


def test_evaluations_are_of_those_asked_for_in_the_order_asked_for(lenet):
    pack = [lenet.replicate(seed, density=1.0) for seed in range(3)]
    strategy = Stacked(lenet.module, pack, lenet.data, Recipe("fp32"))
    correct, losses = strategy.evaluate("val", torch.arange(40), [2, 0])
    assert (correct.shape, correct.dtype) == ((2, 40), torch.bool)
    assert (losses.shape, losses.dtype) == ((2,), torch.float64)
    for row, k in enumerate((2, 0)):
        alone, loss = strategy.evaluate("val", torch.arange(40), [k])
        assert torch.equal(correct[row], alone[0])
        assert torch.equal(losses[row], loss[0])


@pytest.mark.parametrize("size", [7, 39])
def test_evaluation_in_several_batches_counts_the_short_last_one(lenet, size, monkeypatch):
    strategy = Stacked(lenet.module, [lenet.replicate()], lenet.data, Recipe("fp32"))
    correct, loss = strategy.evaluate("val", torch.arange(40), [0])
    monkeypatch.setattr("ltsweep.train.stacked.EVALUATION_BATCH", size)
    again, loss_again = strategy.evaluate("val", torch.arange(40), [0])
    assert torch.equal(correct, again)
    torch.testing.assert_close(loss, loss_again)


def test_states_are_copies(lenet):
    strategy = Stacked(lenet.module, [lenet.replicate()], lenet.data, Recipe("fp32"))
    strategy.state(0)["fc1.weight"].zero_()
    assert strategy.state(0)["fc1.weight"].any()
