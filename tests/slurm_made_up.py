"""Programs that stand on the PATH for Slurm's commands: they take jobs, refuse, hang, as told."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

HANGS = "exec sleep 60"
REFUSED = (
    "sbatch: error: QOSMaxSubmitJobPerUserLimit\n"
    "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit "
    "limit, user's size and/or time limits)\n"
)
_SBATCH = """
if [ "$1" = --test-only ]; then
  [ ! -e never ] || { echo "allocation failure: $(cat never)" >&2; exit 1; }
  exit 0
fi
[ ! -e refusal ] || { cat refusal >&2; exit 1; }
last=$(sed -n 's/^#SBATCH --array=0-\\([0-9]*\\)%.*/\\1/p' "$1")
if [ $(($(wc -l < queue) + ${last:-0} + 1)) -gt $(cat limit) ]; then
  cat over >&2
  exit 1
fi
id=$(($(wc -l < submitted) + 100))
echo "$1" >> submitted
for task in $(seq 0 ${last:-0}); do
  echo "$id${last:+_$task}|PENDING|$1" >> queue
done
[ ! -e behind ] || . ./behind
echo "Submitted batch job $id"
"""
_SQUEUE = """
case "$*" in
  *%o*) cut -d '|' -f 1,3 queue ;;
  *%T*) sed 's/|[^|]*$/|None/' queue ;;
  *) cut -d '|' -f 1 queue ;;
esac
"""


def on_the_path(folder: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> None:
    """Puts a shell script on the PATH for each command; they run in the folder."""
    folder.mkdir(exist_ok=True)
    for name, script in scripts.items():
        program = folder / name
        program.write_text(f"#!/bin/sh\ncd {folder}\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@dataclass
class MadeUpSlurm:
    """A queue in a file, whose jobs nobody runs, and commands that fill and show it."""

    folder: Path

    @classmethod
    def start(cls, folder: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> "MadeUpSlurm":
        """A cluster that takes this many jobs at once."""
        on_the_path(
            folder,
            monkeypatch,
            sbatch=_SBATCH,
            squeue=_SQUEUE,
            srun="exit 1",
            scontrol="echo 'MaxArraySize = 1001'",
            sinfo="cat nodes",
        )
        made = cls(folder)
        for name in ("queue", "submitted"):
            made.write(name, "")
        made.write("nodes", "up|idle\nup|mixed\n")
        made.write("limit", str(limit))
        made.write("over", REFUSED)
        return made

    def write(self, name: str, text: str) -> None:
        """Puts a file there that the commands look at."""
        (self.folder / name).write_text(text)

    def queue(self) -> list[str]:
        """Ids of the jobs in the queue."""
        return [line.partition("|")[0] for line in self._lines("queue")]

    def scripts(self) -> list[str]:
        """What sbatch was given and has taken."""
        return [Path(path).read_text() for path in self._lines("submitted")]

    def end(self, jobs: int) -> None:
        """The first jobs end, and Slurm forgets them."""
        self.write("queue", "".join(f"{line}\n" for line in self._lines("queue")[jobs:]))

    def _lines(self, name: str) -> list[str]:
        return (self.folder / name).read_text().splitlines()
