"""JSON of a store that is damaged, of another shape or no file is told in a sentence, and passed.

What can be made again is made again.
"""

import json
import logging
import os

import pytest

from ltsweep.foundations.files import DamagedFile, read_json, sealed, write_json
from ltsweep.foundations.notices import warn_once
from ltsweep.store.launch_record import launch_ids, read_launch_record
from ltsweep.store.overlap import Overlap
from ltsweep.store.store import Store

from ..points import plan

TOLD = {"outcome": "trained", "files": {}, "seed": 12}


def _directory(path):
    path.mkdir()


def _loop(path):
    """A link to itself, which even root cannot read."""
    path.symlink_to(path)


DAMAGES = {
    "empty": (lambda path: path.write_bytes(b""), "is not valid JSON"),
    "half": (lambda path: path.write_bytes(sealed(TOLD)[:40]), "is not valid JSON"),
    "zeros": (lambda path: path.write_bytes(bytes(99)), "is not valid JSON"),
    "no text": (lambda path: path.write_bytes(b'{"a": "\xff"}'), "is not valid JSON"),
    "deep": (lambda path: path.write_bytes(b"[" * 100_000), "is not valid JSON"),
    "list": (lambda path: path.write_bytes(b"[]"), "holds no JSON object"),
    "null": (lambda path: path.write_bytes(b"null"), "holds no JSON object"),
    "digit": (
        lambda path: path.write_bytes(sealed(TOLD).replace(b"12", b"13")),
        "does not match its own digest",
    ),
    "directory": (_directory, "cannot be read: Is a directory"),
    "pipe": (os.mkfifo, "cannot be read: it is no file"),
    "unreadable": (_loop, "cannot be read: Too many levels of symbolic links"),
}
damaged = pytest.mark.parametrize("damage", DAMAGES)


@pytest.fixture
def said(monkeypatch):
    """What is said in the log, as if this process had said nothing before."""
    warn_once.cache_clear()
    lines = []
    monkeypatch.setattr(logging.getLogger("ltsweep"), "warning", lambda _, line: lines.append(line))
    return lines


def _damage(path, name):
    """Replaces a file by a damaged one; what is to be said of it."""
    path.unlink(missing_ok=True)
    damage, said = DAMAGES[name]
    damage(path)
    return f"{path} {said}"


@damaged
def test_reading_names_the_file_and_writing_makes_room(tmp_path, damage):
    path = tmp_path / "a.json"
    said = _damage(path, damage)
    with pytest.raises(DamagedFile) as caught:
        read_json(path)
    assert str(caught.value).startswith(said)
    write_json(path, TOLD)
    assert read_json(path) == TOLD


def test_no_permission_is_told_too(tmp_path, monkeypatch):
    def refuse(path, flags):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("ltsweep.foundations.files._open_file", refuse)
    with pytest.raises(DamagedFile, match=r"a\.json cannot be read: Permission denied"):
        read_json(tmp_path / "a.json")


def test_any_changed_byte_of_a_sealed_file_is_noticed_or_changes_nothing(tmp_path):
    path = tmp_path / "a.json"
    content = sealed({"a": [1, 2.5, None, "text"], "b": {"sha256": "of something else"}})
    value = json.loads(content)
    del value["sha256"]
    for position in range(len(content)):
        path.write_bytes(
            content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]
        )
        try:
            found = read_json(path)
        except DamagedFile:
            continue
        # of the seal's own name: then it is a file without one
        assert {name: found[name] for name in value} == value, position
        assert len(found) > len(value) or found == value


def test_files_of_early_versions_have_no_seal(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(TOLD))
    assert read_json(path) == TOLD


def test_a_directory_in_the_place_of_a_file_is_kept_beside_it(tmp_path):
    path = tmp_path / "a.json"
    path.mkdir()
    (path / "theirs").write_text("text")
    write_json(path, TOLD)
    (aside,) = tmp_path.glob("a.json.set-aside-*")
    assert (aside / "theirs").read_text() == "text"


@damaged
def test_one_damaged_point_leaves_the_others(tmp_path, damage, said):
    store = Store(tmp_path)
    store.create()
    records = [point.record("mine") for point in plan("seed=0,1,2").points]
    records.sort(key=lambda record: record.id)
    for record in records:
        store.write_point(record)
    first = store.points_dir / f"{records[0].id}.json"
    told = _damage(first, damage)
    assert store.points() == records[1:]
    assert store.points([record.id for record in records[:2]]) == records[1:2]
    assert len(said) == 1 and said[0].startswith(f"point {records[0].id} is left out: {told}")
    with pytest.raises(DamagedFile):
        store.point(records[0].id)
    store.write_point(records[0])
    assert store.points() == records
    assert said[1].endswith("it is written anew")
    assert [sentence for sentence in said[2:] if ".set-aside-" not in sentence] == []


def test_a_point_of_another_shape_is_left_out(tmp_path, said):
    store = Store(tmp_path)
    store.create()
    write_json(store.points_dir / "a.json", {"id": "a"})
    assert store.points() == []
    assert said == [
        f"point a is left out: {store.points_dir}/a.json holds no point: cell: Field required"
    ]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"stages": []}, "stages"),
        ({"config": {}}, "config.dataset is no section with a name"),
        ({"config": {"dataset": []}}, "config.dataset is no section with a name"),
        (
            {"config": {"dataset": {"name": "a"}, "model": {"name": 1}}},
            "config.model is no section",
        ),
    ],
)
def test_so_is_one_without_what_views_read(tmp_path, said, change, what):
    store = Store(tmp_path)
    store.create()
    first, second = (point.record("mine") for point in plan("seed=0,1").points)
    store.write_point(first)
    write_json(store.points_dir / f"{second.id}.json", {**second.stored(), **change})
    assert store.points() == [first]
    assert len(said) == 1 and what in said[0]


@damaged
def test_what_was_noted_counts_as_not_noted(tmp_path, damage, said):
    store, noted = Store(tmp_path), Overlap(duplicates=0, test_images=1, training_images=2)
    noted.save(store, "a")
    told = _damage(tmp_path / "overlaps" / "a.json", damage)
    assert Overlap.load(store, "a") is None
    assert len(said) == 1 and said[0].startswith(told)
    noted.save(store, "a")
    assert Overlap.load(store, "a") == noted


@damaged
def test_what_a_stage_is_is_written_anew(tmp_path, damage, said):
    ((key, stage),) = plan("method=dense").stages.items()
    spec = stage.spec.model_dump(mode="json")
    directory = Store(tmp_path).stage(key)
    directory.create(spec)
    _damage(directory.path / "spec.json", damage)
    directory.create(spec)
    assert directory.spec() == spec
    assert len(said) == 1


@pytest.mark.parametrize("other", [{}, {"train": None}, {"train": {}, "seed": 1}])
def test_so_is_another_specification_than_the_directory_is_named_by(tmp_path, other, said):
    ((key, stage),) = plan("method=dense").stages.items()
    spec = stage.spec.model_dump(mode="json")
    directory = Store(tmp_path).stage(key)
    directory.path.mkdir(parents=True)
    write_json(directory.path / "spec.json", other)
    directory.create(spec)
    assert directory.spec() == spec
    assert len(said) == 1 and "spec.json" in said[0]


@damaged
def test_a_damaged_done_is_damage_and_no_outcome(tmp_path, damage, said):
    stage = Store(tmp_path).stage("key")
    stage.path.mkdir(parents=True)
    stage.append({"event": "end"})
    stage.finish("trained", [stage.records_path])
    told = _damage(stage.path / "DONE", damage)
    assert stage.outcome() is None and stage.end() is None
    if damage != "unreadable":  # a link to itself does not exist
        assert str(stage.damage()).startswith(told)
    stage.reopen("because")
    assert not os.path.lexists(stage.path / "DONE")
    assert [record["event"] for record in stage.records()] == ["end", "reopened"]


@pytest.mark.parametrize(
    "done",
    [
        {},
        {"outcome": "trained"},
        {"outcome": "?", "files": {}},
        {"outcome": "trained", "files": [1]},
    ],
)
def test_so_is_a_done_of_another_shape(tmp_path, done, said):
    stage = Store(tmp_path).stage("key")
    stage.path.mkdir(parents=True)
    write_json(stage.path / "DONE", done)
    assert stage.outcome() is None
    assert "DONE does not tell how the stage ended" in str(stage.damage())


@damaged
def test_a_damaged_failure_is_a_failure_that_may_be_forgotten(tmp_path, damage):
    stage = Store(tmp_path).stage("key")
    stage.path.mkdir(parents=True)
    told = _damage(stage.path / "FAILED", damage)
    failure = stage.failure()
    assert failure["error"].startswith(told) and failure["log"] == failure["traceback"] == ""
    stage.forget_failure()
    assert stage.failure() is None
    stage.fail("again", "", "")
    assert stage.failure()["error"] == "again"


def test_a_failure_of_another_shape_is_one_without_a_reason(tmp_path):
    stage = Store(tmp_path).stage("key")
    stage.path.mkdir(parents=True)
    (stage.path / "FAILED").write_text("{}")
    assert stage.failure()["error"] == f"{stage.path}/FAILED gives no reason"


@pytest.mark.parametrize("damage", ["directory", "pipe", "unreadable"])
@pytest.mark.parametrize("name", ["records.jsonl", "DONE", "FAILED", "ticket.safetensors"])
def test_a_stage_begins_where_there_are_directories_in_the_place_of_files(tmp_path, name, damage):
    ((key, stage),) = plan("method=dense").stages.items()
    directory = Store(tmp_path).stage(key)
    directory.path.mkdir(parents=True)
    _damage(directory.path / name, damage)
    for _ in range(2):
        directory.create(stage.spec.model_dump(mode="json"))
    assert not os.path.lexists(directory.path / name)
    directory.append({"event": "end"})
    assert directory.finish("trained", [directory.records_path])


@damaged
def test_a_damaged_launch_is_left_out(tmp_path, damage, said):
    store = Store(tmp_path)
    for name in ("a", "b"):
        (store.launches_dir / name).mkdir(parents=True)
        write_json(store.launches_dir / name / "launch.json", {"points": ["p"], "pending": []})
    told = _damage(store.launches_dir / "b" / "launch.json", damage)
    found = {name: read_launch_record(store, name) for name in launch_ids(store)}
    assert found.pop("b", None) is None
    assert found["a"].points == {"p"}
    assert all(line.startswith(f"launch b is left out: {told}") for line in said)


def test_so_is_a_launch_of_another_shape(tmp_path, said):
    store = Store(tmp_path)
    (store.launches_dir / "a").mkdir(parents=True)
    write_json(store.launches_dir / "a" / "launch.json", {})
    assert read_launch_record(store, "a") is None
    assert said == [
        f"launch a is left out: {store.launches_dir}/a/launch.json holds no launch: "
        "points: Field required"
    ]
