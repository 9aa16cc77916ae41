"""The cluster that the Slurm tests share, and the sweep that they disturb."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..faults.sweeps import Sweep
from .cluster import SlurmCluster
from .ladders import LADDER, sweep_in


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


@pytest.fixture(scope="session")
def ladder(tmp_path_factory: pytest.TempPathFactory, cluster: SlurmCluster) -> Sweep:
    """What the disturbed ladders must come to."""
    store = tmp_path_factory.mktemp("ladder") / "store"
    sweep = sweep_in(store, cluster, *LADDER, "cluster=debug")
    sweep.run()
    return sweep
