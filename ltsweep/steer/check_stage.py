"""Every file of one stage against what was written of it."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from ltsweep.foundations.files import SET_ASIDE, DamagedFile, clear, holds, read_json, write_json
from ltsweep.foundations.json_lines import Record
from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.spec import key_of
from ltsweep.steer.finding import Finding, damaged
from ltsweep.store.claims import Owner, claims, newest_claim
from ltsweep.store.stage_dir import StageDir

_KNOWN = re.compile(
    r"spec\.json|records\.jsonl|(ticket|final|end-mask|checkpoint)\.safetensors"
    r"|(step|optimizer|next-mask)-\w+\.safetensors|claim-\d{6}\.(json|released)"
    r"|DONE|FAILED|FAILED\.previous|\..*\.tmp"
)
_TRAINED_AGAIN = "opened again: the next launch that needs it trains it"
_MADE_AGAIN = "deleted: it is made again where it is needed"


def check_stage(
    directory: StageDir, planned: Callable[[], Mapping[str, Record]]
) -> Iterator[Finding]:
    """What is wrong with the files of a stage; `planned` are specifications by key, of launches."""
    yield from _specification(directory, planned)
    promised: Mapping[str, Any] = {}
    if directory.is_done():
        try:
            promised = (directory.done() or {})["files"]
        except DamagedFile as error:
            path = directory.path / "DONE"
            yield damaged(path, str(error), _TRAINED_AGAIN, partial(_reopen, directory, str(error)))
    for name, wanted in promised.items():
        path = directory.path / name
        if path == directory.final and not path.exists():
            continue  # a deeper level made it superfluous
        if words := _unlike(path, wanted):
            mend = partial(_reopen, directory, f"{path} {words}")
            yield damaged(path, words, _TRAINED_AGAIN, mend)
    with suppress(DamagedFile):  # of the records, which are looked at below
        if directory.lacks_done():
            path = directory.path / "DONE"
            yield Finding("leftover", path, "is missing; the next launch that needs it writes it")
    for path in sorted(directory.path.iterdir()):
        if path.name not in promised:
            yield from _further(directory, path)


def _unlike(path: Path, wanted: Mapping[str, Any]) -> str | None:
    if not path.exists():
        return "is missing"
    if path.stat().st_size != wanted["bytes"]:
        return f"has {path.stat().st_size} bytes instead of {wanted['bytes']}"
    return None if holds(path, wanted["sha256"]) else "does not match its digest"


def _specification(
    directory: StageDir, planned: Callable[[], Mapping[str, Record]]
) -> Iterator[Finding]:
    path = directory.path / "spec.json"
    try:
        content = directory.spec()
        if content is None:
            words = "is missing"
        elif key_of(content) == directory.key:
            return
        else:
            words = "is the specification of another stage"
    except DamagedFile as error:
        words = str(error)
    except (KeyError, TypeError):
        words = "holds no specification"
    spec = planned().get(directory.key)
    if spec is None:
        yield damaged(path, words, "", None)
    else:
        yield damaged(path, words, "written anew from a launch", partial(write_json, path, spec))


def _further(directory: StageDir, path: Path) -> Iterator[Finding]:
    """What is wrong with a file of which DONE says nothing."""
    if SET_ASIDE in path.name:
        yield Finding("leftover", path, "stood in the place of a file")
    elif not _KNOWN.fullmatch(path.name):
        yield Finding("leftover", path, "is no file of a stage")
    elif not path.is_file():
        yield damaged(path, "is no file", "set aside or deleted", partial(clear, path))
    elif path == directory.checkpoint and directory.is_done():
        yield Finding("leftover", path, "of a stage that is done", "deleted", path.unlink)
    elif path.suffix == ".safetensors":
        try:
            load_tensors(path)
        except DamagedFile as error:
            mend = path.unlink if _is_free(directory) else None
            yield damaged(path, str(error), _MADE_AGAIN if mend else "", mend)
    elif path.name == "FAILED":
        try:
            read_json(path)
        except DamagedFile as error:
            yield damaged(path, str(error), "counts as a failure", directory.forget_failure)
    elif path.match("claim-*.json"):
        owners = {claim.path: claim.owner for claim in claims(directory.path)}
        if owners.get(path) == Owner.unknown():
            yield damaged(path, "names no owner", "deleted", path.unlink)
    elif path == directory.records_path and (torn := _torn(directory)):
        yield Finding("leftover", path, f"has {torn} torn lines, which readers leave out")


def _torn(directory: StageDir) -> int:
    lines = [line for line in directory.records_path.read_bytes().split(b"\n") if line]
    return len(lines) - len(directory.records())


def _is_free(directory: StageDir) -> bool:
    """Whether nobody works on the stage, or will without being asked."""
    claim = newest_claim(directory.path)
    return directory.is_done() or claim is None or not claim.is_live()


def _reopen(directory: StageDir, reason: str) -> None:
    """Opens a stage again, unless that was done for another of its files."""
    if directory.is_done():
        standing = newest_claim(directory.path)
        directory.reopen(reason)
        if standing is not None:
            standing.release()  # of whoever finished it, and may live on
