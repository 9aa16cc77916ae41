"""The terminal table and its Markdown twin."""

import io

import pytest
from rich.console import Console

from ltsweep.views.conclusions import conclude
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.shown import Shown
from ltsweep.views.table import markdown, print_table, print_verdicts
from ltsweep.views.verdicts.judge import judge
from ltsweep.views.wording import accuracy, p_value, percent, signed


def verdicts(store):
    return judge(make_panels(read_curves(store)))


def printed(store, width):
    out = io.StringIO()
    print_verdicts(verdicts(store), Console(file=out, width=width))
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 100, 160])
def test_it_fits_the_terminal_and_shows_the_declared_densities(made_up, width):
    made_up.fill(("imp", "random_reinit", "random_mask", "layerwise_permuted"))
    text = printed(made_up.store, width)
    assert max(map(len, text.splitlines())) <= width
    head = text.splitlines()[0]
    assert all(density in head for density in ("51.2 %", "10.7 %", "3.52 %"))
    assert "…" not in text


def test_rows_hold_mean_and_spread_n_and_the_lowest_matching_density(made_up):
    made_up.fill(("imp", "random_mask"))
    row = next(line for line in printed(made_up.store, 100).splitlines() if line.startswith("imp"))
    assert row.split()[1] == "6"
    assert row.count("±") == 4
    assert "3.52 % (last level)" in row


def test_no_colour_codes_when_it_is_not_a_terminal(made_up):
    assert "\x1b" not in printed(made_up.fill(("imp",), seeds=2), 100)


def test_a_selection_of_a_store_is_printed(made_up, capsys):
    store = made_up.fill(("imp", "random_mask"), seeds=1, levels=2)
    ids = [p.id for p in store.points() if p.method == "imp"]
    print_table(conclude(Shown("imp", tuple(ids)), read_curves(store, ids)))
    shown = capsys.readouterr().out
    assert "imp" in shown
    assert "random_mask" not in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_one_table_per_panel(made_up):
    for scale in (0.5, 2.0):
        made_up.fill(("imp",), seeds=2, levels=3, init_scale=scale)
    text = printed(made_up.store, 100)
    assert "init scale 0.5" in text
    assert "init scale 2" in text
    assert text.count("lowest matching:") == 1


def test_a_few_seeds_get_no_verdict(made_up):
    assert "n < 5" in printed(made_up.fill(("imp",), seeds=3, levels=3), 100)


def test_diverged_levels_are_marked(made_up):
    made_up.fill(("imp",), seeds=2, levels=1)
    point = made_up.make_point("imp", 2, levels=1)
    made_up.write_curve(point, until=0)
    made_up.write_diverged(point, 1)
    text = printed(made_up.store, 100)
    assert "*" in next(line for line in text.splitlines() if line.startswith("imp"))
    assert "* some seeds diverged" in text


def test_nothing_finished_says_so(made_up):
    assert printed(made_up.store, 80) == "no finished level yet\n"
    assert "no finished level yet" in markdown([], "empty")


def test_markdown_has_the_comparisons(made_up):
    text = markdown(verdicts(made_up.fill(("imp", "random_mask"))), "quickstart")
    assert text.startswith("# quickstart\n")
    lines = [line for line in text.splitlines() if line.startswith("| imp − random_mask | 3.52 %")]
    assert len(lines) == 1
    assert "| < 0.001 | 0.031 | 6 / 0 / 0 | beats |" in lines[0]
    columns = {line.count("|") for line in text.splitlines() if "3.52 %" in line and "|" in line}
    assert len(columns) == 2


def test_wording():
    assert [percent(d) for d in (1.0, 0.5119, 0.0352, 0.0012, 0.00018)] == [
        "100 %",
        "51.2 %",
        "3.52 %",
        "0.12 %",
        "0.018 %",
    ]
    assert (accuracy(97.84, 0.51), accuracy(97.84, None), accuracy(None, None)) == (
        "97.8 ± 0.5",
        "97.8",
        "–",
    )
    assert (signed(-0.5), signed(0.25), signed(-1e-9), signed(None)) == (
        "−0.50",
        "+0.25",
        "0.00",
        "–",
    )
    assert (p_value(0.0004), p_value(0.0316), p_value(None)) == ("< 0.001", "0.032", "–")
