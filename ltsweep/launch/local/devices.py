"""Where the workers of this machine run: a core each, or a share of a GPU."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import torch

from ltsweep.config.clusters import Local
from ltsweep.foundations.errors import RequestError


@dataclass(frozen=True)
class Place:
    """The GPU that a worker shall see, or '', and the name that its resources are leased under."""

    gpu: str
    lease: str


def slots(device: str, cluster: Local) -> int:
    """How many jobs this machine runs at once: `jobs_per_gpu` a GPU, or one a core."""
    if device == "cuda":
        return len(visible_gpus()) * cluster.jobs_per_gpu
    return cluster.cores or available_cores()


def available_cores() -> int:
    """Cores that this process may use, which on a shared machine can be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def make_places(device: str, jobs: int) -> list[Place]:
    """A place for each job; where jobs share GPUs, they are spread evenly."""
    if device != "cuda":
        return [Place("", f"core-{number}") for number in range(jobs)]
    gpus = visible_gpus()
    found = []
    for number in range(jobs):
        gpu, share = gpus[number % len(gpus)], number // len(gpus)
        found.append(Place(gpu, f"gpu-{uuid(gpu, known_uuids())}-{share}"))
    return found


def visible_gpus() -> list[str]:
    """Ids of the GPUs that this process may use, as CUDA_VISIBLE_DEVICES would name them."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [name.strip() for name in named.split(",") if name.strip()]
    return [str(number) for number in range(torch.cuda.device_count())]


def uuid(gpu: str, known: Mapping[str, str]) -> str:
    """One name for a GPU that may be given by number, by UUID, or by the beginning of it."""
    alike = [full for full in known.values() if full.startswith(gpu)]
    return known.get(gpu) or (alike[0] if len(alike) == 1 else gpu)


@cache
def known_uuids() -> dict[str, str]:
    """UUIDs of this machine's GPUs by number; none where the driver's tool cannot tell."""
    command = ["nvidia-smi", "--query-gpu=index,uuid", "--format=csv,noheader"]
    try:
        answer = subprocess.run(
            command, check=True, capture_output=True, encoding="utf-8", timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    return dict(line.split(", ", 1) for line in answer.stdout.splitlines())


def resolve_device(device: str) -> torch.device:
    """The device that 'auto' stands for here. RequestError when CUDA is asked for and absent."""
    available = torch.cuda.is_available()
    if device == "cuda" and not available:
        raise RequestError(["device=cuda needs a GPU, and torch sees none here; use device=cpu"])
    return torch.device("cuda" if available and device != "cpu" else "cpu")
