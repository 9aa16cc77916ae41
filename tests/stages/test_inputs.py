"""Tests what stages read from each other: found, supplied, missed, made again, kept and dropped."""

import pytest
import torch

from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.launch.pending import find_pending
from ltsweep.part_spec import Input, RuleSpec
from ltsweep.plan.stage import PlannedStage
from ltsweep.stages.inputs import holder, lacking, path_of
from ltsweep.stages.run import run_pack
from ltsweep.stages.workplace import Workplace
from ltsweep.store import claims
from ltsweep.store.claims import Owner

from ..specs import REWOUND
from ..sweeps_here import selection, train


@pytest.fixture(scope="module")
def climbed(tmp_path_factory):
    """A ladder of two levels, finished: its selection and the keys of its stages."""
    made, _ = train(tmp_path_factory.mktemp("inputs") / "store", "method=imp")
    return made, made.plan.points[0].stages


def run(made, spec, **wishes):
    """Runs one stage on the store of a selection; its directory."""
    planned = PlannedStage(spec=spec, means=next(iter(made.plan.stages.values())).means, **wishes)
    place = Workplace(made.store, made.store.root, torch.device("cpu"), False, 1e9)
    directory = made.store.stage(planned.key)
    if directory.is_done():  # for another test
        return directory
    directory.create(spec.model_dump(mode="json"))
    claim = claims.acquire(directory.path, Owner.of_this_process("test"))
    run_pack([(planned, claim)], place, lambda: False, print, lambda key, step: None)
    claim.release()
    return directory


@pytest.mark.parametrize(
    ("level", "what", "step", "file"),
    [
        (0, "state", 3, "step-3.safetensors"),
        (0, "state", None, "final.safetensors"),
        (1, "mask", None, "ticket.safetensors"),
        (2, "state", None, "final.safetensors"),
    ],
)
def test_where_it_lies(climbed, level, what, step, file):
    made, keys = climbed
    path = path_of(made.store, Input(stage=keys[level], what=what, step=step))
    assert path == made.store.stage(keys[level]).path / file


@pytest.mark.parametrize(
    ("what", "step", "words"),
    [
        ("state", 5, "has no state of step 5 any more"),
        ("optimizer", 3, "has no optimizer of step 3 any more"),
    ],
)
def test_what_nobody_kept_is_said_to_be_gone(climbed, what, step, words):
    made, keys = climbed
    source = Input(stage=keys[0], what=what, step=step)
    assert holder(made.store, source) is None
    with pytest.raises(FileNotFoundError, match=words):
        path_of(made.store, source)
    reader = made.store.stage("0" * 20)
    assert list(lacking(made.store, reader, source)) == [
        (source, "a snapshot nobody had asked for")
    ]


def test_a_prefix_brings_both_states_of_a_step_and_they_are_those_of_the_whole(climbed):
    made, keys = climbed
    dense = made.plan.stages[keys[0]]
    prefix = dense.prefix(6)
    directory = run(made, prefix.spec, snapshots=(6,), optimizer_snapshots=(6,))
    for what in ("state", "optimizer"):
        source = Input(stage=keys[0], what=what, step=6)
        assert holder(made.store, source).key == directory.key == prefix.key
        assert list(lacking(made.store, directory, source)) == []


def test_a_stage_may_go_on_with_an_optimizer_state(climbed):
    """Going on at step 6 with weights and momentum is the dense training itself, bit by bit."""
    made, keys = climbed
    dense = made.plan.stages[keys[0]]
    run(made, dense.prefix(6).spec, snapshots=(6,), optimizer_snapshots=(6,))
    state = Input(stage=keys[0], what="state", step=6)
    weights = RuleSpec(rule=REWOUND, given={"rewound": state})
    goes_on = dense.spec.model_copy(update={"weights": weights, "start": 6})
    with_momentum = goes_on.model_copy(
        update={"optimizer_state": Input(stage=keys[0], what="optimizer", step=6)}
    )
    assert with_momentum.snapshots_read == (state, with_momentum.optimizer_state)
    whole = load_tensors(made.store.stage(keys[0]).final)[0]

    def end(spec):
        return load_tensors(run(made, spec, is_ladder=True).final)[0]

    assert all(torch.equal(part, whole[name]) for name, part in end(with_momentum).items())
    assert not torch.equal(end(goes_on)["fc1.weight"], whole["fc1.weight"])


def test_an_end_that_others_ask_for_is_kept_and_made_again_when_it_is_gone(tmp_path):
    ladder, _ = train(tmp_path, "method=imp", "levels=3")
    first = ladder.store.stage(ladder.plan.points[0].stages[1])
    assert not first.final.exists()  # the ladder has moved on
    after = selection(tmp_path, "method=carried_on", "levels=1", "reset.schedule=restart")
    pending = find_pending(after.plan, after.store)
    assert pending.reopen == {}  # it starts from the dense end, which stays
    deeper = selection(tmp_path, "method=carried_on", "levels=3")
    assert deeper.plan.stages[first.key].keeps_end
    pending = find_pending(deeper.plan, deeper.store)
    assert f"{first.final} is gone" in pending.reopen.values()
    _, outcome = train(tmp_path, "method=carried_on", "levels=3")
    assert first.final.exists()
    fresh, _ = train(tmp_path / "fresh", "method=carried_on", "levels=3")
    for mine, theirs in zip(deeper.plan.points[0].stages, fresh.plan.points[0].stages, strict=True):
        ends = [made.store.stage(mine).end() for made in (deeper, fresh)]
        assert mine == theirs and ends[0].test_correct == ends[1].test_correct
