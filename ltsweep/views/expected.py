"""What is to be expected of a plan, where numbers of its data, nets and methods are published."""

from collections.abc import Iterable

from ltsweep.store.point_record import PointRecord
from ltsweep.views.published import Published, published_of
from ltsweep.views.verdicts.verdict import NEAREST_WITHIN
from ltsweep.views.wording import percent, signed


def expected_of(points: Iterable[PointRecord]) -> list[str]:
    """A sentence for each published curve: its numbers at the densities that points declare.

    All of its numbers where it has none near these.
    """
    cells = {point.cell: point for point in points}
    found = {
        _in_words(published, point.report.densities): None
        for point in cells.values()
        for published in published_of(point)
    }
    return list(found)


def _in_words(published: Published, densities: Iterable[float]) -> str:
    """'Renda et al. 2020 (running statistics), arXiv ...: imp 91.94 % at 51.2 % ...'."""
    near = [found for density in densities if (found := published.at(density, NEAREST_WITHIN))]
    numbers = ", ".join(
        f"{signed(point.value, 1)} pp against dense at {percent(point.density)}"
        if published.above_dense
        else f"{point.value:g} % at {percent(point.density)}"
        for point in dict.fromkeys(near or published.points)
    )
    method = f"{published.method} ({published.schedule})" * bool(published.schedule)
    about = f"{published.numbers}; {published.differs}"
    return f"{published.label}, {published.cite}: {method or published.method} {numbers} ({about})"
