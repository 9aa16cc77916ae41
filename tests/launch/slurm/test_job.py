"""A job that cannot do its stages ends at once, and its log says in a sentence why."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ltsweep.launch.slurm import job
from ltsweep.launch.slurm.arrays import ArrayFile
from ltsweep.store.claims import Owner, acquire, newest_claim

from ...points import request
from ...steer.conftest import MadeUpLaunch, make_launch

LINES = ("method=dense", "levels=0", "cluster=slurm", "device=cpu")
AGAIN = "; the same command again submits what is left"


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeUpLaunch:
    """A launch of one training, in job 7."""
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("SLURM_PROCID", "0")
    monkeypatch.setenv("SLURM_LOCALID", "0")
    monkeypatch.delenv("SLURM_ARRAY_JOB_ID", raising=False)
    monkeypatch.delenv("SLURM_ARRAY_TASK_ID", raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr("ltsweep.store.claims.is_in_queue", lambda job, user: job in ("7", "9"))
    return make_launch(tmp_path / "store", "20260101-120000-abcdef", *LINES)


@pytest.fixture
def array(made: MadeUpLaunch) -> ArrayFile:
    """What its job is to do."""
    resources = request(*LINES).run.cluster
    return ArrayFile.create(made.launch.directory, resources, {0: (made.key("dense", 0),)})


def _ending(made: MadeUpLaunch, array: ArrayFile) -> str:
    with pytest.raises(SystemExit) as ended:
        job.main(str(made.launch.directory), array.name)
    return str(ended.value.code)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (Path.unlink, "is missing"),
        (lambda path: path.write_bytes(b""), "is not valid JSON"),
        (lambda path: path.write_bytes(b"{}"), "holds no array: resources: Field required"),
    ],
)
def test_one_that_cannot_read_what_to_do(
    made: MadeUpLaunch, array: ArrayFile, damage: Callable[[Path], object], told: str
) -> None:
    path = array.script.with_suffix(".json")
    damage(path)
    said = _ending(made, array)
    assert said.startswith(f"nothing is done here: {path} {told}") and said.endswith(AGAIN)


def test_one_whose_launch_is_damaged(made: MadeUpLaunch, array: ArrayFile) -> None:
    path = made.launch.directory / "launch.json"
    path.write_bytes(path.read_bytes()[:50])
    assert _ending(made, array).startswith(f"nothing is done here: {path} is not valid JSON")
    path.write_bytes(b"{}")
    assert _ending(made, array).startswith(f"nothing is done here: {path} holds no launch: ")


def test_one_whose_stages_another_job_has(made: MadeUpLaunch, array: ArrayFile) -> None:
    other = Owner.of_waiting_job("20260102-120000-bbbbbb", "9")
    assert acquire(made.stage("dense", 0).path, other) is not None
    told = "nothing is done here: 1 stages are under way elsewhere: in job 9"
    assert _ending(made, array) == f"{told}{AGAIN}"
    standing = newest_claim(made.stage("dense", 0).path)
    assert standing is not None and standing.owner == other
