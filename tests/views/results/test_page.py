"""The page of results, made from a store with three experiments."""

import re
import shutil

import pytest
from PIL import Image

from ltsweep.foundations.errors import RequestError
from ltsweep.store.store import Store
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.results.origin import Origin
from ltsweep.views.results.write import write_results
from ltsweep.views.verdicts.judge import judge
from ltsweep.views.verdicts.primary import find_primary, judge_primary

from .. import conftest
from .conftest import ORIGINS, PRIMARY, QUESTION, SHOWS_NOT, declare, fill

pytestmark = pytest.mark.usefixtures("blank_pictures")

NAMES = ["morcos2019_datasets", "of_ones_own", "review_init_scale"]


def section(page, name):
    """What stands below a heading of the page."""
    return re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)[1]


def test_every_experiment_has_a_section_behind_the_answers(written):
    _, page = written
    headings = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert headings[:2] == [
        "How far the answers go",
        "What the review of the founding paper asked for",
    ]
    assert headings[-3:] == NAMES


def test_a_section_tells_what_was_asked_and_what_it_rests_on(written):
    _, page = written
    text = section(page, "review_init_scale")
    assert f"*{QUESTION}*" in text
    closing = text.rstrip().splitlines()[-1]
    assert closing.startswith(f"Asked: {QUESTION} Came out: ")
    assert f"Not shown: {SHOWS_NOT} " in closing
    assert (
        "It rests on n = 6 seeds (100 to 105), T = 400 steps, one net (lenet_300_100) and one test "
        "set (digits, 497 images)." in closing
    )
    # the dense training and four levels of three arms for each seed
    assert "Cost: 78 trainings in 1 seconds on cpu (a processor)." in closing
    assert "Its declaration last changed in commit c0ffee1." in closing
    assert "commit" not in section(page, "of_ones_own")


def test_the_answer_is_what_the_primary_contrast_says(experiments, written):
    _, page = written
    ids = [point.id for point in experiments.points() if point.experiment == "review_init_scale"]
    panels = make_panels(read_curves(experiments, ids))
    sentence = judge_primary(find_primary(panels)).as_answer
    assert sentence.startswith("imp ties with random_reinit at 41 %: +")
    assert page.count(sentence) == 3  # on top, in its section, and in the closing paragraph
    words = [contrast.difference.verdict for contrast in judge(panels)[0].contrasts]
    assert sorted(words) == ["beats", *["ties with"] * 3]
    counted = "All 4 contrasts, one arm against another: wins 1 (25 %), ties 3 (75 %)."
    assert counted in section(page, "review_init_scale")


def test_without_a_primary_contrast_all_of_them_are_the_answer(written):
    _, page = written
    told = re.search(r"^\*\*(.*)\*\*$", section(page, "of_ones_own"), re.MULTILINE)[1]
    assert told == "All 2 contrasts, one arm against another: no verdict 2 (100 %)."


def test_panels_of_the_primary_contrast_come_first_in_the_table(made_up, tmp_path):
    where = {"init.scale": 3.0}
    primary = PRIMARY.model_copy(update={"against": {"method": "erk"}, "where": where})
    for scale in (1.0, 2.0, 3.0):
        fill(made_up, "wide", ("imp", "erk"), seeds=1, init_scale=scale, primary=primary)
    page = write_results(made_up.store, tmp_path, ORIGINS.get).read_text()
    rows = re.findall(r"^\| init scale (\d) ", section(page, "wide"), re.MULTILINE)
    assert rows == ["3", "3", "1", "1", "2", "2"]


def test_a_section_tells_when_its_experiment_was_declared(written):
    _, page = written
    declared = "review_init_scale was declared before its first stage ran."
    assert declared in section(page, "review_init_scale")
    assert "Nothing was declared before the stages ran" in section(page, "of_ones_own")


def test_each_size_of_an_experiment_has_a_section(made_up, tmp_path):
    declare(made_up, fill(made_up, "review_at_init", ("imp",), seeds=1), size="small")
    words = ("optimizer.lr=0.2",)
    paper = fill(made_up, "review_at_init-paper", ("imp",), seeds=2, words=words)
    declare(made_up, paper, size="paper")
    origins = {"review_at_init": Origin("c0ffee1", written=0.0, is_changed=False)}
    page = write_results(made_up.store, tmp_path, origins.get).read_text()
    for name, trainings in (("review_at_init", 5), ("review_at_init-paper", 10)):
        assert f"Cost: {trainings} trainings" in section(page, name)
        assert "commit c0ffee1." in section(page, name)
        asked = section(page, "What the review of the founding paper asked for")
        assert f"[{name}](#{name}): " in asked
    claims = "It claims nothing about nets and trainings of the size that papers have."
    assert claims in section(page, "review_at_init")
    assert claims not in section(page, "review_at_init-paper")


def test_points_that_another_experiment_took_over_stay_those_of_the_first(made_up, tmp_path):
    points = fill(made_up, "review_at_init", ("imp", "erk"), seeds=1)
    declare(made_up, points)
    declare(made_up, fill(made_up, "review_dynamic", ("imp",), seeds=1))
    page = write_results(made_up.store, tmp_path, ORIGINS.get).read_text()
    assert "| erk |" in section(page, "review_at_init")
    assert "| imp |" in section(page, "review_at_init")
    assert "| imp |" in section(page, "review_dynamic")


def test_links_and_pictures_are_there(written):
    docs, page = written
    anchors = {heading.lower() for heading in re.findall(r"^## (.*)$", page, re.MULTILINE)}
    links = re.findall(r"(!?)\[[^\]]*\]\(([^)]+)\)", page)
    assert {link[1:] for _, link in links if link.startswith("#")} == {*NAMES}
    for is_picture, link in links:
        if link.startswith("#"):
            assert link[1:] in anchors
        else:
            assert (docs / link).is_file()
        if is_picture:
            with Image.open(docs / link) as image:
                assert image.size[0] > 500
    pictures = [link for is_picture, link in links if is_picture]
    assert "results/morcos2019_datasets-matrix.png" in pictures
    assert len(pictures) == 4


def test_what_is_asked_is_answered_by_its_experiment_or_told_as_open(written):
    _, page = written
    asked = section(page, "What the review of the founding paper asked for")
    sentence = re.search(r"^\*\*(.*)\*\*$", section(page, "review_init_scale"), re.MULTILINE)[1]
    link = "[review_init_scale](#review_init_scale)"
    assert f"Primary contrast of {link}: {sentence}" in asked
    random_mask = "A ticket beats a random mask (imp − random_mask)"
    told = "**no difference** at 80 % (−0.37 pp), **yes** at 41 % (+0.97 pp)"
    assert f"   - {random_mask}: {told}. {link}\n" in asked
    assert "   - **In short**: A ticket beats fresh weights in its own mask that are" in asked
    assert "**Not answered yet** by `review_at_init`, which this store does not have." in asked
    assert "**Not answered yet**: ltsweep does not have unsupervised pretraining." in asked
    claims = section(page, "What the founding paper claims")
    # two claims: two statements and the primary contrast; two statements
    assert claims.count("[morcos2019_datasets](#morcos2019_datasets)") == 5
    assert "Primary contrast of [morcos2019_datasets](#morcos2019_datasets): " in claims
    assert (
        "**Not answered yet** by `review_target_unseen`, which this store does not have." in asked
    )
    assert "- [of_ones_own](#of_ones_own): " in section(page, "Other experiments")


def test_uses_of_each_test_set_are_counted(written):
    _, page = written
    counted = section(page, "How often each test set was used")
    assert (
        "- digits: 3 experiments (morcos2019_datasets, of_ones_own, review_init_scale)" in counted
    )
    assert "- usps: 1 experiment (morcos2019_datasets)" in counted


def test_published_numbers_stand_beside_ours(tmp_path, monkeypatch):
    of_lenet = conftest.end_record

    def of_resnet20(point, number):
        return of_lenet(point, number).model_copy(update={"params_left": 272_474})

    monkeypatch.setattr(conftest, "end_record", of_resnet20)
    made_up = conftest.MadeUpStore(tmp_path / "store")
    words = ("model=resnet20",)
    fill(made_up, "renda2020_resnet20", ("imp",), seeds=1, dataset="cifar10", words=words)
    page = write_results(made_up.store, tmp_path, ORIGINS.get).read_text()
    head, _, *rows = section(page, "Published numbers and ours").strip().splitlines()
    assert head.startswith("|  | published | method | at | theirs | at | ours |")
    assert all(row.startswith("| [renda2020_resnet20](#renda2020_resnet20) | ") for row in rows)
    assert any("| Renda et al. 2020" in row for row in rows)
    assert any("| imp | 51.2 % | 91.9 | 41 % | " in row for row in rows)


def test_without_any_published_number_there_is_no_such_table(written):
    assert "Published" not in written[1]


def test_a_report_on_validation_accuracy_uses_no_test_set(made_up, tmp_path):
    made_up.write_curve(made_up.make_point(levels=1))
    made_up.declare(split="validation")
    page = write_results(made_up.store, tmp_path, ORIGINS.get).read_text()
    assert "and one validation set (digits, 130 images)." in section(page, "synthetic")
    assert "digits" not in section(page, "How often each test set was used")


def test_the_table_holds_arms_at_declared_densities(written):
    _, page = written
    lines = [line for line in section(page, "review_init_scale").splitlines() if line[:1] == "|"]
    assert lines[0] == "| arm | n | 100 % | 80 % | 41 % | lowest matching |"
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        "| imp",
        "| random_reinit",
        "| random_mask",
    ]


def test_a_long_table_is_cut_at_a_panel_and_told(made_up, tmp_path):
    for number in range(8):
        fill(made_up, "wide", ("imp", "erk"), seeds=1, init_scale=1.0 + number)
    page = write_results(made_up.store, tmp_path, lambda name: None).read_text()
    text = section(page, "wide")
    assert text.count("\n| init scale ") == 12
    assert "2 of 8 panels are left out here." in text
    assert "init scale 8" in (tmp_path / "results" / "wide.md").read_text()


def test_tables_are_those_of_the_reports(experiments, written):
    docs, _ = written
    for name in NAMES:
        table = docs / "results" / f"{name}.md"
        assert table.read_bytes() == (experiments.reports_dir / name / "table.md").read_bytes()


def test_the_same_records_make_the_same_bytes(experiments, written, tmp_path):
    docs, _ = written
    again = tmp_path / "again"
    again.mkdir()
    shutil.rmtree(experiments.reports_dir)
    write_results(experiments, again, ORIGINS.get)
    files = sorted(path.relative_to(again) for path in again.rglob("*.*"))
    assert len(files) == 1 + 3 + 4
    assert all((docs / file).read_bytes() == (again / file).read_bytes() for file in files)


def test_the_points_of_all_experiments_are_looked_through_once(experiments, written, monkeypatch):
    docs, _ = written
    asked, points = [], Store.points
    monkeypatch.setattr(
        Store, "points", lambda self, ids=None: asked.append(ids) or points(self, ids)
    )
    write_results(experiments, docs, ORIGINS.get)
    assert asked.count(None) == 1
    assert len(asked) == 1 + len(NAMES)


def test_what_an_earlier_page_links_to_goes_and_nothing_else(made_up, tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    for name in ("gone.png", "gone.md", "of_the_user.png"):
        (folder / name).touch()
    earlier = "![gone: curves](results/gone.png) [gone.md](results/gone.md)"
    (tmp_path / "results.md").write_text(earlier)
    fill(made_up, "small", ("imp",), seeds=1)
    write_results(made_up.store, tmp_path, ORIGINS.get)
    assert {path.name for path in folder.iterdir()} == {
        "of_the_user.png",
        "small.md",
        "small.png",
    }


def test_a_store_without_experiments_is_told(made_up, tmp_path):
    made_up.write_curve(made_up.make_point(levels=1).model_copy(update={"experiment": None}))
    with pytest.raises(RequestError, match="has points of no experiment, so there are no results"):
        write_results(made_up.store, tmp_path, ORIGINS.get)
