"""What selectors name, and what is said of those that name nothing or too much."""

from pathlib import Path

import pytest

from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.files import DamagedFile
from ltsweep.steer.selectors import choose
from ltsweep.store.store import Store

from .conftest import MadeUpLaunch, make_launch

OLD, NEW = "20260101-120000-aaaaaa", "20260102-120000-bbbbbb"


@pytest.fixture
def old(tmp_path: Path) -> MadeUpLaunch:
    return make_launch(tmp_path / "store", OLD, "method=imp,random_mask", "levels=1")


@pytest.fixture
def new(tmp_path: Path, old: MadeUpLaunch) -> MadeUpLaunch:
    """Submits one of the old curves again, and one of another seed."""
    return make_launch(tmp_path / "store", NEW, "method=imp", "seed=0,1", "levels=1")


def _chosen(store: Store, *selectors: str) -> tuple[str, set[tuple[str, int]], list[str]]:
    chosen = choose(store, selectors)
    curves = {(point.method, point.seed) for point in chosen.points}
    return chosen.words, curves, [launch.id for launch in chosen.launches]


def test_selectors(old: MadeUpLaunch, new: MadeUpLaunch) -> None:
    store = new.store
    imp, mask = (point.id for point in old.points)
    both, everything = {("imp", 0), ("imp", 1)}, {("imp", 0), ("imp", 1), ("random_mask", 0)}
    ticket = old.key("imp", 1)
    assert _chosen(store) == (f"launch {NEW}", both, [NEW])
    assert _chosen(store, OLD) == (f"launch {OLD}", {("imp", 0), ("random_mask", 0)}, [OLD])
    assert _chosen(store, "20260102") == (f"launch {NEW}", both, [NEW])
    assert _chosen(store, imp) == (f"curve {imp}", {("imp", 0)}, [NEW])
    assert _chosen(store, mask[:10]) == (f"curve {mask}", {("random_mask", 0)}, [OLD])
    assert _chosen(store, "made-up") == ("experiment made-up", everything, [NEW, OLD])
    assert _chosen(store, "all") == (f"store {store.root}", everything, [NEW, OLD])
    old.stage("imp", 1)
    assert _chosen(store, ticket[:12]) == (f"stage {ticket}", {("imp", 0)}, [NEW])
    assert choose(store, [ticket]).stages == {ticket}


def test_wrong_selectors(new: MadeUpLaunch) -> None:
    store = new.store
    curves = ", ".join(sorted(path.stem for path in store.points_dir.glob("*.json")))
    for selectors, sentence in {
        ("nothing",): f"nothing is unknown; {store.root} has the experiment made-up, the launches "
        f"{OLD}, {NEW} and the curves {curves}; 'all' stands for all of it",
        ("wait=false",): "wait=false is a setting, which this command takes none of; python "
        "launch.py SELECTION action=retry does (or status, logs, cancel)",
        ("2026",): f"2026 is ambiguous: it may be launch {NEW} or launch {OLD}",
        (OLD, "made-up"): f"{OLD} and made-up are of several kinds: name experiments, launches, "
        "curves or stages",
    }.items():
        with pytest.raises(RequestError) as wrong:
            choose(store, selectors)
        assert wrong.value.problems == [sentence]


def test_a_store_without_launches(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.create()
    with pytest.raises(RequestError, match=f"^no launch of {tmp_path} has any curve$"):
        choose(store, [])


def test_a_launch_that_cannot_be_read_is_named_and_not_its_curves(new: MadeUpLaunch) -> None:
    path = new.launch.directory / "launch.json"
    path.write_text("{")
    for selectors, more in (((), "; name a curve, another launch, or 'all'$"), ((NEW,), "")):
        with pytest.raises(DamagedFile, match=f"^{path} is not valid JSON.*{more}"):
            choose(new.store, selectors)
    assert choose(new.store, [OLD]).launches[0].id == OLD
