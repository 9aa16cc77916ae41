"""An account with a stand-in for W&B's server, and none with anybody else's."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ltsweep.views.wandb import deliver

from ...warm import processes
from .server import Server, serving


@pytest.fixture(autouse=True)
def _warm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """wandb's client works in a process that need not import all that ltsweep is made of."""

    def start(command: list[str], errors: Path) -> processes.WarmProcess:
        with errors.open("w") as file:
            return processes.start(
                command, stdout=file, stderr=file, cwd=tmp_path, env=dict(os.environ)
            )

    monkeypatch.setattr(deliver, "start", start)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hides whatever account and settings the person who runs the tests has."""
    for name in [name for name in os.environ if name.startswith("WANDB_") or name == "NETRC"]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))


@pytest.fixture
def account(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Credentials for the stand-in server."""
    for name, value in server.account.items():
        monkeypatch.setenv(name, value)
    return server
