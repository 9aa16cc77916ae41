"""Tests that looking at a store of somebody else runs nothing, and writes nothing outside of it."""

import hashlib
import pickle
import sys

import pytest

from ltsweep.cli.main import main
from ltsweep.foundations import components
from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.files import read_json, write_json
from ltsweep.launch.jobs import read
from ltsweep.part_spec import Exported, Input
from ltsweep.plan.stage import PlannedStage
from ltsweep.steer.launches import read_launch
from ltsweep.steer.retry import prepare_retry
from ltsweep.steer.selectors import choose
from ltsweep.steer.sources import changed_sources, unusable_components
from ltsweep.store.point_record import PointRecord
from ltsweep.views.wandb.deliveries import Deliveries, Delivery, Destination

from .conftest import make_launch

BENIGN = "def own(weights):\n    return weights\n"
LOOKS = (
    *("status", "status --json", "logs", "logs --json", "show CURVE", "show CURVE --json"),
    *("curves", "report", "verdict", "results --to TO", "gc", "cancel", "retry"),
)


@pytest.fixture
def marked(tmp_path, monkeypatch):
    """A store whose launch names a part, and finds a file for it that leaves a mark if it runs."""
    parts, mark = tmp_path / "parts", tmp_path / "mark"
    parts.mkdir()
    (parts / "marking.py").write_text(BENIGN)
    with monkeypatch.context() as begun:
        begun.syspath_prepend(str(parts))
        made = make_launch(
            tmp_path / "store", "20260101-120000-abcdef", "pruning._target_=marking.own", "levels=1"
        )
    (parts / "marking.py").write_text(f"open({str(mark)!r}, 'w').close()\n{BENIGN}")
    monkeypatch.delitem(sys.modules, "marking")
    components.resolve.cache_clear()
    launch = made.launch.directory / "launch.json"
    write_json(launch, {**read_json(launch), "import_path": str(parts)})
    return made, mark


def run(made, words, to):
    curve = made.points[0].id
    return main(
        [*words.replace("CURVE", curve).replace("TO", str(to)).split(), "--store"]
        + [str(made.store.root)]
    )


@pytest.mark.parametrize("words", LOOKS)
def test_no_command_runs_a_part_that_is_not_the_recorded_one(marked, words, tmp_path, capsys):
    made, mark = marked
    run(made, words, tmp_path)
    assert not mark.exists()
    if words.startswith(("show", "retry")):
        told = "".join(capsys.readouterr())
        assert "the source of marking.own was edited" in told


def _relaunched(made, was, now):
    """The launch as somebody else may have written it, with keys that fit."""
    stages = tuple(
        PlannedStage.model_validate_json(stage.model_dump_json().replace(was, now))
        for stage in made.launch.stages
    )
    forged = {"id": f"{made.launch.id}-forged", "stages": stages}
    launch = made.launch.model_copy(update={**forged, "pending": tuple(s.key for s in stages)})
    launch.save()
    return read_launch(made.store, launch.id)


def test_a_part_without_the_digest_of_its_source_counts_as_edited(marked):
    made, mark = marked
    digest = hashlib.sha256(BENIGN.encode()).hexdigest()
    launch = _relaunched(made, f'"{digest}"', "null")
    assert [*changed_sources(launch)] == ["the file of marking.own is not found any more"]
    sys.path.append(str(mark.parent / "parts"))
    told = [*changed_sources(launch)]
    sys.path.pop()
    assert told == ["the source of marking.own was edited, which makes other stages"]
    assert not mark.exists()


def test_functions_of_ltsweep_that_are_no_parts_are_not_called(made_up):
    wrong = "ltsweep.foundations.files.write_atomic"
    launch = _relaunched(made_up, "ltsweep.train.sgd", wrong)
    told = [*unusable_components(launch)]
    assert len(told) == 1 and "write_atomic" in told[0] or "not permitted" in told[0]
    with pytest.raises(RequestError) as refused:
        prepare_retry(choose(made_up.store, [launch.id]))
    assert refused.value.problems[0].startswith(f"{told[0]}; run its launch.py command again")
    assert [*unusable_components(read_launch(made_up.store, made_up.launch.id))] == []


class Marking:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return open, (str(self.mark), "w")


def test_no_file_of_a_store_is_unpickled(made_up, tmp_path, capsys):
    """A pickle in the place of every file, one after the other."""
    made_up.done("imp", 0)
    made_up.failed("imp", 1)
    made_up.worker(str(tmp_path / "store" / "log"))
    mark, store = tmp_path / "mark", made_up.store
    pickled = pickle.dumps(Marking(mark))
    stage = made_up.stage("imp", 0)
    for path in (stage.ticket, stage.checkpoint, stage.end_mask, stage.optimizer_snapshot(20)):
        path.touch()
    files = sorted(path for path in store.root.rglob("*") if path.is_file())
    assert len(files) > 10
    for path in files:
        content = path.read_bytes()
        path.write_bytes(pickled)
        for words in ("status", "logs", "show CURVE", "curves", "verdict", "gc --dry-run"):
            try:
                run(made_up, words, tmp_path)
            except Exception as error:  # how damage is told is the matter of other tests
                assert not isinstance(error, pickle.PickleError)
        path.write_bytes(content)
    assert not mark.exists()
    capsys.readouterr()


OUTSIDE = ("../outside", "/tmp/outside", "..", ".", "", "a/../../outside", "a//b", "a\0b")


@pytest.mark.usefixtures("no_pictures")
def test_a_point_that_leads_out_of_the_store_is_left_out(made_up, tmp_path, capsys):
    path = made_up.store.points_dir / f"{made_up.points[0].id}.json"
    content = read_json(path)
    for name in OUTSIDE:
        for field in ("experiment", "id", "overlap", "yardsticks", "dense", "stages"):
            with pytest.raises(ValueError, match=f"^{field}"):
                PointRecord.read({**content, field: [name] if field == "stages" else name})
    outside = {p for p in tmp_path.rglob("*") if made_up.store.root not in p.parents}
    write_json(path, {**content, "experiment": "../../outside"})
    assert content["id"] not in {point.id for point in made_up.store.points()}
    run(made_up, "report", tmp_path)
    run(made_up, "report --experiment ../../outside", tmp_path)
    assert {p for p in tmp_path.rglob("*") if made_up.store.root not in p.parents} == outside
    capsys.readouterr()


@pytest.fixture
def precious(tmp_path):
    """Directories and files of the user, beside the store."""
    (tmp_path / "mine").mkdir()
    for path in (tmp_path / "mine" / "thesis.safetensors", tmp_path / "mine" / "notes"):
        path.write_text("months of work")
    return tmp_path / "mine"


def _named(precious, root):
    """The same from a directory of the store, and as a whole path."""
    return [name for path in precious.iterdir() for name in (f"{root}/{path.name}", str(path))]


def _is_there(precious):
    return {path.read_text() for path in precious.iterdir()} == {"months of work"}


def test_what_done_names_outside_of_its_stage_is_not_deleted(made_up, precious, tmp_path, capsys):
    made_up.done("imp", 0)
    stage = made_up.stage("imp", 0)
    done = read_json(stage.path / "DONE")
    for name in _named(precious, "../../../mine"):
        files = {name: {"bytes": 1, "sha256": "0" * 64}}
        write_json(stage.path / "DONE", {**done, "files": files})
        assert "does not tell how the stage ended" in str(stage.damage())
        run(made_up, "fsck --repair", tmp_path)
        assert _is_there(precious) and not stage.is_done()
    assert "Traceback" not in "".join(capsys.readouterr())


@pytest.mark.usefixtures("no_pictures")
def test_what_a_report_is_said_to_be_made_of_is_not_deleted(made_up, precious, tmp_path):
    made_up.done("imp", 0)
    made_from = made_up.store.reports_dir / "all" / ".made-from"
    made_from.parent.mkdir(parents=True)
    made_from.write_text("\n".join(["a digest", *_named(precious, "../../../mine"), ".."]))
    run(made_up, "report", tmp_path)
    assert _is_there(precious)


def test_what_a_page_of_results_links_to_is_not_deleted(made_up, precious, tmp_path):
    made_up.done("imp", 0)
    page = tmp_path / "docs" / "results.md"
    (page.parent / "results").mkdir(parents=True)
    stale = page.parent / "results" / "stale.md"
    stale.touch()
    links = [*_named(precious, "../../mine"), "stale.md"]
    page.write_text("\n".join(f"[a table](results/{name})" for name in links))
    assert run(made_up, f"results --to {page.parent}", tmp_path) == 0
    assert _is_there(precious) and not stale.exists()


def test_what_a_note_of_a_delivery_names_is_not_deleted(made_up, precious):
    deliveries = Deliveries(made_up.store, Destination("ltsweep"))
    (curve, *_) = made_up.store.point_ids()
    for name in ("../../mine", str(precious), "..", "a/../../../mine", ["mine"]):
        deliveries.write(curve, Delivery("offline", curve, file=name))
        assert deliveries.read(curve) is None
    for name in ("../../mine", str(precious)):
        deliveries.remove_file(Delivery("offline", curve, file=name))
        assert _is_there(precious)


@pytest.mark.parametrize("digest", ["../../mine/thesis", "", "." * 64, "A" * 64])
def test_a_ticket_is_named_by_a_digest_and_by_nothing_else(digest):
    with pytest.raises(ValueError, match="ticket"):
        Exported(ticket=digest, what="mask")


@pytest.mark.parametrize("key", OUTSIDE)
def test_a_stage_starts_from_no_directory_outside_of_the_store(key):
    with pytest.raises(ValueError, match="stage"):
        Input(stage=key, what="state")


def test_an_experiment_in_a_folder_stays_inside(made_up):
    path = made_up.store.points_dir / f"{made_up.points[0].id}.json"
    write_json(path, {**read_json(path), "experiment": "mine/first..one"})
    assert "mine/first..one" in {point.experiment for point in made_up.store.points()}


def test_a_job_of_slurm_goes_by_its_number(made_up):
    """Other words would be options of scancel."""
    made_up.queued("imp", 0, "12_3")
    path = made_up.launch.directory / "jobs.jsonl"
    line = path.read_text()
    for job in ("--user=everyone", "-t", "12;rm", "1_2_3", "", "all"):
        path.write_text(line + line.replace("12_3", job))
        assert [record.id for record in read(made_up.launch.directory)] == ["12_3"]
