"""Tests datasets of the user's own: .npz and idx files, layouts, and what is refused in words."""

import gzip
import io
import zipfile

import numpy as np
import pytest

from ltsweep.data.dataset import DatasetDamaged, DatasetMissing
from ltsweep.data.own_arrays import arrays


def images(*shape, dtype=np.uint8):
    return np.random.default_rng(len(shape)).integers(0, 256, shape).astype(dtype)


def contents(**changes):
    return {
        "train_images": images(9, 8, 7),
        "train_labels": np.arange(9) % 3,
        "test_images": images(4, 8, 7),
        "test_labels": np.array([2, 2, 0, 1], np.uint8),
        **changes,
    }


@pytest.fixture
def write(tmp_path):
    """Writes an .npz file and says how `arrays` reads it; None leaves an array out."""

    def write(layout="auto", **changes):
        made = {name: array for name, array in contents(**changes).items() if array is not None}
        np.savez_compressed(tmp_path / "mine.npz", **made)
        return arrays(tmp_path, path="mine.npz", layout=layout)

    return write


@pytest.fixture
def folder(tmp_path, to_idx):
    """Writes the same arrays as idx files into a folder."""

    def write(**changes):
        (tmp_path / "idx").mkdir()
        found = contents(**changes)
        for part, name in (("train", "train"), ("t10k", "test")):
            of_part, labels = found[f"{name}_images"], found[f"{name}_labels"].astype(np.uint8)
            for file, array in (
                (f"{part}-images-idx{of_part.ndim}-ubyte", of_part),
                (f"{part}-labels-idx1-ubyte", labels),
            ):
                (tmp_path / "idx" / file).write_bytes(to_idx(array))
        return tmp_path / "idx"

    return write


def test_grey_images_get_their_channel(write):
    raw = write()
    assert (raw.train_images[:, 0] == contents()["train_images"]).all()
    assert raw.test_images.shape == (4, 1, 8, 7) and raw.test_labels.tolist() == [2, 2, 0, 1]
    assert raw.classes == 3


def test_channels_are_found_by_their_sizes(write):
    colours = {"train_images": images(9, 3, 8, 7), "test_images": images(4, 3, 8, 7)}
    first = write(**colours)
    last = write(**{name: array.transpose(0, 2, 3, 1) for name, array in colours.items()})
    assert (first.train_images == colours["train_images"]).all()
    assert first.fingerprint == last.fingerprint


@pytest.mark.parametrize(
    ("shape", "layout", "read"),
    [
        ((3, 8, 7), "auto", (3, 8, 7)),
        ((8, 7, 1), "auto", (1, 8, 7)),
        ((4, 28, 28), "auto", (4, 28, 28)),
        ((3, 8, 4), "channels_first", (3, 8, 4)),
        ((3, 8, 4), "channels_last", (4, 3, 8)),
        ((64, 8, 8), "channels_first", (64, 8, 8)),
        ((8, 8, 64), "channels_last", (64, 8, 8)),
        ((8, 7), "channels_last", (1, 8, 7)),
    ],
)
def test_layouts(write, shape, layout, read):
    both = {"train_images": images(9, *shape), "test_images": images(4, *shape)}
    assert write(layout=layout, **both).train_images.shape == (9, *read)


@pytest.mark.parametrize("shape", [(3, 8, 4), (1, 28, 1), (64, 8, 8), (3, 3, 3)])
def test_an_open_layout_is_asked_for(write, tmp_path, shape):
    with pytest.raises(DatasetDamaged) as caught:
        write(train_images=images(9, *shape), test_images=images(4, *shape))
    assert str(caught.value) == (
        f"train_images of {tmp_path / 'mine.npz'} is {(9, *shape)}, which leaves open where its "
        "channels are: set dataset.layout to channels_first or channels_last."
    )


def test_the_content_alone_is_the_identity(write, folder, tmp_path):
    before = write().fingerprint
    (tmp_path / "mine.npz").rename(tmp_path / "other.npz")
    assert arrays(tmp_path / "nowhere", path=str(tmp_path / "other.npz")).fingerprint == before
    idx = folder()
    assert arrays(tmp_path, path="idx").fingerprint == before
    for file in list(idx.iterdir()):
        (idx / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    assert arrays(tmp_path, path="idx").fingerprint == before
    assert write(train_images=contents()["train_images"] ^ 1).fingerprint != before


def test_idx_files_may_have_channels(folder, tmp_path):
    folder(train_images=images(9, 8, 7, 3), test_images=images(4, 8, 7, 3))
    assert arrays(tmp_path, path="idx").test_images.shape == (4, 3, 8, 7)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"train_labels": None, "test_images": None, "more": np.zeros(1)},
            "FILE holds no train_labels and no test_images; it holds train_images, test_labels "
            "and more.",
        ),
        (
            {"train_images": images(9, 8, 7, dtype=np.float32)},
            "train_images of FILE is float32 (9, 8, 7): images must be uint8, from 0 to 255, and "
            "(N, height, width), (N, channels, height, width) or (N, height, width, channels).",
        ),
        (
            {"test_images": images(4, 56)},
            "test_images of FILE is uint8 (4, 56): images must be uint8, from 0 to 255, and "
            "(N, height, width), (N, channels, height, width) or (N, height, width, channels).",
        ),
        (
            {"test_images": images(0, 8, 7), "test_labels": np.arange(0)},
            "test_images of FILE is uint8 (0, 8, 7): images must be uint8, from 0 to 255, and "
            "(N, height, width), (N, channels, height, width) or (N, height, width, channels).",
        ),
        (
            {"test_labels": np.zeros(3, int)},
            "test_labels of FILE holds 3 labels but test_images of FILE holds 4 images: they do "
            "not belong together.",
        ),
        (
            {"train_labels": np.zeros((9, 1), int)},
            "train_labels of FILE is int64 (9, 1): labels must be whole numbers (N,).",
        ),
        (
            {"train_labels": np.zeros(9)},
            "train_labels of FILE is float64 (9,): labels must be whole numbers (N,).",
        ),
        (
            {"train_labels": np.arange(9) % 3 + 1},
            "train_labels of FILE goes from 1 to 3 and lacks 0: classes must be numbered 0, 1, 2, "
            "... without a gap.",
        ),
        (
            {"train_labels": np.arange(9) // 2 * 2},
            "train_labels of FILE goes from 0 to 8 and lacks 1: classes must be numbered 0, 1, 2, "
            "... without a gap.",
        ),
        (
            {"train_labels": np.arange(9) - 1},
            "train_labels of FILE goes from -1 to 7 and lacks 0: classes must be numbered 0, 1, 2, "
            "... without a gap.",
        ),
        (
            {"train_labels": np.zeros(9, int)},
            "train_labels of FILE holds one class only: there must be two or more.",
        ),
        (
            {"test_labels": np.array([0, 1, 3, 2])},
            "test_labels of FILE holds the label 3, but the classes that are trained go from 0 to "
            "2.",
        ),
        (
            {"test_images": images(4, 7, 8)},
            "train_images of FILE and test_images of FILE do not belong together: an image is "
            "(1, 8, 7) and (1, 7, 8) (channels, height, width).",
        ),
    ],
)
def test_what_a_file_must_not_hold_is_told_in_one_sentence(write, tmp_path, changes, told):
    with pytest.raises(DatasetDamaged) as caught:
        write(**changes)
    assert str(caught.value) == told.replace("FILE", str(tmp_path / "mine.npz"))


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def flipped(content):
    """The same with a bit of its middle flipped."""
    return content[:200] + bytes([content[200] ^ 1]) + content[201:]


def archive(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, content in members.items():
            made.writestr(f"{name}.npy", content)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no zip",
        npz(**contents())[:-60],
        flipped(npz(**contents())),
        npz(**contents(train_labels=np.array([0, 1, None]))),
        archive(**{name: b"\x93NUMPY\x01\x00" for name in contents()}),
    ],
    ids=["empty", "text", "cut", "flipped", "objects", "headers"],
)
def test_a_damaged_file_is_named_in_one_sentence(tmp_path, content):
    path = tmp_path / "mine.npz"
    path.write_bytes(content)
    with pytest.raises(DatasetDamaged) as caught:
        arrays(tmp_path, path="mine.npz")
    assert str(caught.value).startswith(f"{path} is not a whole .npz file")
    assert "\n" not in str(caught.value)


def test_members_that_are_no_arrays(tmp_path):
    (tmp_path / "mine.npz").write_bytes(archive(**{name: b"text" for name in contents()}))
    with pytest.raises(DatasetDamaged, match="train_labels of .* labels must be whole numbers"):
        arrays(tmp_path, path="mine.npz")


def test_a_damaged_idx_file_is_named(folder, tmp_path):
    path = folder() / "t10k-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DatasetDamaged, match="t10k-labels-idx1-ubyte is cut off"):
        arrays(tmp_path, path="idx")


def test_what_is_not_there_is_told(folder, tmp_path):
    with pytest.raises(DatasetMissing) as caught:
        arrays(tmp_path)
    assert str(caught.value) == (
        "set dataset.path to an .npz file that holds train_images, train_labels, test_images and "
        "test_labels, or to a folder of idx files named as MNIST's."
    )
    with pytest.raises(DatasetMissing) as caught:
        arrays(tmp_path, path="none.npz")
    assert str(caught.value) == (
        f"there is no {tmp_path / 'none.npz'}: dataset.path=none.npz must be an .npz file or a "
        "folder of idx files, and is relative to data_dir."
    )
    (folder() / "train-images-idx3-ubyte").unlink()
    with pytest.raises(DatasetMissing) as caught:
        arrays(tmp_path, path="idx")
    assert str(caught.value) == (
        f"{tmp_path / 'idx'} holds no train-images-idx3-ubyte or train-images-idx4-ubyte, gzipped "
        "or not."
    )
