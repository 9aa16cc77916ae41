"""Any file of a store damaged in any way: no traceback, no hang, no changed curve without a word.

Each kind of file x each damage x a finished and an interrupted sweep x each command. The whole is
`make soak`; the usual tests have a fixed sample, in which each kind meets a quarter of the damages.
"""

from itertools import product
from pathlib import Path

import pytest

from ltsweep.cli import actions
from ltsweep.cli.main import main
from ltsweep.foundations.notices import warn_once
from ltsweep.store.claims import Owner
from ltsweep.store.store import Store

from ..sweeps_here import curves
from .damage import DAMAGES, DEEPER, KINDS, LEVELS, OF_SWEEPS, damaged, half_finished, train

STATES = ("finished", "interrupted")
COMMANDS = ("same", "deeper", "status", "report", "show", "retry", "fsck")
CASES = list(product(KINDS, DAMAGES, STATES, COMMANDS))
SAMPLE = [
    (kind, damage, STATES[(i + j) // 4 % 2], COMMANDS[(3 * i + j) % len(COMMANDS)])
    for i, kind in enumerate(KINDS)
    for j, damage in enumerate(DAMAGES)
    if (i + j) % 4 == 0
]


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """A finished, an interrupted and a deeper store, whose copies are damaged."""
    root = tmp_path_factory.mktemp("damage")
    train(root / "finished", LEVELS)
    with pytest.MonkeyPatch.context() as patched:
        half_finished(root / "interrupted", patched)
    train(root / "deeper", DEEPER)
    return root


@pytest.fixture
def say(stores, monkeypatch, caplog, capsys):
    """Runs a command as a user does; its exit code, and all that it said."""
    monkeypatch.setattr(actions, "_make_views", lambda *_: None)  # `report` is asked for
    # this process trained the stores, and yet whoever trained them is to be over
    over, lives = {path.name for path in stores.glob("*/launches/*")}, Owner.process_lives
    monkeypatch.setattr("ltsweep.steer.launches._lives_here", lambda record: False)
    monkeypatch.setattr(Owner, "process_lives", lambda own: own.launch not in over and lives(own))
    warn_once.cache_clear()

    def run(command: str, root: Path) -> tuple[int, str]:
        if command in ("same", "deeper"):
            train(root, LEVELS if command == "same" else DEEPER)
            code = 0
        else:
            words = {"report": ["verdict"], "show": ["show", _curve(root)]}
            code = main([*words.get(command, [command]), "--store", str(root)])
        told = capsys.readouterr()
        return code, told.out + told.err + caplog.text

    return run


def _curve(root: Path) -> str:
    """The last by its id: the one whose file is damaged."""
    return max(path.stem for path in root.glob("points/*"))


def _check(case, stores, root, say):
    kind, damage, state, command = case
    path = damaged(stores / state, root, kind, damage)
    if path is None:
        assert (kind, state) in {("checkpoint", "finished"), ("plan", "interrupted")}
        return
    before = curves(stores / state)
    code, said = say(command, root)
    assert "Traceback" not in said
    assert code in (0, 1, 2), said
    if command in ("same", "deeper"):
        assert curves(root) == curves(stores / ("finished" if command == "same" else "deeper"))
    elif command == "retry" and code == 0:
        say("same", root)
        assert curves(root) == curves(stores / "finished")
    elif command == "report" and (kind, damage) == ("point", "deleted"):
        assert {*curves(root).splitlines()} < {*before.splitlines()}
    elif command in ("report", "fsck") and curves(root) != before:
        names = {path.name, path.stem, path.parent.name} - {"points"}
        assert any(name in said for name in names), said


@pytest.mark.parametrize("case", SAMPLE, ids="-".join)
@pytest.mark.timeout(120)
def test_a_sample(case, stores, tmp_path, say):
    _check(case, stores, tmp_path / "store", say)


@pytest.mark.soak
@pytest.mark.parametrize("case", CASES, ids="-".join)
@pytest.mark.timeout(120)
def test_all(case, stores, tmp_path, say):
    _check(case, stores, tmp_path / "store", say)


def test_they_are_as_many_as_they_are_said_to_be():
    assert (len(CASES), len(SAMPLE)) == (20 * 10 * 2 * 7, 50)


@pytest.mark.parametrize("kind", OF_SWEEPS)
def test_what_fsck_repairs_is_sound_and_trained_again(kind, stores, tmp_path, say):
    """Of what nobody can find out, such as a digit of an attempt's start, fsck says nothing."""
    state = "interrupted" if kind == "checkpoint" else "finished"
    path = damaged(stores / state, tmp_path / "store", kind, "half")
    code, said = say("fsck", tmp_path / "store")
    if kind in ("jobs", "worker"):
        assert code == 0
        return
    assert code == 1 and f"damaged   {path.relative_to(tmp_path / 'store')}" in said
    assert main(["fsck", "--repair", "--store", str(tmp_path / "store")]) == 0
    assert say("fsck", tmp_path / "store")[0] == 0
    train(tmp_path / "store", LEVELS)
    assert curves(tmp_path / "store") == curves(stores / "finished")


def test_a_sound_store_is_sound(stores, say):
    for state in (*STATES, "deeper"):
        code, said = say("fsck", stores / state)
        assert (code, "0 damaged, 0 leftover, 0 orphan" in said) == (0, True), said
    assert Store(stores / "finished").check_points() is None
