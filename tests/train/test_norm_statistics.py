"""Tests the statistics that norm layers use at evaluation, and that training never notices."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from ltsweep.data.resident import Resident
from ltsweep.data.split import Parts
from ltsweep.data_spec import Augment, Normalise
from ltsweep.models.residual import resnet as make_resnet
from ltsweep.train.norm_statistics import (
    EvaluationStatistics,
    has_running_statistics,
    images_taken,
)
from ltsweep.train.one_by_one import OneByOne
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Batches

RECALIBRATED = Recipe("fp32", norm_statistics="recalibrated")
FIRST_BATCH, SECOND_BATCH = ([0, 2], [4, 6]), ([7, 9],)  # images of 1x2 pixels


def pixels(*images):
    return np.array(images, dtype=np.uint8).reshape(-1, 1, 1, 2)


def resident():
    """Three training images; those of the other parts are nothing like them."""
    others, labels = pixels([200, 250]), np.zeros(3, dtype=np.int64)
    parts = Parts(
        train_images=pixels(*FIRST_BATCH, *SECOND_BATCH),
        train_labels=labels,
        val_images=others,
        val_labels=labels[:1],
        test_images=others,
        test_labels=labels[:1],
        classes=2,
        fingerprint="",
    )
    return Resident(
        parts, "cpu", Normalise(mean=(0,), std=(1,), white=1), Augment(flip=False, crop=0)
    )


def seen(module, recipe=RECALIBRATED, batch_size=2):
    """The tensors that a module is evaluated with on the three images."""
    statistics = EvaluationStatistics(module, resident(), recipe, batch_size, lambda x: x)
    with torch.no_grad():
        return statistics.seen(
            0, {**dict(module.named_parameters()), **dict(module.named_buffers())}
        )


def close(expected):
    return pytest.approx(expected, rel=1e-5)


def test_two_batches_by_hand():
    # batch    pixels        mean  E[x^2]   after norm and ReLU       mean     E[x^2]
    # 2 images 0, 2, 4, 6    3     14       0, 0, 1/sqrt 5, 3/sqrt 5  .447214  .5
    # 1 image  7, 9          8     65       0, 1                      .5       .5
    # by image               14/3  31                                 .464809  .5
    tensors = seen(nn.Sequential(nn.BatchNorm2d(1), nn.ReLU(), nn.BatchNorm2d(1)))
    assert tensors["0.running_mean"].item() == close(4.666667)
    assert tensors["0.running_var"].item() == close(9.222222)  # 31 - (14/3)^2
    assert tensors["2.running_mean"].item() == close(0.464809)
    assert tensors["2.running_var"].item() == close(0.283952)  # .5 - .464809^2


def test_instance_norm_has_the_means_of_what_it_has_of_each_image():
    tensors = seen(nn.Sequential(nn.InstanceNorm2d(1, track_running_stats=True)))
    assert tensors["0.running_mean"].item() == close(4.666667)
    assert tensors["0.running_var"].item() == close(1.0)


def test_a_layer_that_is_used_twice_has_the_means_over_both_uses():
    norm = nn.BatchNorm2d(1, affine=False, eps=1e-9)
    tensors = seen(nn.Sequential(norm, norm))
    assert tensors["0.running_mean"].item() == close((14 / 3 + 0) / 2)
    assert tensors["0.running_var"].item() == close((31 + 1) / 2 - (14 / 6) ** 2)


def test_running_statistics_are_the_nets_own():
    module = nn.Sequential(nn.BatchNorm2d(1))
    tensors = seen(module, Recipe("fp32"))
    assert (tensors["0.running_mean"].item(), tensors["0.running_var"].item()) == (0.0, 1.0)


def test_statistics_that_are_not_finite_are_made_good_and_the_nets_own_stay():
    module = nn.Sequential(nn.BatchNorm2d(1))
    module[0].running_mean.fill_(math.nan)
    assert seen(module)["0.running_mean"].item() == close(4.666667)
    assert module[0].running_mean.isnan().all()
    assert module[0].num_batches_tracked == 0


class Counting(nn.Module):
    """Counts the images that it has seen, whoever asks."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(1)
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x):
        self.seen += len(x)
        return self.norm(x)


@pytest.mark.parametrize("recipe", [Recipe("fp32"), RECALIBRATED], ids=["running", "recalibrated"])
def test_what_a_module_changes_when_it_is_evaluated_is_no_part_of_its_training(recipe):
    module = Counting()
    tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    statistics = EvaluationStatistics(module, resident(), recipe, 2, lambda x: x)
    for _ in range(2):
        with torch.no_grad():
            seen_by_it = statistics.seen(0, tensors)
            torch.func.functional_call(module.eval(), seen_by_it, (torch.ones(5, 1, 1, 2),))
        assert seen_by_it["seen"] == 5
        assert tensors["seen"] == 0


def test_dropout_is_off_while_statistics_are_taken():
    before = torch.get_rng_state()
    tensors = seen(nn.Sequential(nn.Dropout(0.5), nn.BatchNorm2d(1)))
    assert tensors["1.running_mean"].item() == close(4.666667)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("examples", "batch_size", "images"),
    [
        (45_000, 64, 1024),
        (45_000, 1000, 1000),
        (45_000, 1001, 1001),
        (45_000, 1, 1000),
        (1010, 64, 1010),  # the last batch is short
        (150, 64, 150),
    ],
)
def test_whole_batches_of_a_thousand_images_at_least_as_far_as_there_are(
    examples, batch_size, images
):
    assert images_taken(examples, batch_size) == images


@pytest.mark.parametrize(
    ("layer", "has_some"),
    [
        (nn.BatchNorm1d(1), True),
        (nn.BatchNorm2d(1), True),
        (nn.BatchNorm2d(1, track_running_stats=False), False),
        (nn.InstanceNorm2d(1, track_running_stats=True), True),
        (nn.InstanceNorm2d(1), False),
        (nn.GroupNorm(1, 1), False),
        (nn.LayerNorm(1), False),
        (nn.Conv2d(1, 1, 1), False),
    ],
)
def test_which_layers_have_running_statistics(layer, has_some):
    assert has_running_statistics(nn.Sequential(nn.Sequential(layer), nn.Flatten())) is has_some


def trained(ground, recipe, steps=3):
    """A net that has taken a few steps, and how many batches its norm layers have seen."""
    replicate = ground.replicate()
    strategy = OneByOne(ground.module, [replicate], ground.data, recipe)
    for step in range(steps):
        strategy.step(Batches([replicate]).at(step, 1), [1.0])
    return strategy


def test_an_evaluation_is_that_of_precise_batch_norm_in_plain_pytorch(resnet):
    strategy = trained(resnet, RECALIBRATED)
    module = make_resnet((3, 8, 8), 10, blocks=(1, 1), width=4)
    module.load_state_dict(strategy.state(0))
    module.double().train()
    sums = {}

    def note(layer, inputs, _):
        x = inputs[0].flatten(2)
        square = len(x) * x.square().mean((0, 2))
        one = torch.stack([len(x) * x.mean((0, 2)), square]) / 150
        sums[layer] = sums.get(layer, 0) + one

    layers = [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)]
    for layer in layers:
        layer.register_forward_hook(note)
    with torch.no_grad():
        for indices in torch.arange(150).split(64):  # there are no more than 150 training images
            module(resnet.data.batch("train", indices).double())
        for layer in layers:
            mean, square = sums[layer]
            layer.running_mean.copy_(mean)
            layer.running_var.copy_(square - mean**2)
        logits = module.eval()(resnet.data.batch("test", torch.arange(30)).double())
    _, loss = strategy.evaluate("test", torch.arange(30), [0])
    labels = resnet.data.labels("test", torch.arange(30))
    assert loss.item() == pytest.approx(
        nn.functional.cross_entropy(logits, labels).item(), rel=1e-5
    )
    _, running = trained(resnet, Recipe("fp32")).evaluate("test", torch.arange(30), [0])
    assert abs(loss - running).item() > 0.01


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_training_goes_on_as_if_nothing_had_been_evaluated(resnet, precision):
    recalibrated = {"norm_statistics": "recalibrated", "evaluation_precision": "fp32"}
    never = trained(resnet, Recipe(precision), steps=10)
    for how in ({}, recalibrated):
        evaluated = resnet.train([resnet.replicate()], precision, **how)["seed 0"]
        assert len(evaluated.validation) == 3
        for name, value in never.state(0).items():
            assert torch.equal(evaluated.state[name], value), name
        for name, value in never.optimizer_state(0).items():
            assert torch.equal(evaluated.optimizer_state[name], value), name


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("others", [2, 7])
def test_an_evaluation_does_not_depend_on_the_pack(resnet, precision, others):
    how = {"norm_statistics": "recalibrated", "evaluation_precision": "fp32"}
    alone = resnet.train([resnet.replicate()], precision, **how)["seed 0"]
    together = resnet.train([*resnet.company(others), resnet.replicate()], precision, **how)
    alone.assert_same(together["seed 0"])


def test_an_interrupted_training_is_evaluated_as_one_that_was_not(resnet):
    how = {"norm_statistics": "recalibrated"}
    whole = resnet.train([resnet.replicate()], **how)["seed 0"]
    events = resnet.events(save_after=5, stop_after=5)
    before = resnet.replicate()
    resnet.train([before], events=events, **how)
    rest = resnet.replicate(step=5)
    _, rest.state, rest.optimizer_state = events.checkpoints["seed 0"]
    rest.validation = before.validation
    result = resnet.train([rest], **how)["seed 0"]
    result.assert_same(whole)
    assert [point.step for point in result.validation] == [4, 8, 10]


def test_statistics_are_taken_once_for_weights_that_stay(resnet, monkeypatch):
    strategy, batches = trained(resnet, RECALIBRATED), []
    take = resnet.data.fixed_train_subset
    monkeypatch.setattr(
        resnet.data, "fixed_train_subset", lambda size: batches.append(size) or take(size)
    )
    first = strategy.evaluate("val", torch.arange(40), [0])
    again = strategy.evaluate("val", torch.arange(40), [0])
    assert batches == [150]
    assert torch.equal(first[1], again[1])
    strategy.step(Batches([resnet.replicate()]).at(3, 1), [1.0])
    strategy.evaluate("val", torch.arange(40), [0])
    assert batches == [150, 150]


def test_a_mask_that_changes_changes_the_statistics(resnet):
    strategy = trained(resnet, RECALIBRATED)
    strategy.evaluate("val", torch.arange(40), [0])
    mask = {layer.name: torch.zeros(layer.shape, dtype=torch.bool) for layer in resnet.layers}
    strategy.set_masks([mask])
    other = resnet.replicate()
    other.state = strategy.state(0)
    fresh = OneByOne(resnet.module, [other], resnet.data, RECALIBRATED)
    expected = fresh.evaluate("val", torch.arange(40), [0])
    assert torch.equal(strategy.evaluate("val", torch.arange(40), [0])[1], expected[1])


@pytest.mark.parametrize("kind", ["running", "recalibrated"])
def test_an_evaluation_in_fp32_is_that_of_an_fp32_training_with_these_weights(resnet, kind):
    how = Recipe("bf16", norm_statistics=kind, evaluation_precision="fp32")
    strategy = trained(resnet, how)
    other = resnet.replicate()
    other.state = strategy.state(0)
    exact, rounded = (
        OneByOne(resnet.module, [other], resnet.data, Recipe(precision, norm_statistics=kind))
        for precision in ("fp32", "bf16")
    )
    loss = strategy.evaluate("val", torch.arange(40), [0])[1]
    assert torch.equal(loss, exact.evaluate("val", torch.arange(40), [0])[1])
    assert not torch.equal(loss, rounded.evaluate("val", torch.arange(40), [0])[1])
