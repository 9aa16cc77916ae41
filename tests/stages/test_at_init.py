"""Pruning at initialisation, end to end: which weights stay, what is read, what is trained."""

import pytest
import torch
from torch.nn import functional as F

from ltsweep.data.embedded import digits
from ltsweep.data.split import split
from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.pruning.mask import unpack_like
from ltsweep.views.ticket_data import Ancestry

from ..nets import net_of
from ..sweeps_here import curves, train

AT_INIT = ("method=at_init", "pruning.fraction=0.6")
RESIDUAL = ("model=resnet20", "model.blocks=[1,1]", "model.width=4")
ELSEWHERE = ("dataset.classes=[0,1,2,3,4]", "target.classes=[5,6,7,8,9]")


def masks(made):
    """The masks of the only point's levels 1, 2, ..."""
    (point,) = made.plan.points
    found = []
    for key in point.stages[1:]:
        packed, _ = load_tensors(made.store.stage(key).ticket)
        state = draw(made)
        found.append({name: unpack_like(part, state[name]) for name, part in packed.items()})
    return found


def draw(made):
    """The state that was scored."""
    (begun,) = (stage for stage in made.plan.stages.values() if stage.spec.is_prefix)
    return load_tensors(made.store.stage(begun.key).snapshot(begun.spec.stop))[0]


def seen(made):
    """Role, label and purpose of all data that the tickets of the only point saw."""
    (point,) = made.store.points()
    told = Ancestry(made.store).data_of(point)
    assert told.unknown == 0
    return [(entry.role, entry.label, entry.purpose) for entry in told.seen]


def snip_mask(module, batches, count):
    """The connections of largest |w dL/dw|, by plain autograd."""
    examples = sum(len(labels) for _, labels in batches)
    for images, labels in batches:
        (F.cross_entropy(module(images), labels, reduction="sum") / examples).backward()
    parameters = {n: p for n, p in module.named_parameters() if p.dim() > 1}
    scores = torch.cat([(p * p.grad).abs().flatten() for p in parameters.values()])
    kept = torch.zeros(len(scores), dtype=torch.bool)
    kept[scores.argsort(descending=True)[:count]] = True
    parts = kept.split([p.numel() for p in parameters.values()])
    return {n: k.view(p.shape) for (n, p), k in zip(parameters.items(), parts, strict=True)}


@pytest.mark.parametrize("lines", [(), RESIDUAL], ids=["linear layers", "residual"])
def test_snip_keeps_the_connections_of_largest_sensitivity(tmp_path, lines):
    """The same by plain autograd, over all training images: ten of each class would be drawn."""
    everything = ("dataset.per_class=3", "dataset.validation=0", "batch_size=30")
    made, _ = train(tmp_path, *AT_INIT, *lines, *everything, "pruning=snip")
    config = made.plan.points[0].config
    data, how = split(digits(tmp_path), config.dataset.split), config.dataset.normalise
    images = torch.from_numpy(data.train_images).float() / how.white
    images = ((images - how.mean[0]) / how.std[0]).double()
    labels = torch.from_numpy(data.train_labels).long()
    assert labels.bincount().tolist() == [3] * 10
    module = net_of(config.model.target, (1, 8, 8), 10, **config.model.bind().params).rebuilt(0)
    module = module.to_empty(device="cpu").double().train()
    module.load_state_dict(draw(made))
    for level, mask in enumerate(masks(made), start=1):
        count = sum(int(part.sum()) for part in mask.values())
        module.zero_grad()
        expected = snip_mask(module, [(images, labels)], count)
        assert all(torch.equal(mask[name], part) for name, part in expected.items()), level


def test_levels_start_from_the_draw_and_have_the_whole_schedule(tmp_path):
    made, _ = train(tmp_path, *AT_INIT, "pruning=snip")
    (point,) = made.plan.points
    dense, *levels = (made.store.stage(key).end() for key in point.stages)
    assert [end.steps for end in levels] == [12, 12]
    total = dense.prunable
    assert [end.kept for end in levels] == [round(total * 0.4), round(total * 0.16)]
    for mask, key in zip(masks(made), point.stages[1:], strict=True):
        begin = made.store.stage(key)
        assert begin.end().layers["fc1.weight"].rms_over_init_std > 1  # SNIP keeps large weights
        outer = masks(made)[0]
        assert all((mask[name] <= outer[name]).all() for name in mask)  # of one score, so they nest


def test_scores_say_what_they_took(tmp_path):
    taken = {}
    for pruning in ("magnitude_global", "random_score", "snip", "grasp", "synflow"):
        made, _ = train(tmp_path, *AT_INIT, f"pruning={pruning}", "levels=1")
        (point,) = made.plan.points
        taken[pruning] = made.store.stage(point.stages[1]).end().scoring
    assert {name: scoring.images for name, scoring in taken.items()} == {
        "magnitude_global": 0,
        "random_score": 0,
        "snip": 100,  # ten of each class, once
        "grasp": 200,  # twice
        "synflow": 100,  # an image of ones in each round
    }
    assert all(scoring.seconds > 0 for scoring in taken.values())


def test_a_mask_that_is_found_says_what_it_took_whoever_made_it(tmp_path):
    made, _ = train(tmp_path, "method=imp,random_reinit", "pruning=snip", "levels=2")
    for level in (1, 2):
        mine, theirs = (
            made.store.stage(point.stages[level]).end().scoring for point in made.plan.points
        )
        assert mine == theirs and mine.images == 100
    dense = made.store.stage(made.plan.points[0].stages[0]).end()
    assert dense.scoring is None
    rows = curves(tmp_path).splitlines()
    column = rows[0].split(",").index("scoring_images")
    assert sorted(row.split(",")[column] for row in rows[1:]) == ["", "", *["100"] * 4]


def test_scores_are_of_the_sources_data_and_classes(tmp_path):
    made, _ = train(tmp_path, *AT_INIT, *ELSEWHERE, "pruning=snip", "levels=1")
    assert len(made.plan.stages) == 3  # dense on the target, the draw, level 1: no source training
    spec = made.plan.stages[made.plan.points[0].stages[1]].spec
    scored = spec.mask.given["scored_at_step"].given["gradients"].data
    assert scored.split.classes == (0, 1, 2, 3, 4)
    assert spec.train.data.split.classes == (5, 6, 7, 8, 9)
    (begun,) = (stage for stage in made.plan.stages.values() if stage.spec.is_prefix)
    (path,) = made.store.stage(begun.key).path.glob("next-mask-*")
    (read,) = load_tensors(path)[1]["read"]
    assert (read["purpose"], read["split"]["classes"]) == ("scored on", [0, 1, 2, 3, 4])
    assert seen(made) == [("source", "digits[0-4]", "scored on")]  # a draw reads nothing


def test_a_target_of_other_classes_changes_no_mask(tmp_path):
    """Nor does what it has: the masks of two targets, of five classes and of three, are one."""
    found = []
    for number, classes in enumerate(("[5,6,7,8,9]", "[5,6,7]")):
        lines = (*AT_INIT, "dataset.classes=[0,1,2,3,4]", f"target.classes={classes}", "levels=1")
        made, _ = train(tmp_path / str(number), *lines, "pruning=snip")
        found += masks(made)
    assert all(torch.equal(found[0][name], part) for name, part in found[1].items())


def test_a_state_in_the_midst_of_training_takes_as_much_of_it_and_no_more(tmp_path):
    lines = (*AT_INIT, *ELSEWHERE, "pruning=magnitude_increase", "method.step=5it", "levels=1")
    made, _ = train(tmp_path, *lines)
    (begun,) = (stage for stage in made.plan.stages.values() if stage.spec.is_prefix)
    assert begun.spec.stop == 5
    assert made.store.stage(begun.key).snapshot(5).exists()
    source = ("source", "digits[0-4]")
    assert seen(made) == [(*source, "trained on"), (*source, "measured on")]


def test_deeper_levels_join_a_finished_curve_and_equal_one_made_at_once(tmp_path):
    train(tmp_path / "a", *AT_INIT, "pruning=synflow", "pruning.rounds=3", "levels=1")
    train(tmp_path / "a", *AT_INIT, "pruning=synflow", "pruning.rounds=3", "levels=3")
    train(tmp_path / "b", *AT_INIT, "pruning=synflow", "pruning.rounds=3", "levels=3")
    assert curves(tmp_path / "a") == curves(tmp_path / "b")


def test_a_lost_draw_is_made_again(tmp_path):
    made, _ = train(tmp_path, *AT_INIT, "levels=1")
    (begun,) = (stage for stage in made.plan.stages.values() if stage.spec.is_prefix)
    made.store.stage(begun.key).snapshot(0).unlink()
    train(tmp_path, *AT_INIT, "levels=2")
    train(tmp_path / "b", *AT_INIT, "levels=2")
    assert curves(tmp_path) == curves(tmp_path / "b")
