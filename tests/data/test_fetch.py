"""Tests downloads from a server on 127.0.0.1: checked, atomic, and one sentence if they fail."""

import hashlib
import stat
import threading

import pytest

from ltsweep.data.dataset import DatasetDamaged, DatasetMissing
from ltsweep.data.fetch import fetch

CONTENT = bytes(range(256)) * 1000
MD5 = {"a.gz": hashlib.md5(CONTENT).hexdigest()}


def test_downloads_what_the_checksum_says(mirror, tmp_path):
    mirror.files["a.gz"] = CONTENT
    fetch(MD5, tmp_path / "made" / "raw", mirror.url)
    path = tmp_path / "made" / "raw" / "a.gz"
    assert path.read_bytes() == CONTENT
    assert stat.S_IMODE(path.stat().st_mode) == 0o644  # others of the group can read it


def test_mirror_needs_no_slash_at_its_end(mirror, tmp_path):
    mirror.files["a.gz"] = CONTENT
    fetch(MD5, tmp_path, mirror.url.rstrip("/"))
    assert mirror.requested == ["a.gz"]


def test_wrong_bytes_are_not_kept(mirror, tmp_path):
    mirror.files["a.gz"] = CONTENT[1:]
    with pytest.raises(DatasetDamaged, match="published checksum") as caught:
        fetch(MD5, tmp_path, mirror.url)
    assert mirror.url + "a.gz" in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    assert len(mirror.requested) == 1  # no retry


def test_a_cut_connection_leaves_nothing(mirror, tmp_path):
    mirror.files["a.gz"] = CONTENT
    mirror.cut = True
    with pytest.raises(DatasetMissing):
        fetch(MD5, tmp_path, mirror.url)
    assert list(tmp_path.iterdir()) == []


def test_a_file_appears_whole_or_not_at_all(mirror, tmp_path):
    mirror.files["a.gz"] = CONTENT
    mirror.go_on.clear()
    threads = [threading.Thread(target=fetch, args=(MD5, tmp_path, mirror.url)) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert mirror.half_sent.wait(5)
    assert not (tmp_path / "a.gz").exists()
    mirror.go_on.set()
    for thread in threads:
        thread.join()
    assert [path.name for path in tmp_path.iterdir()] == ["a.gz"]
    assert (tmp_path / "a.gz").read_bytes() == CONTENT


def test_absent_on_the_server(mirror, tmp_path):
    mirror.files["a.gz"] = CONTENT
    names = {**MD5, "b.gz": "0" * 32, "c.gz": "0" * 32}
    with pytest.raises(DatasetMissing) as caught:
        fetch(names, tmp_path, mirror.url)
    sentence = str(caught.value)
    assert sentence.startswith(f"b.gz, c.gz are missing in {tmp_path} and {mirror.url}b.gz could")
    assert "(HTTP status 404)" in sentence
    assert (tmp_path / "a.gz").exists()


def test_offline_is_one_sentence_that_says_what_to_do(mirror, tmp_path):
    mirror.server.server_close()  # nobody listens on this port any more
    with pytest.raises(DatasetMissing) as caught:
        fetch(MD5, tmp_path / "raw", mirror.url)
    assert str(caught.value) == (
        f"a.gz is missing in {tmp_path / 'raw'} and {mirror.url}a.gz could not be downloaded "
        "(ConnectionError): put the files there yourself (gzipped or not), or say with "
        "data_dir=... or the environment variable LTSWEEP_DATA where the data are."
    )


def test_a_folder_that_cannot_be_made(mirror, tmp_path):
    mirror.files["a.gz"] = CONTENT
    (tmp_path / "raw").write_text("a file, not a folder")
    with pytest.raises(DatasetMissing, match="put the files there"):
        fetch(MD5, tmp_path / "raw", mirror.url)


def test_nothing_to_fetch(tmp_path):
    fetch({}, tmp_path / "raw", "http://127.0.0.1:9/")
    assert not (tmp_path / "raw").exists()
