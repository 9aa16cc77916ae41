"""One round of deliveries: with wandb's own client offline, and online against a stand-in."""

import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest

from ltsweep.foundations.notices import warn_once
from ltsweep.views.records import read_curves
from ltsweep.views.wandb import deliver as rounds
from ltsweep.views.wandb.deliver import deliver
from ltsweep.views.wandb.deliveries import (
    OFFLINE,
    Deliveries,
    Delivery,
    Destination,
    with_new_levels,
)
from ltsweep.views.wandb.rows import digest
from ltsweep.views.wandb.runs import Client

from .exactly_once import assert_has_every_row_once

HERE = Destination("ltsweep")
WANDB_CORE = Path(find_spec("wandb").origin).parent / "bin" / "wandb-core"


def round_of(store, *, mode="auto", to=HERE, limit=rounds.CURVE_SECONDS):
    """Delivers all curves of a store once; what went wrong."""
    with mock.patch.object(rounds, "CURVE_SECONDS", limit):
        return deliver(store, Deliveries(store, to), mode, read_curves(store))


def note_of(store, point, to=HERE):
    return Deliveries(store, to).read(point.id)


def states(store, to=HERE):
    return [note_of(store, point, to).state for point in store.points()]


def records_of(store, point):
    """What wandb's own reader, `wandb leet inspect`, finds in the file of a curve."""
    note = note_of(store, point)
    folder = store.root / "wandb" / note.file
    path = folder / f"run-{note.run}.wandb"
    command = [WANDB_CORE, "leet", "inspect", "--no-observability", "--json"]
    command += ["--run-file", path, folder.parent]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def history_of(records):
    return [record["history"]["item"] for record in records if record["type"] == "history"]


def levels_of(records):
    return [item["level/number"] for item in history_of(records) if "sparsity" in item]


def forbid_child(monkeypatch):
    monkeypatch.setattr(rounds, "_run", lambda *_: pytest.fail("wandb was started"))


def test_offline_one_run_per_curve_holds_the_whole_curve(made_up):
    store = made_up.fill(("imp", "random_mask"), seeds=1, levels=2)
    assert round_of(store) == ""
    assert states(store) == ["offline", "offline"]
    point = next(p for p in store.points() if p.method == "imp")
    records = records_of(store, point)
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
    assert not (store.root / "wandb" / "unfinished").exists()


def test_runs_are_named_by_the_settings_that_vary_between_all_curves(made_up):
    first, second = (made_up.make_point(levels=1, lr=rate) for rate in (0.05, 0.1))
    made_up.write_curve(first)
    assert round_of(made_up.store) == ""
    made_up.write_curve(second)
    assert round_of(made_up.store) == ""
    names = []
    for point in (first, second):
        records = records_of(made_up.store, point)
        names += [record["run"]["display_name"] for record in records if record["type"] == "run"]
    assert names == ["imp digits seed 0", "imp digits seed 0, optimizer.lr 0.1"]


def test_unchanged_curves_start_nothing_but_to_another_project_entity_or_server(
    made_up, monkeypatch
):
    store = made_up.fill(("imp",), seeds=1, levels=1)
    assert round_of(store) == ""
    with monkeypatch.context() as context:
        forbid_child(context)
        assert round_of(store) == ""
        assert round_of(store, mode="offline") == ""
    assert "wandb" not in sys.modules
    for field, other in (("project", "mine"), ("entity", "us"), ("server", "https://w.example")):
        deliveries = Deliveries(store, replace(HERE, **{field: other}))
        assert deliveries.undelivered(read_curves(store), "auto") == read_curves(store)


def test_an_offline_file_that_has_vanished_is_written_again(made_up):
    store = made_up.fill(("imp",), seeds=1, levels=1)
    (point,) = store.points()
    assert round_of(store) == ""
    path = store.root / "wandb" / note_of(store, point).file / f"run-{point.id}.wandb"
    path.unlink()
    assert round_of(store) == ""
    assert levels_of(records_of(store, point)) == [0, 1]


def test_without_an_account_a_home_that_cannot_be_made_is_not_needed(made_up, monkeypatch):
    store = made_up.fill(("imp",), seeds=1, levels=0)
    monkeypatch.setenv("HOME", "/dev/null/home")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert round_of(store) == ""
    assert states(store) == ["offline"]


def test_more_levels_replace_the_file_unless_the_user_has_synced_it(made_up):
    unsent, sent = made_up.make_point(seed=0, levels=2), made_up.make_point(seed=1, levels=2)
    store = made_up.store
    for point in (unsent, sent):
        made_up.write_curve(point, until=1)
    assert round_of(store) == ""
    files = {p.id: store.root / "wandb" / note_of(store, p).file for p in (unsent, sent)}
    (files[sent.id] / f"run-{sent.id}.wandb.synced").touch()
    for point in (unsent, sent):
        made_up.write_curve(point)
    assert round_of(store) == ""
    assert levels_of(records_of(store, unsent)) == [0, 1, 2]
    assert (files[unsent.id].exists(), files[sent.id].exists()) == (False, True)


class FakeRun:
    """Of an offline client: its file lies in a folder that is named by the second."""

    def __init__(self, dir, id, **_):
        self.dir = str(Path(dir) / f"offline-run-20260101_235959-{id}" / "files")
        self.summary = {}
        Path(self.dir).mkdir(parents=True)
        (Path(self.dir).parent / f"run-{id}.wandb").write_text("rows")

    def define_metric(self, *_, **__):
        pass

    log = finish = define_metric


def test_files_of_one_second_are_named_by_later_ones_and_synced_ones_stay(made_up, tmp_path):
    class Settings:
        model_fields = {}

    store = made_up.fill(("imp",), seeds=1, levels=1)
    (curve,), deliveries = read_curves(store), Deliveries(store, HERE)
    deliveries.wandb_dir.mkdir(parents=True)
    client = Client(SimpleNamespace(init=FakeRun, Settings=Settings), deliveries, OFFLINE, tmp_path)
    names = [
        f"offline-run-{second}-{curve.id}" for second in ("20260101_235959", "20260102_000000")
    ]

    def write_again():
        client.write_offline(curve, "a name")
        assert deliveries.is_delivered(curve, OFFLINE)
        return sorted(path.name for path in deliveries.wandb_dir.glob("offline-run-*"))

    assert [write_again(), write_again(), write_again()] == [names[:1], names[1:], names[:1]]
    (deliveries.wandb_dir / names[0] / f"run-{curve.id}.wandb.synced").touch()
    assert write_again() == names


def test_curves_without_a_finished_level_wait(made_up, monkeypatch):
    made_up.store.write_point(made_up.make_point())
    forbid_child(monkeypatch)
    assert round_of(made_up.store) == ""


def test_diverged_and_missing_levels_are_told(made_up):
    point = made_up.make_point(levels=3)
    made_up.write_curve(point, until=0)
    made_up.write_diverged(point, 1)
    assert round_of(made_up.store) == ""
    records = records_of(made_up.store, point)
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
    assert round_of(made_up.store) == ""
    assert states(made_up.store) == ["synced"]
    assert account.completed == [point.id]
    assert account.runs[point.id]["groupName"] == point.cell
    before = account.history(point.id)
    made_up.write_curve(point)
    assert round_of(made_up.store) == ""
    assert account.levels(point.id) == [0, 1, 2, 3]
    assert account.history(point.id)[: len(before)] == before
    assert states(made_up.store) == ["synced"]


def test_online_leaves_an_offline_file_until_the_server_has_all_of_it(made_up, account):
    store = made_up.fill(("imp",), seeds=1, levels=1)
    (point,) = store.points()
    assert round_of(store, mode="offline") == ""
    file = store.root / "wandb" / note_of(store, point).file
    account.fails = True
    assert "1 of 1 curves not delivered" in round_of(store, mode="online", limit=3)
    assert file.exists()
    account.fails = False
    account.deaf.add(point.id)
    assert "W&B has 0 of" in round_of(store, mode="online")
    assert file.exists()
    account.deaf.clear()
    assert round_of(store, mode="online") == ""
    assert (states(store), file.exists()) == (["synced"], False)


def test_an_offline_curve_goes_online_only_when_asked(made_up, account, monkeypatch):
    store = made_up.fill(("imp",), seeds=1, levels=1)
    assert round_of(store, mode="offline") == ""
    with monkeypatch.context() as context:
        forbid_child(context)
        assert round_of(store, mode="auto") == ""
    assert round_of(store, mode="online") == ""
    assert states(store) == ["synced"]


NAMED = Destination("ltsweep", "someone")  # whose account it is


@pytest.mark.parametrize(("first", "second"), [(HERE, NAMED), (NAMED, HERE)])
def test_an_entity_that_is_named_and_one_that_is_left_out_share_a_run(
    made_up, account, first, second
):
    point = made_up.make_point(levels=3)
    for deepest, there in enumerate((first, second, first, second)):
        made_up.write_curve(point, until=deepest)
        assert round_of(made_up.store, to=there) == ""
        assert account.levels(point.id) == [*range(deepest + 1)]
    assert [*account.rows] == [point.id]
    assert account.contradicted == []


def test_a_fresh_run_of_an_entity_is_found_where_the_entity_is_named(made_up, account):
    point = made_up.make_point(levels=1)
    made_up.write_curve(point, until=0)
    account.refused[point.id] = 404
    assert round_of(made_up.store) == ""
    made_up.write_curve(point)
    assert round_of(made_up.store, to=NAMED) == ""
    (run,) = (run for run, rows in account.rows.items() if rows)
    assert account.levels(run) == [0, 1]


@pytest.mark.parametrize("status", [404, 403])
def test_a_run_that_is_refused_gets_a_fresh_id_once_and_costs_no_other(made_up, account, status):
    store = made_up.fill(("imp",), seeds=3, levels=1)
    refused = store.points()[0]
    account.refused[refused.id] = status
    assert round_of(store) == ""
    assert states(store) == ["synced"] * 3
    fresh = note_of(store, refused).run
    assert fresh.startswith(f"{refused.id}-")
    assert account.levels(fresh) == [0, 1]
    account.refused[fresh] = status  # deleted as well
    made_up.write_curve(made_up.make_point(seed=refused.seed, levels=2))
    assert round_of(store) == ""
    newest = note_of(store, refused).run
    assert newest not in (refused.id, fresh)
    assert account.levels(newest) == [0, 1, 2]


def test_rows_that_the_server_does_not_take_are_no_delivery(made_up, account):
    store = made_up.fill(("imp",), seeds=2, levels=1)
    first, second = store.points()
    account.deaf.add(first.id)
    trouble = round_of(store)
    assert trouble.startswith("1 of 2 curves not delivered: Unconfirmed: W&B has 0 of ")
    assert (note_of(store, first).state, note_of(store, second).state) == ("unsynced", "synced")
    account.deaf.clear()
    assert round_of(store) == ""
    assert account.levels(first.id) == [0, 1]


def test_rows_of_somebody_else_are_left_alone(made_up, account):
    store = made_up.fill(("imp",), seeds=1, levels=1)
    (point,) = store.points()
    account.runs[point.id] = {}
    theirs = {0: {"_step": 0, "level/number": 7}}
    account.rows[point.id] = dict(theirs)
    assert round_of(store) == ""
    assert account.rows[point.id] == theirs
    assert account.levels(note_of(store, point).run) == [0, 1]


def test_a_level_that_has_changed_begins_a_new_run(made_up, account):
    point = made_up.make_point(levels=1)
    made_up.write_curve(point)
    assert round_of(made_up.store) == ""
    made_up.store.stage(point.stages[1]).reopen("a file was damaged")
    made_up.write_accuracies(point, [0.9, 0.5])
    assert round_of(made_up.store) == ""
    note = note_of(made_up.store, point)
    assert note.run != point.id
    assert [account.levels(run) for run in (point.id, note.run)] == [[0, 1], [0, 1]]


def test_levels_may_be_finished_in_any_order(made_up, account):
    point = made_up.make_point(method="random_mask", levels=2)
    made_up.write_curve(point, until=0)
    made_up.write_level(point, 2)
    assert round_of(made_up.store) == ""
    made_up.write_level(point, 1)
    assert round_of(made_up.store) == ""
    assert account.levels(point.id) == [0, 2, 1]
    steps = [row["train/step"] for row in account.history(point.id) if "train/step" in row]
    assert steps == [50 * i for i in range(1, 25)]


@pytest.mark.parametrize("moment", ["RunResumeStatus", "UpsertBucket", "rows", "Run"])
def test_a_kill_at_any_moment_leaves_every_row_exactly_once(made_up, account, monkeypatch, moment):
    # at "rows" the server has taken some, and its answer is lost
    store = made_up.fill(("imp",), seeds=2, levels=1)
    start, children = rounds.start, []
    monkeypatch.setattr(rounds, "start", lambda *how: children.append(start(*how)) or children[-1])

    def kill(name):
        if name == moment:
            children[0].kill()

    account.watch = kill
    assert "the process that sent it has died" in round_of(store)
    account.watch = lambda name: None
    made_up.write_curve(made_up.make_point(seed=0, levels=2))
    assert round_of(store) == ""
    assert_has_every_row_once(account, store, HERE)
    assert states(store) == ["synced", "synced"]


def test_a_file_that_the_helper_of_a_killed_client_makes_late_stops_no_round(made_up, monkeypatch):
    store, remove = made_up.fill(("imp",), seeds=1, levels=0), shutil.rmtree

    def remove_too_early(place, **how):
        remove(place, **how)
        place.mkdir()
        (place / "late").touch()

    monkeypatch.setattr(rounds.shutil, "rmtree", remove_too_early)
    monkeypatch.setattr(rounds, "_run", lambda *_: "tried")
    assert round_of(store) == "1 of 1 curves not delivered: tried"


def test_a_server_that_never_answers_costs_the_limit_and_one_line(made_up, account):
    store = made_up.fill(("imp",), seeds=2, levels=1)
    account.hangs.set()
    began = time.monotonic()
    trouble = round_of(store, limit=4)
    assert time.monotonic() - began < 60  # the server would hold on for longer
    assert trouble == "2 of 2 curves not delivered: no confirmation within 4 s"
    assert not (store.root / "wandb" / "unfinished").exists()
    account.hangs.clear()
    assert round_of(store) == ""
    assert states(store) == ["synced", "synced"]


def test_a_broken_wandb_costs_one_line(made_up, tmp_path, monkeypatch):
    store = made_up.fill(("imp",), seeds=1, levels=1)
    (tmp_path / "wandb.py").write_text("raise RuntimeError('broken\\ninstallation')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    trouble = round_of(store)
    assert trouble == "1 of 1 curves not delivered: RuntimeError: broken installation"


def test_a_level_that_is_finished_meanwhile_makes_no_delivery_fail(made_up):
    point = made_up.make_point(levels=1)
    made_up.write_curve(point, until=0)
    (before,) = read_curves(made_up.store)
    made_up.write_curve(point)
    (after,) = read_curves(made_up.store)
    deliveries = Deliveries(made_up.store, HERE)
    levels = with_new_levels(after, ())
    deliveries.write(after.id, Delivery("synced", after.id, digest(after.config), levels))
    assert deliveries.is_delivered(before, "online")
    deliveries.write(after.id, Delivery("synced", after.id, digest(after.config), levels[:1]))
    assert not deliveries.is_delivered(after, "online")


@pytest.mark.parametrize(
    ("text", "is_refusal"),
    [
        ("run x was previously created and deleted", True),
        ("Timed out while retrying: HTTP 409: run x was deleted", True),
        ("Timed out while retrying: HTTP 502: bad gateway", False),
        ("POST http://x/graphql giving up after 1 attempt(s): context deadline exceeded", False),
        ("dial tcp 127.0.0.1:1: connect: connection refused", False),
    ],
)
def test_only_an_answer_is_a_refusal_and_leads_to_a_fresh_id(tmp_path, text, is_refusal):
    errors = SimpleNamespace(CommError=OSError, AuthenticationError=PermissionError)
    client = Client(SimpleNamespace(errors=errors), None, "online", tmp_path)
    assert client._is_refusal(OSError(text)) is is_refusal
    assert not client._is_refusal(PermissionError("HTTP 401: no such key"))


def test_what_has_failed_comes_after_what_has_not(made_up):
    store = made_up.fill(("imp",), seeds=3, levels=0)
    first, second, third = read_curves(store)
    deliveries = Deliveries(store, HERE)
    for curve in (first, first, second):
        deliveries.fail(curve.id, "no")
    assert deliveries.undelivered([first, second, third], "auto") == [third, second, first]
    begun = []
    with mock.patch.object(rounds, "_run", lambda job, _: begun.extend(job["names"]) or "no"):
        round_of(store)
    assert [curve for curve, _ in begun] == [third.id, second.id, first.id]


@pytest.mark.parametrize("damage", ["{", "[]", '{"state": "synced", "levels": 1}'])
def test_a_damaged_note_of_delivery_counts_as_none(made_up, damage, caplog):
    warn_once.cache_clear()
    store = made_up.fill(("imp",), seeds=1, levels=0)
    (curve,) = read_curves(store)
    deliveries = Deliveries(store, HERE)
    path = deliveries.path(curve.id)
    path.parent.mkdir(parents=True)
    path.write_text(damage)
    assert deliveries.read(curve.id) is None
    assert not deliveries.is_delivered(curve, "auto")
    (told,) = caplog.messages
    assert told.startswith(f"what W&B was given of curve {curve.id} is not known: {path} ")
