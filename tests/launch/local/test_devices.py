"""Which GPU and which lease each worker has, on machines that are made up."""

import os
import re
import subprocess
import types
from pathlib import Path

import pytest

from ltsweep.launch import jobs
from ltsweep.launch.local import devices as places
from ltsweep.launch.local.devices import Place, make_places, visible_gpus
from ltsweep.launch.local.workers import run_local
from ltsweep.launch.state import LaunchState
from ltsweep.plan.facts import FactFinder
from ltsweep.plan.sides import sides

from ...points import configs
from ...steer.conftest import make_launch
from ...warm import processes

UUIDS = {"0": "GPU-aa11", "1": "GPU-bb22", "2": "GPU-bb33"}


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "known_uuids", lambda: UUIDS)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 3)


@pytest.mark.parametrize(
    ("variable", "gpus"),
    [
        (None, ["0", "1", "2"]),
        ("2,0", ["2", "0"]),
        (" 1 , 2 ", ["1", "2"]),
        ("GPU-bb22,GPU-aa11", ["GPU-bb22", "GPU-aa11"]),
        ("", []),
    ],
)
def test_visible_gpus(
    monkeypatch: pytest.MonkeyPatch, variable: str | None, gpus: list[str]
) -> None:
    if variable is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", variable)
    assert visible_gpus() == gpus


@pytest.mark.parametrize(
    ("variable", "jobs", "expected"),
    [
        ("0,1", 2, [("0", "gpu-GPU-aa11-0"), ("1", "gpu-GPU-bb22-0")]),
        (
            "0,2",
            4,
            [
                ("0", "gpu-GPU-aa11-0"),
                ("2", "gpu-GPU-bb33-0"),
                ("0", "gpu-GPU-aa11-1"),
                ("2", "gpu-GPU-bb33-1"),
            ],
        ),
        ("GPU-bb22", 1, [("GPU-bb22", "gpu-GPU-bb22-0")]),  # the same lease as by number
        ("GPU-aa", 1, [("GPU-aa", "gpu-GPU-aa11-0")]),  # CUDA takes the beginning, too
        ("GPU-bb", 1, [("GPU-bb", "gpu-GPU-bb-0")]),  # of two: CUDA will refuse it
        ("MIG-9", 1, [("MIG-9", "gpu-MIG-9-0")]),
        ("7", 1, [("7", "gpu-7-0")]),
    ],
)
def test_places_on_gpus(
    monkeypatch: pytest.MonkeyPatch, variable: str, jobs: int, expected: list[tuple[str, str]]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", variable)
    assert make_places("cuda", jobs) == [Place(*place) for place in expected]


def test_places_on_cores() -> None:
    assert make_places("cpu", 2) == [Place("", "core-0"), Place("", "core-1")]


def test_a_machine_that_cannot_say_names_its_gpus_by_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("PATH", "")
    assert places.known_uuids.__wrapped__() == {}


@pytest.fixture
def _warm_workers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Workers are processes that need not import all that training takes."""

    def start(command: list[str], *, shell: bool, env: dict[str, str]) -> processes.WarmProcess:
        assert not shell
        with open(os.devnull, "w") as nowhere:
            return processes.start(command, stdout=nowhere, stderr=nowhere, cwd=tmp_path, env=env)

    warm = types.ModuleType("subprocess")
    warm.__dict__.update(vars(subprocess), Popen=start)
    monkeypatch.setattr("submitit.local.local.subprocess", warm)


@pytest.mark.process
@pytest.mark.usefixtures("_warm_workers")
def test_each_worker_sees_its_own_gpu_and_leases_its_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real workers, training on the CPU, in the places of two GPUs with two jobs each."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,GPU-aa11")
    lines = ("method=dense", "seed=range(4)", "jobs=4", "pack=1", "schedule.length=9it")
    lines += ("logger=none",)
    facts = FactFinder(tmp_path)(sides(configs(*lines)[0]).source)
    made = make_launch(tmp_path / "store", "20260101-120000-abcdef", *lines, facts=facts)
    settings = made.launch.settings.model_copy(update={"threads": 3})
    launch = made.launch.model_copy(update={"settings": settings})
    launch.save()
    monkeypatch.setattr(
        "ltsweep.launch.local.workers.make_places", lambda device, jobs: make_places("cuda", jobs)
    )
    state = LaunchState(launch, made.store)
    run_local(launch, state, launch.run.cluster, print, wait=True)
    assert len(state.done) == 4
    logs = [Path(log).read_text() for log in {job.log for job in jobs.read(launch.directory)}]
    told = sorted(re.findall(r" (worker \d: .*)", "".join(logs)))
    assert told == [
        "worker 0: gpu-GPU-bb22-0, CUDA_VISIBLE_DEVICES 1, 3 threads",
        "worker 1: gpu-GPU-aa11-0, CUDA_VISIBLE_DEVICES GPU-aa11, 3 threads",
        "worker 2: gpu-GPU-bb22-1, CUDA_VISIBLE_DEVICES 1, 3 threads",
        "worker 3: gpu-GPU-aa11-1, CUDA_VISIBLE_DEVICES GPU-aa11, 3 threads",
    ]
    leases = sorted(path.name for path in made.store.leases_dir.glob("*/*"))
    assert leases == ["gpu-GPU-aa11-0", "gpu-GPU-aa11-1", "gpu-GPU-bb22-0", "gpu-GPU-bb22-1"]
