"""Which code ran: the git commit of the working copy and a digest of what differs from it."""

import hashlib
import subprocess
from functools import cache
from pathlib import Path


@cache
def code_version() -> str | None:
    """'<commit>' or '<commit>+<digest of the uncommitted change>'; None outside a git checkout."""
    top = Path(__file__).parent.parent
    try:
        commit = _git(top, "rev-parse", "HEAD").decode().strip()
        change = _git(top, "diff", "HEAD", "--", "ltsweep", "conf", "hydra_plugins", "launch.py")
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{commit}+{hashlib.sha256(change).hexdigest()[:12]}" if change else commit


def _git(top: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(top), *arguments]
    return subprocess.run(command, check=True, capture_output=True, timeout=10).stdout
