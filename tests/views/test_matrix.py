"""Sources against targets: numbers by hand, and that every view of them says what it may say."""

import io

import pytest
from matplotlib.image import imread
from PIL import Image
from rich.console import Console

from ltsweep.views import matrix_figure
from ltsweep.views.matrix import are_compared, matrices
from ltsweep.views.matrix_table import about, matrices_markdown, print_matrices, title
from ltsweep.views.panels import BY_ARM, make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.report import make_report

from .test_transfer import write

DIGITS, FASHION = (("name", "digits"),), (("name", "fashion_mnist"),)
DENSITIES = (0.8, 0.5)
DENSE = 0.9
WOBBLE = (-0.002, -0.001, 0.0, 0.001, 0.002, 0.0)


def fill(made_up, gains, seeds=6, method="imp", densities=DENSITIES, **choices):
    """Curves of two levels; by source and target, what their level 1 gains on dense, a fraction."""
    for (source, target), gain in gains.items():
        for seed in range(seeds):
            point = made_up.make_point(
                method, seed, 2, source=source, target=target, densities=densities, **choices
            )
            own = DENSE + seed / 1000 + gain + WOBBLE[seed]
            accuracies = [own] if point.dense is not None else [DENSE + seed / 1000, own, own]
            write(made_up, point, accuracies)


def found(made_up):
    return matrices(make_panels(read_curves(made_up.store)))


def by_pair(matrix):
    return {(entry.source, entry.target): entry for entry in matrix.entries}


FOUR = {
    (DIGITS, DIGITS): 0.0,
    (DIGITS, FASHION): -0.03,
    (FASHION, DIGITS): -0.01,
    (FASHION, FASHION): 0.02,
}


def test_entries_are_differences_paired_by_seed(made_up):
    fill(made_up, FOUR)
    first = found(made_up)[0]
    assert (first.arm, first.declared, first.sources, first.targets) == (
        "imp", 0.8, ["digits", "fashion_mnist"], ["digits", "fashion_mnist"],
    )  # fmt: skip
    assert {pair: round(entry.mean, 6) for pair, entry in by_pair(first).items()} == {
        ("digits", "digits"): 0.0,
        ("digits", "fashion_mnist"): -3.0,
        ("fashion_mnist", "digits"): -1.0,
        ("fashion_mnist", "fashion_mnist"): 2.0,
    }
    half = 2.570582 * 0.141421 / 6**0.5  # t(0.975, 5) times SD of the wobble over root n
    entry = by_pair(first)["digits", "fashion_mnist"]
    assert (entry.lower, entry.upper) == pytest.approx((-3 - half, -3 + half), abs=1e-4)
    assert {entry.n for entry in first.entries} == {6}
    assert {pair: entry.verdict for pair, entry in by_pair(first).items()} == {
        ("digits", "digits"): "matches",
        ("digits", "fashion_mnist"): "below",
        ("fashion_mnist", "digits"): "undecided",
        ("fashion_mnist", "fashion_mnist"): "matches",
    }


def test_one_matrix_per_method_and_declared_density_with_the_actual_one_told(made_up):
    for method in ("random_reinit", "imp", "dense_at_k"):
        fill(made_up, FOUR, method=method, densities=(0.6, 0.01))
    assert [title(matrix) for matrix in found(made_up)] == [
        "imp at 64 % (declared: 60 %)",
        "dense_at_k at 100 %",
        "random_reinit at 64 % (declared: 60 %)",
    ]


def test_other_settings_have_matrices_of_their_own(made_up):
    for scale in (1.0, 2.0):
        fill(made_up, FOUR, seeds=1, densities=(0.8,), init_scale=scale)
    assert [title(matrix) for matrix in found(made_up)] == [
        "imp at 80 %, init scale 1", "imp at 80 %, init scale 2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seeds", "told"),
    [
        (1, "−5.20 n = 1 |"),
        (2, "−5.15 [−5.79, −4.51] n = 2 |"),
        (4, "−5.05 [−5.26, −4.84] n = 4 |"),
        (5, "−5.00 [−5.20, −4.80] n = 5, below |"),
    ],
)
def test_a_verdict_needs_five_seeds_and_an_interval_two(made_up, seeds, told):
    fill(made_up, {(DIGITS, DIGITS): -0.05, (DIGITS, FASHION): -0.05}, seeds=seeds)
    (row, *_) = [
        line
        for line in matrices_markdown(found(made_up)).splitlines()
        if line.startswith("| digits |")
    ]
    assert row == f"| digits | {told} {told}"


def test_a_pair_without_curves_or_dense_is_a_gap(made_up):
    fill(made_up, {(DIGITS, FASHION): 0.0, (FASHION, DIGITS): 0.0}, seeds=2)
    first = found(made_up)[0]
    assert first.at("digits", "digits") is None
    assert "| digits | – |" in matrices_markdown([first])


def test_a_level_that_some_pairs_have_not_reached_is_a_gap_in_the_whole_matrix(made_up):
    """While a sweep is under way all matrices of an arm have the same rows and columns."""
    for (source, target), levels in {(DIGITS, FASHION): 2, (FASHION, DIGITS): 1}.items():
        point = made_up.make_point(
            "imp", 0, 2, source=source, target=target, densities=DENSITIES
        )  # fmt: skip
        write(made_up, point, [DENSE] * (levels + 1))
    sides = [(matrix.sources, matrix.targets) for matrix in found(made_up)]
    assert sides == [(["digits", "fashion_mnist"],) * 2] * 2
    assert found(made_up)[1].at("fashion_mnist", "digits") is None


def test_diverged_seeds_are_counted_and_keep_an_entry_from_matching(made_up):
    fill(made_up, {(DIGITS, DIGITS): 0.0, (DIGITS, FASHION): 0.0}, seeds=5)
    point = made_up.make_point(
        "imp", 5, 2, source=DIGITS, target=FASHION, densities=DENSITIES
    )  # fmt: skip
    write(made_up, point, [DENSE])
    made_up.write_diverged(point, 1)
    entry = found(made_up)[0].at("digits", "fashion_mnist")
    assert (entry.n, entry.diverged, entry.verdict) == (5, 1, "collapsed")


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize(
    "gains", [{(DIGITS, FASHION): 0.0}, {(DIGITS, None): 0.0, (FASHION, None): 0.0}, {}]
)
def test_there_is_none_without_transfer_between_several(made_up, gains):
    fill(made_up, gains, seeds=2)
    assert found(made_up) == []
    assert matrices_markdown([]) == ""
    names = {path.name for path in make_report(made_up.store, name="all").iterdir()}
    assert not any(name.startswith("matrix") for name in names)


def test_there_is_none_for_settings_that_have_one_pair_alone(made_up):
    fill(made_up, {(DIGITS, FASHION): 0.0, (FASHION, DIGITS): 0.0}, seeds=2)
    fill(made_up, {(DIGITS, FASHION): 0.0}, seeds=2, init_scale=2.0)
    assert {matrix.setting["init_scale"] for matrix in found(made_up)} == {1.0}


def test_there_is_none_where_arms_tell_the_sources():
    assert are_compared([("digits", "usps"), ("mnist", "usps")])
    assert not are_compared([("digits", "usps"), (BY_ARM, "usps"), ("mnist", "usps")])


@pytest.mark.usefixtures("no_pictures")
def test_the_report_has_the_picture_and_the_tables(made_up):
    fill(made_up, FOUR, seeds=2)
    directory = make_report(made_up.store, name="all")
    assert {"matrix.png", "matrix.pdf"} <= {path.name for path in directory.iterdir()}
    assert "## Sources and targets: imp" in (directory / "table.md").read_text()
    (directory / "matrix.png").unlink()
    make_report(made_up.store, name="all")
    assert (directory / "matrix.png").exists()
    ids = [point.id for point in made_up.store.points() if point.columns.target == "digits"]
    make_report(made_up.store, name="all", ids=ids[:1])
    assert not (directory / "matrix.png").exists(), "nothing is left over from another selection"


def test_the_printed_tables_say_what_the_numbers_are(made_up):
    fill(made_up, FOUR, seeds=5)
    out = io.StringIO()
    print_matrices(found(made_up), Console(file=out, width=100))
    text = out.getvalue()
    assert max(map(len, text.splitlines())) <= 100
    assert "imp at 64 % (declared: 50 %)" in text
    assert "n = 5, below" in text
    assert "matches dense within 1 pp" in " ".join(text.split())


def test_the_picture_is_the_same_every_time_and_says_what_it_leaves_out(made_up):
    fill(made_up, FOUR, seeds=2)
    both = found(made_up)
    first, second = (matrix_figure.draw_matrices(both, "title") for _ in range(2))
    assert first == second
    assert imread(io.BytesIO(first["png"])).ndim == 3
    axis, _, bar = matrix_figure._figure(both, "title").axes
    assert axis.get_title(loc="left") == "imp at 80 %"
    assert [text.get_text() for text in axis.texts][1].startswith("−3.15\n[")
    assert bar.get_ylim() == pytest.approx((-3.15, 3.15))
    many = matrix_figure._figure(both * matrix_figure.MOST_MATRICES, "title")
    assert "24 of 48 matrices left out" in " ".join(many.get_supxlabel().split())
    assert Image.open(io.BytesIO(first["png"])).text["Description"] == about(both)


def test_a_single_column_has_room_beside_digests_and_below_a_long_title(made_up):
    """Warnings are errors here, and matplotlib warns where words take all of the room."""
    sources = [(("name", name),) for name in ("b2825fb7829005cb", "bd644b86c2d1b1ac")]
    target = (("name", "digits"), ("split_seed", 1))
    gains = {(source, target): 0.01 for source in (*sources, DIGITS)}
    fill(made_up, gains, densities=(0.5,), method="layerwise_permuted")
    (matrix,) = found(made_up)
    assert title(matrix) == "layerwise_permuted at 64 % (declared: 50 %)"
    assert matrix_figure.draw_matrices([matrix]).keys() == {"png", "pdf"}
