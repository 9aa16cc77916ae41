"""No secret of the environment comes into a store, whatever becomes of the deliveries to W&B."""

import logging

import pytest

from ltsweep.views.records import read_curves
from ltsweep.views.wandb import deliver as rounds
from ltsweep.views.wandb.deliveries import Deliveries, Destination, server_of
from ltsweep.views.wandb.overview import overview
from ltsweep.views.wandb.process import DeliveryProcess
from ltsweep.views.wandb.subscriptions import read_subscription, subscriptions

from ...canary import CANARY, set_secrets, telling
from ...sweeps_here import train


@pytest.fixture
def trained(tmp_path, account, monkeypatch):
    """A store that was trained for W&B, by an account and with a server named with a password."""
    set_secrets(tmp_path, monkeypatch)
    monkeypatch.setenv("WANDB_BASE_URL", account.url.replace("//", f"//me:{CANARY}@"))
    monkeypatch.setattr(DeliveryProcess, "_start", lambda *_: None)
    selection, _ = train(tmp_path / "store", "logger=wandb", "method=imp", "levels=1")
    return selection.store


def test_a_sweep_and_its_subscription_hold_no_secret(trained, capfd):
    assert len(subscriptions(trained)) == 1
    assert telling(trained.root) == []
    assert CANARY not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("named", "server"),
    [
        ("", ""),
        ("https://wandb.example/", "https://wandb.example"),
        ("https://me:secret@wandb.example:80/at", "https://wandb.example:80/at"),
        ("http://[", "http://["),
    ],
)
def test_a_server_is_noted_without_a_password(named, server):
    assert server_of({"WANDB_BASE_URL": named}) == server


def test_deliveries_hold_no_secret(trained, account, monkeypatch, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    (name,) = subscriptions(trained)
    there = read_subscription(trained, name).destination
    curves = read_curves(trained)

    def give(destination, mode):
        return rounds.deliver(trained, Deliveries(trained, destination), mode, curves)

    assert there.server == account.url
    assert give(Destination("offline"), "offline") == ""
    account.fails = True
    monkeypatch.setattr(rounds, "CURVE_SECONDS", 3)
    assert "1 of 1 curves not delivered" in give(there, "online")
    account.fails = False
    monkeypatch.undo()
    monkeypatch.setenv("WANDB_API_KEY", CANARY)
    monkeypatch.setenv("WANDB_BASE_URL", account.url)
    assert give(there, "online") == ""
    assert telling(trained.root) == []
    assert CANARY not in f"{overview(trained, there, [c.id for c in curves])}{caplog.text}"
    assert CANARY not in "".join(capfd.readouterr())
