"""The report: all files, made at little cost, and only when something has changed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ltsweep.store.store import Store
from ltsweep.views import context, report
from ltsweep.views.report import FILES, LIVE_FILES, make_report
from ltsweep.views.shown import whole_store

pytestmark = pytest.mark.usefixtures("blank_pictures")


def test_every_view_is_written(made_up):
    directory = make_report(made_up.fill(("imp", "random_mask"), seeds=2, levels=4), name="all")
    assert directory == made_up.store.reports_dir / "all"
    assert {path.name for path in directory.iterdir()} == {*FILES, *LIVE_FILES, ".made-from"}
    assert len((directory / "curves.csv").read_text().splitlines()) == 1 + 2 * 2 * 5
    verdicts = json.loads((directory / "verdicts.json").read_text())
    assert [method["method"] for method in verdicts["panels"][0]["methods"]] == [
        "imp",
        "random_mask",
    ]


@pytest.mark.parametrize("kind", ["no such store", "empty store", "nothing finished"])
def test_nothing_to_show_is_no_failure(made_up, tmp_path, kind):
    store = made_up.store if kind != "no such store" else Store(tmp_path / "absent")
    if kind == "nothing finished":
        store.write_point(made_up.make_point())
    directory = make_report(store, name="empty")
    assert (directory / "curves.csv").read_text().count("\n") == 1
    assert (directory / "curves.png").stat().st_size > 0
    assert "no finished level yet" in (directory / "table.md").read_text()


def test_a_selection_is_reported_alone(made_up):
    store = made_up.fill(("imp", "random_mask"), seeds=2, levels=1)
    ids = [point.id for point in store.points() if point.method == "imp"]
    table = (make_report(store, name="imp only", ids=ids) / "table.md").read_text()
    assert "imp" in table
    assert "random_mask" not in table


@pytest.mark.parametrize("damage", [Path.mkdir, lambda path: path.write_bytes(b"\xff\n\xfe")])
def test_where_it_is_not_known_what_a_report_was_made_from_it_is_made(made_up, monkeypatch, damage):
    store = made_up.fill(("imp",), seeds=1, levels=1)
    monkeypatch.setattr(report, "_contents", lambda found, data: {"table.md": b"a table"})
    made_from = store.reports_dir / "all" / ".made-from"
    made_from.parent.mkdir(parents=True)
    damage(made_from)
    directory = make_report(store, name="all")
    assert (directory / "table.md").read_bytes() == b"a table"
    assert made_from.read_text().splitlines()[1:] == ["table.md"]


def test_it_is_drawn_again_only_when_the_records_change(made_up, monkeypatch):
    store = made_up.fill(("imp",), seeds=1, levels=2)
    directory = make_report(store, name="all")
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    with monkeypatch.context() as context:
        context.setattr(report, "_contents", lambda *_: pytest.fail("drawn again"))
        make_report(store, name="all")
    (directory / "table.md").unlink()
    make_report(store, name="all")
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before
    made_up.write_curve(made_up.make_point("imp", 1, levels=2))
    make_report(store, name="all")
    assert (directory / "table.md").read_bytes() != before["table.md"]


def test_what_depends_on_all_curves_is_gathered_once(made_up, monkeypatch):
    store = made_up.fill(("imp", "random_mask"), seeds=2, levels=1)
    gathered, of_curves = [], context._targets
    monkeypatch.setattr(context, "_targets", lambda curves: gathered.append(1) or of_curves(curves))
    for drawing in ("draw", "draw_sizes"):  # takes far longer, and needs nothing of it
        monkeypatch.setattr(report, drawing, lambda *_, **__: {})
    report.make_and_print_report(store, whole_store(store))
    assert len(gathered) == 1


REPORTING = """
import json, sys
from collections import Counter

opened = Counter()
def hook(event, about):
    if event == "open" and about[1] is not None:  # with a mode: from it open() may call os.open()
        opened.update([str(about[0])])


sys.addaudithook(hook)
from ltsweep.store.store import Store
from ltsweep.views.report import make_report

make_report(Store(sys.argv[1]), name="all")
print(json.dumps([opened, [*sys.modules]]))
"""


@pytest.mark.process
def test_a_report_reads_each_record_once_and_loads_only_what_it_draws_with(made_up):
    store = made_up.fill(("imp", "random_reinit", "random_mask", "layerwise_permuted"))
    command = [sys.executable, "-c", REPORTING, str(store.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    opened, loaded = json.loads(done.stdout)
    stages = list(store.stages())
    assert len(stages) == 6 * (1 + 4 * 15)
    assert {opened.get(str(stage.records_path)) for stage in stages} == {1}
    assert {"torch", "hydra", "matplotlib.pyplot", "pandas", "wandb"}.isdisjoint(loaded)


@pytest.mark.process
def test_importing_the_views_loads_nothing_heavy():
    script = (
        "import sys, ltsweep.views.report, ltsweep.views.table, ltsweep.views.wandb.live;"
        "heavy = {'torch', 'hydra', 'scipy', 'matplotlib', 'wandb', 'numpy', 'rich'};"
        "print(*heavy & {*sys.modules})"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (loaded.stdout.strip(), loaded.stderr) == ("", "")
