"""Jobs that Slurm has although no launcher could note them: it died right behind sbatch."""

from collections.abc import Collection, Iterator
from pathlib import Path

from ltsweep.foundations.files import DamagedFile
from ltsweep.foundations.notices import warn_once
from ltsweep.foundations.squeue import SlurmError
from ltsweep.launch.jobs import JobRecord
from ltsweep.launch.slurm.arrays import Array, ArrayFile, unrecorded
from ltsweep.launch.slurm.client import arrays_by_script


def find_orphans(launch_directory: Path, recorded: Collection[int]) -> tuple[list[JobRecord], str]:
    """Those of a launch, whose recorded jobs have these numbers, and why Slurm does not tell.

    In silence they are all the jobs that it may have, without their ids.
    """
    files = [file for file in unrecorded(launch_directory, recorded) if file.script.is_file()]
    if not files:
        return [], ""
    try:
        by_script = arrays_by_script((file.script for file in files), files[0].script.stat().st_uid)
    except SlurmError as error:
        return [job for file in files for job in _all(file)], str(error)
    return [job for file in files for job in _known(file, by_script[file.script])], ""


def _known(file: ArrayFile, ids: Collection[str]) -> Iterator[JobRecord]:
    array = _read(file)
    tasks = ((int(job.partition("_")[2] or 0), job) for job in sorted(ids))
    if array is not None:
        yield from (array.record(file.launch_directory, task, job) for task, job in tasks)


def _all(file: ArrayFile) -> Iterator[JobRecord]:
    array = _read(file)
    if array is not None:
        for task in range(len(array.parts)):
            yield array.record(file.launch_directory, task, None)


def _read(file: ArrayFile) -> Array | None:
    try:
        return file.read()
    except DamagedFile as error:
        warn_once(f"jobs of launch {file.launch_directory.name} may be left out: {error}")
        return None
