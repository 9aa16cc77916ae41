"""Programs that stand on the PATH for Slurm's commands and answer what a test says."""

import os
from pathlib import Path

import pytest

HANGS = "exec sleep 60"


def on_the_path(folder: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> dict[str, Path]:
    """Puts a shell script on the PATH for each command; each notes how it was called.

    The files that are returned hold these calls, a line each.
    """
    folder.mkdir(exist_ok=True)
    calls = {}
    for name, script in scripts.items():
        calls[name] = folder / f"{name}.calls"
        program = folder / name
        program.write_text(f'#!/bin/sh\necho "$*" >> {calls[name]}\n{script}\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return calls
