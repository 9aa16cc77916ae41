"""Whether a plan has seeds enough for the tolerance that it declares, in words."""

from collections import Counter
from collections.abc import Iterable, Sequence

from ltsweep.foundations.sample_size import FEWEST, largest_sd, seeds_needed
from ltsweep.launch.engine import Selection
from ltsweep.store.declared import Declared
from ltsweep.store.point_record import PointRecord
from ltsweep.store.store import Store
from ltsweep.views.panels import make_panels
from ltsweep.views.report import judged_curves
from ltsweep.views.shown import Shown
from ltsweep.views.verdicts.judge import minus_dense
from ltsweep.views.verdicts.statistics import standard_deviation
from ltsweep.views.verdicts.verdict import levels_at

_USUAL = (1, 2)  # standard deviations, in tolerances, where none are measured yet
_MOST_READ = 100  # curves: a plan does not read a whole store


def about_seeds(selection: Selection) -> str | None:
    """How many seeds the declared tolerance takes, and for what this plan's are enough.

    By the standard deviations over seeds of arm minus dense that the store has of cells of this
    plan, at the declared densities; else by usual ones. None where nothing is pruned.
    """
    records = [record for record in selection.records if record.levels]
    if not records:
        return None
    report = records[0].report
    n = min(Counter(record.cell for record in records).values())
    measured = sorted(measured_sds(selection.store, records, report))
    sds = measured or [times * report.delta for times in _USUAL]
    takes = [f"{seeds_needed(sd, report.delta)} at {sd:.2g} pp" for sd in (sds[0], sds[-1])]
    source = "measured in this store" if measured else "none is measured yet"
    told = " and ".join(dict.fromkeys(takes))
    has = f"this plan has {n}"
    if n < FEWEST:
        enough = f"{has}, and a verdict takes {FEWEST}"
    else:
        enough = f"{has}, enough up to {largest_sd(n, report.delta):.3g} pp"
    return (
        f"to bound arm minus dense within {report.delta:g} pp, by the paired standard deviation "
        f"over seeds ({source}), takes {told}; {enough}"
    )


def measured_sds(store: Store, records: Sequence[PointRecord], report: Declared) -> Iterable[float]:
    """Standard deviations over seeds of arm minus dense, in points, at the declared densities."""
    known = [record.id for record in records if (store.points_dir / f"{record.id}.json").exists()]
    if not known:
        return
    shown = Shown("plan", tuple(known[:_MOST_READ]), report)
    for panel in make_panels(judged_curves(store, shown)):
        for cell in panel.cells:
            for level in levels_at(cell.densities, report.densities):
                sd = standard_deviation(minus_dense(cell, level))
                if sd is not None:
                    yield sd
