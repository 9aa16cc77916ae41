"""Which reports a store has: one of all its curves, or those of one experiment."""

from ltsweep.foundations.errors import RequestError, not_a_choice
from ltsweep.store.store import Store
from ltsweep.views.shown import Shown, of_experiment, whole_store


def reports_of(store: Store, experiment: str | None) -> list[Shown]:
    """What each report shows; None stands for the whole store, which has one.

    RequestError names the experiments that there are.
    """
    if experiment is None:
        return [whole_store(store)]
    if shown := of_experiment(store, experiment):
        return shown
    known = sorted({point.experiment for point in store.points() if point.experiment})
    if not known:
        raise RequestError(
            [f"experiment {experiment} is unknown; {store.root} has points of no experiment"]
        )
    raise RequestError([not_a_choice(f"experiment {experiment}", experiment, known)])
