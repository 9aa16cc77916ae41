"""Sweeps that nobody disturbs, made once for all processes that share the tests."""

import pytest

from .sweeps import LONGER, Sweep, made_once


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return made_once(tmp_path_factory, LONGER)
