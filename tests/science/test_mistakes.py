"""Mistakes that re-implementations were seen to make: each has a test, here or where it belongs.

Those that a unit can show are tested beside the unit, and named in `ELSEWHERE`. This file has those
that only a whole sweep shows.
"""

import importlib
import random

import numpy as np
import pytest
import torch

from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.stages.export import export_ticket
from ltsweep.train.stacked import Stacked

from ..sweeps_here import curves, train

ELSEWHERE = {
    "a threshold in place of exact counts": (
        "pruning.test_select.test_exactly_the_count_goes_when_all_magnitudes_are_equal",
        "pruning.test_select.test_a_ladder_has_the_counts_that_were_announced_and_its_masks_nest",
    ),
    "random runs whose weights are never reset": (
        "stages.test_controls.test_arms_with_a_fresh_draw_have_one_draw_and_neutral_norms",
    ),
    "norms that are permuted or pruned": (
        "stages.test_controls."
        "test_norms_of_arms_with_weights_of_the_source_are_its_own_unpermuted_or_as_asked",
        "methods.test_masks.test_masks_are_of_the_prunable_weights_and_never_of_biases",
    ),
    "a transfer that keeps the source's output layer, or prunes the target's": (
        "stages.test_transfer.test_an_arm_begins_with_the_sources_weights_and_the_targets_head",
        "stages.test_controls.test_all_arms_of_a_target_have_its_own_head_and_none_is_pruned",
    ),
    "a count of classes that is 10 whatever the data": (
        "stages.test_subsets.test_a_net_has_as_many_outputs_as_classes_are_chosen",
    ),
    "weights that stay because they are below a small number": (
        "pruning.test_select.test_large_negative_weights_stay",
        "train.test_stacked.test_thirty_steps_equal_plain_pytorch",
    ),
    "momentum or weight decay that moves pruned weights": (
        "train.test_stacked.test_pruned_weights_are_zero_after_every_step",
        "train.test_one_by_one.test_pruned_weights_are_zero_after_every_step",
        "stages.test_controls.test_momenta_of_the_reset_step_go_on_without_those_of_pruned_weights",
    ),
    "the stem for large images before small ones": (
        "models.test_residual."
        "test_parameters_of_resnet50_with_the_usual_stem_and_with_that_of_small_images",
    ),
    "augmentation that is drawn once": (
        "train.test_replicate.test_every_example_of_an_epoch_has_draws_of_its_own",
        "train.test_replicate.test_seeds_and_levels_have_draws_of_their_own",
    ),
    "a split that depends on the order in which things are drawn": (
        "data.test_split.test_golden_order",
        "data.test_split.test_the_split_seed_alone_decides",
    ),
}


@pytest.mark.parametrize("names", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_mistake_has_a_test_beside_its_unit(names):
    for name in names:
        module, _, function = name.rpartition(".")
        found = importlib.import_module(f"..{module}", __package__)
        assert callable(getattr(found, function))


def test_the_mask_of_a_target_is_the_sources_and_not_made_anew(tmp_path):
    made, _ = train(tmp_path, "method=imp", "target.split_seed=1", "keep=all")
    (point,) = made.plan.points
    for key in point.stages[1:]:
        spec = made.plan.stages[key].spec
        source = made.store.stage(spec.mask.given["ladder"].stage)
        (following,) = source.path.glob("next-mask-*")
        mask, theirs = load_tensors(made.store.stage(key).ticket)[0], load_tensors(following)[0]
        assert mask.keys() == theirs.keys()
        assert all(torch.equal(part, theirs[name]) for name, part in mask.items())
        assert made.plan.stages[source.key].spec.train.data.split.split_seed == 0


def test_an_exported_ticket_has_the_weights_of_the_reset_step_and_not_trained_ones(tmp_path):
    made, _ = train(tmp_path / "store", "method=imp", "keep=all")
    (point,) = made.store.points(made.point_ids)
    export_ticket(made.store, point, 2, tmp_path / "ticket")
    ticket, _ = load_tensors(tmp_path / "ticket")
    dense, *_, last = map(made.store.stage, point.stages)
    for directory, name, equal in (
        (dense, dense.snapshot(3), True),
        (dense, dense.final, False),
        (last, last.final, False),
    ):
        state, _ = load_tensors(directory.path / name)
        same = [torch.equal(ticket[f"weights/{n}"], part) for n, part in state.items()]
        assert all(same) == equal


def test_test_data_are_looked_at_once_behind_the_last_step(tmp_path, monkeypatch):
    parts, evaluate = [], Stacked.evaluate

    def watched(self, part, examples, members):
        parts.append(part)
        return evaluate(self, part, examples, members)

    monkeypatch.setattr(Stacked, "evaluate", watched)
    train(tmp_path, "method=imp", "levels=1", "reset.step=0it", "schedule.validate_every=4it")
    before, validated, at_the_end = ["val"], ["val"] * 3, ["train", "val", "test"]
    assert parts == 2 * [*before, *validated, *at_the_end]


def test_results_do_not_depend_on_any_global_generator(tmp_path):
    lines = ("method=imp,random_mask,layerwise_permuted", "dataset.flip=true", "dataset.crop=1")
    for number in (1, 2):
        random.seed(number)
        np.random.seed(number)
        torch.manual_seed(number)
        train(tmp_path / str(number), *lines)
    assert curves(tmp_path / "1") == curves(tmp_path / "2")
