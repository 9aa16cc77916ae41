"""Rows of two cells always differ in what a reader can read: never in their ids alone."""

import csv
import io
import random

import pytest

from ltsweep.store.point_record import SETTING_COLUMNS
from ltsweep.views.curves import csv_text, rows_of
from ltsweep.views.metrics import METRICS

from .varied import cells, curve, point


def readable(curves):
    """What curves.csv says of each cell, by cell, without ids and numbers that were measured."""
    unread = {"cell", "curve", "seed", "level", *(metric.name for metric in METRICS)}
    rows = csv.DictReader(io.StringIO(csv_text(rows_of(curves))))
    return {row["cell"]: tuple(v for n, v in row.items() if n not in unread) for row in rows}


@pytest.mark.parametrize("size", [2, 3, 8, 40])
def test_rows_of_two_cells_differ_in_a_readable_column(size):
    draw, pool = random.Random(size), cells()
    assert len(pool) > 100
    for _ in range(2000 // size):
        told = readable([curve(record) for record in draw.sample(pool, size)])
        assert len(told) == len({*told.values()}) == size


def test_where_the_code_of_an_own_part_changed_versions_tell_old_from_new():
    """The hash of its source file is in the keys, and no setting has it."""
    new = point("method=imp")
    old = new.model_copy(update={"id": "0" * 20, "cell": "f" * 20})
    plain = point("method=dense")
    rows = rows_of(
        [
            curve(new, began="2026-03-01T00:00:00+00:00"),
            curve(old, began="2026-02-01T00:00:00+00:00"),
            curve(plain),
        ]
    )
    assert {row["cell"]: row["version"] for row in rows} == {
        old.cell: 1,
        new.cell: 2,
        plain.cell: None,
    }
    assert list(rows[0])[3 : 5 + len(SETTING_COLUMNS)] == [*SETTING_COLUMNS, "version", "seed"]
