"""The one contrast that an experiment is made for: a number a seed, over all of its panels."""

import io
import json

import pytest
from rich.console import Console
from scipy import stats

from ltsweep.store.declared import DeclaredContrast
from ltsweep.views.caption import caption
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.report import make_report
from ltsweep.views.table import markdown, print_verdicts
from ltsweep.views.verdicts.judge import judge
from ltsweep.views.verdicts.primary import find_primary, judge_primary, primary_first

pytestmark = pytest.mark.usefixtures("no_pictures")

PAIR = {"arm": {"method": "imp"}, "against": {"method": "random_mask"}, "density": 0.8}
# differences in points by learning rate and seed
GAINS = {0.05: (1.0, 2.0, 3.0, 4.0, 5.0), 0.1: (3.0, 2.0, 1.0, 0.0, 5.0)}
MEANS = [2.0, 2.0, 2.0, 2.0, 5.0]


def write(made_up, gains=GAINS, **report):
    """Tickets that gain so much over random masks at each of two learning rates."""
    for lr, by_seed in gains.items():
        for seed, gain in enumerate(by_seed):
            for method, accuracy in (("imp", 0.9 + gain / 100), ("random_mask", 0.9)):
                point = made_up.make_point(method, seed, 1, lr=lr, densities=(0.8,))
                made_up.write_accuracies(point, (0.97, accuracy))
    made_up.declare(**{"primary": PAIR, **report})


def found(made_up):
    return judge_primary(find_primary(panels(made_up)))


def panels(made_up):
    return make_panels(read_curves(made_up.store))


def test_each_seed_is_the_mean_of_its_differences_over_the_panels(made_up):
    write(made_up)
    primary = found(made_up)
    assert primary.differences == {seed: pytest.approx(m) for seed, m in enumerate(MEANS)}
    low, high = stats.t.interval(0.95, 4, loc=2.6, scale=stats.sem(MEANS))
    assert (primary.difference.lower, primary.difference.upper) == pytest.approx((low, high))
    assert primary.difference.p == pytest.approx(stats.ttest_1samp(MEANS, 0).pvalue)
    assert primary.difference.p_flip == 2 / 32
    assert (primary.difference.n, primary.panels, primary.pairs) == (5, 2, 2)
    assert (primary.difference.verdict, primary.difference.p_holm) == ("beats", None)
    assert primary.error_of_seeds == pytest.approx(stats.sem(MEANS))


def test_it_is_told_first_and_in_all_views(made_up, tmp_path):
    write(made_up)
    primary, verdicts = found(made_up), judge(panels(made_up))
    sentence = (
        "Primary contrast: imp − random_mask at 80 %, mean over 2 pairs in 2 panels: +2.60 pp "
        "(95 % interval +0.93 … +4.27), p = 0.012, sign-flip p = 0.062, n = 5 seeds: "
        "imp beats random_mask."
    )
    assert primary.in_words == sentence
    assert markdown(verdicts, "t", primary=primary).startswith(f"# t\n\n**{sentence}**\n\n## ")
    assert caption(verdicts, primary).startswith(f"{sentence} Test accuracy against")
    out = io.StringIO()
    print_verdicts(verdicts, Console(file=out, width=200), primary)
    assert out.getvalue().startswith(sentence)
    report = make_report(made_up.store, name="all")
    plain = json.loads((report / "verdicts.json").read_text())
    assert plain["primary"]["in_words"] == sentence
    assert list(plain["primary"]["differences"].values()) == pytest.approx(MEANS)
    assert sentence in (report / "dashboard.html").read_text()


def test_it_is_one_test_and_all_others_are_one_family(made_up):
    write(made_up)
    text = markdown(judge(panels(made_up)), "t", primary=found(made_up))
    assert "- the primary contrast is one test, named beforehand" in text
    assert "- the other 2 contrasts are one family" in text
    made_up.declare(primary=None)
    assert "- the 2 contrasts are one family" in markdown(judge(panels(made_up)), "t")


def test_a_primary_contrast_of_one_pair_is_no_member_of_the_family(made_up):
    write(made_up, primary={**PAIR, "where": {"optimizer.lr": 0.1}})
    (one,), (apart,) = (verdict.contrasts for verdict in judge(panels(made_up)))
    assert one.difference.p_holm == one.difference.p  # of a family of one
    assert (apart.difference.p_holm, apart.difference.p) == (None, found(made_up).difference.p)
    assert apart.differences == found(made_up).differences


def test_only_seeds_that_all_panels_have_count_and_the_others_are_told(made_up):
    write(made_up, {0.05: GAINS[0.05], 0.1: GAINS[0.1][:4]})
    primary = found(made_up)
    assert list(primary.differences) == [0, 1, 2, 3]
    assert primary.partial_seeds == [4]
    assert primary.in_words.endswith(
        "n = 4 seeds: n < 5. Left out are seeds that some pairs lack: 4."
    )


def test_a_panel_that_is_not_finished_leaves_no_verdict(made_up):
    write(made_up)
    for method in ("imp", "random_mask"):
        made_up.store.write_point(made_up.make_point(method, 0, 1, lr=0.2, densities=(0.8,)))
    made_up.declare(primary=PAIR)
    primary = found(made_up)
    assert (primary.missing, primary.difference.verdict) == (1, "n < 5")
    assert "1 further pairs have no finished level yet" in primary.in_words


def test_a_seed_that_collapsed_in_one_panel_leaves_no_t_test(made_up):
    write(made_up, {**GAINS, 0.1: (3.0, 2.0, 1.0, 0.0, -80.0)})
    primary = found(made_up)
    assert (primary.difference.verdict, primary.difference.p) == ("collapsed", None)
    ahead = f"n = {primary.difference.n} seeds, imp ahead in 4 of them"
    assert ahead in primary.in_words and ahead in primary.as_answer


def test_where_names_the_panels(made_up):
    write(made_up, primary={**PAIR, "where": {"optimizer.lr": 0.05}})
    assert list(found(made_up).differences.values()) == pytest.approx(GAINS[0.05])
    assert "at 80 %, where optimizer.lr 0.05: +3.00 pp" in found(made_up).in_words


def test_a_picture_that_leaves_panels_out_has_its_panels(made_up, monkeypatch):
    write(made_up, primary={**PAIR, "where": {"optimizer.lr": 0.1}})
    both = panels(made_up)
    assert primary_first(both, ["0.05", "0.1"]) == ["0.1", "0.05"]
    drawn = []
    for module in ("report", "figure"):
        monkeypatch.setattr(f"ltsweep.views.{module}.MOST_PANELS", 1)
    monkeypatch.setattr(
        "ltsweep.views.report.draw",
        lambda verdicts, *more, **across: drawn.append(verdicts) or {"png": b"", "pdf": b""},
    )
    make_report(made_up.store, name="all")
    assert [verdict.setting["optimizer.lr"] for verdict in drawn[-1]] == [0.1, 0.05]


def test_experiments_that_declare_different_ones_have_none_together(made_up):
    write(made_up)
    point = made_up.make_point("imp", 0, 1, lr=0.2)
    other = DeclaredContrast.model_validate({**PAIR, "density": None})
    report = point.report.model_copy(update={"primary": other})
    made_up.store.write_point(point.model_copy(update={"report": report}))
    assert found(made_up) is None


def test_as_an_answer_the_verdict_comes_first(made_up):
    write(made_up)
    told = found(made_up).as_answer
    assert told == (
        "imp beats random_mask at 80 %, mean over 2 pairs in 2 panels: +2.60 pp "
        "(95 % interval +0.93 … +4.27), p = 0.012, sign-flip p = 0.062, n = 5 seeds."
    )
