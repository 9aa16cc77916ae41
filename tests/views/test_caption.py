"""Captions of figures say what the verdicts say, and nothing that they do not."""

import io

from matplotlib.image import pil_to_array
from PIL import Image

from ltsweep.views.caption import caption
from ltsweep.views.figure import MOST_PANELS, draw
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.verdicts.judge import judge

from .verdicts.test_judge import write_accuracies


def verdicts(made_up):
    return judge(make_panels(read_curves(made_up.store)))


def test_it_names_lowest_matching_densities_and_comparisons(made_up):
    write_accuracies(made_up, "imp", [0.97, 0.972, 0.969, 0.968])
    write_accuracies(made_up, "random_reinit", [0.97, 0.972, 0.969, 0.968])
    write_accuracies(made_up, "random_mask", [0.97, 0.961, 0.9, 0.8])
    assert caption(verdicts(made_up)) == (
        "Test accuracy against weights remaining, mean ± standard deviation (seeds: 6). Lowest "
        "density that matches dense within 1 pp: imp 51.2 % (last level), random_reinit 51.2 % "
        "(last level), random_mask none (below from 64 %). "
        "Yet imp is 0.2 pp below dense at 51.2 % (p = 0.018); random_reinit is 0.2 pp below dense "
        "at 51.2 % (p = 0.018). "
        "At 80 % imp beats random_mask; ties with random_reinit. "
        "At 64 % imp beats random_mask; ties with random_reinit. "
        "At 51.2 % imp beats random_mask; ties with random_reinit."
    )


def test_a_ticket_that_falls_below_dense_is_not_said_to_stay_with_it(made_up):
    write_accuracies(made_up, "imp", [0.97, 0.94, 0.93, 0.92])
    assert "within 1 pp: imp none (below from 80 %)." in caption(verdicts(made_up))


def test_few_seeds_get_no_verdict(made_up):
    write_accuracies(made_up, "imp", [0.97, 0.97, 0.97, 0.97], seeds=3)
    write_accuracies(made_up, "random_mask", [0.97, 0.5, 0.4, 0.3], seeds=3)
    words = caption(verdicts(made_up))
    assert "imp and random_mask not judged, for want of seeds (n < 5)." in words
    assert "At 80 % imp has no verdict (n < 5) against random_mask." in words
    assert "beats" not in words


def test_the_figures_carry_the_caption_of_the_panels_that_they_show(made_up):
    for number in range(MOST_PANELS + 1):
        made_up.fill(("imp",), seeds=1, levels=1, init_scale=1.0 + number)
    found = verdicts(made_up)
    files = draw(found)
    image = Image.open(io.BytesIO(files["png"]))
    assert pil_to_array(image).any()
    assert image.text["Description"] == caption(found[:MOST_PANELS])
    assert f"[init scale {MOST_PANELS}]" in image.text["Description"]
    assert f"[init scale {MOST_PANELS + 1}]" not in image.text["Description"]
    assert b"/Subject" in files["pdf"]


def test_nothing_finished_and_dense_alone(made_up):
    assert caption([]) == ""
    made_up.fill(("dense",), seeds=1, levels=0)
    assert caption(verdicts(made_up)).endswith("within 1 pp: not judged.")
