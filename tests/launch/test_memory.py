"""pack=auto and memory: how many trainings fit, and what this process may have of the machine."""

from pathlib import Path

import pytest
import torch

from ltsweep.foundations import memory
from ltsweep.launch.memory import largest_pack, memory_of, workspaces_on
from ltsweep.models.net import Footprint

from ..nets import net_of

GB = 2**30


@pytest.mark.parametrize(
    ("bytes_each", "free", "sharing", "nets"),
    [(GB, 10 * GB, 1, 8), (GB, 10 * GB, 2, 4), (3 * GB, 10 * GB, 1, 2), (GB, GB // 2, 1, 1)],
    ids=["a fifth is left free", "two processes", "larger nets", "at least one is tried"],
)
def test_packs_fill_four_fifths_of_the_memory(
    bytes_each: int, free: int, sharing: int, nets: int
) -> None:
    assert largest_pack(bytes_each, free, sharing) == nets


@pytest.mark.parametrize(("sharing", "nets"), [(1, 62), (2, 30), (40, 1)])
def test_every_process_on_a_gpu_has_workspaces_beside_its_nets(sharing: int, nets: int) -> None:
    workspaces = workspaces_on(torch.device("cuda"))
    assert (workspaces, workspaces_on(torch.device("cpu"))) == (2 * GB, 0)
    assert largest_pack(GB, 80 * GB, sharing, workspaces) == nets


def test_the_footprint_of_a_net_counts_parameters_and_all_outputs() -> None:
    assert net_of("ltsweep.models.lenet_300_100", (1, 28, 28), 10).footprint == Footprint(
        parameters=784 * 300 + 300 + 300 * 100 + 100 + 100 * 10 + 10,
        activations=784 + 300 + 300 + 100 + 100 + 10,  # image, linear, ReLU, ...
    )


def test_memory_grows_with_the_batch() -> None:
    net = Footprint(parameters=1000, activations=50)
    assert net.bytes(batch_size=10) == 4 * (8 * 1000 + 4 * 10 * 50)


def test_a_job_of_slurms_may_have_what_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_MEM_PER_NODE", raising=False)
    whole = memory_of(torch.device("cpu"))
    assert whole > 100 * 2**20
    monkeypatch.setenv("SLURM_MEM_PER_NODE", "64")
    assert memory_of(torch.device("cpu")) == 64 * 2**20
    monkeypatch.setenv("SLURM_MEM_PER_NODE", "0")  # all that the node has
    assert memory_of(torch.device("cpu")) == whole


def test_a_container_may_have_less_than_its_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "_CGROUP_LIMITS", (str(limit), "/no/such/file"))
    limit.write_text("max\n")
    whole = memory_of(torch.device("cpu"))
    limit.write_text(f"{32 * 2**20}\n")
    assert memory_of(torch.device("cpu")) == 32 * 2**20 < whole
