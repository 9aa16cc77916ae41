"""What a command is about: curves and stages, named by experiment, launch, curve, stage or all."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ltsweep.foundations.errors import RequestError, listed
from ltsweep.steer.launches import (
    StoredLaunch,
    launch_ids,
    launches_of,
    read_launch,
    with_processes_here,
)
from ltsweep.store.claims import newest_claim
from ltsweep.store.records import PointRecord
from ltsweep.store.store import Store

ALL = "all"
_SHOWN = 5


@dataclass(frozen=True)
class Chosen:
    """Curves, the launches that they were last submitted by (newest first), and their name.

    `stages` are the keys that are asked for, where it is not all those of the curves. `named` tells
    that launches were asked for by their own names.
    """

    store: Store
    words: str
    points: list[PointRecord]
    launches: list[StoredLaunch]
    stages: frozenset[str] | None = None
    named: bool = False

    @cached_property
    def others(self) -> list[StoredLaunch]:
        """Launches, none of `launches`, that have some of these stages under way, or soon will."""
        keys = {key for point in self.points for key in point.stages}
        known = {launch.id for launch in self.launches}
        ids = set(with_processes_here(self.store))
        for directory in map(self.store.stage, keys & self.store.keys()):
            claim = None if directory.is_done() else newest_claim(directory.path)
            if claim is not None and claim.owner.launch not in known | ids and claim.is_live():
                ids.add(claim.owner.launch)
        found = (read_launch(self.store, name) for name in sorted(ids - known, reverse=True))
        return [
            launch for launch in found if launch is not None and not keys.isdisjoint(launch.pending)
        ]

    @property
    def all_launches(self) -> list[StoredLaunch]:
        """`launches`, and `others` behind them."""
        return [*self.launches, *self.others]


def choose(store: Store, selectors: Sequence[str]) -> Chosen:
    """What the selectors name together; without any, the newest launch. RequestError in words.

    A selector is the name of an experiment, the id of a launch, a curve or a stage, or 'all'; of
    ids the beginning is enough. Of a launch that is named, it is that launch and no newer one.
    """
    if not selectors:
        newest = launch_ids(store)[:1]
        if not newest:
            raise RequestError([f"nothing was submitted to {store.root} yet"])
        return _of_launches(store, newest)
    if list(selectors) == [ALL]:
        ids = [path.stem for path in store.points_dir.glob("*.json")]
        return choose_points(store, ids, f"store {store.root}")
    named = [_named(store, selector) for selector in selectors]
    kinds = {kind for kind, _ in named}
    if kinds == {"launch"}:
        return replace(_of_launches(store, [name for _, name in named]), named=True)
    if len(kinds) > 1:
        raise RequestError([f"{listed(selectors)} are of several kinds: name {_KINDS}"])
    names = frozenset(name for _, name in named)
    words = f"{named[0][0]} {listed(sorted(names))}"
    of_kind: dict[str, Callable[[PointRecord], bool]] = {
        "experiment": lambda point: point.experiment in names,
        "curve": lambda point: point.id in names,
        "stage": lambda point: not names.isdisjoint(point.stages),
    }
    points = [point.id for point in store.points() if of_kind[named[0][0]](point)]
    stages = names if kinds == {"stage"} else None
    return choose_points(store, points, words, stages)


def choose_points(
    store: Store, ids: Iterable[str], words: str, stages: frozenset[str] | None = None
) -> Chosen:
    """Curves by id, with the newest launch of each."""
    known = [name for name in ids if (store.points_dir / f"{name}.json").exists()]
    return Chosen(store, words, store.points(known), launches_of(store, known), stages)


def _of_launches(store: Store, ids: Sequence[str]) -> Chosen:
    launches = [launch for launch in (read_launch(store, name) for name in ids) if launch]
    points = sorted({point for launch in launches for point in launch.points})
    return Chosen(store, f"launch {listed(ids)}", store.points(points), launches)


_KINDS = "experiments, launches, curves or stages"


def _named(store: Store, selector: str) -> tuple[str, str]:
    """The kind and the whole name of what a selector stands for."""
    experiments = {p.experiment for p in store.points() if p.experiment}
    by_kind: dict[str, Collection[str]] = {
        "experiment": experiments,
        "launch": launch_ids(store),
        "curve": [path.stem for path in store.points_dir.glob("*.json")],
        "stage": [directory.key for directory in store.stages()],
    }
    exact = [(kind, selector) for kind, names in by_kind.items() if selector in names]
    begun = [(k, name) for k, names in by_kind.items() for name in names if _begins(name, selector)]
    found = exact or begun
    if len(found) == 1:
        return found[0]
    if found:
        some = listed([f"{kind} {name}" for kind, name in found[:_SHOWN]], "or")
        more = ", or others" if len(found) > _SHOWN else ""
        raise RequestError([f"{selector} is ambiguous: it may be {some}{more}"])
    if "=" in selector:
        raise RequestError(
            [
                f"{selector} is a setting, which this command takes none of; python launch.py "
                "SELECTION action=retry does (or status, logs, cancel)"
            ]
        )
    raise RequestError(
        [
            f"{selector} is unknown; {store.root} has {_some(experiments, 'experiment')}, "
            f"{_some(by_kind['launch'], 'launch')} and {_some(by_kind['curve'], 'curve')}; "
            f"'{ALL}' stands for all of it"
        ]
    )


def _begins(name: str, selector: str) -> bool:
    return bool(selector) and name.startswith(selector)


def _some(names: Collection[str], kind: str) -> str:
    """'the experiment a', 'the launches a, b, ...', 'no curve'."""
    if not names:
        return f"no {kind}"
    plural = {"launch": "launches"}.get(kind, f"{kind}s") if len(names) > 1 else kind
    shown = sorted(names)[:_SHOWN] + (["..."] if len(names) > _SHOWN else [])
    return f"the {plural} {', '.join(shown)}"
