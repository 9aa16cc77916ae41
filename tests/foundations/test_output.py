"""Tests standard output that knows only some characters: the others are spelled out."""

import io
import sys

import pytest

from ltsweep.foundations.output import spell_out_unknown


@pytest.mark.parametrize(
    ("encoding", "printed"),
    [
        ("ascii", "97.8 +- 0.5 | 3-5 ... -1 | caf\\xe9 | \\udce9"),
        ("latin-1", "97.8 ± 0.5 | 3-5 ... -1 | café | \\udce9"),
        ("utf-8", "97.8 ± 0.5 | 3–5 … −1 | café | \\udce9"),
    ],
)
@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_what_an_encoding_lacks_is_spelled_out(
    monkeypatch: pytest.MonkeyPatch, name: str, encoding: str, printed: str
) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding=encoding)
    monkeypatch.setattr(sys, name, stream)
    spell_out_unknown()
    print("97.8 ± 0.5 | 3–5 … −1 | café | \udce9", file=stream, end="", flush=True)
    assert written.getvalue().decode(encoding) == printed


def test_output_that_is_no_text_file_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    spell_out_unknown()
    print("±", end="")
    assert stream.getvalue() == "±"
