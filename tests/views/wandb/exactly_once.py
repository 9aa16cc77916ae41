"""That a server has every row of a store's curves exactly once."""

from ltsweep.store.store import Store
from ltsweep.views.records import read_curves
from ltsweep.views.wandb.deliveries import Deliveries, Destination, rows_from

from .server import Server, without_times


def assert_has_every_row_once(server: Server, store: Store, destination: Destination) -> None:
    """Each curve is one run: it has the rows of all finished levels, and no others."""
    curves = read_curves(store)
    assert curves
    assert server.contradicted == []
    assert set(server.runs) == {curve.id for curve in curves}, "a run has a fresh id"
    for curve in curves:
        note = Deliveries(store, destination).read(curve.id)
        assert note is not None and note.error == ""
        assert sorted(given.number for given in note.levels) == [lv.number for lv in curve.finished]
        assert [*server.rows[curve.id]] == [*range(sum(given.rows for given in note.levels))]
        rows = [without_times(row) for row in server.history(curve.id)]
        assert rows == rows_from(curve, note.levels, 0)
