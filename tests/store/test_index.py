"""What is remembered of a store's files: for as long as a file is the same, and never needed."""

import os
import time
import tracemalloc

import pytest

from ltsweep.foundations.files import sha256
from ltsweep.store.index import Index


class Reader:
    """Reads files, and counts how often."""

    def __init__(self):
        self.reads = 0

    def __call__(self, path):
        self.reads += 1
        return path.read_text()


@pytest.fixture
def read():
    return Reader()


@pytest.fixture
def path(tmp_path):
    """A file that was written long ago, by the clock that the index looks at."""
    path = tmp_path / "stages" / "abc" / "DONE"
    path.parent.mkdir(parents=True)
    path.write_text("one")
    return path


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """Files that were just written count as settled."""
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 10)


def learned(root, path, read):
    """An index that has read a file and saved what it says."""
    index = Index(root)
    assert index.recall(path, "text", read) == path.read_text()
    index.save()


def test_a_file_is_read_once_for_all_processes(tmp_path, path, read):
    learned(tmp_path, path, read)
    assert Index(tmp_path).recall(path, "text", read) == "one"
    assert read.reads == 1


def test_a_digest_is_that_of_the_bytes(tmp_path, path):
    index = Index(tmp_path)
    assert index.digest(path) == sha256(path)
    index.save()
    assert Index(tmp_path).digest(path) == sha256(path)


def in_place(path):
    """Other bytes of the same length, with the times put back."""
    before = path.stat()
    time.sleep(0.02)  # a tick of the file system's clock
    path.write_text("two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(path):
    """Another file in its place, as `sed -i` leaves it."""
    new = path.with_name("new")
    new.write_text("two")
    os.replace(new, path)


def longer(path):
    with path.open("a") as file:
        file.write(" two")


@pytest.mark.parametrize("change", [in_place, replaced, longer])
def test_a_changed_file_is_read_again(tmp_path, path, read, change):
    learned(tmp_path, path, read)
    change(path)
    assert Index(tmp_path).recall(path, "text", read) == path.read_text()
    assert read.reads == 2


def test_what_is_made_otherwise_is_made_again(tmp_path, path, read):
    learned(tmp_path, path, read)
    assert Index(tmp_path).recall(path, "text, version 2", read) == "one"
    assert read.reads == 2


def test_a_missing_file_is_told(tmp_path, path, read):
    learned(tmp_path, path, read)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        Index(tmp_path).recall(path, "text", read)


def test_a_file_that_may_still_change_unseen_is_not_remembered(tmp_path, path, read, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: path.stat().st_ctime + 1)
    learned(tmp_path, path, read)
    Index(tmp_path).recall(path, "text", read)
    assert read.reads == 2


def test_an_error_is_raised_and_not_remembered(tmp_path, path, read):
    def refuse(path):
        raise ValueError("not this one")

    index = Index(tmp_path)
    with pytest.raises(ValueError, match="not this one"):
        index.recall(path, "text", refuse)
    assert index.recall(path, "text", read) == "one"


@pytest.mark.parametrize("damage", [b"", b"SQLite format 3\0", b"\0" * 20_000, b"[]"])
def test_a_damaged_index_is_replaced(tmp_path, path, read, damage):
    learned(tmp_path, path, read)
    (tmp_path / "index.sqlite").write_bytes(damage)
    learned(tmp_path, path, read)
    learned(tmp_path, path, read)
    assert read.reads == 2


def test_a_changed_value_is_not_believed(tmp_path, path, read):
    learned(tmp_path, path, read)
    where = tmp_path / "index.sqlite"
    content = where.read_bytes()
    assert content.count(b"one") == 1
    where.write_bytes(content.replace(b"one", b"two"))
    assert Index(tmp_path).recall(path, "text", read) == "one"


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_an_index_that_was_cut_off_is_replaced(tmp_path, read, cut):
    for number in range(200):
        path = tmp_path / f"file-{number}"
        path.write_text("x" * 500)
    index = Index(tmp_path)
    for path in sorted(tmp_path.glob("file-*")):
        index.recall(path, "text", read)
    index.save()
    whole = (tmp_path / "index.sqlite").stat().st_size
    os.truncate(tmp_path / "index.sqlite", int(whole * cut))
    for _ in range(2):
        index = Index(tmp_path)
        for path in sorted(tmp_path.glob("file-*")):
            assert index.recall(path, "text", read) == "x" * 500
        index.save()
    reads = read.reads
    for path in sorted(tmp_path.glob("file-*")):
        assert Index(tmp_path).recall(path, "text", read) == "x" * 500
    assert read.reads == reads


def test_a_directory_in_its_place_is_left_alone(tmp_path, path, read):
    (tmp_path / "index.sqlite").mkdir()
    learned(tmp_path, path, read)
    learned(tmp_path, path, read)
    assert (tmp_path / "index.sqlite").is_dir()
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".tmp"] == []


def test_two_that_learn_at_once_leave_a_whole_index(tmp_path, path, read):
    other = path.with_name("FAILED")
    other.write_text("three")
    first, second = Index(tmp_path), Index(tmp_path)
    first.recall(path, "text", read)
    second.recall(other, "text", read)
    first.save()
    second.save()
    known = Index(tmp_path)
    assert (known.recall(path, "text", read), known.recall(other, "text", read)) == ("one", "three")
    assert read.reads == 2


def test_a_moved_store_keeps_its_index(tmp_path, read):
    before, after = tmp_path / "before", tmp_path / "after"
    (before / "stages").mkdir(parents=True)
    (before / "stages" / "DONE").write_text("one")
    learned(before, before / "stages" / "DONE", read)
    before.rename(after)
    assert Index(after).recall(after / "stages" / "DONE", "text", read) == "one"
    assert read.reads == 1


def many(root, size=1):
    """Files in the order of their paths, and an index that has read them all."""
    paths = [root / "stages" / f"{number:03}" / "DONE" for number in range(200)]
    for path in paths:
        path.parent.mkdir(parents=True)
        path.write_text(path.parent.name * size)
    index = Index(root)
    for path in paths:
        index.recall(path, "text", lambda path: path.read_text())
    index.save()
    return paths


def test_many_files_in_their_order_are_not_read_again(tmp_path, read):
    paths = many(tmp_path)
    recall = Index(tmp_path).in_order("text", read)
    assert [recall(str(path)) for path in paths[10::3]] == [p.parent.name for p in paths[10::3]]
    assert read.reads == 0


def test_a_changed_one_of_many_is_read_again(tmp_path, read):
    paths = many(tmp_path)
    paths[7].write_text("other")
    paths[9].unlink()
    recall = Index(tmp_path).in_order("text", read)
    assert [recall(str(path)) for path in paths[6:9]] == ["006", "other", "008"]
    with pytest.raises(FileNotFoundError):
        recall(str(paths[9]))
    assert recall(str(paths[10])) == "010"
    assert read.reads == 1


def test_one_of_many_behind_its_place_is_read_and_right(tmp_path, read):
    paths = many(tmp_path)
    recall = Index(tmp_path).in_order("text", read)
    assert [recall(str(paths[number])) for number in (20, 3, 21)] == ["020", "003", "021"]
    assert read.reads == 1


def test_of_many_files_nothing_is_kept(tmp_path, read):
    paths = [*map(str, many(tmp_path, size=2000))]
    recall = Index(tmp_path).in_order("text", read)
    recall(paths[0])
    tracemalloc.start()
    try:
        for path in paths[1:]:
            recall(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 200 * 3 * 2000 / 10
