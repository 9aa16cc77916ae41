"""What a ticket takes to another training: its weights and mask, never its head, norms as asked."""

import numpy as np
import pytest
import torch
from torch import nn

from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.launch.engine import prepare_store, submit
from ltsweep.launch.pending import find_pending
from ltsweep.models.norms import neutral_norms
from ltsweep.pruning.mask import unpack
from ltsweep.stages.workplace import Workplace

from .. import made_up
from ..nets import net_of
from ..sweeps_here import curves, selection, train

# a target on which nothing moves, so that the end of a training is what it began with
STANDING = ("target_optimizer.lr=1e-30", "keep=all", "levels=2")
ELSEWHERE = ("target.split_seed=1", *STANDING)


def ends(made):
    """Final states of the deepest level of each point, by method, and those of level 0."""
    found = {}
    for point in made.plan.points:
        for level in (0, -1):
            state, _ = load_tensors(made.store.stage(point.stages[level]).final)
            found[point.config.method.name, level] = state
    return found


def test_an_arm_begins_with_the_sources_weights_and_the_targets_head(tmp_path):
    made, _ = train(tmp_path, *ELSEWHERE, "method=imp,random_reinit,layerwise_permuted,trained")
    found = ends(made)
    dense = found["imp", 0]
    points = {point.config.method.name: point for point in made.plan.points}
    source = made.plan.stages[points["imp"].stages[1]].spec.weights.given["rewound"]
    rewound, _ = load_tensors(made.store.stage(source.stage).snapshot(source.step))
    ended = made.plan.stages[points["trained"].stages[2]].spec.weights.given["ended"]
    end, _ = load_tensors(made.store.stage(ended.stage).final)
    for method, weights in (("imp", rewound), ("trained", end)):
        directory = made.store.stage(points[method].stages[-1])
        layers = net_of("ltsweep.models.lenet_300_100", (1, 8, 8), 10).with_head_apart().layers
        mask = unpack(load_tensors(directory.ticket)[0], layers)
        state = found[method, -1]
        for name, part in mask.items():
            assert torch.equal(state[name], weights[name] * part), (method, name)
        torch.testing.assert_close(state["fc1.bias"], weights["fc1.bias"], rtol=0, atol=1e-20)
        assert not torch.equal(state["fc3.weight"], weights["fc3.weight"])
    for state in (s for (_, level), s in found.items() if level == -1):
        for name in ("fc3.weight", "fc3.bias"):
            torch.testing.assert_close(state[name], dense[name], rtol=0, atol=1e-20)


def test_a_fresh_head_is_that_of_init_whatever_controls_are_drawn_from(tmp_path):
    control = ("init@control_init=xavier_normal", "control_init.scale=3")
    made, _ = train(tmp_path, *ELSEWHERE, *control, "method=random_mask")
    found = ends(made)
    assert torch.equal(
        found["random_mask", -1]["fc3.weight"], found["random_mask", 0]["fc3.weight"]
    )


def test_a_kept_head_is_the_sources(tmp_path):
    made, _ = train(tmp_path, *ELSEWHERE, "method=imp", "transfer.head=source")
    (point,) = made.plan.points
    spec = made.plan.stages[point.stages[-1]].spec
    source = spec.weights.given["rewound"]
    rewound, _ = load_tensors(made.store.stage(source.stage).snapshot(source.step))
    end = ends(made)["imp", -1]
    assert torch.equal(end["fc3.bias"], rewound["fc3.bias"])
    assert "fc3.weight" in made.store.stage(point.stages[-1]).end().layers


def test_density_leaves_a_fresh_head_out(tmp_path):
    made, _ = train(tmp_path, *ELSEWHERE, "method=imp,random_mask")
    for point in made.plan.points:
        end = made.store.stage(point.stages[-1]).end()
        assert set(end.layers) == {"fc1.weight", "fc2.weight"}
        assert end.prunable == 64 * 300 + 300 * 100
        assert end.number("head_weights") == 1000
        assert end.multiply_adds == end.kept + 1000
        assert end.params_left == end.kept + 1000 + 410


SMALL = ("model=resnet20", "model.blocks=[1]", "model.width=2", "batch_size=256", "levels=1")


@pytest.mark.parametrize("norm", ["keep", "reset_stats", "reinit"])
def test_norms_are_taken_along_as_asked(tmp_path, norm):
    lines = ("method=imp", "target.split_seed=1", f"transfer.norm={norm}", *SMALL)
    made, _ = train(tmp_path, *lines)
    (point,) = made.plan.points
    moved = made.plan.stages[point.stages[-1]].spec.moved
    assert (moved.norm, moved.head is not None) == (norm, True)


def test_neutral_norms():
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.LayerNorm(4))
    found = neutral_norms(module, affine=False)
    assert {name: part.tolist() for name, part in found.items()} == {
        "1.running_mean": [0.0, 0.0],
        "1.running_var": [1.0, 1.0],
        "1.num_batches_tracked": 0,
    }
    found = neutral_norms(module, affine=True)
    assert found["1.weight"].tolist() == [1.0, 1.0] and found["1.bias"].tolist() == [0.0, 0.0]
    assert found["2.weight"].tolist() == [1.0] * 4 and "0.weight" not in found


def test_recalibrated_statistics_do_not_remember_those_of_the_source(tmp_path):
    lines = ("method=imp", "target.split_seed=1", "norm_statistics=recalibrated", *SMALL)
    accuracies = []
    for norm in ("keep", "reset_stats"):
        made, _ = train(tmp_path / norm, *lines, f"transfer.norm={norm}")
        end = made.store.stage(made.plan.points[0].stages[-1]).end()
        accuracies.append((end.test_accuracy, end.test_loss, end.val_accuracy_before))
    assert accuracies[0] == accuracies[1]


def test_tickets_are_made_though_nobody_can_read_the_target(tmp_path, monkeypatch):
    made = selection(tmp_path, "method=imp", "target.split_seed=1", "levels=3")
    read = Workplace.data

    def of_the_source(place, spec, loader):
        if spec.split.split_seed == 1:
            raise OSError("nobody may read the target")
        return read(place, spec, loader)

    monkeypatch.setattr(Workplace, "data", of_the_source)
    prepare_store(made)
    outcome = submit(made, find_pending(made.plan, made.store), lambda text: None)
    assert outcome.exit_code == 1
    done = {key for key in made.plan.stages if made.store.stage(key).is_done()}
    ladder = {key for key, s in made.plan.stages.items() if s.spec.train.data.split.split_seed == 0}
    assert done == ladder and len(ladder) == 3


@pytest.mark.parametrize("pruning", ["magnitude_global", "saliency"])
def test_a_ticket_is_the_same_whatever_the_labels_of_the_target(tmp_path, pruning):
    """The same images under other labels: bit for bit the same ladder, and the same masks."""
    arrays = made_up.arrays(1, 8, 8)
    shuffled = np.random.default_rng(0).permutation(arrays["train_labels"])
    ladders, masks, ends = [], [], []
    for name, labels in (("right", arrays["train_labels"]), ("wrong", shuffled)):
        path = tmp_path / f"{name}.npz"
        np.savez(path, **{**arrays, "train_labels": labels})
        target = ("dataset@target=arrays", "target.name=others", f"target.path={path}")
        small = ("batch_size=32", f"pruning={pruning}", "method=imp", "keep=all")
        made, _ = train(tmp_path / name, *target, *small)
        (point,) = made.plan.points
        ladder = sorted(made.plan.stages.keys() - set(point.stages))
        ladders.append({key: files(made.store.stage(key)) for key in ladder})
        targets = [made.store.stage(key) for key in point.stages[1:]]
        masks.append([load_tensors(directory.ticket)[0] for directory in targets])
        ends.append(targets[-1].end().test_loss)
    assert ladders[0] == ladders[1] and len(ladders[0]) == 2
    assert {len(found) for found in ladders[0].values()} == {3}
    for right, wrong in zip(*masks, strict=True):
        assert right.keys() == wrong.keys() == {"fc1.weight", "fc2.weight"}
        assert all(torch.equal(right[name], wrong[name]) for name in right)
    assert ends[0] != ends[1], "the labels do matter on the target"


def files(directory):
    """The masks and states of a stage, bit by bit, and what is told of them but for seconds."""
    found = {}
    for path in directory.path.glob("*.safetensors"):
        tensors, about = load_tensors(path)
        about.pop("scoring", None)
        bits = {name: tensor.numpy().tobytes() for name, tensor in tensors.items()}
        found[path.name] = (bits, about)
    return found


def test_a_sweep_runs_alike_again_and_beside_other_seeds(tmp_path):
    lines = ("target.split_seed=1", "method=imp,trained,random_mask,dense_at_k,dense_transfer")
    train(tmp_path / "one", *lines)
    train(tmp_path / "many", *lines, "seed=0,1,2")
    assert set(curves(tmp_path / "one").splitlines()) < set(curves(tmp_path / "many").splitlines())
