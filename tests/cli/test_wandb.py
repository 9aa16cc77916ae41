"""`ltsweep wandb status` tells what W&B has of a store, and `sync` gives it the rest."""

import json

import pytest

from ltsweep.cli import wandb
from ltsweep.cli.examine import examine
from ltsweep.cli.main import main
from ltsweep.views.records import read_curves
from ltsweep.views.wandb import deliver
from ltsweep.views.wandb.deliveries import SYNCED, Deliveries, Delivery, Destination
from ltsweep.views.wandb.deliveries import with_new_levels as given_levels
from ltsweep.views.wandb.lease import lease
from ltsweep.views.wandb.rows import digest
from ltsweep.views.wandb.subscriptions import Subscription

from ..steer.conftest import make_launch
from ..sweeps_here import TINY, composed
from ..views.conftest import MadeUpStore

OURS = Destination("tickets", "us")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in ("MODE", "PROJECT", "ENTITY", "BASE_URL", "API_KEY"):
        monkeypatch.delenv(f"WANDB_{name}", raising=False)


@pytest.fixture
def store(tmp_path):
    """Three curves: W&B has the first, has refused the second, and the third is to be trained."""
    made = MadeUpStore(tmp_path / "store")
    points = [made.make_point(seed=seed, levels=1) for seed in range(3)]
    for point in points[:2]:
        made.write_curve(point)
    made.store.write_point(points[2])
    Subscription.of("online", OURS, [point.id for point in points]).touch(made.store)
    deliveries = Deliveries(made.store, OURS)
    first, second = (read_curves(made.store, [point.id])[0] for point in points[:2])
    levels = given_levels(first, ())
    deliveries.write(first.id, Delivery(SYNCED, first.id, digest(first.config), levels))
    deliveries.fail(second.id, "CommError: no")
    made.refused = second.id
    return made


def run(capsys, made, *words):
    capsys.readouterr()
    code = main(["wandb", words[0], "--store", str(made.store.root), *words[1:]])
    return code, *capsys.readouterr()


def test_status_counts_curves_by_destination_and_names_what_went_wrong(store, capsys):
    code, out, _ = run(capsys, store, "status")
    assert code == 0
    assert out.splitlines() == [
        "us/tickets: 1 synced, 1 unsynced, 1 unfinished",
        f"  {store.refused}: CommError: no",
        "no process is delivering now",
    ]


def test_status_as_json_names_the_process_at_work(store, capsys):
    with lease(store.store) as claim:
        _, out, _ = run(capsys, store, "status", "--json")
    told = json.loads(out)
    assert told["process"] == {"host": claim.owner.host, "pid": claim.owner.pid}
    (destination,) = told["destinations"]
    assert destination["states"] == {"synced": 1, "unsynced": 1, "unfinished": 1}
    assert destination["errors"] == {store.refused: "CommError: no"}


def test_sync_without_an_account_is_refused(store, capsys, monkeypatch):
    monkeypatch.setattr(wandb, "is_logged_in", lambda environment: False)
    code, _, err = run(capsys, store, "sync")
    assert code == 2
    assert err.startswith("ltsweep: wandb finds no account here; set WANDB_API_KEY")


@pytest.mark.parametrize(
    ("option", "name"), [("--project", "us/tickets"), ("--entity", "us/tickets")]
)
def test_sync_to_a_place_that_wandb_would_refuse_is_refused_before(store, capsys, option, name):
    code, _, err = run(capsys, store, "sync", option, name)
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith(f"ltsweep: {option} {name} must be a name of ")


@pytest.mark.parametrize(
    ("words", "destination"),
    [((), OURS), (("--project", "mine"), Destination("mine"))],
)
def test_sync_sends_online_what_launches_asked_for_or_where_it_is_told(
    store, capsys, monkeypatch, words, destination
):
    sent = []

    def send(store, deliveries, mode, curves):
        sent.append((deliveries.destination, mode, len(curves)))
        return "2 of 3 curves not delivered: no" if len(sent) > 1 else ""

    monkeypatch.setattr(deliver, "deliver", send)
    monkeypatch.setattr(wandb, "is_logged_in", lambda environment: True)
    code, out, _ = run(capsys, store, "sync", *words)
    assert (code, sent) == (0, [(destination, "online", 3)])
    assert out == f"{destination.words}: has all that is finished of 2 curves\n"
    assert f"{destination.words}: " in run(capsys, store, "status")[1]
    code, _, err = run(capsys, store, "sync", *words)
    assert (code, err) == (1, f"{destination.words}: 2 of 3 curves not delivered: no\n")


def test_sync_leaves_the_turn_to_who_has_it_and_says_who_that_is(store, capsys, monkeypatch):
    monkeypatch.setattr(wandb, "_TURN_SECONDS", 0.0)
    monkeypatch.setattr(wandb, "is_logged_in", lambda environment: True)
    with lease(store.store) as claim:
        code, out, err = run(capsys, store, "sync")
    assert (code, out) == (1, "")
    who = f"process {claim.owner.pid} on {claim.owner.host}"
    assert err == f"ltsweep: {who} is delivering; try again when it has ended\n"


def test_sync_of_an_experiment_that_is_not_there_names_those_that_are(store, capsys, monkeypatch):
    monkeypatch.setattr(wandb, "is_logged_in", lambda environment: True)
    code, _, err = run(capsys, store, "sync", "--experiment", "other")
    assert (code, "choose synthetic" in err) == (2, True)


@pytest.mark.parametrize("action", ["submit", "retry", "report"])
def test_a_wrong_mode_in_the_environment_is_refused_before_any_job(tmp_path, monkeypatch, action):
    words = (*TINY, f"store={tmp_path}", "cluster=debug", f"action={action}")
    monkeypatch.setenv("WANDB_MODE", "garbage")
    (problem,) = examine(composed(*words, "logger=wandb"))[0].problems
    assert problem.startswith("the environment variable WANDB_MODE=garbage must be auto")
    assert examine(composed(*words))[0].problems == []


def test_so_it_is_where_a_launch_is_retried(tmp_path, monkeypatch, capsys):
    lines = ("method=dense", "levels=0", "cluster=debug", "logger=wandb")
    make_launch(tmp_path / "store", "20260101-120000-abcdef", *lines)
    monkeypatch.setenv("WANDB_MODE", "garbage")
    assert main(["retry", "--store", str(tmp_path / "store")]) == 2
    assert capsys.readouterr().err == (
        "ltsweep: the environment variable WANDB_MODE=garbage must be auto, offline, online or "
        "disabled\n"
    )
