"""Linear classifiers of targets: fitted once for each target's data, where they are declared."""

import pytest

from ltsweep.launch.engine import prepare_store, write_points
from ltsweep.plan import yardsticks
from ltsweep.store.yardsticks import Yardsticks

from .. import made_up
from ..sweeps_here import selection

LINES = ("method=imp,random_mask", "report.linear=true", "dataset.examples=200")


def written(root, *lines):
    """A sweep whose points are written, and the names of their data."""
    made = selection(root, *LINES, *lines)
    prepare_store(made)
    write_points(made)
    return made, sorted({point.yardsticks or "" for point in made.store.points(made.point_ids)})


def found(root, *lines):
    made, (name,) = written(root, *lines)
    return {one.name: one for one in Yardsticks.load(made.store, name).classifiers}


def test_both_classifiers_are_fitted_to_the_inputs_of_the_net(tmp_path):
    for lines, features, classes in (
        ((), 64, 10),
        (("input=resize", "input.size=4x4"), 16, 10),
        (("dataset.classes=[3,5]", "dataset.examples=100"), 64, 2),
        (("target.classes=[1,2,3]", "target.examples=100"), 64, 3),
    ):
        both = found(tmp_path, *lines)
        assert [*both] == ["logistic regression", "ridge regression"]
        for one in both.values():
            assert one.parameters == (features + 1) * classes and one.left_out is None
            assert 0.6 < one.test_accuracy <= 1 and 0.6 < one.val_accuracy <= 1


def test_without_validation_images_there_is_a_penalty_all_the_same(tmp_path):
    assert all(one.penalty > 0 for one in found(tmp_path, "dataset.validation=0").values())


def test_they_are_fitted_once_for_all_points_of_the_same_data(tmp_path, monkeypatch):
    _, names = written(tmp_path, "seed=0,1", "optimizer.lr=0.1,0.2", "dataset.flip=true")
    assert len(names) == 1
    monkeypatch.setattr(yardsticks, "fit", None)  # nothing is left to be fitted
    written(tmp_path, "seed=2")
    monkeypatch.undo()
    assert len(written(tmp_path, "dataset.split_seed=${seed}", "seed=0,1")[1]) == 2


def test_nothing_is_fitted_where_nothing_is_declared(tmp_path):
    made, names = written(tmp_path, "report.linear=false")
    assert names == [""] and made.plan.yardsticks == {}
    assert not (made.store.root / "yardsticks").exists()


def test_they_are_no_part_of_a_points_identity(tmp_path):
    assert written(tmp_path)[0].point_ids == written(tmp_path, "report.linear=false")[0].point_ids


def test_what_is_too_large_is_left_out_with_the_reason(tmp_path):
    colour = made_up.dataset(tmp_path, 3, 20, 20, name="colour")
    both = found(tmp_path, *colour, "dataset.examples=null", "batch_size=20")
    assert both["logistic regression"].left_out == "1,200 pixels and channels are more than 1,000"
    assert both["logistic regression"].test_accuracy is None
    assert both["ridge regression"].test_accuracy is not None


def test_data_that_have_changed_are_no_longer_those_of_the_plan(tmp_path):
    file = made_up.dataset(tmp_path, 1, 6, 6, name="mine")
    made = selection(tmp_path, *LINES, *file, "dataset.examples=null", "batch_size=20")
    prepare_store(made)
    made_up.dataset(tmp_path, 1, 6, 6, name="mine", seed=1)
    write_points(made)
    (name,) = {point.yardsticks for point in made.store.points(made.point_ids)}
    assert Yardsticks.load(made.store, name) is None


@pytest.mark.parametrize("content", ["", "{}", '{"classifiers": 3}'])
def test_a_damaged_file_tells_nothing(tmp_path, content):
    made, (name,) = written(tmp_path)
    (made.store.root / "yardsticks" / f"{name}.json").write_text(content)
    assert Yardsticks.load(made.store, name) is None
