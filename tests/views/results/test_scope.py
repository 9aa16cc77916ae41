"""How far the answers of the page go, and what its words mean."""

import re
from types import SimpleNamespace

from ltsweep.views.results.scope import glossary, scope

from .test_page import section


def test_sizes_and_dense_accuracies_are_told(written):
    _, page = written
    told = section(page, "How far the answers go")
    assert (
        "- Trainings have 400 steps, experiments 3 to 6 seeds, and nets are lenet_300_100. Papers "
        "train larger nets, and 50 times as long or longer.\n" in told
    )
    assert "- The tolerance that experiments declare is 1 pp in 3 of them.\n" in told
    dense = re.search(r"- Dense nets reach digits (\d+) %? ?(?:to \d+ % )?and usps \d+", told)
    assert dense and int(dense[1]) > 80
    assert "linear classifier" not in told  # none was fitted


def test_methods_that_are_there_are_explained_with_the_words(written):
    _, page = written
    told = section(page, "Words")
    explained = re.findall(r"^- `(\w+)`: ", told, re.MULTILINE)
    assert {*explained} == {"imp", "random_reinit", "random_mask", "erk"}
    assert "- **panel**: " in told
    assert glossary([]).count("\n- `") == 0


def experiment(name, p, *, own=None, linear=None):
    return SimpleNamespace(
        name=name,
        nets=[],
        steps=[],
        seeds=[],
        panels=[],
        verdicts=[(own, linear)],
        declared=SimpleNamespace(delta=0.5 if name == "a" else 1.0),
        primary=SimpleNamespace(difference=SimpleNamespace(p=p)),
    )


def test_linear_classifiers_and_tests_are_counted_over_the_page(monkeypatch):
    monkeypatch.setattr(
        "ltsweep.views.results.scope.compared_with_linear",
        lambda panels, verdicts: {("imp", 0.1): verdicts} if verdicts[0][0] else {},
    )
    told = scope(
        [
            experiment("a", 0.04, own=70.0, linear=80.0),
            experiment("b", 0.001, own=90.0, linear=80.0),
            experiment("c", 0.3),
            experiment("d", None),
        ]
    )
    assert (
        "- In 1 of 2 experiments that have a linear classifier beside them, the arm that is asked "
        "about is nowhere above it at the density of the primary contrast. Without one: c, d.\n"
    ) in told
    assert "- The tolerance that experiments declare is 0.5 pp in 1 of them and 1 pp in 3" in told
    assert (
        "- Of 3 primary contrasts with a p, 2 are told apart, each by a test of its own at 5 %, "
        "and 1 after Holm's correction over all of this page.\n"
    ) in told
