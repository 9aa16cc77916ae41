"""The cluster that the Slurm tests share, and the sweep that they disturb."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import SlurmCluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[SlurmCluster]:
    if os.geteuid() != 0 or not all(map(shutil.which, ("slurmctld", "slurmd", "munged"))):
        pytest.skip("slurm-wlm and munge (Debian packages), and root to start them, are needed")
    root = Path(tempfile.mkdtemp(prefix="slurm-"))
    running = SlurmCluster(root)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(root)
