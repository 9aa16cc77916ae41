"""Accuracies of users' own models against a loop that shares no random number with ltsweep."""

from pathlib import Path
from statistics import mean, variance

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from ltsweep.models.layers import prunable_names
from ltsweep.stages.workplace import Workplace

from ..sweeps_here import train
from . import nets
from .test_training import NETS, SHAPE

STEPS, SEEDS, BATCH = 300, 5, 64
pytestmark = pytest.mark.soak


def accuracy_of_a_loop(name, data, seed):
    """Test accuracy of the module, its prunable weights as kaiming_normal has them, no biases."""
    torch.manual_seed(1000 + seed)
    module = getattr(nets, name)(SHAPE, 10)
    for weight in prunable_names(module):
        nn.init.kaiming_normal_(module.get_parameter(weight), nonlinearity="relu")
        layer = module.get_submodule(weight.rpartition(".")[0])
        if getattr(layer, "bias", None) is not None:
            nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)
    order = torch.empty(0, dtype=torch.int64)
    for _ in range(STEPS):
        if not len(order):
            order = torch.randperm(data.size("train"))
        some, order = order[:BATCH], order[BATCH:]
        optimizer.zero_grad()
        outputs = module.train()(data.batch("train", some))
        F.cross_entropy(outputs, data.labels("train", some)).backward()
        optimizer.step()
    everything = torch.arange(data.size("test"))
    with torch.no_grad():
        logits = module.eval()(data.batch("test", everything))
    return (logits.argmax(1) == data.labels("test", everything)).double().mean().item()


@pytest.mark.parametrize("name", NETS)
def test_means_of_five_seeds_agree(tmp_path, name):
    lines = (f"schedule.length={STEPS}it", f"schedule.validate_every={STEPS}it", "reset.step=0it")
    optimizer = ("optimizer.lr=0.05", "optimizer.momentum=0.9", "optimizer.weight_decay=0")
    made, _ = train(
        tmp_path, f"model={name}", "method=dense", f"batch_size={BATCH}",
        f"seed=range({SEEDS})", *lines, *optimizer,
    )  # fmt: skip
    (first, *_), stages = made.plan.stages.values(), made.plan.points
    place = Workplace(made.store, Path("nowhere"), torch.device("cpu"), False, 60)
    spec = first.spec.train.data
    data = place.data(spec, first.means.loaders[spec.fingerprint])
    ours = [made.store.stage(point.stages[0]).end().test_accuracy for point in stages]
    theirs = [accuracy_of_a_loop(name, data, seed) for seed in range(SEEDS)]
    error = ((variance(ours) + variance(theirs)) / SEEDS) ** 0.5
    print(f"{name}: {mean(ours):.4f} and {mean(theirs):.4f}, standard error {error:.4f}")
    assert abs(mean(ours) - mean(theirs)) <= 2 * error
