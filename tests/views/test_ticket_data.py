"""What tickets saw on their way: told from the records of all stages that they are made from."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ltsweep.cli.main import main
from ltsweep.plan.tickets import ExportedTicket
from ltsweep.store.store import Store
from ltsweep.store.ticket_record import Seen, TicketRecord
from ltsweep.views.records import read_curves
from ltsweep.views.ticket_data import Ancestry, in_words, ticket_data

from ..points import FACTS, plan
from ..records import closing_record, data_read
from ..sweeps_here import train

WHOLE = "f" * 64
TRAINED = "trained on 1170 training images"
MEASURED = "measured on 1170 training, 130 validation and 497 test images"


def store_of(root, *lines, without=(), early=False, ticket=None):
    """A store in which all stages of this plan are finished, but for the levels left out."""
    facts = replace(FACTS, fingerprint=WHOLE, ticket=ticket)
    made, store = plan("levels=2", *lines, facts=facts), Store(root)
    store.create()
    for point in made.points:
        store.write_point(point.record(None))
    for key, planned in made.stages.items():
        stage, spec = store.stage(key), planned.spec
        if spec.level in without:
            continue
        stage.create(spec.model_dump(mode="json"))
        split = spec.train.data.split.model_dump(mode="json")
        read = {"train and test": WHOLE} if early else data_read(WHOLE, **split)
        stage.append(closing_record(level=spec.level, data=read).stored())
        stage.finish("trained", [])
    return store


def seen(store):
    (point,) = store.points()
    return Ancestry(store).data_of(point)


def told(store):
    """Role, label, purpose and number of stages of all that the tickets of the only point saw."""
    return [(entry.role, entry.label, entry.purpose, entry.stages) for entry in seen(store).seen]


def both(role, label, stages):
    """What trainings read of their data, by the same number of stages."""
    return [(role, label, purpose, stages) for purpose in ("trained on", "measured on")]


@pytest.mark.parametrize(
    ("method", "stages"),
    [
        ("imp", 2),  # the source's dense net and level 1
        ("trained", 3),  # and level 2, whose weights it takes
        ("dense_at_k", 1),
        ("dense_transfer", 1),
    ],
)
def test_tickets_saw_the_data_of_the_source_alone(tmp_path, method, stages):
    store = store_of(tmp_path, f"method={method}", "target.split_seed=1")
    assert told(store) == both("source", "digits (split_seed=0)", stages)
    assert seen(store).unknown == 0


def test_what_the_beginning_of_a_training_saw_is_known_too(tmp_path):
    """The control draw comes to the reset step on the source, where its training ends."""
    made, _ = train(tmp_path, "method=fresh_at_k", "target.split_seed=1")
    assert {entry.role for entry in seen(made.store).seen} == {"source"}
    assert seen(made.store).unknown == 0


def test_where_nothing_differs_a_level_is_made_from_those_before(tmp_path):
    """The diagonal of a matrix, when its stages are those of the plain sweep."""
    same = ("dataset@target=digits", "transfer.head=source", "transfer.norm=keep")
    store = store_of(tmp_path, "method=imp", *same, "reset.schedule=restart")
    assert told(store) == both("source and target", "digits", 2)


def test_masks_that_depend_on_counts_alone_saw_nothing(tmp_path):
    store = store_of(tmp_path, "method=random_mask", "target.split_seed=1")
    assert (seen(store).seen, seen(store).unknown) == ((), 0)


def test_data_that_both_sides_share_are_told_as_such(tmp_path):
    for number, line in enumerate(("optimizer@target_optimizer=adam", "target.flip=true")):
        store = store_of(tmp_path / f"{number}", "method=imp", line)
        assert [entry[0] for entry in told(store)] == ["source and target"] * 2


def test_a_ticket_that_saw_the_target_is_found_out(tmp_path):
    """No plan makes one: a stage of the ladder has recorded that it was trained on the target."""
    store = store_of(tmp_path, "method=imp", "target.split_seed=1")
    (key,) = [
        stage.key
        for stage in store.stages()
        if (stage.spec()["level"], stage.spec()["train"]["data"]["split"]["split_seed"]) == (1, 0)
    ]
    (line,) = store.stage(key).records()
    for entry in line["data"]:
        entry["split"]["split_seed"] = 1
    store.stage(key).append(line)
    assert told(store) == [
        *both("source", "digits (split_seed=0)", 1), *both("target", "digits (split_seed=1)", 1)
    ]  # fmt: skip


PARTS_OF_ONE = {
    "classes": ("dataset.classes=[0,1,2,3,4]", "target.classes=[5,6,7,8,9]", "digits[0-4]"),
    "halves": ("dataset.half=a", "target.half=b", "digits/a"),
    "numbers": ("dataset.per_class=5", "target.per_class=9", "digits (per_class=5)"),
    "validation": ("dataset.validation=9", "target.validation=3", "digits (validation=9)"),
}


@pytest.mark.parametrize("name", PARTS_OF_ONE)
@pytest.mark.parametrize("early", [False, True])
def test_parts_of_one_dataset_are_told_apart(tmp_path, name, early):
    source, target, label = PARTS_OF_ONE[name]
    store = store_of(tmp_path, "method=imp", source, target, early=early)
    assert told(store) == both("source", label, 2)


def recorded_otherwise(store, name, **split):
    """The source's level 1 says that it read these data, of the same fingerprint."""
    (key,) = [s.key for s in store.stages() if s.spec()["level"] == 1 and _half(s) == "a"]
    (line,) = store.stage(key).records()
    line["data"] = [
        {**entry, "name": name, "split": {**entry["split"], **split}} for entry in line["data"]
    ]
    store.stage(key).append(line)


@pytest.mark.parametrize(
    ("name", "split", "role", "label"),
    [
        ("others", {"classes": [3, 4]}, "target", "others[3-4]/a"),
        ("digits", {"half": None}, "target", "digits"),
        ("digits", {"half": "b"}, "target", "digits/b"),
        ("others", {}, "source", "others/a"),  # other points called it so
    ],
)
def test_what_was_not_asked_for_is_called_as_it_was_read(tmp_path, name, split, role, label):
    store = store_of(tmp_path, "method=imp", "dataset.half=a", "target.half=b")
    recorded_otherwise(store, name, **split)
    assert {entry[:2] for entry in told(store)} == {("source", "digits/a"), (role, label)}


def test_data_of_another_dataset_are_the_targets_whatever_their_split(tmp_path):
    other = ("dataset@target=fashion_mnist", "target.half=b", "target.validation=130")
    store = store_of(tmp_path, "method=imp", "dataset.half=a", *other)
    recorded_otherwise(store, "fashion_mnist")
    assert ("target", "fashion_mnist/a", "trained on", 1) in told(store)


def _half(stage):
    return stage.spec()["train"]["data"]["split"]["half"]


def test_what_a_mask_was_scored_on_counts_though_the_stage_is_the_targets(tmp_path):
    store = store_of(tmp_path, "method=imp", "dataset.half=a", "target.half=b", "levels=1")
    (key,) = [s.key for s in store.stages() if s.spec()["level"] == 1]
    (line,) = store.stage(key).records()
    scored = {**line["data"][0], "purpose": "scored on"}
    scored["split"] = {**scored["split"], "half": "a"}
    line["data"].append(scored)
    store.stage(key).append(line)
    assert told(store) == [
        *both("source", "digits/a", 1), ("source", "digits/a", "scored on", 1)
    ]  # fmt: skip
    assert seen(store).unknown == 0


def test_what_is_not_finished_is_not_claimed(tmp_path):
    store = store_of(tmp_path, "method=imp", "target.split_seed=1", without=(2,))
    assert told(store) == both("source", "digits (split_seed=0)", 1)
    assert seen(store).unknown == 1


SEEN = Seen(
    label="mnist[0-4]", fingerprint="c" * 64, purpose="trained on", parts={"training": 30000},
    split={}, stages=3,
)  # fmt: skip
ORIGIN = TicketRecord(
    digest="d" * 64, curve="e" * 20, level=3, seed=1, optimizer="adam", reset="20it", saw=(SEEN,),
    pruning={"name": "magnitude_global"},
)  # fmt: skip


def store_of_file(root, method, origin=ORIGIN):
    """That of a curve whose ticket comes from a file of this origin."""
    ticket = ExportedTicket(Path("t.safetensors"), origin, kept={}, shapes={})
    return store_of(root, f"method={method}", "ticket=t.safetensors", ticket=ticket)


@pytest.mark.parametrize("method", ["imp", "random_reinit", "layerwise_permuted", "dense_at_k"])
def test_of_a_ticket_from_a_file_it_is_told_what_the_file_tells(tmp_path, method):
    store = store_of_file(tmp_path, method)
    assert told(store) == [("source", "mnist[0-4]", "trained on", 3)]
    assert (seen(store).unknown, seen(store).is_told) == (0, True)
    assert in_words(seen(store)) == (
        "of the source mnist[0-4] cccccccccccccccc (trained on 30000 training images)"
    )


@pytest.mark.parametrize("method", ["dense", "random_mask", "random_pruning"])
def test_a_count_from_a_file_saw_nothing(tmp_path, method):
    store = store_of_file(tmp_path, method)
    assert (told(store), seen(store).unknown, in_words(seen(store))) == ([], 0, "nothing")


def test_of_a_file_that_does_not_tell_nothing_is_claimed(tmp_path):
    store = store_of_file(tmp_path, "imp", ORIGIN.model_copy(update={"saw": None}))
    assert ticket_data(store, read_curves(store)) == [
        "dddddddddddddddd to digits: tickets of imp (1 curve) saw what the file of the ticket does "
        "not tell"
    ]


def test_other_curves_have_no_such_sentence(tmp_path):
    store = store_of(tmp_path, "method=imp")
    assert (seen(store), ticket_data(store, read_curves(store))) == (None, [])


@pytest.mark.usefixtures("no_pictures")
def test_the_report_has_a_sentence_per_source_and_target(tmp_path, capsys):
    lines = ("method=random_reinit,imp", "seed=0,1", "target.split_seed=1")
    store = store_of(tmp_path, *lines)
    assert main(["report", "--store", str(store.root)]) == 0
    assert (
        "digits (split_seed=0) to digits (split_seed=1): tickets of imp and random_reinit "
        f"(4 curves) saw of the source digits (split_seed=0) {WHOLE[:16]} ({TRAINED}, {MEASURED})\n"
    ) in capsys.readouterr().out


def test_show_tells_it_of_one_curve(tmp_path, capsys):
    store = store_of(tmp_path, "method=imp", "target.split_seed=1")
    (point,) = store.points()
    assert main(["show", point.id, "--store", str(store.root)]) == 0
    words = f"of the source digits (split_seed=0) {WHOLE[:16]} ({TRAINED}, {MEASURED})"
    assert f"data that the tickets saw: {words}\n" in capsys.readouterr().out
    assert main(["show", point.id, "--store", str(store.root), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["ticket_data"]
    assert found["seen"][0] == {
        "role": "source",
        "label": "digits (split_seed=0)",
        "fingerprint": WHOLE,
        "purpose": "trained on",
        "parts": {"training": 1170},
        "split": {"validation": 130, "split_seed": 0, "examples": None},
        "stages": 2,
    }
