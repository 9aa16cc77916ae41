"""Tickets from files: trained like those of a transfer, by what was planned, or not at all."""

import hashlib
import shutil

import pytest
import torch

from ltsweep.cli.actions import retry
from ltsweep.cli.main import main
from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.launch.engine import prepare_store, submit
from ltsweep.launch.pending import find_pending
from ltsweep.pruning.mask import unpack
from ltsweep.stages.export import export_ticket
from ltsweep.steer.selectors import choose
from ltsweep.store.store import Store
from ltsweep.store.tickets import read_ticket

from ..nets import net_of
from ..sweeps_here import curves, exported, selection, train

AS_IT_WAS = ("transfer.head=source", "transfer.norm=keep")
MASKED = "method=imp,random_reinit,layerwise_permuted,random_mask,random_pruning"
SMALL = ("model=resnet20", "model.blocks=[1]", "model.width=2", "batch_size=256")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A ticket of level 1 and step 3."""
    return exported(tmp_path_factory.mktemp("made"), "method=imp", "reset.schedule=restart")


def points_of(made):
    return {point.config.method.name: point for point in made.plan.points}


def told(end):
    """What a stage measured, without when and where, and what it took to find its mask."""
    record = end.stored()
    private = ("seconds", "began", "ended", "layers", "pack_size", "scoring")
    return {name: value for name, value in record.items() if name not in private}


@pytest.mark.parametrize("net", [(), SMALL])
def test_on_its_own_data_a_ticket_trains_as_it_did_in_its_sweep_bit_for_bit(tmp_path, net):
    lines = ("reset.schedule=restart", *net)
    there = exported(tmp_path, "method=imp", *lines)
    plain, _ = train(tmp_path / "source", MASKED, *lines)
    made, _ = train(tmp_path / "again", MASKED, *AS_IT_WAS, f"ticket={there}", *net)
    for name, point in points_of(made).items():
        ours, theirs = point.stages, points_of(plain)[name].stages[:2]
        for one, other in zip(ours, theirs, strict=True):
            one, other = made.store.stage(one), plain.store.stage(other)
            assert told(one.end()) == told(other.end()), name
            assert [r for r in one.records() if r["event"] == "validation"] == [
                r for r in other.records() if r["event"] == "validation"
            ], name


def test_the_deepest_ticket_keeps_its_mask_at_level_1(tmp_path):
    there = exported(tmp_path, "method=imp", level=2)
    made, _ = train(tmp_path / "again", "method=imp", *AS_IT_WAS, f"ticket={there}")
    (point,) = made.plan.points
    level_2 = 50200 - round(0.2 * 50200)
    level_2 -= round(0.2 * level_2)
    assert [made.store.stage(key).end().kept for key in point.stages] == [50200, level_2]


def test_arms_differ_in_mask_and_weights_as_methods_say(tmp_path, file):
    standing = ("optimizer.lr=1e-30", "keep=all")
    made, _ = train(tmp_path, MASKED, f"ticket={file}", *standing)
    ticket = read_ticket(file)
    layers = net_of("ltsweep.models.lenet_300_100", (1, 8, 8), 10).with_head_apart().layers
    count = sum(int(ticket.mask[layer.name].sum()) for layer in layers)
    found = {}
    for name, point in points_of(made).items():
        directory = made.store.stage(point.stages[1])
        mask = unpack(load_tensors(directory.ticket)[0], layers)
        found[name] = mask, load_tensors(directory.final)[0]
        assert sum(int(part.sum()) for part in mask.values()) == count
        assert made.store.stage(point.stages[0]).end().kept == 49200
    for layer in layers:
        own = ticket.mask[layer.name]
        assert torch.equal(found["imp"][0][layer.name], own)
        assert torch.equal(found["imp"][1][layer.name], ticket.weights[layer.name] * own)
        assert torch.equal(found["random_reinit"][0][layer.name], own)
        permuted = found["layerwise_permuted"][0][layer.name]
        assert permuted.sum() == own.sum() and not torch.equal(permuted, own)
        fresh = [found[name][1][layer.name] for name in ("random_reinit", "layerwise_permuted")]
        both = own & permuted
        assert torch.equal(fresh[0][both], fresh[1][both])
        assert not torch.equal(fresh[0][own], ticket.weights[layer.name][own])
    heads = [state["fc3.weight"] for _, state in found.values()]
    assert all(torch.equal(head, heads[0]) for head in heads)
    assert not torch.equal(heads[0], ticket.weights["fc3.weight"])


def test_the_whole_net_may_train_from_the_files_weights(tmp_path, file):
    made, _ = train(
        tmp_path,
        "method=dense_at_k",
        "optimizer.lr=1e-30",
        "keep=all",
        *AS_IT_WAS,
        f"ticket={file}",
    )
    (point,) = made.plan.points
    end = load_tensors(made.store.stage(point.stages[0]).final)[0]
    assert torch.equal(end["fc1.weight"], read_ticket(file).weights["fc1.weight"])


def test_a_head_that_was_apart_is_whole_where_it_is_taken_along(tmp_path):
    there = exported(tmp_path, "method=imp", "target.split_seed=1")
    made, _ = train(
        tmp_path / "again", "method=imp,random_mask", "transfer.head=source", f"ticket={there}"
    )
    for point in made.plan.points:
        end = made.store.stage(point.stages[1]).end()
        assert end.kept == 49200 - round(0.2 * 49200) + 1000
    layers = made.store.stage(points_of(made)["imp"].stages[1]).end().layers
    assert layers["fc3.weight"].kept == 1000


def test_sizes_are_told_against_no_distribution_where_weights_come_from_a_file(tmp_path, file):
    made, _ = train(tmp_path, "method=imp,random_reinit", f"ticket={file}")
    sizes = {}
    for name, point in points_of(made).items():
        layer = made.store.stage(point.stages[1]).end().layers["fc1.weight"]
        sizes[name] = layer.rms_over_init_std is None, layer.rms_over_init_std_end is None
    assert sizes == {"imp": (True, True), "random_reinit": (False, False)}


def test_a_store_has_its_own_copy(tmp_path, file):
    """Once submitted, nobody asks for the file any more."""
    mine = shutil.copy(file, tmp_path / "mine.safetensors")
    made = selection(tmp_path / "store", "method=imp", f"ticket={mine}")
    prepare_store(made)
    submit(made, find_pending(made.plan, made.store), lambda _: None)
    mine.unlink()
    (point,) = made.store.points()
    copy = made.store.ticket(point.ticket.digest)
    assert copy.read_bytes() == file.read_bytes()
    assert str(tmp_path) not in point.model_dump_json()
    again, outcome = train(tmp_path / "store", "method=imp,random_reinit", f"ticket={copy}")
    assert outcome.done == 1 and point.id in again.point_ids


def test_a_file_that_changes_under_the_plan_is_refused(tmp_path, file):
    mine = shutil.copy(file, tmp_path / "mine.safetensors")
    made = selection(tmp_path / "store", "method=imp", f"ticket={mine}")
    prepare_store(made)
    shutil.copy(exported(tmp_path / "other", "method=imp", "seed=1"), mine)
    with pytest.raises(RequestError) as told:
        submit(made, find_pending(made.plan, made.store), lambda _: None)
    assert told.value.problems == [
        f"ticket={mine} was changed while it was planned with; plan it again"
    ]
    assert made.store.points() == [] and made.store.keys() == set()


@pytest.mark.parametrize("change", ["another", "gone"])
def test_a_stage_never_trains_from_another_ticket(tmp_path, file, change, monkeypatch):
    made = selection(tmp_path / "store", "method=imp", f"ticket={file}")
    prepare_store(made)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    copy = made.store.ticket(digest)
    another = exported(tmp_path / "other", "method=imp", "seed=1")

    def after_the_copy(text):
        shutil.copy(another, copy) if change == "another" else copy.unlink(missing_ok=True)

    outcome = submit(made, find_pending(made.plan, made.store), after_the_copy)
    (failed,) = outcome.failed
    assert (
        f"DamagedFile: {copy} is not the ticket that was planned with; run launch.py with "
        "ticket=FILE again to have it copied anew"
    ) in failed
    train(tmp_path / "store", "method=imp", f"ticket={file}")  # and so it is


@pytest.mark.usefixtures("no_pictures")
def test_what_a_launch_left_is_retried_without_the_file(tmp_path, file, capsys):
    mine = shutil.copy(file, tmp_path / "mine.safetensors")
    made = selection(tmp_path / "store", "method=imp,dense_at_k", "logger=none", f"ticket={mine}")
    prepare_store(made)
    copy = made.store.ticket(read_ticket(file).record.digest)
    submit(made, find_pending(made.plan, made.store), lambda _: copy.unlink(missing_ok=True))
    before = made.store.points()
    mine.unlink()
    shutil.copy(file, copy)
    assert retry(choose(made.store, [])) == 0
    assert "2 stages done" in capsys.readouterr().out
    assert made.store.points() == before


def test_a_ticket_of_such_a_curve_is_the_ticket_again(tmp_path, file):
    made, _ = train(tmp_path, "method=imp", f"ticket={file}")
    (point,) = made.store.points()
    export_ticket(made.store, point, 1, tmp_path / "again.safetensors")
    first, again = read_ticket(file), read_ticket(tmp_path / "again.safetensors")
    assert again.weights.keys() == first.weights.keys()
    assert all(torch.equal(again.weights[name], part) for name, part in first.weights.items())
    assert again.mask.keys() == first.mask.keys() - {"fc3.weight"}  # the head is apart here
    assert all(torch.equal(first.mask[name], part) for name, part in again.mask.items())
    for name in ("saw", "reset", "optimizer", "pruning"):
        assert getattr(again.record, name) == getattr(first.record, name)
    assert again.record.curve == point.id


def test_the_source_column_is_the_digest_of_the_file(tmp_path, file):
    train(tmp_path, "method=imp,random_mask", f"ticket={file}")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    head, *rows = [line.split(",") for line in curves(tmp_path).splitlines()]
    assert {row[head.index("source")] for row in rows} == {digest[:16]}
    assert "ticket" not in head and {row[head.index("level")] for row in rows} == {"0", "1"}


def test_what_pruned_the_ticket_is_told_and_not_what_the_command_line_left(tmp_path):
    """A layer of rate 0 is none of the pruned layers, as in the curve that it comes from."""
    there = exported(tmp_path, "method=imp", "pruning.output_fraction=0")
    made, _ = train(tmp_path / "again", "method=imp", *AS_IT_WAS, f"ticket={there}")
    (point,) = made.store.points()
    assert not {"pruning", "reset"} & point.config.keys()
    found = {}
    for root in (tmp_path / "source", tmp_path / "again"):
        head, *rows = [line.split(",") for line in curves(root).splitlines()]
        found[root] = [row[head.index("density_pruned_layers")] for row in rows][:2]
    assert found[tmp_path / "source"] == found[tmp_path / "again"] == ["1.0", "0.8"]


@pytest.mark.usefixtures("no_pictures")
def test_a_report_sets_files_beside_each_other_and_beside_sources(tmp_path, capsys):
    """Both are sources of the same target, so they are rows of one matrix."""
    files = [exported(tmp_path / seed, "method=imp", f"seed={seed}", level=2) for seed in "01"]
    store, target = tmp_path / "all", "dataset.split_seed=1"
    train(store, "method=imp", target, f"ticket={files[0]},{files[1]}")
    train(store, "method=imp", "target.split_seed=1")
    assert main(["report", "--store", str(store)]) == 0
    out = capsys.readouterr().out
    matrix = out[out.index("(declared: 51.2 %)") : out.index("rows: ")].split()
    assert {read_ticket(path).record.name for path in files} <= {*matrix}
    assert "(split_seed=0)" in matrix


def test_show_tells_a_tickets_origin_and_a_command_without_the_file(tmp_path, file, capsys):
    train(tmp_path, "method=imp", f"ticket={file}")
    (point,) = Store(tmp_path).points()
    assert main(["show", point.id, "--store", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    ticket = point.ticket
    assert (
        f"ticket {ticket.name}: level 1 of curve {ticket.curve}, seed 0, with the weights of "
        in out
    )
    assert "data that the tickets saw: of the source digits " in out
    assert "levels=1 " in out and f"ticket={tmp_path}/tickets/{ticket.digest}.safetensors" in out
