"""A store with three made-up experiments, one of which moves tickets to another dataset."""

import pytest

from ltsweep.store.declared import DeclaredContrast
from ltsweep.views.results.origin import Origin
from ltsweep.views.results.write import write_results

from ... import pictures
from ..conftest import MadeUpStore

QUESTION = "Is it the scale of random tickets alone?"
PRIMARY = DeclaredContrast(arm={"method": "imp"}, against={"method": "random_reinit"}, density=0.41)
SHOWS_NOT = "This is one small net."
ORIGINS = {"review_init_scale": Origin("c0ffee1", written=0.0, is_changed=False)}


def declare(made_up, points, size=None, day=1, done=0, **update):
    """Declares an experiment on a day, when so many stages were done, with these values."""
    report = points[0].report.model_copy(update=update)
    made_up.write_declaration(points, report, day=day, size=size, stages_done=done)


def fill(made_up, name, methods, *, seeds=6, primary=None, **choices):
    """Finishes the curves of an experiment, its points; the first of its seeds is 100."""
    points = []
    for method in methods:
        for seed in range(100, 100 + seeds):
            point = made_up.make_point(method, seed, levels=4, densities=(0.8, 0.41), **choices)
            declared = {"question": QUESTION, "shows_not": SHOWS_NOT, "primary": primary}
            report = point.report.model_copy(update=declared)
            points.append(point.model_copy(update={"experiment": name, "report": report}))
            made_up.write_curve(points[-1])
    return points


@pytest.fixture(scope="session")
def experiments(tmp_path_factory):
    """The store of three experiments, finished."""
    made_up = MadeUpStore(tmp_path_factory.mktemp("results") / "store")
    methods = ("imp", "random_reinit", "random_mask")
    points = fill(made_up, "review_init_scale", methods, primary=PRIMARY)
    declare(made_up, points)
    for name in ("digits", "usps"):
        target = (("name", name),)
        fill(made_up, "morcos2019_datasets", ("imp", "random_mask"), target=target)
    fill(made_up, "of_ones_own", ("imp", "erk"), seeds=3, init_scale=2.0)
    return made_up.store


@pytest.fixture(scope="session")
def written(experiments, tmp_path_factory):
    """The folder that the page of this store was written to, and the page's text.

    Its pictures are blank.
    """
    docs = tmp_path_factory.mktemp("docs")
    (docs / "methods.md").touch()
    with pytest.MonkeyPatch.context() as patched:
        pictures.leave_blank(patched.setattr)
        page = write_results(experiments, docs, ORIGINS.get)
    return docs, page.read_text()
