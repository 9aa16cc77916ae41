"""The definitions of docs/methods.md once more: from curves.csv, with numpy and scipy alone.

Nothing of the views is called. Differences are in points.
"""

import csv
import itertools
import math
from collections import defaultdict

import numpy as np
from scipy import stats

DELTA, DENSITIES, FEWEST = 1.0, (0.8, 0.5), 5


def read(files):
    """The rows by target, method, level and seed; numbers as numbers, in points."""
    found = defaultdict(lambda: defaultdict(lambda: defaultdict(dict)))
    for row in csv.DictReader((files / "curves.csv").read_text().splitlines()):
        accuracy = row["test_accuracy"]
        found[row["target"]][row["method"]][int(row["level"])][int(row["seed"])] = {
            "density": int(row["kept"]) / int(row["prunable"]),
            "accuracy": 100 * float(accuracy) if accuracy else None,
            "dense": 100 * float(row["dense_test_accuracy"]),
            "collapsed": accuracy and is_chance(row, accuracy),
            "dense_collapsed": accuracy and is_chance(row, row["dense_test_accuracy"]),
        }
    return found


def is_chance(row, accuracy):
    chance = float(row["chance_accuracy"])
    return float(accuracy) <= chance + 3 * math.sqrt(
        chance * (1 - chance) / int(row["test_examples"])
    )


def bounds(d, confidence):
    """Of the mean, two-sided."""
    half = stats.t.ppf((1 + confidence) / 2, len(d) - 1) * np.std(d, ddof=1) / math.sqrt(len(d))
    return np.mean(d) - half, np.mean(d) + half


def lost(*sides):
    collapsed = {s for side in sides for s, row in side.items() if row["collapsed"]}
    return len(collapsed) + sum(row["accuracy"] is None for side in sides for row in side.values())


def against_dense(rows):
    d = [r["accuracy"] - r["dense"] for _, r in sorted(rows.items()) if r["accuracy"] is not None]
    lower, upper = bounds(d, 0.9)
    if lost(rows) or any(row["dense_collapsed"] for row in rows.values()):
        word = "collapsed"
    elif len(d) < FEWEST:
        word = "n < 5"
    elif lower > -DELTA:
        word = "matches"
    elif upper < -DELTA:
        word = "below"
    else:
        word = "underpowered" if upper - lower > 2 * DELTA else "undecided"
    # of seeds that differ in nothing at all there is no test
    p = stats.ttest_1samp(d, 0).pvalue if np.std(d) else 1.0
    return {
        "n": len(d),
        "mean": np.mean(d),
        "lower": lower,
        "upper": upper,
        "p": p,
        "verdict": word,
    }


def levels_told(by_level):
    for number, rows in sorted(by_level.items()):
        values = [row["accuracy"] for row in rows.values() if row["accuracy"] is not None]
        yield (
            number,
            {
                "density": next(iter(rows.values()))["density"],
                "n": len(values),
                "diverged": len(rows) - len(values),
                "collapsed": sum(bool(row["collapsed"]) for row in rows.values()),
                "mean": np.mean(values),
                "sd": np.std(values, ddof=1),
                "median": np.median(values),
            },
        )


def bracket(words, first):
    """Level, end, reason and count of what is left open, of the words of levels going down."""
    end = next((i for i, word in enumerate(words) if word in ("below", "collapsed")), None)
    above = words[:end]
    good = [i for i, word in enumerate(above) if word == "matches"]
    behind = good[-1] + 1 if good else 0
    reason = words[end] if end is not None else (*words, "last level")[behind]
    return {
        "level": first + good[-1] if good else None,
        "ended": None if end is None else first + end,
        "stopped_by": reason,
        "open": len(above) - len(good),
    }


def areas(of_target):
    """Mean heights over log density by method and seed, on the densities that all curves cover."""
    curves = defaultdict(dict)
    for method, by_level in of_target.items():
        for rows in by_level.values():
            for seed, row in rows.items():
                if row["accuracy"] is not None:
                    curves[method, seed][math.log(row["density"])] = row["accuracy"]
    curves = {name: sorted(points.items()) for name, points in curves.items() if len(points) > 1}
    low = max(points[0][0] for points in curves.values())
    high = min(points[-1][0] for points in curves.values())
    grid = sorted({x for points in curves.values() for x, _ in points if low <= x <= high})
    found = defaultdict(list)
    for (method, _), points in curves.items():
        heights = [np.interp(x, *zip(*points, strict=True)) for x in grid]
        steps = zip(grid, grid[1:], heights, heights[1:], strict=False)
        area = sum((b - a) * (one + other) / 2 for a, b, one, other in steps)
        found[method].append(area / (grid[-1] - grid[0]))
    return found


def nearest(by_level, density):
    return min(
        (n for n in by_level if n),
        key=lambda n: abs(math.log(next(iter(by_level[n].values()))["density"] / density)),
    )


def paired(ours, theirs):
    both = sorted(ours.keys() & theirs.keys())
    return {
        seed: ours[seed]["accuracy"] - theirs[seed]["accuracy"]
        for seed in both
        if None not in (ours[seed]["accuracy"], theirs[seed]["accuracy"])
    }


def sign_flip(d):
    sums = [abs(sum(signs)) for signs in itertools.product(*((x, -x) for x in d))]
    return np.mean([s >= abs(sum(d)) - 1e-9 for s in sums])


def holm(p_values):
    """Adjusted p of each: the largest of (m - rank) p over those up to it."""
    ordered, found, largest = sorted(p_values.items(), key=lambda item: item[1]), {}, 0.0
    for rank, (name, p) in enumerate(ordered):
        largest = max(largest, min(1.0, (len(ordered) - rank) * p))
        found[name] = largest
    return found


def word_of(d, p, gone):
    lower, upper = bounds(d, 0.9)
    if p is None:
        return "collapsed" if gone else "n < 5"
    if p < 0.05:
        return "beats" if np.mean(d) > 0 else "loses to"
    if lower > -DELTA and upper < DELTA:
        return "ties with"
    return "underpowered" if upper - lower > 2 * DELTA else "undecided"


def difference(d, gone, p_decides, p_holm):
    (lower, upper), (tie_lower, tie_upper) = bounds(d, 0.95), bounds(d, 0.9)
    word = word_of(d, p_decides, gone)
    return {
        "n": len(d), "mean": np.mean(d), "lower": lower, "upper": upper,
        "tie_lower": tie_lower, "tie_upper": tie_upper,
        "p": None if p_decides is None else stats.ttest_1samp(d, 0).pvalue,
        "p_flip": sign_flip(d), "p_holm": p_holm,
        "wins": sum(x > 0 for x in d), "ties": sum(x == 0 for x in d),
        "losses": sum(x < 0 for x in d), "verdict": word,
        "is_within_delta": bool(
            word in ("beats", "loses to") and lower > -DELTA and upper < DELTA
        ),
    }  # fmt: skip


def contrasts(rows):
    """Differences and lost seeds by target, control and density: the ticket against all others."""
    found = {}
    for target, of_target in rows.items():
        ticket = of_target["imp"]
        for control in [m for m in of_target if m not in ("imp", "dense_at_k")]:
            for density in DENSITIES:
                ours = ticket[nearest(ticket, density)]
                theirs = of_target[control][nearest(of_target[control], density)]
                found[target, control, density] = paired(ours, theirs), lost(ours, theirs)
    return found


def family(found):
    """Holm's p of all contrasts with at least five seeds of which none was lost."""
    return holm(
        {
            name: stats.ttest_1samp([*d.values()], 0).pvalue
            for name, (d, gone) in found.items()
            if len(d) >= FEWEST and not gone
        }
    )
