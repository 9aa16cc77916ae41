"""Tests standard output that knows only some characters: the others are spelled out."""

import io
import json
import sys

import pytest

from ltsweep.foundations.output import spell_out_unknown


@pytest.mark.parametrize(
    ("encoding", "printed"),
    [
        ("ascii", "97.8 +- 0.5 | 3-5 ... -1 | caf\\u00e9 | \\udce9"),
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


@pytest.mark.parametrize("name", ["café", "\N{GRINNING FACE}", "/data/caf\udce9"])
def test_json_is_read_as_it_was_meant_wherever_it_was_printed(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    spell_out_unknown()
    print(json.dumps({"name": name}, ensure_ascii=False), flush=True)
    assert json.loads(written.getvalue()) == {"name": name}


def test_output_that_is_no_text_file_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    spell_out_unknown()
    print("±", end="")
    assert stream.getvalue() == "±"
