"""A store with three made-up experiments, one of which moves tickets to another dataset."""

import pytest

from ltsweep.views.results.write import write_results

QUESTION = "Is it the scale of random tickets alone?"
SHOWS_NOT = "This is one small net."


def fill(made_up, name, methods, *, seeds=6, **choices):
    """Finishes the curves of an experiment; the first of its seeds is 100."""
    for method in methods:
        for seed in range(100, 100 + seeds):
            point = made_up.make_point(method, seed, levels=4, densities=(0.8, 0.41), **choices)
            declared = {"question": QUESTION, "shows_not": SHOWS_NOT}
            report = point.report.model_copy(update=declared)
            made_up.write_curve(point.model_copy(update={"experiment": name, "report": report}))


@pytest.fixture
def experiments(made_up):
    """The store of three experiments, finished."""
    fill(made_up, "review_init_scale", ("imp", "random_reinit", "random_mask"))
    for name in ("digits", "usps"):
        fill(made_up, "morcos2019_datasets", ("imp", "random_mask"), target=(("name", name),))
    fill(made_up, "of_ones_own", ("imp", "erk"), seeds=3, init_scale=2.0)
    return made_up.store


@pytest.fixture
def written(experiments, tmp_path):
    """The folder that the page of this store was written to, and the page's text."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "methods.md").touch()
    page = write_results(experiments, docs, {"review_init_scale": "c0ffee1"}.get)
    return docs, page.read_text()
