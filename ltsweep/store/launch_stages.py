"""The stages of a launch on disk, one line each: launches/<id>/stages.jsonl.gz.

launch.json names stages by key; who looks at what is done needs no more than that. Whoever runs
stages, or asks what they start from, reads this list. Thousands of stages share a few trainings
and means, so each of these has a line of its own, before the stages that name it by digest.
"""

import gzip
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from ltsweep.foundations.files import DamagedFile, open_to_read, write_atomic
from ltsweep.spec import digest

STAGES_FILE = "stages.jsonl.gz"
_BEGIN = b'{"key": "'  # of a stage's line; a part's begins otherwise
Stage = dict[str, Any]  # a planned stage as JSON
Make = Callable[[Any], Any]  # of a part as JSON
MakeStage = Callable[[], Stage]


def write_stages(directory: Path, stages: Iterable[tuple[str, Stage]]) -> str:
    """Writes the stages, each with its key, and returns the digest of the list."""
    content = gzip.compress(b"".join(_lines(stages)), compresslevel=6, mtime=0)
    write_atomic(directory / STAGES_FILE, content)
    return hashlib.sha256(content).hexdigest()


def read_stages(
    directory: Path,
    written: str,
    keys: Collection[str] | None = None,
    *,
    train: Make = lambda part: part,
    means: Make = lambda part: part,
) -> Iterator[tuple[str, Stage]]:
    """The stages with their keys, all or these, in the order in which they were written.

    `written` is the digest that `write_stages` returned; `train` and `means` make what stages share
    out of JSON, once each. DamagedFile, before any stage, where the list is not what was written.
    """
    for key, made in _read(directory, written, {"train": train, "means": means}):
        if keys is None or key in keys:
            yield key, made()


def stages_on_demand(directory: Path, written: str, *, train: Make) -> dict[str, MakeStage]:
    """All stages by key, each made out of its line when somebody calls for it."""
    return dict(_read(directory, written, {"train": train, "means": lambda part: part}))


def _read(
    directory: Path, written: str, make: Mapping[str, Make]
) -> Iterator[tuple[str, MakeStage]]:
    parts: dict[str, Any] = {}
    for line in _lines_of(directory / STAGES_FILE, written):
        if line.startswith(_BEGIN):
            key = line[len(_BEGIN) : line.index(b'"', len(_BEGIN))].decode()
            yield key, partial(_stage, line, parts)
        else:
            part = json.loads(line)
            parts[part["part"]] = make[part["of"]](part["value"])


def _stage(line: bytes, parts: Mapping[str, Any]) -> Stage:
    stage = json.loads(line)["stage"]
    spec = {**stage["spec"], "train": parts[stage["spec"]["train"]]}
    return {**stage, "spec": spec, "means": parts[stage["means"]]}


def _lines(stages: Iterable[tuple[str, Stage]]) -> Iterator[bytes]:
    names: dict[int, tuple[str, Any]] = {}  # by the object, which is kept: hashing takes longest
    told = set()
    for key, stage in stages:
        spec = stage["spec"]
        for of, part in (("train", spec["train"]), ("means", stage["means"])):
            if id(part) not in names:
                names[id(part)] = (digest({of: part}), part)
            name, _ = names[id(part)]
            if name not in told:
                told.add(name)
                yield _line({"part": name, "of": of, "value": part})
        named = {**spec, "train": names[id(spec["train"])][0]}
        yield _line(
            {"key": key, "stage": {**stage, "spec": named, "means": names[id(stage["means"])][0]}}
        )


def _line(content: dict[str, Any]) -> bytes:
    return json.dumps(content, allow_nan=False).encode() + b"\n"


def _lines_of(path: Path, written: str) -> Iterable[bytes]:
    try:
        with open_to_read(path) as file:
            content = file.read()
    except OSError as error:
        raise DamagedFile(f"{path} cannot be read: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != written:
        raise DamagedFile(f"{path} does not match its digest")
    return gzip.open(BytesIO(content))
