"""All numbers of verdicts.json, computed again from curves.csv by other means.

The definitions are those of docs/methods.md. Nothing but what the experiment declared is taken
from elsewhere, and no rule or statistic of the views is called.
"""

import itertools
import json
import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from scipy import stats

from ltsweep.views.curves import csv_text, rows_of
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.verdicts.judge import judge
from ltsweep.views.verdicts.plain import as_plain
from ltsweep.views.verdicts.primary import find_primary, judge_primary

from ..conftest import MadeUpStore
from .definitions import (
    DELTA,
    DENSITIES,
    against_dense,
    areas,
    bracket,
    contrasts,
    difference,
    family,
    levels_told,
    nearest,
    read,
    word_of,
)

PRIMARY = {"arm": {"method": "imp"}, "against": {"method": "random_reinit"}, "density": 0.5}
SEEDS = {"imp": 7, "random_reinit": 6, "random_mask": 7, "erk": 5, "dense_at_k": 6, "trained": 3}


# What each pruning costs an arm, in points, beside what made-up records have.
COSTS = {"random_reinit": 0.4, "random_mask": 2.0, "erk": 0.1}
TARGETS = (None, (("name", "fashion_mnist"),))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """curves.csv and verdicts.json of two targets, with seeds that collapsed or diverged."""
    folder = tmp_path_factory.mktemp("recomputed")
    made_up = MadeUpStore(folder / "store")
    for target, (method, seeds) in itertools.product(TARGETS, SEEDS.items()):
        for seed in range(seeds):
            write(made_up, method, seed, target)
    made_up.declare(delta=DELTA, densities=DENSITIES, primary=PRIMARY)
    curves = read_curves(made_up.store)
    panels = make_panels(curves)
    told = as_plain(judge(panels), judge_primary(find_primary(panels)))
    (folder / "curves.csv").write_text(csv_text(rows_of(curves)))
    (folder / "verdicts.json").write_text(json.dumps(told))
    return folder


def write(made_up, method, seed, target):
    """A curve; one seed diverges, and one collapses, at a level of one target."""
    point = made_up.make_point(method, seed, 0 if method == "dense_at_k" else 4, target=target)
    made_up.store.write_point(point)
    keys = [*enumerate(point.stages), *([(0, point.dense)] if point.dense else [])]
    for number, key in keys:
        stage = made_up.store.stage(key)
        if (method, seed, target, number) == ("random_mask", 2, None, 3):
            made_up.write_diverged(point, number)
        if stage.is_done():
            continue
        end = made_up.end_record(point, number)
        accuracy = end.test_accuracy - COSTS.get(method, 0.0) * number / 100
        collapsed = (method, seed, target, number) == ("erk", 1, None, 3)
        made_up.begin(stage)
        measured = {"test_accuracy": 0.11 if collapsed else accuracy}
        stage.append(end.model_copy(update=measured).stored())
        stage.finish("trained", [])


def test_levels_brackets_and_areas(files):
    rows, told = read(files), json.loads((files / "verdicts.json").read_text())
    words = set()
    for panel in told["panels"]:
        of_target = rows[panel["setting"]["target"]]
        heights = areas(of_target)
        assert {method["method"] for method in panel["methods"]} == of_target.keys()
        for method in panel["methods"]:
            by_level = of_target[method["method"]]
            for (number, wanted), level in zip(
                levels_told(by_level), method["levels"], strict=True
            ):
                assert {name: level[name] for name in wanted} == pytest.approx(wanted, abs=1e-9)
                matched = against_dense(by_level[number])
                assert level["against_dense"] == pytest.approx(matched, abs=1e-9)
            first = 0 if method["method"] == "dense_at_k" else 1
            judged = [against_dense(by_level[n])["verdict"] for n in sorted(by_level) if n >= first]
            words |= {*judged}
            assert method["lowest"] == bracket(judged, first)
            if method["method"] == "dense_at_k":
                assert method["area_mean"] is None
                continue
            height = heights[method["method"]]
            assert method["area_mean"] == pytest.approx(np.mean(height), abs=1e-9)
            assert method["area_sd"] == pytest.approx(np.std(height, ddof=1), abs=1e-9)
    assert words >= {"matches", "below", "collapsed", "n < 5"}


def test_contrasts_and_their_family(files):
    rows, told = read(files), json.loads((files / "verdicts.json").read_text())
    found = contrasts(rows)
    adjusted = family(found)
    assert told["family"] == len(adjusted) < len(found)
    entries = {
        (panel["setting"]["target"], entry["against"], entry["declared"]): entry
        for panel in told["panels"]
        for entry in panel["contrasts"]
    }
    assert entries.keys() == found.keys()
    for name, (by_seed, gone) in found.items():
        entry, d = entries[name], [*by_seed.values()]
        assert entry["arm"] == "imp"
        wanted = {str(seed): value for seed, value in by_seed.items()}
        assert entry["differences"] == pytest.approx(wanted, abs=1e-9)
        p = adjusted.get(name)
        assert entry["difference"] == pytest.approx(difference(d, gone, p, p), abs=1e-9)
        error = np.std(d, ddof=1) / math.sqrt(len(d))
        assert entry["error_of_seeds"] == pytest.approx(error, abs=1e-9)
    words = {entry["difference"]["verdict"] for entry in entries.values()}
    assert words >= {"beats", "collapsed", "n < 5"}


def test_the_primary_contrast_is_the_mean_over_targets_seed_by_seed(files):
    rows, told = read(files), json.loads((files / "verdicts.json").read_text())["primary"]
    pairs = [
        d for (_, control, density), (d, _) in contrasts(rows).items()
        if (control, density) == ("random_reinit", 0.5)
    ]  # fmt: skip
    assert len(pairs) == told["pairs"] == 2
    by_seed = {seed: (pairs[0][seed] + pairs[1][seed]) / 2 for seed in pairs[0]}
    wanted = {str(seed): value for seed, value in by_seed.items()}
    assert told["differences"] == pytest.approx(wanted, abs=1e-9)
    d = [*by_seed.values()]
    p = stats.ttest_1samp(d, 0).pvalue
    assert told["difference"] == pytest.approx(difference(d, 0, p, None), abs=1e-9)


def test_shares_count_cells(files):
    rows, told = read(files), json.loads((files / "verdicts.json").read_text())
    outcome = {
        "beats": "wins", "ties with": "ties", "matches": "ties", "loses to": "losses",
        "below": "losses", "undecided": "undecided", "underpowered": "undecided",
    }  # fmt: skip
    found = contrasts(rows)
    adjusted = family(found)
    wanted = defaultdict(Counter)
    for name, (d, gone) in found.items():
        word = word_of([*d.values()], adjusted.get(name), gone)
        wanted[name[1]][outcome.get(word, "no verdict")] += 1
    for of_target in rows.values():
        for density in DENSITIES:
            ticket = of_target["imp"]
            word = against_dense(ticket[nearest(ticket, density)])["verdict"]
            wanted["dense"][outcome.get(word, "no verdict")] += 1
    shares = [share for share in told["shares"] if share["source_images"] is None]
    assert {share["against"]: share["outcomes"] for share in shares} == wanted
    assert all(share["cells"] == sum(share["outcomes"].values()) == 4 for share in shares)
