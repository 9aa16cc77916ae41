"""Tests the CIFAR loaders on small batches: as published, re-made, damaged, forbidden."""

import hashlib
import inspect
import io
import pickle
import tarfile
from dataclasses import replace

import numpy as np
import pytest

import ltsweep.data.cifar
from ltsweep.data.cifar import CIFAR10, CIFAR100, MIRROR, cifar10, cifar100
from ltsweep.data.dataset import DatasetDamaged, DatasetMissing
from ltsweep.data.python_batch import read_batch

NO_SERVER = "http://127.0.0.1:9/"
FOLDER = CIFAR10.folder
NAMES = (*CIFAR10.training, CIFAR10.test)


def rows(count, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 3072)).astype(np.uint8)


def as_published(data, labels, labelled=b"labels"):
    """Python 2 and numpy 1 wrote the published files: protocol 2, byte strings."""

    def text(value):
        return b"U" + bytes([len(value)]) + value

    count, width = data.shape
    return b"".join((
        b"\x80\x02}(",
        text(b"data"), b"cnumpy.core.multiarray\n_reconstruct\n",
        b"cnumpy\nndarray\nK\x00\x85", text(b"b"), b"\x87R",
        b"(K\x01M", count.to_bytes(2, "little"), b"M", width.to_bytes(2, "little"), b"\x86",
        b"cnumpy\ndtype\n", text(b"u1"), b"K\x00K\x01\x87R",
        b"(K\x03", text(b"|"), b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb",
        b"\x89T", data.size.to_bytes(4, "little"), data.tobytes(), b"tb",
        text(labelled), b"](", *(b"K" + bytes([label]) for label in labels), b"e",
        b"u.",
    ))  # fmt: skip


def as_python_3(data, labels, protocol=2):
    return pickle.dumps({b"data": data, b"labels": labels}, protocol)


@pytest.fixture
def contents():
    """Six files, three images each, that hold each image's number in its first byte."""
    made = {}
    for k, name in enumerate(NAMES):
        data = rows(3, seed=k)
        data[:, 0] = np.arange(3) + 3 * k
        made[name] = as_published(data, [k, 9, 0])
    return made


@pytest.fixture
def stored(tmp_path, contents):
    (tmp_path / FOLDER).mkdir()
    for name, content in contents.items():
        (tmp_path / FOLDER / name).write_bytes(content)
    return tmp_path


def test_reads_the_stored_files_in_their_order(stored):
    raw = cifar10(stored, mirror=NO_SERVER)
    assert raw.train_images.shape == (15, 3, 32, 32) and raw.train_images.dtype == np.uint8
    assert raw.test_images.shape == (3, 3, 32, 32)
    assert raw.train_images[:, 0, 0, 0].tolist() == [*range(15)]
    assert raw.train_labels.tolist() == [0, 9, 0, 1, 9, 0, 2, 9, 0, 3, 9, 0, 4, 9, 0]
    assert raw.test_labels.tolist() == [5, 9, 0]
    assert raw.classes == 10


def test_a_row_is_red_then_green_then_blue_line_by_line(tmp_path):
    data = np.zeros((1, 3072), np.uint8)
    data[0, [1, 32, 1024, 2048]] = [10, 20, 30, 40]
    (tmp_path / "file").write_bytes(as_published(data, [7]))
    images, labels = read_batch(tmp_path / "file", 10)
    assert [images[0, 0, 0, 1], images[0, 0, 1, 0]] == [10, 20]
    assert [images[0, 1, 0, 0], images[0, 2, 0, 0]] == [30, 40]
    assert labels.tolist() == [7]


@pytest.mark.parametrize("protocol", range(5))
def test_batches_pickled_again_by_python_3_are_the_same_data(tmp_path, protocol):
    data, labels = rows(4), [1, 2, 3, 4]
    (tmp_path / "file").write_bytes(as_python_3(data, labels, protocol))
    images, read = read_batch(tmp_path / "file", 10)
    assert (images.reshape(4, 3072) == data).all() and read.tolist() == labels


class Call:
    def __init__(self, function, *arguments):
        self.made_by = (function, arguments)

    def __reduce__(self):
        return self.made_by


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (Call(print, "run"), r"(__builtin__|builtins)\.print"),
        (Call(eval, "print('run')"), r"(__builtin__|builtins)\.eval"),
        (Call(np.load, "/etc/passwd"), r"numpy\.load"),
        (
            {b"data": np.zeros(2), b"labels": [Call(exec, "print('run')")]},
            r"(__builtin__|builtins)\.exec",
        ),
        (pickle.Unpickler, r"_?pickle\.Unpickler"),
    ],
)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_nothing_that_a_file_names_is_run(stored, capsys, value, named, protocol):
    path = stored / FOLDER / "data_batch_3"
    path.write_bytes(pickle.dumps(value, protocol))
    with pytest.raises(DatasetDamaged, match=f"{path} names {named}, which no CIFAR batch needs"):
        cifar10(stored, mirror=NO_SERVER)
    assert capsys.readouterr().out == ""


DATA, LABELS = rows(2), [1, 2]
HUGE_ARRAY = as_published(DATA, LABELS).replace(b"(K\x01M\x02\x00M", b"(K\x01M\xff\xffM")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is not a whole pickle"),
        (b"\x1f\x8b not a pickle", "is not a whole pickle"),
        (as_published(DATA, LABELS)[:-1], "is not a whole pickle"),
        (as_published(DATA, LABELS)[:3000], "is not a whole pickle"),
        (b"\x80\x02Nr\xff\xff\xff\xff.", "entry 4294967295 of the memo"),
        (b"c_codecs\nencode\n(X\x01\0\0\0aX\x05\0\0\0rot13tR.", "text in 'rot13'"),
        (as_published(DATA, LABELS) + b".", "does not hold a CIFAR batch"),
        (HUGE_ARRAY, "does not hold a CIFAR batch"),
        (as_published(DATA, [1, 10]), "labels from 0 to 9"),
        (as_published(DATA, [1]), "as many labels"),
        (as_published(DATA[:, :3000], LABELS), "rows of 3072 bytes"),
        (as_published(DATA[:0], []), "does not hold"),
        (as_python_3(DATA.astype(np.int8), LABELS), "does not hold"),
        (as_python_3(DATA.astype(np.uint16), LABELS), "does not hold"),
        (as_python_3(DATA, [1, -1]), "does not hold"),
        (as_python_3(DATA, [1, True]), "does not hold"),
        (as_python_3(DATA, [1, 2.0]), "does not hold"),
        (as_python_3(np.asfortranarray(DATA), LABELS), "does not hold"),
        (as_python_3([1, 2], LABELS), "does not hold"),
        (pickle.dumps([1, 2]), "does not hold"),
        (pickle.dumps({b"data": 1}), "does not hold"),
    ],
)
def test_a_damaged_file_is_named_in_one_sentence(stored, content, told):
    path = stored / FOLDER / "test_batch"
    path.write_bytes(content)
    with pytest.raises(DatasetDamaged, match=told) as caught:
        cifar10(stored, mirror=NO_SERVER)
    assert str(caught.value).startswith(f"{path} ")


def test_no_more_is_read_than_a_batch_can_be(stored):
    path = stored / FOLDER / "data_batch_1"
    with path.open("r+b") as file:
        file.truncate((1 << 28) + 1)  # a file with a hole: takes no space
    with pytest.raises(DatasetDamaged, match="data_batch_1 is larger than any CIFAR batch"):
        cifar10(stored, mirror=NO_SERVER)


def archive_of(contents, **more):
    """An archive as published, with members that must not be touched."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        members = {f"{FOLDER}/{name}": content for name, content in contents.items()}
        for name, content in {f"{FOLDER}/readme.html": b"", **members, **more}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


@pytest.fixture
def published(mirror, monkeypatch):
    """Puts an archive on the mirror as if it were the published one."""

    def publish(content):
        mirror.files["cifar-10-python.tar.gz"] = content
        files = replace(CIFAR10, md5=hashlib.md5(content).hexdigest())
        monkeypatch.setattr(ltsweep.data.cifar, "CIFAR10", files)
        return mirror

    return publish


def test_downloads_and_unpacks_what_is_needed_once(stored, tmp_path, contents, published):
    escape = {"../escaped": b"x", f"{FOLDER}/../escaped": b"x", "data_batch_1": b"x"}
    mirror = published(archive_of(contents, **escape))
    fresh = tmp_path / "fresh"
    for _ in range(2):
        fingerprint = cifar10(fresh, mirror=mirror.url).fingerprint
        assert fingerprint == cifar10(stored, mirror=NO_SERVER).fingerprint
    assert mirror.requested == ["cifar-10-python.tar.gz"]
    assert sorted(path.name for path in (fresh / FOLDER).iterdir()) == sorted(NAMES)
    assert not list(tmp_path.rglob("escaped*"))


def test_files_that_are_there_are_left_alone(stored, contents, published):
    (stored / FOLDER / "data_batch_4").unlink()
    (stored / FOLDER / "data_batch_1").write_bytes(as_published(DATA, LABELS))
    mirror = published(archive_of(contents))
    assert len(cifar10(stored, mirror=mirror.url).train_labels) == 14
    assert (stored / FOLDER / "data_batch_1").read_bytes() == as_published(DATA, LABELS)


def test_a_link_is_no_file(tmp_path, contents, published):
    del contents["data_batch_2"]
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        link = tarfile.TarInfo(f"{FOLDER}/data_batch_2")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    mirror = published(file.getvalue())
    with pytest.raises(
        DatasetDamaged, match=r"tar\.gz holds no cifar-10-batches-py/data_batch_1, "
    ):
        cifar10(tmp_path, mirror=mirror.url)
    assert list((tmp_path / FOLDER).iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"no archive", archive_of({CIFAR10.test: bytes(range(256)) * 9})[:99]],
    ids=["text", "cut"],  # an archive holds the time at which it was made
)
def test_what_is_no_archive(tmp_path, published, content):
    mirror = published(content)
    with pytest.raises(DatasetDamaged, match=r"cifar-10-python\.tar\.gz is not a whole archive"):
        cifar10(tmp_path, mirror=mirror.url)


def test_what_is_not_the_published_archive_is_refused(tmp_path, mirror, contents):
    mirror.files["cifar-10-python.tar.gz"] = archive_of(contents)
    with pytest.raises(DatasetDamaged, match=f"published checksum .md5 {CIFAR10.md5}"):
        cifar10(tmp_path, mirror=mirror.url)
    assert list(tmp_path.iterdir()) == []


def test_offline_is_one_sentence_that_says_what_to_do(tmp_path, mirror):
    mirror.server.server_close()
    with pytest.raises(DatasetMissing) as caught:
        cifar10(tmp_path, mirror=mirror.url)
    assert str(caught.value) == (
        f"cifar-10-python.tar.gz is missing in {tmp_path} and {mirror.url}cifar-10-python.tar.gz "
        "could not be downloaded (ConnectionError): put it there yourself, or its folder "
        "cifar-10-batches-py, or say with data_dir=... or the environment variable LTSWEEP_DATA "
        "where the data are."
    )


@pytest.mark.parametrize("loader", [cifar10, cifar100])
def test_the_default_mirror_is_the_publishers(loader):
    assert inspect.signature(loader).parameters["mirror"].default == MIRROR


def hundred(data, fine, coarse):
    """A file of CIFAR-100: two lists of labels, and names, beside the pixels."""
    batch = {b"data": data, b"fine_labels": fine, b"coarse_labels": coarse}
    return pickle.dumps({b"filenames": [b"a.png"] * len(data), **batch, b"batch_label": b"x"}, 2)


@pytest.fixture
def stored_100(tmp_path):
    (tmp_path / CIFAR100.folder).mkdir()
    for name, count in (("train", 3), ("test", 2)):
        fine = [99, 0, 50][:count]
        content = hundred(rows(count, seed=count), fine, [label // 5 for label in fine])
        (tmp_path / CIFAR100.folder / name).write_bytes(content)
    return tmp_path


def test_cifar100_has_its_fine_labels(stored_100):
    raw = cifar100(stored_100, mirror=NO_SERVER)
    assert raw.train_labels.tolist() == [99, 0, 50] and raw.test_labels.tolist() == [99, 0]
    assert (raw.train_images.reshape(3, 3072) == rows(3, seed=3)).all()
    assert raw.test_images.shape == (2, 3, 32, 32) and raw.classes == 100


@pytest.mark.parametrize(
    "content",
    [
        as_published(DATA, LABELS),
        as_published(DATA, [1, 100], b"fine_labels"),
        hundred(DATA, [1], [1, 2]),
        hundred(DATA, [1, -1], [1, 2]),
    ],
)
def test_a_damaged_file_of_cifar100_is_named_in_one_sentence(stored_100, content):
    path = stored_100 / CIFAR100.folder / "test"
    path.write_bytes(content)
    with pytest.raises(DatasetDamaged, match="as many fine_labels from 0 to 99") as caught:
        cifar100(stored_100, mirror=NO_SERVER)
    assert str(caught.value).startswith(f"{path} does not hold a CIFAR batch")


def test_cifar100_as_published(stored_100):
    (stored_100 / CIFAR100.folder / "test").write_bytes(as_published(DATA, [7, 98], b"fine_labels"))
    assert cifar100(stored_100, mirror=NO_SERVER).test_labels.tolist() == [7, 98]


def test_cifar100_is_unpacked_beside_its_archive(stored_100, tmp_path, mirror, monkeypatch):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        archive.add(stored_100 / CIFAR100.folder, CIFAR100.folder)
    content = file.getvalue()
    mirror.files["cifar-100-python.tar.gz"] = content
    files = replace(CIFAR100, md5=hashlib.md5(content).hexdigest())
    monkeypatch.setattr(ltsweep.data.cifar, "CIFAR100", files)
    made = cifar100(tmp_path / "fresh", mirror=mirror.url)
    assert made.fingerprint == cifar100(stored_100, mirror=NO_SERVER).fingerprint
    assert mirror.requested == ["cifar-100-python.tar.gz"]
