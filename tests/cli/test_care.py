"""`ltsweep fsck` and `ltsweep forget`: what they find, mend and delete, and what they leave."""

import json
import os
import shutil
import time

import pytest

from ltsweep.cli.main import main
from ltsweep.foundations.files import sha256
from ltsweep.store.claims import Owner, acquire, newest_claim
from ltsweep.store.store import Store

from ..sweeps_here import train


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Three curves: a ladder, a control of it, and a dense training of another seed."""
    root = tmp_path_factory.mktemp("care") / "store"
    train(root, "method=imp", "seed=0")
    train(root, "method=random_reinit", "seed=0")
    train(root, "method=dense", "seed=1")
    return Store(root)


@pytest.fixture
def store(trained, tmp_path, monkeypatch):
    """A copy of it, whose process has ended."""
    monkeypatch.setattr("ltsweep.steer.launches._lives_here", lambda record: False)
    return Store(shutil.copytree(trained.root, tmp_path / "store"))


@pytest.fixture
def ltsweep(store, capsys):
    """Runs a command on the store: its code, its lines and what it complains of."""

    def run(*words):
        code = main([*words, "--store", str(store.root)])
        out, err = capsys.readouterr()
        return code, out.splitlines(), err

    return run


def _point(store, method):
    (point,) = [point for point in store.points() if point.method == method]
    return point


def test_each_finding_is_a_line_and_the_sum_is_last(store, ltsweep):
    assert ltsweep("fsck") == (
        0,
        ["6 stages, 3 curves and 3 launches: 0 damaged, 0 leftover, 0 orphan"],
        "",
    )
    imp = _point(store, "imp")
    ticket = store.stage(imp.stages[1]).ticket
    ticket.write_bytes(ticket.read_bytes()[:-1])
    shutil.copytree(store.stage(imp.stages[2]).path, store.stages_dir / "other")
    (store.stage(imp.stages[2]).path / "notes.txt").write_text("mine")
    code, lines, err = ltsweep("fsck")
    assert (code, err) == (1, "")
    size = ticket.stat().st_size
    assert sorted(line.split() for line in lines[:-1]) == sorted(
        line.split()
        for line in (
            f"leftover stages/{imp.stages[2]}/notes.txt is no file of a stage",
            f"damaged stages/{imp.stages[1]}/ticket.safetensors has {size} bytes instead of "
            f"{size + 1}; --repair: opened again: the next launch that needs it trains it",
            "damaged stages/other/spec.json is the specification of another stage",
            "orphan stages/other no curve of the store needs this stage",
        )
    )
    assert lines[-1].endswith(": 2 damaged, 1 leftover, 1 orphan")


def test_repair_mends_what_can_be_mended_and_is_1_while_something_cannot(store, ltsweep):
    imp = _point(store, "imp")
    first, last = store.stage(imp.stages[0]), store.stage(imp.stages[2])
    (first.path / "spec.json").unlink()
    (last.path / "DONE").write_text("{")
    (store.points_dir / f"{imp.id}.json").write_text("[]")
    code, lines, _ = ltsweep("fsck", "--repair", "--json")
    told = json.loads("\n".join(lines))
    assert (code, told["damaged"]) == (0, 0)
    assert {(one["file"], one["mended"]) for one in told["findings"]} == {
        (f"stages/{first.key}/spec.json", True),
        (f"stages/{last.key}/DONE", True),
        (f"points/{imp.id}.json", True),
    }
    assert first.spec() is not None and not last.is_done()
    assert len(store.points()) == 2
    shutil.rmtree(store.launches_dir)
    (first.path / "spec.json").unlink()
    code, lines, _ = ltsweep("fsck", "--repair")
    assert code == 1 and "spec.json  is missing" in lines[0]


def test_what_lies_beside_stages_is_checked_and_mended(store, ltsweep):
    damaged = {
        f"declarations/mine/{'a' * 16}.json": "is not valid JSON",
        f"tickets/{'b' * 64}.safetensors": "does not match the digest that it is named by",
        "overlaps/a.json": "is not valid JSON",
        "plan.json": "is not valid JSON",
        "wandb/deliveries/there/a.json": "is not valid JSON",
        "wandb/subscriptions/a.json": "is not valid JSON",
        "yardsticks/a.json": "is not valid JSON",
    }
    for file in damaged:
        (store.root / file).parent.mkdir(parents=True, exist_ok=True)
        (store.root / file).write_text("{")
    code, lines, _ = ltsweep("fsck")
    assert code == 1
    told = {line.split()[1]: line for line in lines if line.startswith("damaged")}
    assert told.keys() == damaged.keys()
    assert [file for file in told if damaged[file] not in told[file]] == []
    assert ltsweep("fsck", "--repair")[0] == 0
    assert [file for file in damaged if (store.root / file).exists()] == []
    assert ltsweep("fsck")[0] == 0


def test_leftovers_are_no_damage(store, ltsweep):
    imp = _point(store, "imp")
    first, last = store.stage(imp.stages[1]), store.stage(imp.stages[2])
    (first.path / "DONE").unlink()
    with first.records_path.open("a") as file:
        file.write('{"event": "valid')
    last.checkpoint.write_bytes(b"of a training that has ended")
    (last.path / "DONE.set-aside-0123").mkdir()
    torn = store.points_dir / ".a.json.1.0123.tmp"
    torn.touch()
    os.utime(torn, (time.time() - 7 * 86400,) * 2)
    code, lines, _ = ltsweep("fsck", "--repair")
    assert code == 0
    assert sorted(line.split(maxsplit=2)[1:] for line in lines[:-1]) == sorted(
        [
            [f"stages/{first.key}/DONE", "is missing; the next launch that needs it writes it"],
            [f"stages/{first.key}/records.jsonl", "has 1 torn lines, which readers leave out"],
            [f"stages/{last.key}/DONE.set-aside-0123", "stood in the place of a file"],
            [f"stages/{last.key}/checkpoint.safetensors", "of a stage that is done; deleted"],
            [f"points/{torn.name}", "of a writer that was killed; deleted"],
        ]
    )
    assert lines[-1].endswith(": 0 damaged, 5 leftover, 0 orphan; 2 mended")
    assert not last.checkpoint.exists() and not torn.exists()


def test_fsck_reads_every_file_whatever_the_index_remembers(store, ltsweep, monkeypatch):
    stage = store.stage(_point(store, "imp").stages[1])
    written, digest = stage.ticket.read_bytes(), sha256(stage.ticket)
    stage.ticket.write_bytes(written[:-1] + bytes([written[-1] ^ 1]))
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 10)  # what was just written has settled
    store.index.recall(stage.ticket, "sha256", lambda path: digest)
    store.index.save()
    assert stage.damage() is None
    code, lines, _ = ltsweep("fsck")
    file = f"stages/{stage.key}/ticket.safetensors"
    assert (code, lines[0].split()[:2]) == (1, ["damaged", file])


def test_fsck_of_no_store_is_a_wrong_request(tmp_path, capsys):
    assert main(["fsck", "--store", str(tmp_path / "nowhere")]) == 2


def test_a_curve_goes_with_what_only_it_needs(store, ltsweep):
    imp, control = _point(store, "imp"), _point(store, "random_reinit")
    before = store.keys()
    code, lines, _ = ltsweep("forget", control.id[:12], "--yes")
    assert code == 0
    assert lines[0] == f"curve {control.id}: random_reinit, seed 0, experiment tiny"
    assert lines[1].startswith("1 curves, 2 stages that no other curve needs and 1 launches")
    assert store.keys() == before - {*control.stages[1:]}
    assert {point.method for point in store.points()} == {"imp", "dense"}
    assert all(store.stage(key).damage() is None for key in imp.stages)
    assert ltsweep("fsck")[0] == 0


def test_a_ladder_stays_as_far_as_a_control_reads_it(store, ltsweep):
    imp, control = _point(store, "imp"), _point(store, "random_reinit")
    assert ltsweep("forget", imp.id, "--yes")[0] == 0
    assert {*imp.stages} & store.keys() == {*imp.stages[:2]}
    assert {*control.stages} <= store.keys()


def test_nothing_goes_unless_somebody_agrees(store, ltsweep, monkeypatch):
    point, before = _point(store, "dense"), sorted(store.root.rglob("*"))
    code, lines, err = ltsweep("forget", point.id)
    assert (code, lines[0].split()[1]) == (2, f"{point.id}:")
    assert err == "ltsweep: nothing was deleted: say --yes where nobody can be asked\n"
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    for answer, code in (("n", 0), ("", 0)):
        monkeypatch.setattr("builtins.input", lambda question, answer=answer: answer)
        assert ltsweep("forget", point.id)[:2] == (code, [*lines, "nothing was deleted"])
    monkeypatch.setattr("builtins.input", _end_of_input)
    assert ltsweep("forget", point.id)[:2] == (0, [*lines, "", "nothing was deleted"])
    assert sorted(store.root.rglob("*")) == before
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert ltsweep("forget", point.id)[0] == 0
    assert not store.stage(point.stages[0]).path.exists()


def _end_of_input(question):
    """Ctrl-D."""
    raise EOFError


def test_of_what_lies_elsewhere_only_the_link_goes(store, ltsweep, tmp_path):
    point, elsewhere = _point(store, "dense"), tmp_path / "elsewhere"
    stage = store.stage(point.stages[0]).path
    (launch,) = (
        path.parent
        for path in store.launches_dir.glob("*/launch.json")
        if point.id in path.read_text()
    )
    for directory in (stage, launch):
        moved = elsewhere / directory.name
        elsewhere.mkdir(exist_ok=True)
        shutil.move(directory, moved)
        directory.symlink_to(moved)
    before = sorted(elsewhere.rglob("*"))
    assert ltsweep("forget", point.id, "--yes")[0] == 0
    assert not os.path.lexists(stage) and not os.path.lexists(launch)
    assert sorted(elsewhere.rglob("*")) == before


def test_failed_curves_and_old_ones(store, ltsweep):
    control, dense = _point(store, "random_reinit"), _point(store, "dense")
    stage = store.stage(control.stages[1])
    stage.reopen("for the test")
    stage.fail("RuntimeError: out of luck", "", "")
    files = store.stage(dense.stages[0]).path.iterdir()
    for path in (store.points_dir / f"{dense.id}.json", *files):
        os.utime(path, (time.time() - 40 * 86400,) * 2)
    assert ltsweep("forget", "--older", "30d", "--yes")[1][0].startswith(f"curve {dense.id}")
    assert ltsweep("forget", "--failed", "--yes")[1][0].startswith(f"curve {control.id}")
    assert {point.method for point in store.points()} == {"imp"}
    for words in (["--older", "30d"], ["--failed"]):
        assert ltsweep("forget", *words, "--yes")[0] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name what to forget: curves, --failed or --older AGE; one of them"),
        (["--failed", "--older", "3d"], "name what to forget"),
        (["--older", "30"], "--older 30 must be a whole number with h, d or w, as in 30d"),
        (["--older=-3d"], "--older -3d must be a whole number"),
        (["nothing"], "nothing is unknown"),
    ],
)
def test_wrong_requests(ltsweep, words, said):
    code, _, err = ltsweep("forget", *words, "--yes")
    assert code == 2 and said in err


def test_nothing_goes_that_is_being_worked_on(store, ltsweep):
    control = _point(store, "random_reinit")
    stage = store.stage(control.stages[2])
    stage.reopen("for the test")
    finished = newest_claim(stage.path)
    assert finished is not None
    finished.release()
    assert acquire(stage.path, Owner.of_this_process("a launch that is not here")) is not None
    before = sorted(store.root.rglob("*"))
    code, _, err = ltsweep("forget", control.id, "--yes")
    assert code == 2 and "1 stages are under way elsewhere: on " in err
    assert sorted(store.root.rglob("*")) == before


def test_nothing_goes_while_it_cannot_be_told_what_others_need(store, ltsweep):
    imp, control = _point(store, "imp"), _point(store, "random_reinit")
    spec = store.stage(imp.stages[1]).path / "spec.json"
    spec.write_text("{}")
    code, _, err = ltsweep("forget", control.id, "--yes")
    assert code == 2
    assert f"{spec} holds no specification, so it cannot be told what the other curves need" in err
    assert ltsweep("fsck", "--repair")[0] == 0
    assert ltsweep("forget", control.id, "--yes")[0] == 0
