"""How much memory this process may use, and amounts of memory in words."""

import os
from pathlib import Path

_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_UNITS = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"))


def memory_here() -> int:
    """Bytes of this machine that this process may use."""
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    limits += [int(text) for path in _CGROUP_LIMITS if (text := _read(path)).isdigit()]
    of_job = os.environ.get("SLURM_MEM_PER_NODE", "")  # in MiB; 0: all that the node has
    limits += [int(of_job) * 2**20] if of_job.isdigit() and int(of_job) else []
    return min(limits)


def in_words(size: int) -> str:
    """'12 TB', '4.2 GB'."""
    unit, name = next((entry for entry in _UNITS if size >= entry[0]), _UNITS[-1])
    return f"{size / unit:.3g} {name}"


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
