"""Selectors: the words that name experiments, launches, curves or stages on a command line."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ltsweep.foundations.errors import RequestError, listed
from ltsweep.foundations.files import DamagedFile
from ltsweep.steer.launches import (
    StoredLaunch,
    launches_of,
    read_launch,
    with_processes_here,
)
from ltsweep.store.claims import newest_claim
from ltsweep.store.launch_record import launch_ids, unreadable_launches
from ltsweep.store.point_record import PointRecord
from ltsweep.store.store import Store

ALL = "all"
_SHOWN = 5


@dataclass(frozen=True)
class Chosen:
    """What the user chose: the curves that a command is about, and their launches.

    Attributes:
        store: the store that holds them.
        words: what was chosen, in words.
        points: the curves.
        launches: the newest launch of each curve, or the launches that were named; newest first.
        stages: keys of the stages that were chosen; None for all stages of the curves.
        named: whether the user named the launches themselves.

    """

    store: Store
    words: str
    points: list[PointRecord]
    launches: list[StoredLaunch]
    stages: frozenset[str] | None = None
    named: bool = False

    @cached_property
    def others(self) -> list[StoredLaunch]:
        """Further launches that work on stages of these curves, or are about to."""
        keys = {key for point in self.points for key in point.stages}
        known = {launch.id for launch in self.launches}
        ids = set(with_processes_here(self.store))
        begun = keys & self.store.keys()
        for directory in map(self.store.stage, begun - self.store.done_among(begun)):
            claim = newest_claim(directory.path)
            if claim is not None and claim.owner.launch not in known | ids and claim.is_live():
                ids.add(claim.owner.launch)
        found = (read_launch(self.store, name) for name in sorted(ids - known, reverse=True))
        return [
            launch for launch in found if launch is not None and not keys.isdisjoint(launch.pending)
        ]

    @property
    def all_launches(self) -> list[StoredLaunch]:
        """`launches`, then `others`."""
        return [*self.launches, *self.others]


def choose(store: Store, selectors: Sequence[str]) -> Chosen:
    """What the selectors name together; the newest launch if there are none.

    A selector is the name of an experiment, the id of a launch, a curve or a stage, or 'all'. The
    beginning of an id is enough. A named launch is taken as it is, even if a newer launch has its
    curves too. RequestError, in words, if a selector is unknown or ambiguous; DamagedFile if it
    names a curve or a launch whose file is damaged, or may do so.
    """
    if not selectors:
        newest = launch_ids(store)[:1]
        if not newest:
            raise RequestError([why_no_launch(store, "any curve")])
        try:
            return _of_launches(store, newest)
        except DamagedFile as error:
            raise DamagedFile(f"{error}; name a curve, another launch, or '{ALL}'") from error
    if list(selectors) == [ALL]:
        return choose_points(store, store.point_ids(), f"store {store.root}")
    points = store.points()
    named = [_named(store, selector, points) for selector in selectors]
    kinds = {kind for kind, _ in named}
    for name in (name for kind, name in named if kind == "curve"):
        store.point(name)
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
    points = [point for point in points if of_kind[named[0][0]](point)]
    launches = launches_of(store, [point.id for point in points])
    return Chosen(store, words, points, launches, names if kinds == {"stage"} else None)


def why_no_launch(store: Store, words: str) -> str:
    """Says that no launch has these curves, and which launches may have had them."""
    unreadable = unreadable_launches(store)
    if not unreadable:
        return f"no launch of {store.root} has {words}"
    which = listed([*unreadable[:_SHOWN], *(["others"] if unreadable[_SHOWN:] else [])])
    return f"no launch of {store.root} that can be read has {words}, and {which} cannot be read"


def choose_points(
    store: Store, ids: Iterable[str], words: str, stages: frozenset[str] | None = None
) -> Chosen:
    """The curves with these ids, as far as they exist, and the newest launch of each."""
    known = [name for name in ids if (store.points_dir / f"{name}.json").exists()]
    return Chosen(store, words, store.points(known), launches_of(store, known), stages)


def _of_launches(store: Store, ids: Sequence[str]) -> Chosen:
    """The curves of these launches. DamagedFile where one cannot be read."""
    launches = [StoredLaunch.load(store.launches_dir / name) for name in ids]
    points = {point for launch in launches for point in launch.points}.intersection(
        store.point_ids()
    )
    return Chosen(store, f"launch {listed(ids)}", store.points(points), launches)


_KINDS = "experiments, launches, curves or stages"


def _named(store: Store, selector: str, points: Iterable[PointRecord]) -> tuple[str, str]:
    """What a selector stands for, given all points: its kind and its full name."""
    experiments = {p.experiment for p in points if p.experiment}
    by_kind: dict[str, Collection[str]] = {
        "experiment": experiments,
        "launch": launch_ids(store),
        "curve": store.point_ids(),
        "stage": sorted(store.keys()),
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
    store.check_points()
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
