"""The marker that ends a launch, whatever it is."""

from pathlib import Path

import pytest

from ltsweep.launch.cancellation import BY_USER, cancel, is_cancelled, why_cancelled


def test_the_first_reason_stays(tmp_path: Path) -> None:
    assert not is_cancelled(tmp_path)
    cancel(tmp_path, "5 stages failed alike")
    cancel(tmp_path)
    assert is_cancelled(tmp_path)
    assert why_cancelled(tmp_path) == "5 stages failed alike"


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", BY_USER), (b"\n", BY_USER), (b"a di\xffsk", "a di\N{REPLACEMENT CHARACTER}sk")],
)
def test_a_marker_that_is_no_text_ends_the_launch_too(
    tmp_path: Path, content: bytes, why: str
) -> None:
    (tmp_path / "CANCELLED").write_bytes(content)
    assert is_cancelled(tmp_path)
    assert why_cancelled(tmp_path) == why


def test_so_does_a_directory(tmp_path: Path) -> None:
    (tmp_path / "CANCELLED").mkdir()
    assert is_cancelled(tmp_path)
    assert why_cancelled(tmp_path) == BY_USER
