"""Where a result comes from: the code and packages that made it, the machine, the job, the time."""

import hashlib
import os
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import ltsweep

SLURM = ("SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_RESTART_COUNT")
PACKAGES = ("torch", "numpy", "submitit", "hydra-core")


def describe(began: float, ended: float) -> dict[str, Any]:
    """Versions, commit, host, Slurm's names for the job, and both times in UTC."""
    return {
        "versions": versions(),
        "commit": code_version(),
        "host": platform.node(),
        "slurm": {name: os.environ[name] for name in SLURM if name in os.environ},
        "began": _utc(began),
        "ended": _utc(ended),
    }


@cache
def versions() -> dict[str, str | None]:
    """What runs here; None for a package of which nothing is installed that says its version."""
    own = {"python": platform.python_version(), "ltsweep": ltsweep.__version__}
    return own | {name: _installed(name) for name in PACKAGES}


@cache
def code_version() -> str | None:
    """'<commit>' or '<commit>+<digest of the uncommitted change>'; None outside a git checkout."""
    top = Path(__file__).parents[2]
    try:
        commit = _git(top, "rev-parse", "HEAD").decode().strip()
        change = _git(top, "diff", "HEAD", "--", "ltsweep", "conf", "hydra_plugins", "launch.py")
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{commit}+{hashlib.sha256(change).hexdigest()[:12]}" if change else commit


@cache
def processor() -> str:
    """The model of this machine's CPU."""
    linux = Path("/proc/cpuinfo")
    text = linux.read_text(encoding="utf-8", errors="replace") if linux.exists() else ""
    lines = text.splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _git(top: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(top), *arguments]
    return subprocess.run(command, check=True, capture_output=True, timeout=10).stdout
