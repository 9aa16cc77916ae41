"""What controls begin with, on source and target: draws, signs, values, norms, momenta."""

from functools import cache
from itertools import pairwise

import pytest
import torch

from ltsweep.foundations.components import bind
from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.init.state import initial_state
from ltsweep.models.net import Net
from ltsweep.part_spec import InitSpec, Input
from ltsweep.plan.stage import PlannedStage
from ltsweep.pruning.mask import unpack
from ltsweep.stages.begin import begin
from ltsweep.stages.workplace import Workplace
from ltsweep.store import claims
from ltsweep.store.claims import Owner

from ..sweeps_here import train

CONTROLS = "method=imp,random_reinit,reinit_signs,shuffled_values,fresh_at_k,layerwise_permuted"
COUNTED = "random_mask,random_pruning,erk,balanced"
SMALL = (
    *("model=resnet20", "model.blocks=[1]", "model.width=2", "batch_size=256"),
    *("norm_statistics=recalibrated", "levels=2", "dataset.classes=[0,1,2]"),
)
TARGET = "target.split_seed=1"


class Begun:
    """What the deepest level of each method's point begins with, after it was trained."""

    def __init__(self, made):
        self.made = made
        self.points = {point.config.method.name: point for point in made.plan.points}
        self._place = Workplace(made.store, made.store.root, torch.device("cpu"), False, 1e9)
        elsewhere = made.store.root / "elsewhere"  # stages that are done have no other owner
        elsewhere.mkdir()
        self._claim = claims.acquire(elsewhere, Owner.of_this_process("test"))
        self.replicate = cache(self.begin)

    def spec(self, method, level=-1):
        return self.planned(method, level).spec

    def planned(self, method, level=-1) -> PlannedStage:
        return self.made.plan.stages[self.points[method].stages[level]]

    def begin(self, method, level=-1):
        """The replicate, masked, as it stands before its first step."""
        planned = self.planned(method, level)
        train_spec = planned.spec.train
        data = self._place.data(train_spec.data, planned.means.loaders[train_spec.data.fingerprint])
        net = self._place.net(train_spec, data)
        return begin(planned, self._claim, self._place, data, net, print).replicate

    def state(self, method, level=-1):
        return self.replicate(method, level).state

    def mask(self, method, level=-1):
        return self.replicate(method, level).mask

    def snapshot(self, step=3):
        """The source's dense training at a step."""
        key = self.spec("imp").weights.given["rewound"].stage
        return load_tensors(self.made.store.stage(key).snapshot(step))[0]

    def net(self, method="imp") -> Net:
        train_spec = self.spec(method).train
        loaders = self.planned(method).means.loaders
        data = self._place.data(train_spec.data, loaders[train_spec.data.fingerprint])
        return self._place.net(train_spec, data)


@pytest.fixture(scope="module", params=["plain", "transferred"])
def begun(request, tmp_path_factory):
    """A net with batch norm, trained on its source or on another part of the data."""
    target = () if request.param == "plain" else (TARGET, "transfer.norm=keep")
    root = tmp_path_factory.mktemp(request.param)
    made, _ = train(root, f"{CONTROLS},{COUNTED}", *SMALL, *target)
    return Begun(made)


def kept(state, mask):
    return torch.cat([state[name][part] for name, part in mask.items()])


def others(begun, state, mask):
    """What is not prunable, but for a head that is the target's own."""
    head = begun.net().head if begun.spec("imp").moved is not None else ()
    return {n: value for n, value in state.items() if n not in mask and n not in head}


def assert_same(state, other):
    assert state.keys() == other.keys()
    assert all(torch.equal(value, other[name]) for name, value in state.items())


def test_reinit_signs_has_the_fresh_magnitudes_the_tickets_signs_and_all_else_of_the_source(begun):
    mask, state = begun.mask("imp"), begun.state("reinit_signs")
    fresh, ticket = begun.state("random_reinit"), begun.state("imp")
    assert torch.equal(kept(state, mask).abs(), kept(fresh, mask).abs())
    assert torch.equal(kept(state, mask).sign(), kept(ticket, mask).sign())
    assert_same(others(begun, state, mask), others(begun, ticket, mask))


def test_shuffled_values_are_the_tickets_own_in_each_layer_elsewhere(begun):
    mask, state, ticket = begun.mask("imp"), begun.state("shuffled_values"), begun.state("imp")
    for name, part in mask.items():
        ours, theirs = state[name][part], ticket[name][part]
        assert torch.equal(ours.sort().values, theirs.sort().values)
        assert len(ours) < 20 or (ours != theirs).float().mean() > 0.8
    assert_same(others(begun, state, mask), others(begun, ticket, mask))


def test_fresh_at_k_has_come_from_the_control_draw_to_the_reset_step_on_the_source(begun):
    mask, state = begun.mask("imp"), begun.state("fresh_at_k")
    fresh = begun.state("random_reinit")
    moved = (kept(state, mask) - kept(fresh, mask)).abs()
    assert 0 < moved.mean() < 0.5 * kept(fresh, mask).abs().mean()
    source = begun.spec("fresh_at_k").weights.given["fresh_at_reset"]
    there = begun.made.plan.stages[source.stage].spec
    assert there.train.data.split.split_seed == 0 and there.stop == source.step == 3


def test_arms_with_a_fresh_draw_have_one_draw_and_neutral_norms(begun):
    net, spec = begun.net(), begun.spec("random_reinit")
    init = InitSpec(distribution=bind("ltsweep.init.kaiming_normal", {}), scale=1.0)
    drawn = initial_state(net, init, spec.seed, "control init")
    for method in ("random_reinit", "layerwise_permuted", *COUNTED.split(",")):
        mask, state = begun.mask(method), begun.state(method)
        assert torch.equal(kept(state, mask), kept(drawn, mask)), method
        assert_same(others(begun, state, mask), others(begun, drawn, mask))


def test_all_arms_of_a_target_have_its_own_head_and_none_is_pruned(begun):
    if begun.spec("imp").moved is None:
        assert set(begun.net().head) & set(begun.mask("erk"))
        return
    heads = [begun.state("imp", 0), *(begun.state(method) for method in begun.points)]
    for name in begun.net().head:
        assert all(torch.equal(state[name], heads[0][name]) for state in heads)
        assert not any(name in begun.mask(method) for method in begun.points)


def test_masks_nest_over_levels_and_have_the_counts_of_the_ladder(begun):
    counts = []
    for method in begun.points:
        outer, inner = begun.mask(method, 1), begun.mask(method, 2)
        assert all((inner[name] <= outer[name]).all() for name in outer), method
        counts.append([sum(int(p.sum()) for p in mask.values()) for mask in (outer, inner)])
    assert all(count == counts[0] for count in counts)


@pytest.mark.parametrize("norm", ["keep", "reset_stats", "reinit"])
def test_norms_of_arms_with_weights_of_the_source_are_its_own_unpermuted_or_as_asked(
    tmp_path, norm
):
    method = "method=shuffled_values,reinit_signs,fresh_at_k,imp"
    begun = Begun(train(tmp_path, method, *SMALL, TARGET, f"transfer.norm={norm}")[0])
    source = begun.snapshot()
    fresh = begun.made.store.stage(begun.spec("fresh_at_k").weights.given["fresh_at_reset"].stage)
    control, _ = load_tensors(fresh.snapshot(3))
    neutral = begun.state("imp", 0)
    for method in begun.points:
        state = begun.state(method)
        own = control if method == "fresh_at_k" else source
        for name in state:
            if "bn" in name or "norm" in name or name.endswith(("running_mean", "running_var")):
                statistic = "running" in name or "num_batches" in name
                wanted = (
                    own if norm == "keep" or (norm == "reset_stats" and not statistic) else neutral
                )
                assert torch.equal(state[name], wanted[name]), (method, name)


@pytest.mark.parametrize("weights", ["fresh", "source", "end"])
@pytest.mark.parametrize("target", [(), (TARGET,)], ids=["plain", "transferred"])
def test_masks_take_fresh_source_and_end_weights(tmp_path, weights, target):
    lines = (f"method=layerwise_permuted,{COUNTED}", f"method.weights={weights}", *target)
    begun = Begun(train(tmp_path, *lines, "keep=all")[0])
    for method in begun.points:
        spec, mask, state = begun.spec(method), begun.mask(method), begun.state(method)
        (part,) = spec.weights.given.values()
        if not isinstance(part, Input):
            expected = initial_state(begun.net(method), part, spec.seed, "control init")
        else:
            directory = begun.made.store.stage(part.stage)
            path = directory.final if part.step is None else directory.snapshot(part.step)
            assert (part.step is None) == (weights == "end")
            expected, _ = load_tensors(path)
        assert all(torch.equal(state[n], expected[n] * kept) for n, kept in mask.items()), method


def test_weights_of_the_reset_step_0_are_the_initial_ones_bit_for_bit(tmp_path):
    begun = Begun(train(tmp_path, "method=imp", "reset.step=0it")[0])
    spec = begun.spec("imp", 0)
    drawn = initial_state(begun.net(), spec.weights.given["initial"], spec.seed, "init")
    assert_same(begun.snapshot(0), drawn)


def test_a_reset_to_the_end_is_rewinding_of_the_rate_to_step_0(tmp_path):
    """At level 1: deeper levels of imp return to the dense end, those of lr_rewind go on."""
    to_end = ("method=imp", "reset.step=12it", "reset.schedule=restart", "keep=all")
    imp = Begun(train(tmp_path / "imp", *to_end)[0])
    rewound = Begun(train(tmp_path / "lr", "method=lr_rewind", "reset.step=0it", "keep=all")[0])
    for level, equal in ((1, True), (2, False)):
        ends = [
            load_tensors(begun.made.store.stage(begun.points[method].stages[level]).final)[0]
            for begun, method in ((imp, "imp"), (rewound, "lr_rewind"))
        ]
        assert all(torch.equal(part, ends[1][name]) for name, part in ends[0].items()) == equal


def test_levels_of_lr_rewind_begin_with_the_end_of_the_level_before_under_the_next_mask(tmp_path):
    begun = Begun(train(tmp_path, "method=lr_rewind", "keep=all")[0])
    for before, level in pairwise(range(3)):
        directory = begun.made.store.stage(begun.points["lr_rewind"].stages[before])
        end, _ = load_tensors(directory.final)
        replicate = begun.replicate("lr_rewind", level)
        for name, part in replicate.mask.items():
            assert torch.equal(replicate.state[name], end[name] * part)
            if before:
                outer = unpack(load_tensors(directory.ticket)[0], begun.net("lr_rewind").layers)
                assert (part <= outer[name]).all()


def test_in_one_shot_all_levels_of_lr_rewind_begin_with_the_dense_end(tmp_path):
    begun = Begun(train(tmp_path, "method=lr_rewind", "pruning.schedule=oneshot")[0])
    dense = begun.made.store.stage(begun.points["lr_rewind"].stages[0])
    end, _ = load_tensors(dense.final)
    for level in (1, 2):
        replicate = begun.replicate("lr_rewind", level)
        for name, part in replicate.mask.items():
            assert torch.equal(replicate.state[name], end[name] * part)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_momenta_of_the_reset_step_go_on_without_those_of_pruned_weights(tmp_path, optimizer):
    lines = ("method=imp", f"optimizer={optimizer}", "reset.optimizer=snapshot")
    begun = Begun(train(tmp_path, *lines)[0])
    source = begun.spec("imp").optimizer_state
    saved, _ = load_tensors(begun.made.store.stage(source.stage).optimizer_snapshot(3))
    replicate = begun.replicate("imp")
    assert replicate.optimizer_state.keys() == saved.keys() != set()
    for entry, value in replicate.optimizer_state.items():
        part = replicate.mask.get(entry.rpartition("/")[0])
        is_masked = part is not None and value.shape == part.shape
        assert torch.equal(value, saved[entry] * part if is_masked else saved[entry])


@pytest.mark.parametrize(("step", "equal"), [("0it", True), ("3it", False)])
def test_momenta_make_a_difference_but_for_those_of_step_0(tmp_path, step, equal):
    found = []
    for optimizer in ("fresh", "snapshot"):
        lines = ("method=imp", f"reset.step={step}", f"reset.optimizer={optimizer}")
        made, _ = train(tmp_path / optimizer, *lines)
        found.append([made.store.stage(key).end().test_loss for key in made.plan.stages])
    assert (found[0] == found[1]) == equal


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_head_that_is_drawn_anew_has_no_momenta(tmp_path, optimizer):
    lines = ("method=imp", f"optimizer={optimizer}", "reset.optimizer=snapshot", TARGET)
    begun = Begun(train(tmp_path, *lines)[0])
    state = begun.replicate("imp").optimizer_state
    head = begun.net().head
    for entry, value in state.items():
        assert value.any() == (entry.rpartition("/")[0] not in head), entry
