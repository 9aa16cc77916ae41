"""Tests masks that change in training: when rules are asked, and what strategies make of it."""

import copy

import pytest
import torch
from torch import nn

from ltsweep.foundations.components import bind
from ltsweep.foundations.contracts import ContractError
from ltsweep.part_spec import Kept
from ltsweep.spec import DynamicsSpec
from ltsweep.train.choice import strategy_for
from ltsweep.train.dynamics import unknown_inputs
from ltsweep.train.one_by_one import OneByOne
from ltsweep.train.recipe import Recipe
from ltsweep.train.sparse import Sparse
from ltsweep.train.stacked import Stacked

from .conftest import adam, sgd

GROW = DynamicsSpec(rule=bind("tests.seams.parts.drop_and_grow", {}), every=3, until=9)
THIN = DynamicsSpec(rule=bind("tests.seams.parts.thin_out", {}), every=4, until=12)
RIGL = DynamicsSpec(rule=bind("ltsweep.methods.rigl", {}), every=2, until=11)
SET = DynamicsSpec(rule=bind("ltsweep.methods.sparse_evolution", {}), every=2, until=11)
CPU = torch.device("cpu")


def kept(mask):
    return {name: int(part.sum()) for name, part in mask.items()}


@pytest.mark.parametrize(
    ("every", "until", "steps"), [(3, 9, [3, 6]), (3, 10, [3, 6, 9]), (5, 5, []), (1, 3, [1, 2])]
)
def test_the_steps_at_which_a_rule_is_asked(every, until, steps):
    assert list(DynamicsSpec(rule=GROW.rule, every=every, until=until).steps()) == steps


def test_after_its_time_begins_a_rule_is_asked_every_so_many_steps():
    assert list(DynamicsSpec(rule=GROW.rule, every=3, until=12, begin=2).steps()) == [5, 8, 11]


@pytest.mark.parametrize("dynamics", [GROW, RIGL, SET], ids=["grow", "rigl", "set"])
@pytest.mark.parametrize("optimizer", [sgd(), adam()], ids=["sgd", "adam"])
@pytest.mark.parametrize("strategy", [Stacked, Sparse, OneByOne])
def test_counts_stay_connections_move_and_what_is_pruned_is_zero(
    lenet, strategy, optimizer, dynamics
):
    replicate = lenet.replicate(density=0.2, stop=12, dynamics=dynamics, optimizer=optimizer)
    before = dict(replicate.mask)
    result = lenet.train([replicate], strategy=strategy, dynamics=dynamics)["seed 0"]
    assert kept(replicate.mask) == kept(before)
    for name, part in replicate.mask.items():
        assert not torch.equal(part, before[name])
        assert (result.state[name][~part] == 0).all()
        moments = [v for n, v in result.optimizer_state.items() if n.startswith(f"{name}/")]
        assert all((v[~part] == 0).all() for v in moments if v.shape == part.shape)


def test_the_dense_gradient_is_that_of_plain_pytorch(lenet):
    replicate = lenet.replicate(density=0.2)
    batch = replicate.order.epoch(0)[:64]
    batch = type(batch)(batch.indices[None])
    x = lenet.data.training_batch(batch)[0]
    y = lenet.data.labels("train", batch.indices)[0]
    net = _module(lenet, replicate.state)
    nn.functional.cross_entropy(net(x), y).backward()
    wanted = dict(net.named_parameters())
    for strategy in (Stacked, Sparse, OneByOne):
        running = strategy(lenet.module, [replicate], lenet.data, Recipe("fp32", dynamics=GROW))
        (found,) = running.gradients(batch)
        assert found.keys() == replicate.mask.keys()
        for name, gradient in found.items():
            torch.testing.assert_close(gradient, wanted[name].grad, rtol=1e-4, atol=1e-6)
            assert (gradient[~replicate.mask[name]] != 0).any()


def _module(ground, state):
    net = copy.deepcopy(ground.module).to_empty(device="cpu")
    net.load_state_dict(state)
    return net


def test_a_step_whose_rule_asks_for_gradients_updates_nothing_and_others_do(lenet):
    def after(dynamics):
        replicate = lenet.replicate(density=0.2, stop=4, dynamics=dynamics)
        return lenet.train([replicate], dynamics=dynamics)["seed 0"].state, replicate.mask

    every = DynamicsSpec(rule=GROW.rule, every=1, until=4)
    start = lenet.replicate(density=0.2).state
    first = lenet.train([lenet.replicate(density=0.2, stop=1)])["seed 0"].state
    grown, _ = after(every)
    assert torch.equal(grown["fc3.bias"], first["fc3.bias"])  # only step 0 was an update
    assert not torch.equal(first["fc3.bias"], start["fc3.bias"])
    thinned, mask = after(DynamicsSpec(rule=THIN.rule, every=1, until=4))
    assert not torch.equal(thinned["fc3.bias"], first["fc3.bias"])
    assert sum(kept(mask).values()) < sum(kept(lenet.replicate(density=0.2).mask).values())


@pytest.mark.parametrize("strategy", [Stacked, Sparse, OneByOne])
@pytest.mark.parametrize("optimizer", [sgd(), adam()], ids=["sgd", "adam"])
def test_what_grows_starts_at_zero_and_without_a_memory(lenet, strategy, optimizer):
    """The last step of these trainings changes the mask, and is no update of the weights."""
    rigl = RIGL.model_copy(update={"every": 5, "until": 6})
    replicate = lenet.replicate(density=0.2, stop=6, dynamics=rigl, optimizer=optimizer)
    before = dict(replicate.mask)
    result = lenet.train([replicate], strategy=strategy, dynamics=rigl)["seed 0"]
    for name, part in replicate.mask.items():
        grown, stayed = part & ~before[name], part & before[name]
        moments = [v for n, v in result.optimizer_state.items() if n.startswith(f"{name}/")]
        moments = [value for value in moments if value.shape == part.shape]
        assert grown.any() and moments
        for value in (result.state[name], *moments):
            assert (value[grown] == 0).all()
            assert (value[stayed] != 0).any()


@pytest.mark.parametrize("strategy", [Stacked, Sparse, OneByOne])
def test_a_mask_is_followed_in_its_changes(lenet, strategy):
    replicate = lenet.replicate(density=0.2, stop=12, dynamics=RIGL)
    before = kept(replicate.mask)
    lenet.train([replicate], strategy=strategy, dynamics=RIGL)
    assert [change.step for change in replicate.changes] == [2, 4, 6, 8, 10]
    assert all(change.kept == before for change in replicate.changes)
    grown = [change.grown for change in replicate.changes]
    assert grown == sorted(grown, reverse=True) and grown[0] > grown[-1] > 0


@pytest.mark.parametrize("strategy", [Stacked, Sparse, OneByOne])
def test_gradual_pruning_has_the_count_of_the_cubic_after_each_step(lenet, strategy):
    rule = bind("ltsweep.methods.gradual", {})
    dynamics = DynamicsSpec(rule=rule, every=2, until=11, begin=2)
    replicate = lenet.replicate(density=0.9999999, stop=12, dynamics=dynamics)
    layers = tuple(replicate.mask)
    replicate.given = {"kept_by_group": (Kept(layers=layers, count=26_620),)}
    result = lenet.train([replicate], strategy=strategy, dynamics=dynamics)["seed 0"]
    counts = [(change.step, sum(change.kept.values())) for change in replicate.changes]
    # 266,200 weights, of which 239,580 * (1 - (1 - i / 4)^3) are pruned at the i-th step
    assert counts == [(4, 127_693), (6, 56_567), (8, 30_363), (10, 26_620)]
    for name, part in replicate.mask.items():
        assert (result.state[name][~part] == 0).all()


@pytest.mark.parametrize("dynamics", [GROW, THIN, SET, RIGL], ids=["grow", "thin", "set", "rigl"])
@pytest.mark.parametrize("strategy", [Stacked, Sparse, OneByOne])
def test_a_result_does_not_depend_on_the_pack_or_on_an_interruption(lenet, strategy, dynamics):
    def one(seed=0, step=0, density=0.2):
        return lenet.replicate(seed, density=density, step=step, stop=12, dynamics=dynamics)

    def train(pack, **how):
        return lenet.train(pack, strategy=strategy, dynamics=dynamics, **how)["seed 0"]

    undisturbed = one()
    alone = train([undisturbed])
    alone.assert_same(train([one(7), one(), one(8)]))
    late = [one(10 + step, step, density=0.1) for step in (0, 1, 4, 5, 11)]
    alone.assert_same(train([one(7), one(8), one(), *late]))
    stopped, events = one(), lenet.events(stop_after=8)
    train([stopped], events=events)
    again = one()
    again.step, again.state, again.optimizer_state = events.checkpoints["seed 0"]
    again.mask = stopped.mask  # as the checkpoint of a stage has it
    train([again]).assert_same(alone)
    for name, part in undisturbed.mask.items():
        assert torch.equal(again.mask[name], part)


def test_a_rule_that_returns_no_mask_of_the_weights_is_refused(lenet):
    wrong = DynamicsSpec(rule=bind("tests.train.test_dynamics.nothing", {}), every=1, until=4)
    replicate = lenet.replicate(density=0.2, stop=4, dynamics=wrong)
    words = "nothing .* must return a mask of the prunable weights, by name; given step 1, it"
    with pytest.raises(ContractError, match=words):
        lenet.train([replicate], dynamics=wrong)


def nothing(mask):
    return {}


def test_what_rules_may_ask_for():
    assert unknown_inputs(GROW.rule.target) is unknown_inputs(THIN.rule.target) is None
    assert unknown_inputs("tests.seams.parts.previous") == (
        "'tests.seams.parts.previous' asks for previous; there is weights, mask, gradients, step, "
        "until, progress, kept, kept_by_group, total and random"
    )


MLP = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
SQUARE = Recipe("fp32", objective=bind("tests.seams.parts.square_loss", {}))
SIGNS = Recipe("fp32", numbers=bind("tests.seams.parts.scaled_signs", {}))
MOVING = Recipe("fp32", dynamics=GROW)


@pytest.mark.parametrize(
    ("strategy", "recipe", "reason"),
    [
        (Stacked, Recipe("fp32"), None),
        (Sparse, Recipe("fp32"), None),
        (Stacked, MOVING, None),
        (Sparse, MOVING, None),
        (Stacked, SQUARE, "its backward pass is that of ltsweep.train.cross_entropy, not tests.s"),
        (Sparse, SQUARE, "its backward pass is that of ltsweep.train.cross_entropy, not tests.s"),
        (Stacked, SIGNS, "its products are of numbers as they are, not of tests.seams.parts.scal"),
        (Sparse, SIGNS, "its products are of numbers as they are, not of tests.seams.parts.scal"),
        (OneByOne, SQUARE, None),
        (OneByOne, SIGNS, None),
        (OneByOne, MOVING, None),
    ],
)
def test_strategies_say_what_they_cannot_do(strategy, recipe, reason):
    said = strategy.refuses(MLP, recipe)
    assert (said is None) if reason is None else said.startswith(reason)


def test_the_rule_takes_a_strategy_that_can():
    few = {"1.weight": torch.zeros(1000, 1000, dtype=torch.bool)}
    assert strategy_for(MLP, few, CPU, Recipe("fp32")) is Sparse
    assert strategy_for(MLP, few, CPU, MOVING) is Sparse
    everything = {name: torch.ones_like(part) for name, part in few.items()}
    assert strategy_for(MLP, everything, CPU, MOVING) is Stacked  # gradual pruning, say
    assert strategy_for(MLP, few, CPU, SQUARE) is OneByOne
    assert strategy_for(MLP, few, CPU, SIGNS) is OneByOne
    assert strategy_for(MLP, {}, CPU, Recipe("fp32"), forced="loop") is OneByOne
    with pytest.raises(ValueError, match="strategy=sparse cannot train this: its products are of"):
        strategy_for(MLP, {}, CPU, SIGNS, forced="sparse")
