"""What tickets saw on their way: told from the records of all stages that they are made from."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ltsweep.cli.main import main
from ltsweep.plan.tickets import ExportedTicket
from ltsweep.store.records import Seen, TicketRecord
from ltsweep.store.store import Store
from ltsweep.views.records import read_curves
from ltsweep.views.ticket_data import Ancestry, DataRead, in_words, ticket_data

from ..points import FACTS, plan
from ..records import closing_record

PARTS = "train and test"
FINGERPRINTS = {0: "a" * 64, 1: "b" * 64}  # by seed of the split


def store_of(root, *lines, without=(), facts=FACTS):
    """A store in which all stages of this plan are finished, but for the levels left out."""
    made, store = plan("levels=2", *lines, facts=facts), Store(root)
    store.create()
    for point in made.points:
        store.write_point(point.record(None))
    for key, planned in made.stages.items():
        stage, spec = store.stage(key), planned.spec
        if spec.level in without:
            continue
        stage.create(spec.model_dump(mode="json"))
        fingerprint = FINGERPRINTS[spec.train.data.split.split_seed]
        stage.append(closing_record(level=spec.level, data={PARTS: fingerprint}).stored())
        stage.finish("trained", [])
    return store


def seen(store):
    (point,) = store.points()
    return Ancestry(store).data_of(point)


def read(role, seed, stages):
    return DataRead(role=role, part=PARTS, fingerprint=FINGERPRINTS[seed], stages=stages)


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
    found = seen(store_of(tmp_path, f"method={method}", "target.split_seed=1"))
    assert (found.read, found.unknown) == ((read("source", 0, stages),), 0)


def test_masks_that_depend_on_counts_alone_saw_nothing(tmp_path):
    store = store_of(tmp_path, "method=random_mask", "target.split_seed=1")
    assert (seen(store).read, seen(store).unknown) == ((), 0)


def test_data_that_both_sides_share_are_told_as_such(tmp_path):
    found = seen(store_of(tmp_path, "method=imp", "optimizer@target_optimizer=adam"))
    assert found.read == (read("source and target", 0, 2),)


def test_a_ticket_that_saw_the_target_is_found_out(tmp_path):
    """No plan makes one: a stage of the ladder is said to have been trained on the target."""
    store = store_of(tmp_path, "method=imp", "target.split_seed=1")
    (key,) = [
        stage.key
        for stage in store.stages()
        if (stage.spec()["level"], stage.spec()["train"]["data"]["split"]["split_seed"]) == (1, 0)
    ]
    path = store.stage(key).path / "spec.json"
    spec = json.loads(path.read_text())
    spec["train"]["data"]["split"]["split_seed"] = 1
    path.write_text(json.dumps(spec))
    assert [entry.role for entry in seen(store).read] == ["source", "target"]


def test_what_is_not_finished_is_not_claimed(tmp_path):
    found = seen(store_of(tmp_path, "method=imp", "target.split_seed=1", without=(2,)))
    assert (found.read, found.unknown) == ((read("source", 0, 1),), 1)


SEEN = Seen(data="mnist[0-4]", part=PARTS, fingerprint="c" * 64, stages=3)
ORIGIN = TicketRecord(
    digest="d" * 64, curve="e" * 20, level=3, seed=1, optimizer="adam", reset="20it", saw=(SEEN,),
    pruning={"name": "magnitude_global"},
)  # fmt: skip


def store_of_file(root, method, ticket=ORIGIN):
    """That of a curve whose ticket comes from a file of this origin."""
    exported = ExportedTicket(Path("t.safetensors"), ticket, kept={}, shapes={})
    lines = (f"method={method}", "ticket=t.safetensors")
    return store_of(root, *lines, facts=replace(FACTS, ticket=exported))


@pytest.mark.parametrize("method", ["imp", "random_reinit", "layerwise_permuted", "dense_at_k"])
def test_of_a_ticket_from_a_file_it_is_told_what_the_file_tells(tmp_path, method):
    found = seen(store_of_file(tmp_path, method))
    saw = DataRead(role="source mnist[0-4]", part=PARTS, fingerprint="c" * 64, stages=3)
    assert (found.read, found.unknown, found.is_told) == ((saw,), 0, True)
    assert in_words(found) == f"of the source mnist[0-4] {PARTS} cccccccccccccccc"


@pytest.mark.parametrize("method", ["dense", "random_mask", "random_pruning"])
def test_a_count_from_a_file_saw_nothing(tmp_path, method):
    found = seen(store_of_file(tmp_path, method))
    assert (found.read, found.unknown, in_words(found)) == ((), 0, "nothing")


def test_of_a_file_that_does_not_tell_nothing_is_claimed(tmp_path):
    store = store_of_file(tmp_path, "imp", ORIGIN.model_copy(update={"saw": None}))
    assert ticket_data(store, read_curves(store)) == [
        "dddddddddddddddd to digits: tickets of imp (1 curve) saw what the file of the ticket does "
        "not tell"
    ]


def test_other_curves_have_no_such_sentence(tmp_path):
    store = store_of(tmp_path, "method=imp")
    assert (seen(store), ticket_data(store, read_curves(store))) == (None, [])


def test_the_report_has_a_sentence_per_source_and_target(tmp_path, capsys):
    lines = ("method=random_reinit,imp", "seed=0,1", "target.split_seed=1")
    store = store_of(tmp_path, *lines)
    assert main(["report", "--store", str(store.root)]) == 0
    assert (
        "digits (split_seed=0) to digits (split_seed=1): tickets of imp and random_reinit "
        "(4 curves) saw of the source train and test aaaaaaaaaaaaaaaa\n"
    ) in capsys.readouterr().out


def test_show_tells_it_of_one_curve(tmp_path, capsys):
    store = store_of(tmp_path, "method=imp", "target.split_seed=1")
    (point,) = store.points()
    assert main(["show", point.id, "--store", str(store.root)]) == 0
    told = "data that the tickets saw: of the source train and test aaaaaaaaaaaaaaaa\n"
    assert told in capsys.readouterr().out
    assert main(["show", point.id, "--store", str(store.root), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ticket_data"] == {
        "read": [
            {"role": "source", "part": PARTS, "fingerprint": FINGERPRINTS[0], "stages": 2}
        ],
        "unknown": 0,
    }  # fmt: skip
