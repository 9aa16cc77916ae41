"""The directory of one stage: specification, append-only records, tensors, and how it ended."""

import os
from collections.abc import Callable
from pathlib import Path

from ltsweep.foundations.files import (
    SET_ASIDE,
    DamagedFile,
    clear,
    found_from,
    holds,
    named_from,
    read_json,
    sealed,
    sha256,
    sync,
    write_json,
    write_once,
)
from ltsweep.foundations.json_lines import Record, append_lines, read_lines, write_lines
from ltsweep.foundations.notices import warn_once
from ltsweep.spec import key_of
from ltsweep.store.done import DoneRecord
from ltsweep.store.records import (
    ClosingRecord,
    PrefixRecord,
    ValidationRecord,
    last_closing_record,
    last_prefix_record,
    validation_curve,
)
from ltsweep.store.stage_files import StageFiles


class StageDir(StageFiles):
    """The directory of one stage: spec, records, ticket, checkpoint, and DONE or FAILED."""

    def __init__(self, path: Path, digest: Callable[[Path], str] = sha256) -> None:
        """`digest` gives a file's SHA-256, read anew or remembered."""
        super().__init__(path)
        self._digest = digest

    @property
    def _done(self) -> Path:
        return self.path / "DONE"

    @property
    def _failed(self) -> Path:
        return self.path / "FAILED"

    @property
    def _root(self) -> Path:
        return self.path.parent.parent

    def create(self, spec: Record) -> None:
        """Makes the directory and writes down what the stage is, unless that is there already.

        What is no file, a directory, a pipe or a link to nowhere, is set aside or goes: no stage
        can begin where its files cannot be written.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        for entry in os.scandir(self.path):
            is_file = entry.is_file(follow_symlinks=False) or os.path.isfile(entry.path)
            if is_file or SET_ASIDE in entry.name:
                continue
            if not entry.is_dir(follow_symlinks=False):
                warn_once(f"{entry.path} is no file; it goes")
            clear(Path(entry.path))
        if not self._has_spec():
            write_json(self.path / "spec.json", spec)

    def _has_spec(self) -> bool:
        """Whether there is a specification, and the one that the directory is named by."""
        try:
            spec = self.spec()
            if spec is None or key_of(spec) == self.key:
                return spec is not None
            reason = f"{self.path / 'spec.json'} is the specification of another stage"
        except (KeyError, TypeError):
            reason = f"{self.path / 'spec.json'} holds no specification"
        except DamagedFile as error:
            reason = str(error)
        warn_once(f"{reason}; it is written anew")
        return False

    def spec(self) -> Record | None:
        """What the stage is, as it was hashed. DamagedFile where that is no specification."""
        path = self.path / "spec.json"
        content = read_json(path)
        if content is not None and "train" not in content:
            raise DamagedFile(f"{path} holds no specification")
        return content

    def spec_if_sound(self) -> Record | None:
        """The same for views; None, which is said, where it is damaged, or gone when done."""
        try:
            content = self.spec()
            if content is None and self.is_done():
                raise DamagedFile(f"{self.path / 'spec.json'} is missing")
        except DamagedFile as error:
            warn_once(f"what the stage was made from is not known: {error}")
            return None
        return content

    def is_done(self) -> bool:
        """Whether DONE stands, whatever the outcome, and even if nobody can read it."""
        return os.path.lexists(self._done)

    def lacks_done(self) -> bool:
        """Whether all of a training is on record but that it is done: DONE was lost, or is next."""
        lines = [] if self.is_done() else self.records()
        return bool(lines) and lines[-1].get("event") == "end"

    def done(self) -> Record | None:
        """The content of DONE: `outcome` (trained or diverged) and the digests of the files.

        DamagedFile where it does not hold both.
        """
        done = DoneRecord.in_file(self._done, "does not tell how the stage ended")
        return None if done is None else done.stored()

    def outcome(self) -> str | None:
        """How the stage ended; None where it has not, or where DONE is damaged, which is said."""
        try:
            done = self.done()
        except DamagedFile as error:
            warn_once(str(error))
            return None
        return None if done is None else str(done["outcome"])

    def finish(self, outcome: str, files: list[Path]) -> bool:
        """Marks the stage done, with the sizes and digests of its files; False if it was before.

        What DONE promises would survive a power cut before DONE is there, and DONE does before
        this returns: what it makes superfluous elsewhere may then go.
        """
        for path in files:
            sync(path)
        digests = {f.name: {"bytes": f.stat().st_size, "sha256": sha256(f)} for f in files}
        for directory in (self.path, self.path.parent):
            sync(directory)
        is_first = write_once(self._done, sealed({"outcome": outcome, "files": digests}))
        sync(self.path)
        return is_first

    def damage(self) -> str | None:
        """What is wrong with a finished stage's files, in words; None when they are as written.

        Files that a deeper level made superfluous may be gone (`final.safetensors`); whoever needs
        one asks for it by name.
        """
        return self._damage_of(lambda path: True)

    def damage_of_records(self) -> str | None:
        """The same of its records alone, which are all that views read of it."""
        return self._damage_of(lambda path: path == self.records_path)

    def damage_at_a_glance(self) -> str | None:
        """The same of its records, and of the sizes alone of other files, which may be large."""
        return self._damage_of(lambda path: True, lambda path: path == self.records_path)

    def _damage_of(
        self,
        is_meant: Callable[[Path], bool],
        is_hashed: Callable[[Path], bool] = lambda path: True,
    ) -> str | None:
        try:
            done = self.done() or {}
        except DamagedFile as error:
            return str(error)
        for name, wanted in done.get("files", {}).items():
            path = self.path / name
            if not is_meant(path) or (path == self.final and not path.exists()):
                continue
            try:
                size = path.stat().st_size
                if size != wanted["bytes"]:
                    return f"{path} has {size} bytes instead of {wanted['bytes']}"
                if is_hashed(path) and self._digest(path) != wanted["sha256"]:
                    return f"{path} does not match its digest"
            except FileNotFoundError:
                return f"{path} is missing"
            except OSError as error:
                return f"{path} cannot be read: {error.strerror}"
        return None

    def reopen(self, reason: str) -> None:
        """Takes DONE away so that the stage is trained again, and what is not as DONE says.

        Intact files stay: a mask or a snapshot need not be made twice. Damaged records go whole,
        since none of their lines can be trusted.
        """
        for name, wanted in self._promised().items():
            path = self.path / name
            if not holds(path, wanted["sha256"]):
                clear(path)
        self.append({"event": "reopened", "reason": reason}, to_disk=True)
        clear(self._done)
        clear(self.checkpoint)

    def _promised(self) -> dict[str, Record]:
        try:
            return dict((self.done() or {}).get("files", {}))
        except DamagedFile:
            return {}

    def failure(self) -> Record | None:
        """Why the stage failed (`error`, `traceback`, `log`), or None."""
        try:
            failure = read_json(self._failed)
        except DamagedFile as error:
            failure = {"error": str(error)}
        if failure is None:
            return None
        unknown = {"error": f"{self._failed} gives no reason", "traceback": "", "log": ""}
        told = {name: str(failure.get(name, text)) for name, text in unknown.items()}
        return {**told, "log": found_from(self._root, told["log"])}

    def fail(self, error: str, traceback: str, log: str) -> None:
        """Marks the stage failed; the first failure stays."""
        content = {"error": error, "traceback": traceback, "log": named_from(self._root, log)}
        write_once(self._failed, sealed(content))

    def forget_failure(self) -> None:
        """Clears FAILED so that the stage may be tried again; keeps the text beside it."""
        if self._failed.is_file():
            os.replace(self._failed, self.path / "FAILED.previous")
        else:
            clear(self._failed)

    def append(self, record: Record, *, to_disk: bool = False) -> None:
        """Adds one line to the records; `to_disk` waits until it would survive a power cut."""
        append_lines(self.records_path, [record], to_disk=to_disk)

    def keep_validation(self, points: list[ValidationRecord]) -> None:
        """Makes the validations on record these, where some were lost or changed."""
        lines = self.records()
        try:
            is_as_kept = validation_curve(lines) == points
        except ValueError:
            is_as_kept = False
        if not is_as_kept:
            others = [line for line in lines if line.get("event") != "validation"]
            write_lines(self.records_path, [*others, *(point.stored() for point in points)])

    def records(self) -> list[Record]:
        """All readable records, in order; torn lines are left out. DamagedFile where none is."""
        return read_lines(self.records_path)

    def end(self) -> ClosingRecord | None:
        """The closing record of a finished stage; None before DONE, and where it is damaged."""
        if not self.is_done() or self.damage_of_records():
            return None
        try:
            return last_closing_record(self.records())
        except (ValueError, DamagedFile):
            return None

    def prefix_end(self) -> PrefixRecord | None:
        """The same of a stage that only ran the beginning of a training."""
        if not self.is_done() or self.damage_of_records():
            return None
        try:
            return last_prefix_record(self.records())
        except (ValueError, DamagedFile):
            return None
