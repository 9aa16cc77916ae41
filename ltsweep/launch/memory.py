"""How many trainings fit in a device's memory: what pack=auto asks before it makes a pack."""

import torch

from ltsweep.foundations.memory import memory_here

SHARE_TO_FILL = 0.8  # the rest: data, libraries, whoever else is there
# what a process on a GPU has beside its nets: CUDA itself and the workspaces of cuBLAS and cuDNN
WORKSPACES = 2 * 2**30


def largest_pack(bytes_each: int, memory: int, sharing: int, workspaces: int = 0) -> int:
    """How many nets fit where so many processes share a memory; at least one, which may fail.

    `workspaces` are the bytes that each process takes beside its nets.
    """
    return max(1, (int(SHARE_TO_FILL * memory / sharing) - workspaces) // bytes_each)


def workspaces_on(device: torch.device) -> int:
    """Bytes that a process takes on this kind of device beside its nets."""
    return WORKSPACES if device.type == "cuda" else 0


def memory_of(device: torch.device) -> int:
    """Bytes of a GPU's memory; on a CPU those of the machine that this process may use."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    return memory_here()
