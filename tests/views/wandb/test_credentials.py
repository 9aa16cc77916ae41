"""What is wrong with a wish to use W&B is told before anything is trained."""

import subprocess
import sys

import pytest

from ltsweep.views.wandb import credentials
from ltsweep.views.wandb.credentials import has_credentials, unusable, wanted_mode


@pytest.mark.parametrize(
    ("environment", "configured", "wanted"),
    [
        ({}, "auto", "auto"),
        ({}, "online", "online"),
        ({"WANDB_MODE": "offline"}, "online", "offline"),
        ({"WANDB_MODE": "dryrun"}, "auto", "offline"),
        ({"WANDB_MODE": "disabled"}, "online", "disabled"),
        ({"WANDB_MODE": ""}, "disabled", "disabled"),
        ({"WANDB_MODE": "online"}, "disabled", "disabled"),
    ],
)
def test_the_users_mode_goes_before_the_configured_one_but_brings_no_logger(
    environment, configured, wanted
):
    assert wanted_mode(environment, configured) == wanted


def test_a_mode_that_does_not_exist_is_refused():
    (sentence,) = unusable({"WANDB_MODE": "garbage"}, "auto")
    assert sentence == (
        "the environment variable WANDB_MODE=garbage must be auto, offline, online or disabled"
    )
    assert [*unusable({"WANDB_MODE": "garbage"}, "disabled")] == []


@pytest.mark.parametrize(
    ("variable", "named", "must"),
    [
        ("WANDB_PROJECT", "us/tickets", "a name of at most 128 characters, none of them one of"),
        ("WANDB_ENTITY", "--x", "a name of letters, digits and the characters _ . + -"),
    ],
)
def test_a_name_that_wandb_would_refuse_is_refused_before(variable, named, must):
    (sentence,) = unusable({variable: named}, "auto")
    assert sentence.startswith(f"the environment variable {variable}={named} must be {must}")
    assert [*unusable({variable: named}, "disabled")] == []
    assert [*unusable({variable: "tickets"}, "auto")] == []


@pytest.mark.parametrize(
    ("environment", "configured", "asked"),
    [
        ({}, "online", "logger.mode=online"),
        ({"WANDB_MODE": "online"}, "auto", "WANDB_MODE=online"),
    ],
)
def test_online_without_an_account_is_refused(monkeypatch, environment, configured, asked):
    monkeypatch.setattr(credentials, "is_logged_in", lambda environment: False)
    (sentence,) = unusable(environment, configured)
    assert sentence.startswith(f"{asked} needs an account, and wandb finds no key")
    assert [*unusable({}, "auto")] == []


@pytest.mark.parametrize(
    ("machine", "found"), [("wandb.example", True), ("elsewhere.example", False)]
)
def test_credentials_are_found_in_netrc_for_the_configured_host(
    tmp_path, monkeypatch, machine, found
):
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    (tmp_path / "netrc").write_text(f"machine {machine} login user password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    command = [sys.executable, "-m", "ltsweep.views.wandb.credentials"]
    answer = subprocess.run(command, capture_output=True, text=True)
    assert (answer.returncode == 0) is found, answer.stderr


def test_a_key_in_the_environment_is_enough(monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "k" * 40)
    assert has_credentials(None)
