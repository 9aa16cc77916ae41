"""Wins, ties and losses over sources, targets and densities are counted, and nothing is pooled."""

import io
import json

import pytest
from rich.console import Console

from ltsweep.store.overlap import Overlap
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.report import make_report
from ltsweep.views.share_table import print_shares
from ltsweep.views.verdicts.judge import judge
from ltsweep.views.verdicts.shares import shares

from ..test_matrix import DIGITS, FASHION, FOUR, fill

pytestmark = pytest.mark.usefixtures("no_pictures")

# what tickets gain on dense: by -0.02 they beat a mask that loses 0.05, by -0.05 they tie with it
MASK = dict.fromkeys(FOUR, -0.05)
TICKETS = {**FOUR, (FASHION, DIGITS): -0.05, (FASHION, FASHION): -0.09}


def found(made_up):
    return shares(judge(make_panels(read_curves(made_up.store))))


def write(made_up):
    fill(made_up, TICKETS, densities=(0.8, 0.64))
    fill(made_up, MASK, method="random_mask", densities=(0.8, 0.64))


def test_each_source_target_and_density_is_one_cell_of_a_contrast(made_up):
    write(made_up)
    against_mask, against_dense = found(made_up)
    assert (against_mask.arm, against_mask.against) == ("imp", "random_mask")
    assert (against_mask.cells, against_mask.outcomes) == (8, {"wins": 4, "ties": 2, "losses": 2})
    assert (against_dense.arm, against_dense.against) == ("imp", "dense")
    # 0.0 matches; -3, -5 and -9 points are below
    assert (against_dense.cells, against_dense.outcomes) == (8, {"ties": 2, "losses": 6})


def test_sources_of_each_size_are_counted_apart_too(made_up):
    write(made_up)
    for point in made_up.store.points():
        images = 1170 if point.config["dataset"]["name"] == "digits" else 60000
        overlap = Overlap(duplicates=None, test_images=497, training_images=images)
        overlap.save(made_up.store, point.overlap)
    by_size = {s.source_images: s.outcomes for s in found(made_up) if s.against == "random_mask"}
    assert by_size == {
        None: {"wins": 4, "ties": 2, "losses": 2},
        1170: {"wins": 4},
        60000: {"ties": 2, "losses": 2},
    }


def test_few_seeds_and_other_settings_are_told(made_up):
    fill(made_up, TICKETS, seeds=3, densities=(0.8,))
    assert [share.outcomes for share in found(made_up)] == [{"no verdict": 4}]
    fill(made_up, TICKETS, lr=0.2, densities=(0.8,))
    told = [(share.setting, share.cells) for share in found(made_up)]
    assert told == [({"optimizer.lr": 0.05}, 4), ({"optimizer.lr": 0.2}, 4)]


def test_one_source_and_one_target_have_none(made_up):
    fill(made_up, {(DIGITS, FASHION): 0.0})
    assert found(made_up) == []


def test_every_view_has_them(made_up):
    write(made_up)
    row = "| imp − random_mask | 8 | 4 (50 %) | 2 (25 %) | 0 (0 %) | 2 (25 %) | 0 (0 %) |"
    report = make_report(made_up.store, name="all")
    assert row in (report / "table.md").read_text()
    plain = json.loads((report / "verdicts.json").read_text())["shares"]
    assert [share["cells"] for share in plain] == [8, 8]
    assert '"imp − random_mask","8","4 (50 %)"' in (report / "dashboard.html").read_text()
    out = io.StringIO()
    print_shares(found(made_up), Console(file=out, width=100))
    (printed,) = [li for li in out.getvalue().splitlines() if li.startswith("imp − random_mask")]
    assert printed.split()[3:6] == ["8", "4", "(50"]
