"""Which curves of a store a view is of: all, or those of one experiment."""

from ltsweep.foundations.errors import RequestError, not_a_choice
from ltsweep.store.store import Store


def ids_of(store: Store, experiment: str | None) -> list[str] | None:
    """The points of an experiment, by id, and None for all of the store.

    RequestError names the experiments that there are.
    """
    if experiment is None:
        return None
    points = store.points()
    ids = [point.id for point in points if point.experiment == experiment]
    if ids:
        return ids
    known = sorted({point.experiment for point in points if point.experiment})
    if not known:
        raise RequestError(
            [f"experiment {experiment} is unknown; {store.root} has points of no experiment"]
        )
    raise RequestError([not_a_choice(f"experiment {experiment}", experiment, known)])
