"""Which reports a request is about: that of a whole store, or those of one experiment."""

from ltsweep.foundations.errors import RequestError, not_a_choice
from ltsweep.store.store import Store
from ltsweep.views.shown import Shown, of_experiment, whole_store


def reports_of(store: Store, experiment: str | None) -> list[Shown]:
    """What a report of the store, or of an experiment in it, shows.

    RequestError names the experiments that there are. DamagedFile where it may be of a point that
    is damaged.
    """
    if experiment is None:
        return [whole_store(store)]
    if shown := of_experiment(store, experiment):
        return shown
    store.check_points()
    known = sorted({point.experiment for point in store.points() if point.experiment})
    wrong = f"experiment {experiment}"
    if not known:
        raise RequestError([f"{wrong} is unknown; {store.root} has points of no experiment"])
    raise RequestError([not_a_choice(wrong, experiment, known)])
