"""Every file of a store against what was written: what is damaged, left over or needed by nobody.

What mends damage is what makes a file again: a stage is opened again and trained by the next
launch that needs it, what commands write anew goes, and what nobody can make again is set aside.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from ltsweep.data_spec import Frozen
from ltsweep.foundations.errors import listed
from ltsweep.foundations.files import DamagedFile, clear, holds, read_json, set_aside
from ltsweep.foundations.json_lines import Record
from ltsweep.steer.check_stage import check_stage
from ltsweep.steer.finding import Finding, Kind, damaged
from ltsweep.steer.launches import read_launch
from ltsweep.steer.needs import Needs, UnknownNeeds
from ltsweep.store.declarations import Declaration
from ltsweep.store.garbage import old_temporary_files
from ltsweep.store.launch_record import launch_ids, load_launch_record
from ltsweep.store.launch_stages import STAGES_FILE, read_stages
from ltsweep.store.store import Store

_WRITTEN_ANEW = "set aside: the launch.py command that made it writes it anew"
_SHOWN = 5  # curves that are named
_LAUNCH = "launch.json set aside: its curves stay, and are retried by their launch.py command"
_DELETED = "deleted: it is made again where it is needed"


class Told(Frozen):
    """One finding; `remedy` is what mends it, and `mended` whether that was done."""

    kind: Kind
    file: str
    words: str
    remedy: str
    mended: bool


class Soundness(Frozen):
    """What `ltsweep fsck --json` prints; `damaged` counts what is, and was not mended."""

    store: str
    stages: int
    curves: int
    launches: int
    damaged: int
    findings: list[Told]


def check(store: Store, *, repair: bool) -> Soundness:
    """Checks all files of a store, and mends what can be mended if that is asked for."""
    told = []
    for finding in [*_Check(store).findings()]:
        mended = repair and finding.mend is not None
        if mended and finding.mend is not None:
            finding.mend()
        told.append(
            Told(
                kind=finding.kind,
                file=str(finding.path.relative_to(store.root)),
                words=finding.words,
                remedy=finding.remedy,
                mended=mended,
            )
        )
    return Soundness(
        store=str(store.root),
        stages=len(store.keys()),
        curves=len(store.point_ids()),
        launches=len(launch_ids(store)),
        damaged=sum(one.kind == "damaged" and not one.mended for one in told),
        findings=told,
    )


def lines(found: Soundness) -> Iterator[str]:
    """The same as a table for people: a line a finding, and a sum."""
    width = max((len(one.file) for one in found.findings), default=0)
    for one in found.findings:
        remedy = one.remedy if one.mended else f"--repair: {one.remedy}"
        yield f"{one.kind:8}  {one.file:{width}}  {one.words}" + (
            f"; {remedy}" if one.remedy else ""
        )
    counts = Counter(one.kind for one in found.findings)
    sums = ", ".join(f"{counts[kind]} {kind}" for kind in ("damaged", "leftover", "orphan"))
    looked = f"{found.stages} stages, {found.curves} curves and {found.launches} launches"
    mended = sum(one.mended for one in found.findings)
    yield f"{looked}: {sums}" + (f"; {mended} mended" if mended else "")


class _Check:
    def __init__(self, store: Store) -> None:
        self._store = store

    def findings(self) -> Iterator[Finding]:
        """All there are, by the kinds of files."""
        for directory in self._store.stages():
            yield from check_stage(directory, lambda: self._planned)
        yield from self._points()
        yield from self._launches()
        yield from self._declarations()
        yield from self._tickets()
        yield from self._made_again()
        yield from self._orphans()
        for path in old_temporary_files(self._store):
            yield Finding("leftover", path, "of a writer that was killed", "deleted", path.unlink)

    @cached_property
    def _planned(self) -> dict[str, Record]:
        """Specifications of stages that launches name, by key."""
        found: dict[str, Record] = {}
        for launch_id in launch_ids(self._store):
            launch = read_launch(self._store, launch_id)
            found |= {} if launch is None else dict(launch.specs())
        return found

    def _launch_file(self, launch_id: str) -> Path:
        return self._store.launches_dir / launch_id / "launch.json"

    def _points(self) -> Iterator[Finding]:
        for point_id in self._store.point_ids():
            path = self._store.points_dir / f"{point_id}.json"
            yield from _unless(path, partial(self._store.point, point_id), _WRITTEN_ANEW, set_aside)

    def _launches(self) -> Iterator[Finding]:
        for launch_id in launch_ids(self._store):
            path = self._launch_file(launch_id)
            yield from _unless(path, partial(load_launch_record, path), _LAUNCH, set_aside)
            yield from self._lost_curves(path)
            yield from self._stages_of(path)

    def _stages_of(self, path: Path) -> Iterator[Finding]:
        """The list of a launch's stages, which retry needs."""
        try:
            launch = load_launch_record(path)
        except DamagedFile:
            return
        if launch is not None and launch.stages_sha256 is not None:
            listed_in = path.parent / STAGES_FILE
            try:
                deque(read_stages(path.parent, launch.stages_sha256), maxlen=0)
            except DamagedFile as error:
                yield damaged(listed_in, str(error), _LAUNCH, partial(set_aside, path))

    def _lost_curves(self, path: Path) -> Iterator[Finding]:
        """Curves that a launch names and the store lacks: forgotten ones, or lost ones."""
        try:
            launch = load_launch_record(path)
        except DamagedFile:
            return
        if launch is not None and (lost := sorted(launch.points.difference(self._ids))):
            shown = listed([*lost[:_SHOWN], *(["others"] if len(lost) > _SHOWN else [])])
            yield Finding("leftover", path, f"names curves that the store has not: {shown}")

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(self._store.point_ids())

    def _declarations(self) -> Iterator[Finding]:
        def load(path: Path) -> None:
            declaration = Declaration.in_file(path, "holds no declaration")
            if declaration is not None and declaration.id != path.stem:
                raise DamagedFile(f"{path} is another declaration than its name says")

        for path in sorted(self._store.declarations_dir.glob("**/*.json")):
            yield from _unless(path, partial(load, path), "set aside", set_aside)

    def _tickets(self) -> Iterator[Finding]:
        remedy = "set aside: launch.py with ticket=FILE copies it anew"
        for path in sorted(self._store.tickets_dir.glob("*.safetensors")):
            if not holds(path, path.stem):
                words = "does not match the digest that it is named by"
                yield damaged(path, words, remedy, partial(set_aside, path))

    def _made_again(self) -> Iterator[Finding]:
        """What commands write anew whenever it is not there."""
        root = self._store.root
        paths = [root / "plan.json", *root.glob("overlaps/*.json"), *root.glob("yardsticks/*.json")]
        of_wandb = [
            *root.glob("wandb/deliveries/*/*.json"),
            *root.glob("wandb/subscriptions/*.json"),
        ]
        for path in sorted([*paths, *of_wandb]):
            yield from _unless(path, partial(read_json, path), _DELETED, clear)

    def _orphans(self) -> Iterator[Finding]:
        """Stages that no curve needs; none where it cannot be told what curves need."""
        store = self._store
        try:
            needed = Needs(store).of(map(store.point, store.point_ids()))
        except (DamagedFile, UnknownNeeds):
            return
        for key in sorted(store.keys() - needed):
            yield Finding("orphan", store.stage(key).path, "no curve of the store needs this stage")


def _unless(
    path: Path, load: Callable[[], Any], remedy: str, mend: Callable[[Path], None]
) -> Iterator[Finding]:
    try:
        load()
    except DamagedFile as error:
        yield damaged(path, str(error), remedy, partial(mend, path))
