"""Each seam of a training, end to end: objective, numbers, dynamics, criteria, ladders, rules."""

import json

import pytest
import torch

from ltsweep.cli.actions import find_problems
from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.stages.export import export_ticket

from ..sweeps_here import composed, curves, selection, train, wanted

LONGER = ("schedule.length=60it", "schedule.validate_every=20it", "optimizer.lr=0.1")
PARTS = {
    "objective": ("objective=square_loss", "method=imp"),
    "numbers": ("numbers=scaled_signs", "method=imp"),
    "dynamics with gradients": ("method=drop_and_grow",),
    "dynamics without": ("method=thin_out",),
    "criterion": ("method=imp", "pruning=saliency"),
    "every rule input": ("method=imp", "pruning=of_everything"),
    "a ladder of its own": ("method=climbing",),
    "a rule from existing inputs": ("method=signs",),
}


def ends(made):
    """Closing records of the deepest level of each point."""
    return [made.store.stage(point.stages[-1]).end() for point in made.plan.points]


@pytest.mark.parametrize("lines", PARTS.values(), ids=PARTS)
def test_it_runs_alike_again_and_beside_other_seeds(tmp_path, lines):
    train(tmp_path / "one", *lines)
    train(tmp_path / "many", *lines, "seed=0,1,2")
    assert set(curves(tmp_path / "one").splitlines()) < set(curves(tmp_path / "many").splitlines())


@pytest.mark.parametrize("lines", PARTS.values(), ids=PARTS)
def test_it_learns(tmp_path, lines):
    made, _ = train(tmp_path, *lines, *LONGER)
    (end,) = ends(made)
    assert end.test_accuracy > (0.2 if "numbers=scaled_signs" in lines else 0.5)


@pytest.mark.parametrize(
    ("lines", "strategy"),
    [
        (("method=imp",), "stacked"),
        (("method=imp", "objective=square_loss"), "loop"),
        (("method=imp", "numbers=scaled_signs"), "loop"),
        (("method=drop_and_grow",), "stacked"),
        (("method=drop_and_grow", "strategy=loop"), "loop"),
        (("method=drop_and_grow", "strategy=sparse"), "sparse"),
        (("method=imp", "strategy=by_density"), "stacked"),
        (("method=imp", "strategy=by_density", "pruning.fraction=0.8"), "sparse"),
    ],
)
def test_the_strategy_is_one_that_can(tmp_path, lines, strategy):
    made, _ = train(tmp_path, *lines)
    assert {end.strategy for end in ends(made)} == {strategy}


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (
            ("strategy=stacked", "objective=square_loss"),
            "its backward pass is that of ltsweep.train.cross_entropy, not "
            "tests.seams.parts.square_loss",
        ),
        (
            ("strategy=sparse", "numbers=scaled_signs"),
            "its products are of numbers as they are, not of tests.seams.parts.scaled_signs",
        ),
        (
            ("strategy=by_density", "objective=square_loss"),
            "its backward pass is that of ltsweep.train.cross_entropy, not "
            "tests.seams.parts.square_loss",
        ),
        (
            ("strategy=stacked", "dataset=digits", "model=conv2"),
            "it takes only flattened images, linear layers with biases and ReLUs between them",
        ),
    ],
)
def test_a_strategy_that_cannot_is_refused_before_anything_starts(lines, reason):
    (strategy, *_) = lines
    assert wanted(*lines).problems == [
        f"{strategy} cannot train this: {reason}; choose strategy=auto"
    ]


def test_sparse_is_refused_where_nets_would_train_on_a_gpu(monkeypatch):
    lines = ("strategy=sparse", "method=imp")
    assert find_problems(composed(*lines), ()) == []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    sentence = "strategy=sparse trains on a CPU alone; set device=cpu"
    assert find_problems(composed(*lines), ()) == [sentence]
    assert find_problems(composed(*lines, "device=cpu"), ()) == []


def test_a_forced_strategy_and_each_part_make_other_stages(tmp_path):
    def keys(*lines):
        return set(selection(tmp_path, *lines).plan.stages)

    plain = keys("method=imp")
    for lines in (
        ("strategy=stacked",),
        ("strategy=by_density",),
        ("objective=square_loss",),
        ("numbers=scaled_signs",),
    ):
        assert not keys("method=imp", *lines) & plain
    own, (dense, *_) = keys("method=drop_and_grow"), selection(tmp_path, "method=dense").plan.stages
    assert own & plain == {dense}  # the dense training knows nothing of the method's dynamics


def test_moving_masks_keep_their_count_and_end_elsewhere(tmp_path):
    made, _ = train(tmp_path, "method=drop_and_grow", *LONGER)
    for key in made.plan.points[0].stages[1:]:
        directory = made.store.stage(key)
        begun, ended = (load_tensors(path)[0] for path in (directory.ticket, directory.end_mask))
        end = directory.end()
        assert end.kept == sum(layer.kept for layer in end.layers.values())
        counts = [
            sum(int(torch.tensor([byte.item().bit_count() for byte in part]).sum()) for part in m)
            for m in (begun.values(), ended.values())
        ]
        assert counts == [end.kept, end.kept]
        assert any(not torch.equal(begun[name], ended[name]) for name in begun)
        assert "end-mask.safetensors" in json.loads((directory.path / "DONE").read_text())["files"]


def test_a_ladder_of_its_own_goes_on_from_each_end_and_drops_what_it_has_used(tmp_path):
    made, _ = train(tmp_path, "method=climbing", "levels=3")
    (point,) = made.plan.points
    assert len(made.plan.stages) == 4  # no other ladder is trained
    finals = [made.store.stage(key).final.exists() for key in point.stages]
    assert finals == [True, False, False, True]
    deeper, outcome = train(tmp_path, "method=climbing", "levels=4")
    assert outcome.done == 1
    again, _ = train(tmp_path / "again", "method=climbing", "levels=4")
    assert curves(tmp_path) == curves(tmp_path / "again")


def test_masks_of_one_dense_net_are_told_apart_by_what_their_criterion_is_given(tmp_path):
    """Both reset steps start from the same dense training, whose next masks differ."""
    lines = ("method=imp", "pruning=movement", "levels=1")
    train(tmp_path / "both", *lines, "reset.step=2it,9it")
    alone = set()
    for step in ("2it", "9it"):
        train(tmp_path / step, *lines, f"reset.step={step}")
        alone |= set(curves(tmp_path / step).splitlines())
    assert set(curves(tmp_path / "both").splitlines()) == alone


def test_scores_say_which_data_they_read(tmp_path):
    made, _ = train(tmp_path, "method=imp", "pruning=saliency")
    dense = made.store.stage(made.plan.points[0].stages[0])
    (path,) = dense.path.glob("next-mask-*")
    (fingerprint,) = made.plan.stages[dense.key].means.loaders
    (entry,) = load_tensors(path)[1]["read"]
    assert (entry["fingerprint"], entry["purpose"]) == (fingerprint, "scored on")


def test_weights_of_several_states_are_no_ticket_to_be_exported(tmp_path):
    made, _ = train(tmp_path, "method=signs", "levels=1")
    (point,) = made.store.points(made.point_ids)
    with pytest.raises(RequestError, match=r"made by tests.seams.parts.signs_of_ticket of several"):
        export_ticket(made.store, point, 1, tmp_path / "x")
