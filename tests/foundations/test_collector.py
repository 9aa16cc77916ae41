"""Where thousands of objects are made that stay, nobody looks for garbage among them."""

import gc
from contextlib import contextmanager
from importlib import import_module

import pytest

from ltsweep.cli.actions import perform
from ltsweep.foundations.collector import uncollected
from ltsweep.launch.launch import Launch

from ..points import raw
from ..steer.conftest import make_launch

LINES = ("method=imp,random_reinit", "levels=3")


@contextmanager
def eager_collector(looked):
    """It looks for garbage whenever ten objects are made, and notes each look."""

    def note(phase, info):
        looked.append(phase)

    usual = gc.get_threshold()
    gc.callbacks.append(note)
    gc.set_threshold(10)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.callbacks.remove(note)


def test_garbage_is_looked_for_afterwards_and_never_inside():
    looked = []
    with eager_collector(looked):
        with uncollected(), uncollected():
            before = len(looked)
            made = [[number] for number in range(1000)]
            assert len(looked) == before
        made += [[number] for number in range(1000)]
    assert len(looked) > before
    assert len(made) == 2000


def test_it_is_on_again_after_an_error_and_stays_off_where_it_was():
    with pytest.raises(KeyError), uncollected():
        raise KeyError
    assert gc.isenabled()
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_was_made_inside_is_not_gone_through_afterwards(monkeypatch):
    looked_at = []

    def note(phase, info):
        looked_at.append(len(gc.get_objects(generation=0)))

    monkeypatch.setattr(gc, "get_freeze_count", lambda: 0)  # as in a process that runs no tests
    gc.callbacks.append(note)
    try:
        with uncollected():
            made = [[number] for number in range(20_000)]
        made += [[number] for number in range(5_000)]
    finally:
        gc.callbacks.remove(note)
        gc.freeze()  # as it was
    assert looked_at
    assert max(looked_at) < 10_000
    assert len(made) == 25_000


@pytest.fixture
def state_in(monkeypatch):
    """Has a function note whether garbage is looked for while it runs."""

    def watch(where):
        module, _, name = where.rpartition(".")
        real, seen = getattr(import_module(module), name), []

        def noting(*args, **kwargs):
            seen.append(gc.isenabled())
            return real(*args, **kwargs)

        monkeypatch.setattr(where, noting)
        return seen

    return watch


def test_a_plan_is_made_without_it(tmp_path, state_in):
    planned, pending = (state_in(f"ltsweep.cli.actions.{n}") for n in ("make_plan", "find_pending"))
    assert perform(raw(*LINES, f"store={tmp_path}", "action=plan"), None) == 0
    assert (planned, pending) == ([False], [False])


def test_a_launch_is_loaded_without_it(tmp_path, state_in):
    made = make_launch(tmp_path / "store", "20260101-120000-abcdef", *LINES)
    read = state_in("ltsweep.launch.launch.read_stages")
    Launch.load(made.launch.directory)
    assert (read, gc.isenabled()) == ([False], True)
