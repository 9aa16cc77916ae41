"""Tests `OneByOne`: plain PyTorch, pruned weights at zero, and packs that don't matter."""

import pytest
import torch
from torch.nn import functional as F

from ltsweep.foundations.components import bind
from ltsweep.models.conv import conv2 as make_conv2
from ltsweep.models.residual import resnet as make_resnet
from ltsweep.train.one_by_one import OneByOne
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Batches

ADAM = bind("ltsweep.train.adam", {"lr": 1e-3, "weight_decay": 1e-3})


@pytest.mark.parametrize("optimizer", [None, ADAM], ids=["sgd", "adam"])
def test_steps_equal_plain_pytorch(conv2, optimizer):
    pack = [conv2.replicate(seed, optimizer=optimizer) for seed in (0, 1)]
    replicate = pack[1]
    kind = torch.optim.SGD if optimizer is None else torch.optim.Adam
    module = make_conv2((3, 4, 4), 10).double()
    module.load_state_dict(replicate.state)
    plain = kind(module.parameters(), **replicate.optimizer.params, foreach=False)
    for step in range(replicate.stop):
        indices = Batches([replicate]).at(step, 1).indices[0]
        logits = module(conv2.data.batch("train", indices).double())
        plain.zero_grad()
        F.cross_entropy(logits, conv2.data.labels("train", indices)).backward()
        plain.step()
        with torch.no_grad():
            for name, mask in replicate.mask.items():
                module.get_parameter(name).mul_(mask)
    result = conv2.train(pack)["seed 1"]
    for name, value in module.state_dict().items():
        torch.testing.assert_close(result.state[name].double(), value, rtol=0, atol=1e-5)
    logits = module(conv2.data.batch("test", torch.arange(30)).double())
    expected = F.cross_entropy(logits, conv2.data.labels("test", torch.arange(30)))
    assert result.loss.item() == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_result_does_not_depend_on_the_pack(conv2, precision):
    def one(step=0):
        return conv2.replicate(step=step, stop=6)

    alone = conv2.train([one()], precision)["seed 0"]
    alone.assert_same(conv2.train([*conv2.company(2, stop=6), one()], precision)["seed 0"])
    late = conv2.train([one(step=2)], precision)["seed 0"]
    late.assert_same(conv2.train([*conv2.company(2, stop=6), one(2)], precision)["seed 0"])


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("others", [0, 2, 7])
def test_batch_norm_is_each_replicates_own_and_as_when_trained_alone(resnet, precision, others):
    """Against a module of its own in plain PyTorch, which knows nothing of packs: bit by bit."""
    replicate = resnet.replicate()
    module = make_resnet((3, 8, 8), 10, blocks=(1, 1), width=4)
    module.load_state_dict(replicate.state)
    module = module.to(memory_format=torch.channels_last).train()
    optimizer = replicate.optimizer(list(module.parameters()))
    for step in range(replicate.stop):
        batch = Batches([replicate]).at(step, 1)
        x = resnet.data.training_batch(batch)[0].to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            logits = module(x)
        optimizer.zero_grad()
        F.cross_entropy(logits.float(), resnet.data.labels("train", batch.indices[0])).backward()
        for name, mask in replicate.mask.items():
            module.get_parameter(name).grad.mul_(mask)
        optimizer.step()
    result = resnet.train([*resnet.company(others), replicate], precision)["seed 0"]
    expected = module.state_dict()
    assert result.state.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.equal(result.state[name], value), name
    assert not torch.equal(result.state["norm.running_mean"], torch.zeros(4))
    assert result.state["norm.num_batches_tracked"] == replicate.stop


def test_evaluation_uses_the_running_statistics_and_leaves_them(resnet):
    strategy = OneByOne(resnet.module, [resnet.replicate()], resnet.data, Recipe("fp32"))
    before = strategy.state(0)
    few, _ = strategy.evaluate("val", torch.arange(3), [0])
    all_of_them, _ = strategy.evaluate("val", torch.arange(40), [0])
    assert torch.equal(few[0], all_of_them[0, :3])
    for name, value in strategy.state(0).items():
        assert torch.equal(value, before[name])


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("optimizer", [None, ADAM], ids=["sgd", "adam"])
def test_pruned_weights_are_zero_after_every_step(conv2, optimizer, precision):
    replicate = conv2.replicate(density=0.2, optimizer=optimizer)
    strategy = OneByOne(conv2.module, [replicate], conv2.data, Recipe(precision))
    for step in range(4):
        strategy.step(Batches([replicate]).at(step, 1), [1.0])
        state, momenta = strategy.state(0), strategy.optimizer_state(0)
        for weight, mask in replicate.mask.items():
            assert (state[weight][~mask] == 0.0).all()
            for quantity, value in momenta.items():
                if quantity.startswith(f"{weight}/") and value.dim():
                    assert (value[~mask] == 0.0).all()


def test_bf16_stays_near_fp32_and_is_not_fp32(conv2):
    fp32, bf16 = (
        conv2.train([conv2.replicate(stop=6)], precision)["seed 0"].state
        for precision in ("fp32", "bf16")
    )
    for name, value in fp32.items():
        assert not torch.equal(value, bf16[name])
        assert bf16[name].dtype == torch.float32
        torch.testing.assert_close(value, bf16[name], rtol=0.05, atol=5e-3)


def test_evaluations_are_of_those_asked_for_in_the_order_asked_for(conv2, monkeypatch):
    pack = [conv2.replicate(seed, density=1.0) for seed in range(3)]
    strategy = OneByOne(conv2.module, pack, conv2.data, Recipe("fp32"))
    correct, losses = strategy.evaluate("val", torch.arange(40), [2, 0])
    assert (correct.shape, correct.dtype) == ((2, 40), torch.bool)
    assert (losses.shape, losses.dtype) == ((2,), torch.float64)
    monkeypatch.setattr("ltsweep.train.one_by_one.EVALUATION_BATCH", 7)
    for row, k in enumerate((2, 0)):
        alone, loss = strategy.evaluate("val", torch.arange(40), [k])
        assert torch.equal(correct[row], alone[0])
        torch.testing.assert_close(losses[row], loss[0])


def test_states_are_copies(conv2):
    strategy = OneByOne(conv2.module, [conv2.replicate()], conv2.data, Recipe("fp32"))
    strategy.state(0)["conv1.weight"].zero_()
    assert strategy.state(0)["conv1.weight"].any()
