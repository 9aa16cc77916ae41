"""Thousands of stages are looked at together: what is not as DONE promises is left out."""

import time

import pytest

from ltsweep.store.store import Store

from ..records import closing_record

KEYS = ("a" * 20, "b" * 20)


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """Files that were just written count as settled."""
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 10)


@pytest.fixture
def root(tmp_path):
    """Two finished stages, the second of which diverged."""
    for key, outcome in zip(KEYS, ("trained", "diverged"), strict=True):
        stage = Store(tmp_path).stage(key)
        stage.create({})
        stage.append(closing_record(test_accuracy=0.91).stored())
        stage.ticket.write_bytes(b"a mask")
        stage.final.write_bytes(b"a state")
        stage.finish(outcome, [stage.ticket, stage.records_path, stage.final])
    return tmp_path


def looked_at(root, **how):
    """What a process finds, after another one has found the same."""
    return _by_two(root, lambda store: store.sound(KEYS, **how))


def glanced_at(root):
    return _by_two(root, lambda store: store.sound_at_a_glance(KEYS))


def _by_two(root, look):
    before, after = Store(root), Store(root)
    found = look(before)
    before.index.save()
    assert look(after) == found
    return found


def change_accuracy(stage):
    content = stage.records_path.read_text()
    stage.records_path.write_text(content.replace("0.91", "0.19"))


def change_ticket(stage):
    stage.ticket.write_bytes(b"A mask")


def cut_ticket(stage):
    stage.ticket.write_bytes(b"a mas")


def take_ticket(stage):
    stage.ticket.unlink()


def take_done(stage):
    (stage.path / "DONE").unlink()


def damage_done(stage):
    (stage.path / "DONE").write_text('{"outcome": "trained"}')


def test_all_are_sound(root):
    assert looked_at(root) == {KEYS[0]: "trained", KEYS[1]: "diverged"}


def test_one_without_a_directory_is_left_out(root):
    assert set(Store(root).sound([*KEYS, "c" * 20])) == {*KEYS}


@pytest.mark.parametrize("change", [change_accuracy, change_ticket, take_done, damage_done])
def test_one_that_changed_is_left_out(root, change):
    looked_at(root)
    change(Store(root).stage(KEYS[0]))
    assert set(looked_at(root)) == {KEYS[1]}


@pytest.mark.parametrize(("change", "left"), [(change_accuracy, 1), (change_ticket, 2)])
def test_views_read_records_alone(root, change, left):
    change(Store(root).stage(KEYS[0]))
    assert len(looked_at(root, records_alone=True)) == left


@pytest.mark.parametrize(
    ("change", "left"),
    [(change_accuracy, 1), (change_ticket, 2), (cut_ticket, 1), (take_ticket, 1), (take_done, 1)],
)
def test_a_glance_reads_records_and_looks_at_the_sizes_of_the_others(root, change, left):
    stage = Store(root).stage(KEYS[0])
    change(stage)
    found = glanced_at(root)
    assert len(found) == left
    is_damaged = not stage.is_done() or stage.damage_at_a_glance() is not None
    assert is_damaged == (KEYS[0] not in found)


@pytest.mark.parametrize("look", [looked_at, glanced_at])
def test_the_state_at_the_end_may_be_gone_and_not_damaged(root, look):
    final = Store(root).stage(KEYS[0]).final
    final.unlink()
    assert set(look(root)) == {*KEYS}
    final.write_bytes(b"")
    assert set(look(root)) == {KEYS[1]}


@pytest.mark.parametrize("change", [change_accuracy, change_ticket])
def test_it_agrees_with_a_look_at_one_stage(root, change):
    stage = Store(root).stage(KEYS[0])
    change(stage)
    assert (KEYS[0] in looked_at(root)) == (stage.damage() is None)
    assert (KEYS[0] in looked_at(root, records_alone=True)) == (stage.damage_of_records() is None)


def test_nothing_is_read_again_that_has_not_changed(root, monkeypatch):
    looked_at(root)

    def refuse(path):
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr("ltsweep.store.store.sha256", refuse)
    monkeypatch.setattr("ltsweep.store.store.read_json", refuse)
    assert set(Store(root).sound(KEYS)) == {*KEYS}
