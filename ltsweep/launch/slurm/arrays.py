"""What the jobs of one sbatch do: written down before it, so that they need no living launcher."""

import secrets
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ltsweep.config.clusters import Resources
from ltsweep.data_spec import Frozen
from ltsweep.foundations.files import DamagedFile, write_json
from ltsweep.launch.jobs import JobRecord
from ltsweep.store.stored import in_file

_FOLDER = "arrays"  # in a launch's directory


class Part(Frozen):
    """One job: its number in the launch, and its stages."""

    job: int
    keys: tuple[str, ...]


class Array(Frozen):
    """The jobs of one sbatch, in the order of their tasks, and what each of them asks for."""

    resources: Resources
    parts: tuple[Part, ...]
    submitted: float

    def record(self, launch_directory: Path, task: int, job: str | None) -> JobRecord:
        """A task as the launch's list of jobs has it; `job` is its id, if that is known."""
        return JobRecord(
            job=self.parts[task].job,
            cluster="slurm",
            id=job,
            pid=None,
            host=None,
            log="" if job is None else str(log_path(launch_directory, job)),
            stages=self.parts[task].keys,
            submitted=self.submitted,
        )


@dataclass(frozen=True)
class ArrayFile:
    """An array's place on disk: what its jobs do as JSON, and the script that starts them."""

    launch_directory: Path
    name: str

    @classmethod
    def create(
        cls, launch_directory: Path, resources: Resources, shares: Mapping[int, Sequence[str]]
    ) -> "ArrayFile":
        """Writes an array of these jobs down; the script is the caller's to write."""
        parts = tuple(Part(job=number, keys=tuple(keys)) for number, keys in shares.items())
        file = cls(launch_directory, f"{min(shares)}-{secrets.token_hex(4)}")
        file._content.parent.mkdir(exist_ok=True)
        array = Array(resources=resources, parts=parts, submitted=time.time())
        write_json(file._content, array.model_dump(mode="json"))
        return file

    def read(self) -> Array:
        """The array. DamagedFile where it is gone, or not what was written."""
        array = in_file(self._content, Array.model_validate, "holds no array")
        if array is None:
            raise DamagedFile(f"{self._content} is missing")
        return array

    @property
    def script(self) -> Path:
        """What sbatch is given."""
        return self._content.with_suffix(".sh")

    def discard(self) -> None:
        """Takes back what was not submitted."""
        self._content.unlink(missing_ok=True)
        self.script.unlink(missing_ok=True)

    @property
    def _content(self) -> Path:
        return self.launch_directory / _FOLDER / f"{self.name}.json"


def log_path(launch_directory: Path, job: str, rank: int | str = 0) -> Path:
    """The file that a job prints to; each of its processes has one of its own."""
    return launch_directory / "logs" / f"{job}_{rank}_log.out"


def unrecorded(launch_directory: Path, recorded: Collection[int]) -> list[ArrayFile]:
    """Arrays that sbatch was given, or was about to be, without their jobs becoming recorded.

    `recorded` are the numbers of the jobs that the launch's list has.
    """
    paths = sorted((launch_directory / _FOLDER).glob("*.json"))
    firsts = {path: path.stem.partition("-")[0] for path in paths}
    return [
        ArrayFile(launch_directory, path.stem)
        for path, first in firsts.items()
        if first.isdecimal() and int(first) not in recorded
    ]
