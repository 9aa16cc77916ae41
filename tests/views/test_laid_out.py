"""Figures that are drawn once for each file, which is the one that matplotlib makes by itself."""

import matplotlib
import pytest
from matplotlib.figure import Figure

from ltsweep.views.canvas import STYLE, grid, head, save
from ltsweep.views.laid_out import LaidOut


def filled(figure):
    """The figure with two axes that differ in the room that they need, a legend and a title."""
    axes = grid(figure, 2, 2, sharex=True)
    for axis, values in zip(axes, ([97.1, 97.4, 97.9], [1000, 5, 20000]), strict=True):
        axis.plot([1, 10, 100], values, label=f"from {values[0]}")
        axis.set_xscale("log")
        axis.set_title(f"as far as\n{values[-1]}", loc="left")
    axes[1].set_ylabel("higher")
    figure.legend(loc="outside lower center", title="two lines")
    head(figure, "a title")
    return figure


@pytest.fixture(autouse=True)
def style():
    """Pictures look, and are dated, as all are."""
    with matplotlib.rc_context(rc=STYLE):
        yield


def test_its_files_are_those_of_a_usual_figure():
    usual = filled(Figure(figsize=(6, 3), layout="constrained"))
    assert save(filled(LaidOut(6, 3)), "words") == save(usual, "words")


def test_it_is_drawn_once_for_each_file():
    drawn = []
    figure = filled(LaidOut(6, 3))
    figure.axes[0].draw = lambda renderer: drawn.append(renderer)
    assert [*save(figure, None)] == ["png", "pdf"]
    assert len(drawn) == 2
