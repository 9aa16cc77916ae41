"""Linear classifiers of the same inputs, where a report declares them: in words, drawn, as JSON."""

import io

import pytest
from rich.console import Console

from ltsweep.store.yardsticks import LinearClassifier, Yardsticks
from ltsweep.views import figure
from ltsweep.views.facets import make_facets
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.table import markdown, print_verdicts
from ltsweep.views.verdicts.judge import judge
from ltsweep.views.verdicts.plain import as_plain
from ltsweep.views.yardsticks import linear_in_words

LOGISTIC = LinearClassifier(
    name="logistic regression", parameters=1970, penalty=0.1, val_accuracy=0.84, test_accuracy=0.825
)
RIDGE = LinearClassifier(
    name="ridge regression", parameters=1970, penalty=0.1, val_accuracy=0.8, test_accuracy=0.79
)
LEFT_OUT = LinearClassifier(
    name="logistic regression", parameters=30_730, left_out="45,000 images are more than 20,000"
)


@pytest.fixture
def beside(made_up):
    """Has all points of the store declare linear classifiers, those of these data."""

    def declare(*classifiers, names=lambda point: "data", **report):
        made_up.fill(("imp", "random_mask"), seeds=2, levels=3)
        for point in made_up.store.points():
            made_up.store.write_point(point.model_copy(update={"yardsticks": names(point)}))
            Yardsticks(classifiers=classifiers).save(made_up.store, names(point))
        made_up.declare(**{"linear": True, **report})
        return made_up.store

    return declare


def verdict(store):
    (found,) = judge(make_panels(read_curves(store)))
    return found


def words(store):
    return linear_in_words(verdict(store).linear)


BOTH = (
    "a linear classifier on the same inputs reaches 82.5 % (logistic regression, 1,970 parameters)"
    ", 79.0 % (ridge regression, 1,970 parameters)"
)


def test_the_table_the_markdown_and_the_json_tell_how_far_they_come(beside):
    found = verdict(beside(LOGISTIC, RIDGE))
    out = io.StringIO()
    print_verdicts([found], Console(file=out, width=400))
    assert BOTH in out.getvalue()
    assert BOTH in markdown([found], "title")
    (plain,) = as_plain([found])["panels"]
    assert plain["linear_in_words"] == BOTH
    assert [one["accuracy"] for one in plain["linear"]] == pytest.approx([82.5, 79.0])


def test_they_are_dotted_lines_with_their_parameters_in_the_legend(beside):
    found = verdict(beside(LOGISTIC, RIDGE))
    drawing = figure._figure(make_facets([found]), "title")
    labels = [text.get_text() for text in drawing.legends[0].get_texts()]
    assert "logistic regression (1,970 parameters)" in labels
    heights = {line.get_ydata()[0] for line in drawing.axes[0].lines if len(line.get_ydata()) == 2}
    assert {82.5, 79.0} <= {round(height, 6) for height in heights}


def test_what_was_left_out_is_said_and_not_drawn(beside):
    store = beside(LEFT_OUT, RIDGE)
    assert words(store) == (
        "a linear classifier on the same inputs reaches 79.0 % (ridge regression, 1,970 "
        "parameters); logistic regression is left out: 45,000 images are more than 20,000"
    )
    labels = [one.label for one in verdict(store).linear if one.accuracy is not None]
    assert labels == ["ridge regression (1,970 parameters)"]


def test_seeds_with_data_of_their_own_are_averaged(beside, made_up):
    store = beside(RIDGE, names=lambda point: f"data of seed {point.seed}")
    other = RIDGE.model_copy(update={"test_accuracy": 0.81})
    Yardsticks(classifiers=(other,)).save(store, "data of seed 1")
    assert words(store) == (
        "a linear classifier on the same inputs reaches 80.0 ± 1.4 % (ridge regression, 1,970 "
        "parameters, mean over 2 splits)"
    )


def test_a_report_on_validation_images_has_their_accuracy(beside):
    (found,) = verdict(beside(RIDGE, split="validation")).linear
    assert found.accuracy == pytest.approx(80)


def test_where_nothing_is_declared_nothing_is_told(beside):
    assert words(beside(RIDGE, linear=False)) is None


def test_a_file_that_is_gone_tells_nothing(beside):
    store = beside(RIDGE)
    (store.root / "yardsticks" / "data.json").unlink()
    assert words(store) is None
