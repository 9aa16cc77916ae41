"""What stages record of the data that they read: which images of which dataset, and what for."""

import pytest

from ltsweep.foundations.tensor_files import load_tensors, save_tensors
from ltsweep.store.records import ClosingRecord

from ..records import closing_record
from ..sweeps_here import train

HALVES = ("dataset.half=a", "target.half=b", "target.name=others", "method=imp")


def recorded(made, key):
    """By purpose: the name, the half and the sizes of the parts."""
    return {
        entry.purpose: (entry.name, entry.split.get("half"), entry.parts)
        for entry in made.store.stage(key).end().data
    }


def test_a_training_is_trained_on_one_part_and_measured_on_all(tmp_path):
    made, _ = train(
        tmp_path, "dataset.classes=[3,1]", "dataset.per_class=20", "batch_size=8", "levels=1"
    )
    for key, planned in made.plan.stages.items():
        trained, measured = made.store.stage(key).end().data
        assert trained.purpose == "trained on" and trained.parts == {"training": 40}
        assert measured.purpose == "measured on"
        assert measured.parts == {"training": 40, "validation": 130, "test": 101}
        for entry in (trained, measured):
            assert (entry.name, entry.fingerprint) == (
                "digits",
                planned.spec.train.data.fingerprint,
            )
            assert entry.split["classes"] == [3, 1] and entry.split["per_class"] == 20


def test_without_validation_images_none_are_told(tmp_path):
    made, _ = train(tmp_path, "dataset.validation=0", "levels=0")
    (key,) = made.plan.stages
    assert recorded(made, key)["measured on"][2] == {"training": 1300, "test": 497}


def test_source_and_target_are_told_apart_by_what_was_read(tmp_path):
    made, _ = train(tmp_path, *HALVES, "levels=2")
    (point,) = made.plan.points
    of_target = {key: recorded(made, key)["trained on"][:2] for key in point.stages}
    assert set(of_target.values()) == {("others", "b")}
    ladder = made.plan.stages.keys() - set(point.stages)
    assert {recorded(made, key)["trained on"][:2] for key in ladder} == {("digits", "a")}


def test_a_mask_remembers_what_its_weights_were_scored_on(tmp_path):
    made, _ = train(tmp_path, *HALVES, "pruning=saliency", "levels=2")
    (point,) = made.plan.points
    for key in point.stages[1:]:
        name, half, parts = recorded(made, key)["scored on"]
        assert (name, half, list(parts)) == ("digits", "a", ["training"])
    assert "scored on" not in recorded(made, point.stages[0])


def test_a_criterion_that_asks_for_no_data_reads_none(tmp_path):
    made, _ = train(tmp_path, *HALVES)
    assert not [key for key in made.plan.stages if "scored on" in recorded(made, key)]


def test_masks_that_early_versions_made_tell_fingerprints_alone(tmp_path):
    made, _ = train(tmp_path, *HALVES, "pruning=saliency", "levels=1")
    (point,) = made.plan.points
    dense = made.plan.stages[point.stages[1]].spec.mask.given["ladder"].stage
    (path,) = made.store.stage(dense).path.glob("next-mask-*")
    mask, about = load_tensors(path)
    save_tensors(path, mask, {**about, "read": ["f" * 64]})
    again, _ = train(tmp_path, *HALVES, "pruning=saliency", "levels=1", "method=random_reinit")
    (point,) = again.plan.points
    (scored, *_) = again.store.stage(point.stages[1]).end().data
    assert (scored.purpose, scored.fingerprint, scored.name) == ("scored on", "f" * 64, None)


def test_statistics_taken_anew_are_told(tmp_path):
    made, _ = train(
        tmp_path, "norm_statistics=recalibrated", "model=resnet20", "model.blocks=[1]",
        "model.width=2", "batch_size=256", "levels=0",
    )  # fmt: skip
    (key,) = made.plan.stages
    assert recorded(made, key)["recalibrated on"][2] == {"training": 1170}


def test_a_prefix_tells_it_too(tmp_path):
    train(tmp_path, "method=imp", "levels=1")
    made, _ = train(tmp_path, "method=imp", "levels=1", "reset.step=5it")
    prefixes = [
        line
        for stage in made.store.stages()
        for line in stage.records()
        if line["event"] == "prefix"
    ]
    ((trained, measured),) = [line["data"] for line in prefixes]
    assert (trained["purpose"], trained["parts"]) == ("trained on", {"training": 1170})
    assert (measured["purpose"], measured["parts"]) == ("measured on", {"validation": 130})


def test_what_a_diverged_training_read_is_told(tmp_path):
    made, _ = train(tmp_path, "levels=0", "optimizer.lr=1e30")
    (key,) = made.plan.stages
    assert set(recorded(made, key)) == {"trained on", "measured on"}


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("train, validation and test", ["training", "validation", "test"]),
        ("train and test", ["training", "test"]),
    ],
)
def test_records_of_early_versions_are_read(words, parts):
    written = {**closing_record().stored(), "data": {words: "f" * 64}}
    trained, measured = ClosingRecord.read(written).data
    assert (trained.purpose, list(trained.parts)) == ("trained on", ["training"])
    assert (measured.purpose, list(measured.parts)) == ("measured on", parts)
    assert {trained.fingerprint, measured.fingerprint} == {"f" * 64}
    assert trained.name is None and trained.split is None
