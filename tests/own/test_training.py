"""Users' own models train as they do in a plain loop, and alike again, beside others, resumed."""

import copy

import pytest
import torch
from torch.nn import functional as F

from ltsweep.foundations.randomness import torch_seeded
from ltsweep.train.replicate import Batches

from ..sweeps_here import curves, train
from ..train.conftest import Ground
from . import nets

NETS = ("conv1d", "gru", "attentive", "dropout", "twice", "embedded")
SHAPE = (1, 8, 8)


@pytest.fixture(scope="module", params=NETS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def ground(name):
    return Ground(getattr(nets, name), SHAPE)


def plain_loop(ground, build, replicate, steps):
    """The same module, optimizer and batches, written as anyone would."""
    module = build(SHAPE, 10).train()
    module.load_state_dict(replicate.state)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-3)
    batches = Batches([replicate])
    for step in range(steps):
        batch = batches.at(step, 1)
        x, y = ground.data.training_batch(batch)[0], ground.data.labels("train", batch.indices)[0]
        optimizer.zero_grad()
        with torch_seeded(torch.device("cpu"), 0, "module", replicate.order.level, step):
            F.cross_entropy(module(x), y).backward()
        optimizer.step()
        with torch.no_grad():
            for part, mask in replicate.mask.items():
                module.get_parameter(part).mul_(mask)
    return module.state_dict()


@pytest.mark.parametrize("density", [1, 0.3])
def test_weights_are_those_of_a_plain_loop(ground, name, density):
    replicate = ground.replicate(stop=20, density=density)
    build = getattr(nets, name)
    expected = plain_loop(ground, build, copy.deepcopy(replicate), 20)
    found = ground.train([replicate])["seed 0"].state
    assert found.keys() == expected.keys()
    for part in expected:
        distance = (found[part] - expected[part]).norm()
        assert distance <= 1e-4 * expected[part].norm(), part


def test_a_replicate_is_the_same_beside_others(ground):
    alone = ground.train([ground.replicate()])["seed 0"]
    beside = ground.train([ground.replicate(k) for k in range(3)])
    beside["seed 0"].assert_same(alone)
    assert not torch.equal(beside["seed 1"].correct, alone.correct)


def test_it_goes_on_where_it_was_interrupted(ground):
    whole = ground.train([ground.replicate()])["seed 0"]
    before = ground.replicate()
    events = ground.events(save_after=7, stop_after=7)
    ground.train([before], events=events)
    _, state, optimizer_state = events.checkpoints["seed 0"]
    after = ground.replicate(step=7)
    after.state, after.optimizer_state, after.validation = state, optimizer_state, before.validation
    ground.train([after])["seed 0"].assert_same(whole)


def test_a_sweep_of_it_runs_alike_again_and_beside_other_seeds(tmp_path, name):
    lines = (f"model={name}", "method=imp,random_reinit", "levels=1")
    train(tmp_path / "one", *lines)
    train(tmp_path / "again", *lines)
    train(tmp_path / "many", *lines, "seed=0,1,2")
    assert curves(tmp_path / "one") == curves(tmp_path / "again")
    assert set(curves(tmp_path / "one").splitlines()) < set(curves(tmp_path / "many").splitlines())


@pytest.mark.parametrize("model", ["conv1d", "dropout"])
def test_it_learns(tmp_path, model):
    longer = ("schedule.length=300it", "schedule.validate_every=300it", "method=dense")
    made, _ = train(tmp_path, f"model={model}", *longer)
    (point,) = made.plan.points
    assert made.store.stage(point.stages[0]).end().test_accuracy > 0.93
