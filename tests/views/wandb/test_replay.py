"""Replaying to W&B: with wandb's own client offline, and online against a stand-in server."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ltsweep.views.records import read_curves
from ltsweep.views.wandb import replay as weights_and_biases
from ltsweep.views.wandb import runs as wandb_runs
from ltsweep.views.wandb.deliveries import delivery_path, is_delivered, read_delivery
from ltsweep.views.wandb.replay import main, replay, wanted_mode

from ...waiting import wait_for


def records_of(store, curve_id):
    """What wandb's own reader finds in the one run file of a curve."""
    (path,) = store.root.glob(f"wandb/*run-*-{curve_id}/run-{curve_id}.wandb")
    command = [sys.executable, "-m", "wandb", "leet", "inspect", "--json", str(path)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def history_of(records):
    return [record["history"]["item"] for record in records if record["type"] == "history"]


def states(store):
    return [read_delivery(store, point.id).state for point in store.points()]


def forbid_child(monkeypatch):
    monkeypatch.setattr(weights_and_biases, "_run", lambda *_: pytest.fail("wandb was started"))


def test_offline_one_run_per_curve_holds_the_whole_curve(made_up):
    store = made_up.fill(("imp", "random_mask"), seeds=1, levels=2)
    assert replay(store) == ""
    assert states(store) == ["offline", "offline"]
    point = next(p for p in store.points() if p.method == "imp")
    records = records_of(store, point.id)
    run = next(record["run"] for record in records if record["type"] == "run")
    assert (run["run_id"], run["run_group"], run["job_type"]) == (point.id, point.cell, "imp")
    assert run["project"] == "ltsweep"
    assert run["tags"] == ["digits", "imp", "lenet_300_100", "synthetic"]
    config = run["config"]["update"]
    assert config["optimizer"] == point.config["optimizer"]
    metrics = [record["metric"] for record in records if record["type"] == "metric"]
    axes = {m["glob_name"]: m["step_metric"] for m in metrics if "glob_name" in m}
    assert axes == {"level/*": "sparsity", "layer/*": "sparsity", "train/*": "train/step"}
    levels = [item for item in history_of(records) if "sparsity" in item]
    end = store.stage(point.stages[2]).end()
    assert [item["sparsity"] for item in levels] == pytest.approx([0.0, 0.2, 0.36])
    assert levels[2]["level/test_accuracy"] == end.test_accuracy
    assert levels[2]["layer/fc3.weight"] == 0.64
    steps = [item["train/step"] for item in history_of(records) if "train/step" in item]
    assert steps == [50 * i for i in range(1, 25)]


def test_runs_are_named_by_the_settings_that_vary_between_all_curves(made_up):
    first, second = (made_up.make_point(levels=1, lr=rate) for rate in (0.05, 0.1))
    made_up.write_curve(first)
    assert replay(made_up.store) == ""
    made_up.write_curve(second)
    assert replay(made_up.store) == ""
    names = []
    for point in (first, second):
        records = records_of(made_up.store, point.id)
        names += [record["run"]["display_name"] for record in records if record["type"] == "run"]
    assert names == ["imp digits seed 0", "imp digits seed 0, optimizer.lr 0.1"]


def test_a_second_replay_of_unchanged_curves_starts_nothing(made_up, monkeypatch):
    store = made_up.fill(("imp",), seeds=2, levels=1)
    assert replay(store) == ""
    forbid_child(monkeypatch)
    assert replay(store) == ""
    assert replay(store, mode="offline") == ""
    assert "wandb" not in sys.modules


def test_more_levels_replace_the_run_unless_the_user_has_synced_it(made_up):
    unsent, sent = made_up.make_point(seed=0, levels=2), made_up.make_point(seed=1, levels=2)
    for point in (unsent, sent):
        made_up.write_curve(point, until=1)
    assert replay(made_up.store) == ""
    (synced,) = made_up.store.root.glob(f"wandb/offline-run-*-{sent.id}")
    (synced / f"run-{sent.id}.wandb.synced").touch()
    for point in (unsent, sent):
        made_up.write_curve(point)
    assert replay(made_up.store) == ""
    history = history_of(records_of(made_up.store, unsent.id))
    assert [item["level/number"] for item in history if "sparsity" in item] == [0, 1, 2]
    assert synced.exists()


def test_curves_without_a_finished_level_wait(made_up, monkeypatch):
    made_up.store.write_point(made_up.make_point())
    forbid_child(monkeypatch)
    assert replay(made_up.store) == ""


def test_diverged_and_missing_levels_are_told(made_up):
    point = made_up.make_point(levels=3)
    made_up.write_curve(point, until=0)
    made_up.write_diverged(point, 1)
    assert replay(made_up.store) == ""
    records = records_of(made_up.store, point.id)
    last = history_of(records)[-1]
    assert last["level/diverged"] == 1
    assert "level/test_accuracy" not in last
    summary = {}
    for record in records:
        summary |= record.get("summary", {}).get("update", {})
    assert summary["missing"] == "level 2 unfinished, level 3 unfinished"


def test_online_is_confirmed_and_continued_with_new_levels_only(made_up, account):
    point = made_up.make_point(levels=3)
    made_up.write_curve(point, until=1)
    assert replay(made_up.store) == ""
    assert states(made_up.store) == ["synced"]
    assert account.completed == [point.id]
    assert account.runs[point.id]["groupName"] == point.cell
    made_up.write_curve(point)
    assert replay(made_up.store) == ""
    history = account.history[point.id]
    assert [row["level/number"] for row in history if "sparsity" in row] == [0, 1, 2, 3]
    assert states(made_up.store) == ["synced"]


def test_an_offline_curve_goes_online_only_when_asked(made_up, account, monkeypatch):
    store = made_up.fill(("imp",), seeds=1, levels=1)
    assert replay(store, mode="offline") == ""
    with monkeypatch.context() as context:
        forbid_child(context)
        assert replay(store, mode="auto") == ""
    assert replay(store, mode="online") == ""
    assert states(store) == ["synced"]


def test_a_server_that_never_answers_costs_the_limit_and_one_line(made_up, account, capsys):
    store = made_up.fill(("imp",), seeds=2, levels=1)
    account.hangs.set()
    began = time.monotonic()
    assert main(["--store", str(store.root), "--limit", "2"]) == 0
    assert time.monotonic() - began < 100  # the server would hold on for longer
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "W&B: 2 of 2 curves not delivered: no confirmation within 2 s"
    assert states(store) == ["unsynced", "unsynced"]
    assert list(store.root.glob("wandb/*run-2*")) == []
    account.hangs.clear()
    assert main(["--store", str(store.root)]) == 0
    assert states(store) == ["synced", "synced"]


def test_a_broken_wandb_costs_one_line(made_up, tmp_path, monkeypatch, capsys):
    store = made_up.fill(("imp",), seeds=1, levels=1)
    (tmp_path / "wandb.py").write_text("raise RuntimeError('broken\\ninstallation')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert main(["--store", str(store.root)]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "W&B: 1 of 1 curves not delivered: RuntimeError: broken installation"
    assert read_delivery(store, store.points()[0].id).error == "RuntimeError: broken installation"


def test_whatever_goes_wrong_it_exits_0_with_one_line(tmp_path, made_up, capsys, monkeypatch):
    assert main(["--store", str(made_up.store.root), "--points", "unknown"]) == 0
    assert capsys.readouterr().err.count("\n") == 1
    monkeypatch.setenv("WANDB_MODE", "sideways")
    assert main(["--store", str(made_up.store.root)]) == 0
    assert "WANDB_MODE=sideways" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["{", "[]", '{"state": "synced", "what": 1}'])
def test_a_damaged_note_of_delivery_counts_as_none(made_up, damage):
    store = made_up.fill(("imp",), seeds=1, levels=0)
    (curve,) = read_curves(store)
    path = delivery_path(store, curve.id)
    path.parent.mkdir()
    path.write_text(damage)
    assert read_delivery(store, curve.id).state == "unsynced"
    assert not is_delivered(store, curve, "auto")


@pytest.mark.parametrize(
    ("environment", "configured", "wanted"),
    [
        ({}, "auto", "auto"),
        ({}, "online", "online"),
        ({"WANDB_MODE": "offline"}, "online", "offline"),
        ({"WANDB_MODE": "dryrun"}, "auto", "offline"),
        ({"WANDB_MODE": "disabled"}, "online", "disabled"),
        ({"WANDB_MODE": ""}, "disabled", "disabled"),
    ],
)
def test_the_users_mode_goes_before_the_configured_one(environment, configured, wanted):
    assert wanted_mode(environment, configured) == wanted


def test_disabled_touches_nothing(made_up):
    store = made_up.fill(("imp",), seeds=1, levels=0)
    assert replay(store, mode="disabled") == ""
    assert not (store.root / "wandb").exists()


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
    script = (
        "import wandb; from ltsweep.views.wandb.runs import has_credentials as h; print(h(wandb))"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert answer.stdout.split()[-1:] == [str(found)], answer.stderr


def test_a_key_in_the_environment_is_enough(monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "k" * 40)
    assert wandb_runs.has_credentials(None)


def test_a_killed_replay_takes_its_child_along(made_up, account):
    store = made_up.fill(("imp",), seeds=1, levels=0)
    account.hangs.set()
    command = [sys.executable, "-m", "ltsweep.views.wandb.replay", "--store", str(store.root)]
    replaying = subprocess.Popen(command)
    children = Path(f"/proc/{replaying.pid}/task/{replaying.pid}/children")
    wait_for(lambda: children.read_text().strip() != "", "child")
    child = Path("/proc") / children.read_text().split()[0]
    replaying.kill()
    replaying.wait()
    wait_for(lambda: not _lives(child), "end of the child")


def _lives(process):
    """Whether this directory of /proc is that of a process that has not ended."""
    try:
        return "Z (zombie)" not in (process / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
