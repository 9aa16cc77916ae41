"""Plans of tickets from files: what identifies them, what they need, and what is refused."""

import shutil

import pytest
import safetensors.torch
import torch

from ltsweep.cli.examine import examine
from ltsweep.foundations.tensor_files import load_tensors, save_tensors
from ltsweep.plan.tickets import find_ticket

from ..points import choices
from ..sweeps_here import TINY, composed, exported, selection, wanted

WORKING = {
    *("dense", "dense_at_k", "imp", "layerwise_permuted"),
    *("random_mask", "random_pruning", "random_reinit"),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return exported(tmp_path_factory.mktemp("made"), "method=imp", level=2)


def problems(*lines):
    return examine(composed(*TINY, "logger=none", *lines))[0].problems


def point_of(tmp_path, *lines):
    (point,) = selection(tmp_path, *lines).plan.points
    return point


def test_a_curve_has_the_dense_training_and_one_level_whatever_levels_is(tmp_path, file):
    made = selection(tmp_path, "method=imp", "levels=10", f"ticket={file}").plan
    (point,) = made.points
    assert [made.stages[key].spec.level for key in point.stages] == [0, 1]
    assert point.config.levels == point.record(None).levels == 1
    assert all(made.stages[key].spec.parents == () for key in point.stages)
    assert [made.stages[key].spec.start for key in point.stages] == [0, 0]


def test_a_ticket_is_its_content_wherever_it_lies(tmp_path, file):
    (tmp_path / "there").mkdir()
    copy = shutil.copy(file, tmp_path / "there" / "t")
    one, other = (selection(tmp_path, "method=imp", f"ticket={p}").plan for p in (file, copy))
    assert one.points[0].id == other.points[0].id and one.stages.keys() == other.stages.keys()
    assert one.points[0].record(None) == other.points[0].record(None)
    another = exported(tmp_path, "method=imp", "seed=1")
    assert point_of(tmp_path, "method=imp", f"ticket={another}").stages[1] not in one.stages


@pytest.mark.parametrize(
    "line", ["pruning=magnitude_layerwise", "reset.step=5it", "reset.schedule=restart", "levels=3"]
)
def test_what_made_a_ticket_is_no_setting_of_its_curve(tmp_path, file, line):
    lines = ("method=imp", f"ticket={file}")
    assert point_of(tmp_path, *lines, line).id == point_of(tmp_path, *lines).id


def test_columns_say_how_the_ticket_was_made(tmp_path):
    made = ("optimizer=adam", "pruning=magnitude_layerwise", "reset.step=5it")
    there = exported(tmp_path, "method=imp", *made)
    columns = point_of(tmp_path, "method=imp", f"ticket={there}").record(None).columns
    assert (columns.source_optimizer, columns.target_optimizer) == ("adam", "sgd")
    assert (columns.pruning, columns.reset) == ("magnitude_layerwise", "5it")
    trained = exported(tmp_path / "trained", "method=trained", "target.split_seed=1")
    columns = point_of(tmp_path, "method=imp", f"ticket={trained}").record(None).columns
    assert columns.reset == "end"


def test_a_head_is_drawn_anew_and_norms_are_reset_as_on_any_target(tmp_path, file):
    made = selection(tmp_path, "method=imp,random_reinit", f"ticket={file}").plan
    assert {stage.spec.train.head for stage in made.stages.values()} == {"apart"}
    moved = [made.stages[point.stages[1]].spec.moved for point in made.points]
    assert all(move.head is not None for move in moved)
    kept = selection(tmp_path, "method=imp", "transfer.head=source", f"ticket={file}").plan
    assert {stage.spec.train.head for stage in kept.stages.values()} == {"pruned"}


def test_masks_that_need_a_count_alone_share_it_with_all_sweeps(tmp_path, file):
    made = selection(tmp_path, "method=random_mask", "transfer.head=source", f"ticket={file}").plan
    (point,) = made.points
    rule = made.stages[point.stages[1]].spec.mask
    plain = selection(tmp_path, "method=random_mask", "levels=2").plan
    assert rule == plain.stages[plain.points[0].stages[2]].spec.mask


@pytest.mark.parametrize("method", choices("method"))
def test_methods_that_ask_for_more_than_a_file_holds_are_refused(file, method):
    """The sentence names those that work, whatever conf/ comes to offer."""
    (sentence,) = problems("method=trained", f"ticket={file}")
    named = {*sentence.partition("; choose ")[2].replace(" or ", ", ").split(", ")}
    assert named >= WORKING and "dense_transfer" not in named
    told = problems(f"method={method}", f"ticket={file}")
    assert (told == []) == (method in named)
    assert all(one.startswith(f"method={method} asks for ") for one in told)


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("+method.ladder={mask:ltsweep.methods.imp,weights:end}", "a ladder of its own"),
        ("method.weights=ltsweep.methods.initial", "initial"),
        ("method.weights=end", "ended"),
        ("method.weights=tests.seams.parts.previous", "previous"),
        (
            "method.mask=tests.plan.test_tickets.of_levels",
            "init_std, kept_by_group and mask",
        ),
    ],
)
def test_rules_are_refused_by_what_they_ask_for(file, line, asked):
    (sentence,) = problems("method=imp", line, f"ticket={file}")
    assert sentence.startswith(f"method=imp asks for {asked}, which ticket={file} does not hold")


def of_levels(mask, init_std, kept_by_group):
    return mask


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("method=imp", "init.rescale=count"), None),
        (("method=random_reinit", "init.rescale=energy"), None),
        (("method=random_reinit", "init.rescale=redraw"), None),
        (
            ("method=imp", "init.rescale=energy"),
            "init.rescale=energy needs the draw that weights come from, which ticket=FILE does not "
            "hold; choose none, count or count_unit",
        ),
        (
            ("method=imp", "init.rescale=redraw"),
            "init.rescale=redraw needs weights that are a fresh draw, not those of method=imp; "
            "choose none, count, count_unit or energy",
        ),
    ],
)
def test_weights_of_a_file_are_rescaled_by_what_is_known_of_them(file, lines, told):
    expected = [] if told is None else [told.replace("FILE", str(file))]
    assert problems(*lines, f"ticket={file}") == expected


def test_a_rule_of_ones_own_works_with_what_a_file_holds(file):
    own = "method.weights=tests.seams.parts.signs_of_ticket"
    assert problems("method=imp", own, f"ticket={file}") == []


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            ("model.hidden=[200,100]",),
            "a ticket does not cross architectures: fc1.weight is 300x64 in ticket=FILE and 200x64 "
            "in model=lenet_300_100 on digits and 2 more; choose the model that it was made with "
            "and, where images have another size, input=resize with their size as "
            "input.size=HEIGHTxWIDTH",
        ),
        (
            ("input=resize", "input.size=7x8"),
            "a ticket does not cross architectures: fc1.weight is 300x64 in ticket=FILE and 300x56 "
            "in model=lenet_300_100 on digits; choose ...",
        ),
        (
            ("model.hidden=[300]",),
            "a ticket does not cross architectures: fc3.bias is 10 in ticket=FILE and absent"
            " in model=lenet_300_100 on digits and 1 more; choose ...",
        ),
        (
            ("dataset.classes=[0,1,2]", "transfer.head=source"),
            "transfer.head=source needs as many classes: fc3.weight is 10x100 in ticket=FILE and "
            "3x100 on digits; transfer.head=fresh draws a head for it",
        ),
        (
            ("model.prunable=['fc1*']",),
            "ticket=FILE and model=lenet_300_100 do not agree on what is prunable (fc2.weight); "
            "set model.prunable as it was when the ticket was made",
        ),
    ],
)
def test_a_ticket_is_refused_by_name_where_it_does_not_fit(file, lines, sentence):
    (told,) = problems("method=imp", *lines, f"ticket={file}")
    expected = sentence.replace("FILE", str(file))
    if sentence.endswith("..."):
        assert told[: len(expected) - 3] == expected.removesuffix("...")
    else:
        assert told == expected


@pytest.mark.parametrize("lines", [("dataset.classes=[0,1,2]",), ("model.prunable=['fc*']",)])
def test_a_ticket_fits_where_its_head_alone_is_another(file, lines):
    assert problems("method=imp", *lines, f"ticket={file}") == []


def test_each_of_several_files_is_checked(file):
    told = wanted("method=imp", f"ticket={file},no,null", *TINY).problems
    assert told == ["ticket=no: there is no such file"]


@pytest.mark.parametrize("fault", ["torn", "edited", "of a checkpoint", "without a curve", "odd"])
def test_what_is_no_whole_ticket_is_refused(tmp_path, file, fault):
    there = tmp_path / "t.safetensors"
    tensors, about = load_tensors(file)
    if fault == "torn":
        there.write_bytes(file.read_bytes()[:-9])
    elif fault == "edited":
        there.write_bytes(file.read_bytes()[:-1] + b"?")
    elif fault == "of a checkpoint":
        save_tensors(there, {"state/fc1.weight": torch.ones(2)}, {"step": 3})
    elif fault == "without a curve":
        save_tensors(there, tensors, {**about, "curve": None})
    else:
        safetensors.torch.save_file({"fc1.weight": torch.ones(2)}, there)
    assert problems("method=imp", f"ticket={there}") == [
        f"ticket={there} is no ticket, or not a whole one: write it with `ltsweep ticket export`, "
        "or copy it again"
    ]


def test_a_file_of_an_early_version_tells_less(tmp_path, file):
    tensors, about = load_tensors(file)
    there = tmp_path / "t.safetensors"
    early = {name: part for name, part in about.items() if name not in ("saw", "reset")}
    save_tensors(there, tensors, early)
    record = find_ticket(there).record
    assert (record.saw, record.reset, record.level) == (None, "3it", 2)
    seen = {entry.purpose: entry for entry in find_ticket(file).record.saw}
    assert seen.keys() == {"trained on", "measured on"}
    assert {(entry.label, entry.stages) for entry in seen.values()} == {("digits", 2)}
    assert seen["trained on"].parts == {"training": 1170}
