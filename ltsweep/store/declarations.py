"""What experiments declared before their stages ran: one file per declaration, which never changes.

`declarations/<experiment>/<digest>.json`, the digest being that of points and report.
"""

from dataclasses import dataclass

from ltsweep.foundations.files import DamagedFile, read_json, sealed, sync, write_once
from ltsweep.foundations.notices import warn_once
from ltsweep.spec import digest
from ltsweep.store.declared import Declared
from ltsweep.store.store import Store
from ltsweep.store.stored import Inside, Stored


class Declaration(Stored):
    """What a submission of an experiment was going to show, and by what it was to be judged.

    Attributes:
        experiment: its name.
        written: when, in UTC; the earliest declaration of the same cells is the declared one.
        report: what verdicts are made by.
        size: the size that was chosen for the experiment, if it has sizes.
        seeds: the different seeds of its points, sorted.
        cells: ids of its cells, sorted.
        points: ids of its points, sorted.
        stages: how many stages these points need.
        stages_done: how many of them were done already when this was written.
        files: SHA-256 of the files that the experiment is made of, by name, as far as found.

    """

    experiment: Inside
    written: str
    report: Declared
    size: Inside | None = None
    seeds: tuple[int, ...]
    cells: tuple[str, ...]
    points: tuple[str, ...]
    stages: int
    stages_done: int
    files: dict[str, str] = {}

    @property
    def id(self) -> str:
        """Of what is declared; when, and beside what, makes no other declaration."""
        return digest({"report": self.report.model_dump(mode="json"), "points": self.points})[:16]

    def save(self, store: Store) -> bool:
        """Writes it down, unless the same was declared before; False then."""
        path = store.declarations_dir / self.experiment / f"{self.id}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = write_once(path, sealed(self.stored()))
        sync(path.parent)  # before any stage runs: nobody may say later that there was none
        return is_new


@dataclass(frozen=True)
class Design:
    """Declarations of the same cells. The first is the declared one; others have more seeds."""

    declarations: tuple[Declaration, ...]

    @property
    def first(self) -> Declaration:
        """The declared one."""
        return self.declarations[0]

    @property
    def cells(self) -> frozenset[str]:
        """Ids of its cells."""
        return frozenset(self.first.cells)

    @property
    def points(self) -> frozenset[str]:
        """Ids of all points that were declared, those of later seeds included."""
        return frozenset(point for one in self.declarations for point in one.points)


def declarations_of(store: Store, experiment: str) -> list[Declaration]:
    """All declarations of an experiment, the earliest first; a damaged one is said in the log."""
    found = []
    for path in sorted((store.declarations_dir / experiment).glob("*.json")):
        try:
            found.append(Declaration.read(read_json(path)))
        except (DamagedFile, ValueError) as error:
            warn_once(f"declaration {path} is left out: {error}")
    return sorted(found, key=lambda one: (one.written, one.id))


def designs_of(store: Store, experiment: str) -> list[Design]:
    """The designs of an experiment, by the time of their first declarations.

    Cells that are all among those of another design are none of their own: a part was tried.
    """
    by_cells: dict[frozenset[str], list[Declaration]] = {}
    for one in declarations_of(store, experiment):
        by_cells.setdefault(frozenset(one.cells), []).append(one)
    return [
        Design(tuple(alike))
        for cells, alike in by_cells.items()
        if not any(cells < others for others in by_cells)
    ]


def declared_experiments(store: Store) -> list[str]:
    """The names of the experiments that have declarations, sorted."""
    root = store.declarations_dir
    return sorted({path.parent.relative_to(root).as_posix() for path in root.glob("**/*.json")})
