"""Files are whole or absent; the store's records survive torn writers; damage is noticed."""

import json
import os
from pathlib import Path

import pytest
import torch

from ltsweep.foundations.files import (
    DamagedFile,
    is_disk_full,
    read_json,
    write_atomic,
    write_json,
    write_once,
)
from ltsweep.foundations.tensor_files import load_tensors, save_tensors
from ltsweep.store.store import Store

from ..points import plan
from ..records import closing_record


def test_write_once_keeps_the_first(tmp_path: Path) -> None:
    path = tmp_path / "DONE"
    assert write_once(path, b"first")
    assert not write_once(path, b"second")
    assert path.read_bytes() == b"first"
    assert [p.name for p in tmp_path.iterdir()] == ["DONE"], "no temporary file is left"


def test_write_once_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "DONE"
    assert write_once(path, b"first")
    assert not write_once(path, b"second")
    assert path.read_bytes() == b"first"


def test_without_hard_links_a_file_is_never_seen_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between reserving the name and the content leaves the name, empty."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "replace", crash)
    path = tmp_path / "claim-000001.json"
    with pytest.raises(KeyboardInterrupt):
        write_once(path, b"content")
    assert path.read_bytes() == b""


def test_a_link_whose_answer_was_lost_is_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NFS repeats a request whose answer it lost, and is then told that the name exists."""
    link = os.link

    def link_twice(source: Path, target: Path) -> None:
        link(source, target)
        link(source, target)

    monkeypatch.setattr(os, "link", link_twice)
    assert write_once(tmp_path / "DONE", b"first")
    assert not write_once(tmp_path / "DONE", b"second")
    (tmp_path / "link").symlink_to("nowhere")
    assert not write_once(tmp_path / "link", b"third")


def test_write_atomic_leaves_the_old_file_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError) as caught:
        write_atomic(path, b"new")
    assert is_disk_full(caught.value)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_json_refuses_what_json_has_not(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        write_json(tmp_path / "x.json", {"loss": float("nan")})
    assert read_json(tmp_path / "x.json") is None
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(DamagedFile, match="x.json is not valid JSON"):
        read_json(tmp_path / "x.json")


def test_tensors_come_back_with_their_description(tmp_path: Path) -> None:
    path = tmp_path / "t.safetensors"
    tensors = {
        "transposed": torch.arange(6.0).view(2, 3).t(),
        "scalar": torch.tensor(3, dtype=torch.int64),
        "empty": torch.zeros(0),
        "bits": torch.tensor([True, False]),
    }
    save_tensors(path, tensors, {"step": 7})
    loaded, about = load_tensors(path)
    assert about == {"step": 7}
    assert all(torch.equal(loaded[name], tensors[name]) for name in tensors)


@pytest.mark.parametrize("position", range(0, 400, 23))
def test_any_damaged_byte_of_a_tensor_file_is_noticed(tmp_path: Path, position: int) -> None:
    path = tmp_path / "t.safetensors"
    save_tensors(path, {"w": torch.arange(64.0)}, {"key": "k"})
    content = bytearray(path.read_bytes())
    content[position] ^= 0x10
    path.write_bytes(content)
    try:
        tensors, about = load_tensors(path)
    except DamagedFile as error:
        assert str(path) in str(error)
    else:  # a byte of the padding or of a description may change without changing the tensors
        assert torch.equal(tensors["w"], torch.arange(64.0))
        assert list(tensors) == ["w"]


def test_a_torn_record_is_skipped_and_does_not_spoil_the_next(tmp_path: Path) -> None:
    stage = Store(tmp_path).stage("key")
    stage.create({"spec": 1})
    stage.append({"event": "validation", "step": 1})
    with stage.records_path.open("ab") as file:
        file.write(b'{"event": "valid')
    stage.append({"event": "validation", "step": 2})
    assert [record["step"] for record in stage.records()] == [1, 2]


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b'{"step": 1' + b"9" * 5000 + b"}", b"\xff", b"[]"]
)
def test_a_line_that_holds_no_record_is_left_out(tmp_path: Path, line: bytes) -> None:
    stage = Store(tmp_path).stage("key")
    stage.create({})
    stage.records_path.write_bytes(line + b"\n")
    stage.append({"event": "validation", "step": 2})
    assert [record["step"] for record in stage.records()] == [2]


def test_end_counts_only_once_done(tmp_path: Path) -> None:
    stage = Store(tmp_path).stage("key")
    stage.create({})
    stage.append(closing_record(val_accuracy=0.5).stored())
    assert stage.end() is None
    assert stage.finish("trained", [stage.records_path])
    assert not stage.finish("diverged", []), "done once is done"
    end = stage.end()
    assert end is not None and end.val_accuracy == 0.5


def test_damage_is_said_in_words(tmp_path: Path) -> None:
    stage = Store(tmp_path).stage("key")
    stage.create({})
    stage.append({"event": "end"})
    save_tensors(stage.ticket, {"m": torch.ones(3)}, {})
    save_tensors(stage.final, {"w": torch.ones(3)}, {})
    stage.finish("trained", [stage.records_path, stage.ticket, stage.final])
    assert stage.damage() is None
    stage.final.unlink()
    assert stage.damage() is None, "final weights may go"
    content = stage.ticket.read_bytes()
    stage.ticket.write_bytes(content[:-1] + b"\x01")
    assert f"{stage.ticket} does not match its digest" == stage.damage()
    assert stage.damage_of_records() is None
    stage.ticket.write_bytes(content[:-1])
    assert "bytes instead of" in str(stage.damage())
    stage.ticket.unlink()
    assert f"{stage.ticket} is missing" == stage.damage()


@pytest.mark.parametrize("has_hard_links", [True, False])
def test_what_done_promises_is_on_disk_before_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_hard_links: bool
) -> None:
    """In whatever order a power cut lets writes survive, DONE never stands without its files."""
    stage = Store(tmp_path).stage("key")
    stage.create({})
    stage.append({"event": "end"})
    save_tensors(stage.final, {"w": torch.ones(3)}, {})
    done: list[object] = []
    fsync, link, move = os.fsync, os.link, os.replace

    def linked(source: Path, target: Path) -> None:
        if not has_hard_links:
            raise PermissionError(1, "Operation not permitted")
        link(source, target)
        done.append(target)

    monkeypatch.setattr(os, "fsync", lambda file: (done.append(os.fstat(file).st_ino), fsync(file)))
    monkeypatch.setattr(os, "link", linked)
    monkeypatch.setattr(os, "replace", lambda a, b: (move(a, b), done.append(b)))
    stage.finish("trained", [stage.records_path, stage.final])
    there = done.index(stage.path / "DONE")
    before, after = done[:there], done[there + 1 :]
    promised = (stage.records_path, stage.final, stage.path, stage.path / "DONE", stage.path.parent)
    assert {path.stat().st_ino for path in promised} <= set(before)
    assert stage.path.stat().st_ino in after, "what DONE makes superfluous may go now"


def test_a_point_planned_with_fewer_levels_keeps_the_deeper_ones(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.create()
    (deep,) = (point.record(None) for point in plan("levels=2").points)
    (shallow,) = (point.record("again") for point in plan("levels=1").points)
    store.write_point(deep)
    store.write_point(shallow)
    (known,) = store.points()
    assert (known.stages, known.levels, known.experiment) == (deep.stages, 2, "again")
    with pytest.raises(KeyError, match="no point q"):
        store.points(["q"])


def test_equal_sections_of_points_that_are_read_together_are_one_object(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.create()
    words = ("init.scale=1,2", "init@control_init=kaiming_normal", "levels=1")
    for point in plan(*words).points:
        store.write_point(point.record(None))
    one, other = sorted(
        (point.config for point in store.points()), key=lambda config: config["init"]["scale"]
    )
    assert one["optimizer"] is other["optimizer"]
    assert (one["init"]["scale"], other["init"]["scale"]) == (1.0, 2.0)
    assert one["init"] == one["control_init"]
    assert one["init"] is not one["control_init"], "YAML would write an alias"


def test_a_point_that_is_forgotten_while_they_are_read_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.create()
    (record,) = (point.record(None) for point in plan("method=dense").points)
    store.write_point(record)
    monkeypatch.setattr(store, "point_ids", lambda: ["gone", record.id])
    assert store.points() == [record]


def test_a_failure_is_kept_when_forgotten(tmp_path: Path) -> None:
    stage = Store(tmp_path).stage("key")
    stage.create({})
    stage.fail("first", "trace", "log")
    stage.fail("second", "trace", "log")
    failure = stage.failure()
    assert failure is not None and failure["error"] == "first"
    stage.forget_failure()
    assert stage.failure() is None
    assert json.loads((stage.path / "FAILED.previous").read_text())["error"] == "first"
