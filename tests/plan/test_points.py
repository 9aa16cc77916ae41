"""Tests the plan: which stages points share, what makes a key, and golden keys."""

import sys
from dataclasses import replace

import pytest
from torch import nn

from ltsweep.data_spec import Normalise
from ltsweep.foundations import components
from ltsweep.plan.points import make_plan
from ltsweep.spec import StageSpec

from ..points import FACTS, configs, plan, stages

FRESH = ("random_reinit", "layerwise_permuted", "random_mask", "random_pruning")
ALL = "method=dense,imp," + ",".join(FRESH)


def counts(made):
    return len(made.points), len(made.stages), made.trainings_without_sharing()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # points, unique stages, trainings if nothing were shared
        (["method=dense"], (1, 1, 1)),
        (["method=dense", "seed=0,1,2"], (3, 3, 3)),
        (["method=imp"], (1, 4, 4)),
        (["method=imp", "levels=0"], (1, 1, 1)),
        # dense and ladder levels 0 to 2 below the control's three levels
        (["method=random_reinit"], (1, 6, 6)),
        # without the ladder: its counts are known beforehand
        (["method=random_mask"], (1, 4, 4)),
        # one dense training for all methods; one ladder for the three that need it
        ([ALL], (6, 1 + 3 + 4 * 3, 1 + 4 + 6 + 6 + 4 + 4)),
        ([ALL, "seed=0,1"], (12, 2 * 16, 2 * 25)),
        # one curve, as deep as the deepest wish
        (["method=imp", "levels=2,3,1"], (1, 4, 4)),
        # the ladders of two reset steps share the dense training only
        (["method=imp", "reset.step=0it,20it"], (2, 1 + 2 * 3, 2 * 4)),
        # their reinitialised tickets also share level 1, whose mask comes from the dense training
        (["method=random_reinit", "reset.step=0it,20it"], (2, 1 + 2 * 2 + 1 + 2 * 2, 2 * 6)),
        # what depends on a count alone knows no reset step and no pruning scheme of equal counts
        (["method=random_mask", "reset.step=0it,20it"], (2, 4, 8)),
        (
            [
                "method=random_mask",
                "pruning=magnitude_global,magnitude_layerwise",
                "pruning.output_fraction=null",
            ],
            (2, 4, 8),
        ),
        (["method=random_mask", "init@control_init=null,xavier_normal"], (2, 1 + 2 * 3, 8)),
        # an init of the controls' own leaves dense and ladder alone
        (["method=random_reinit", "init@control_init=null,xavier_normal"], (2, 3 + 2 * 3, 12)),
        (["method=imp", "init.scale=1,2", "optimizer.lr=0.1,0.2"], (4, 16, 16)),
        (["method=imp", "seed=0,0,0"], (1, 4, 4)),
    ],
)
def test_what_points_share(lines, expected):
    assert counts(plan(*lines)) == expected


def test_levels_extend_a_curve():
    assert stages("levels=5")[:4] == stages("levels=3")
    assert stages("levels=5", "method=random_reinit")[:4] == stages("method=random_reinit")


def test_a_stage_comes_after_its_parents():
    made = plan(ALL, "reset.step=0it,20it")
    order = {key: number for number, key in enumerate(made.stages)}
    for key, stage in made.stages.items():
        assert all(order[parent] < order[key] for parent in stage.spec.parents)


def test_dense_keeps_the_snapshots_that_tickets_ask_for():
    def snapshots(*lines):
        return [s.snapshots for s in plan(*lines).stages.values() if s.spec.level == 0]

    assert snapshots("method=imp", "reset.step=20it,5it,2ep") == [(5, 20)]  # 2ep are 20 steps
    assert snapshots("method=imp,random_mask", "seed=0,1") == [(20,), (20,)]
    assert snapshots("method=random_mask") == [()]
    assert snapshots("method=dense") == [()]


def test_a_resumed_ticket_starts_at_the_reset_step_and_fresh_weights_at_0():
    def starts(*lines):
        return {s.spec.start for s in plan("reset.step=20it", *lines).stages.values()}

    assert starts("method=imp") == {0, 20}
    assert starts("method=imp", "reset.schedule=restart") == {0}
    assert starts("method=random_mask") == {0}


# What changes the keys of dense, ticket levels 1 and 2, reinitialised levels 1 and 2, random mask
EVERYTHING = (True,) * 6
CHANGES = {
    "seed=1": EVERYTHING,
    "batch_size=32": EVERYTHING,
    "precision=bf16": EVERYTHING,
    "norm_statistics=recalibrated": (False,) * 6,  # of a net without batch norm: see below
    "model.hidden=[30,10]": EVERYTHING,
    "optimizer.lr=0.1": EVERYTHING,
    "optimizer.momentum=0": EVERYTHING,
    "optimizer.weight_decay=0.1": EVERYTHING,
    "optimizer=adam": EVERYTHING,
    "schedule.length=500it": EVERYTHING,
    "schedule.warmup=10it": EVERYTHING,
    "schedule.validate_every=2ep": EVERYTHING,
    "schedule=cosine": EVERYTHING,
    "dataset.validation=200": EVERYTHING,
    "dataset.split_seed=1": EVERYTHING,
    "dataset.examples=100": EVERYTHING,
    "dataset.classes=[0,1]": EVERYTHING,
    "dataset.half=a": EVERYTHING,
    "dataset.per_class=10": EVERYTHING,
    "dataset.kin=[mnist]": (False,) * 6,
    "dataset.mean=[0.3]": EVERYTHING,
    "dataset.std=[0.3]": EVERYTHING,
    "dataset.white=15": EVERYTHING,
    "dataset.flip=true": EVERYTHING,
    "dataset.crop=1": EVERYTHING,
    "init.scale=2": EVERYTHING,
    "init.output=torch": EVERYTHING,
    "init=xavier_normal": EVERYTHING,
    "init.nonlinearity=linear": EVERYTHING,
    "reset.step=30it": (False, True, True, False, True, False),
    "reset.schedule=restart": (False, True, True, False, True, False),
    "pruning.fraction=0.3": (False, True, True, True, True, True),
    "pruning.schedule=oneshot": (False, False, True, False, True, False),
    "pruning.layers={in*:0.1}": (False, True, True, True, True, True),
    "pruning=magnitude_layerwise": (False, True, True, True, True, True),
    "pruning.output_fraction=0": (False, True, True, True, True, True),
    "init@control_init=xavier_normal": (False, False, False, True, True, True),
    # nothing of these is in a key: how it is run, how it is told, what things are called
    "levels=7": (False,) * 6,
    "reset.step=2ep": (False,) * 6,
    "schedule.length=40ep": (False,) * 6,
    "store=other": (False,) * 6,
    "data_dir=other": (False,) * 6,
    "jobs=7": (False,) * 6,
    "pack=3": (False,) * 6,
    "device=cpu": (False,) * 6,
    "cluster=debug": (False,) * 6,
    "logger=none": (False,) * 6,
    "keep=all": (False,) * 6,
    "wait=false": (False,) * 6,
    "checkpoint_seconds=1": (False,) * 6,
    "report.delta=2": (False,) * 6,
    "report.densities=[0.3]": (False,) * 6,
    "dataset.name=d": (False,) * 6,
    "model.name=m": (False,) * 6,
    "init@control_init=kaiming_normal": (False,) * 6,
    "optimizer.lr=5e-2": (False,) * 6,
    "dataset.white=16.0": (False,) * 6,
}


def six(*lines):
    (config,) = configs("levels=3", *lines)
    methods = [c.method for c in configs("levels=3", "method=imp,random_reinit,random_mask")]
    points = [config.model_copy(update={"method": method}) for method in methods]
    imp, fresh, random = (p.stages for p in make_plan(points, lambda config: FACTS).points)
    return (*imp[:3], *fresh[1:3], random[1])


@pytest.mark.parametrize("line", CHANGES)
def test_what_a_key_depends_on(line):
    pairs = zip(six(), six(line), strict=True)
    assert tuple(before != after for before, after in pairs) == CHANGES[line]


WITH_BATCH_NORM = replace(
    FACTS, net=replace(FACTS.net, module=nn.Sequential(FACTS.module, nn.BatchNorm1d(10)))
)
IMP = "method=imp"


def test_norm_statistics_are_in_the_keys_of_nets_that_have_some():
    running = plan(IMP, facts=WITH_BATCH_NORM)
    recalibrated = plan(IMP, "norm_statistics=recalibrated", facts=WITH_BATCH_NORM)
    assert not {*running.stages} & {*recalibrated.stages}
    assert running.points[0].cell != recalibrated.points[0].cell
    assert {*running.stages} == {*plan(IMP).stages}  # as before there was a choice
    both = plan(IMP, "norm_statistics=running,recalibrated", facts=WITH_BATCH_NORM)
    assert [p.record(None).columns.norm_statistics for p in both.points] == [
        "running",
        "recalibrated",
    ]


def test_norm_statistics_of_a_net_that_has_none_are_one_point_whatever_was_asked_for():
    both = plan(IMP, "norm_statistics=recalibrated,running")
    (point,) = both.points
    assert {*both.stages} == {*plan(IMP).stages}
    record = point.record(None)
    assert record.config["norm_statistics"] == record.columns.norm_statistics == "running"


@pytest.mark.parametrize("statistics", ["running", "recalibrated"])
def test_bf16_trainings_of_nets_with_norm_statistics_are_evaluated_in_fp32(statistics):
    def train(*lines, facts=WITH_BATCH_NORM):
        lines = (IMP, f"norm_statistics={statistics}", *lines)
        dense, *_ = plan(*lines, facts=facts).stages.values()
        return dense.spec.train

    in_bf16 = train("precision=bf16")
    assert in_bf16.evaluation_precision == "fp32"
    as_before = in_bf16.model_copy(update={"evaluation_precision": "same"})
    assert in_bf16.digest != as_before.digest
    assert train("precision=fp32").evaluation_precision == "same"
    assert train("precision=bf16", facts=FACTS).evaluation_precision == "same"


def test_a_training_too_short_for_running_statistics_is_announced():
    def notices(*lines, facts=WITH_BATCH_NORM):
        return plan(IMP, "model.name=net", *lines, facts=facts).notices

    assert notices("schedule.length=999it", "seed=0,1") == [
        "net is trained for 999 steps only: the running statistics of its batch norm lag behind "
        "its weights, and accuracies may be far too low; write norm_statistics=recalibrated"
    ]
    assert notices("schedule.length=1000it") == []
    assert notices("schedule.length=999it", "norm_statistics=recalibrated") == []
    assert notices("schedule.length=999it", facts=FACTS) == []


def test_where_data_are_downloaded_from_is_not_in_the_key():
    mirrored = stages("dataset=mnist", "dataset.mirror=http://127.0.0.1/")
    assert mirrored == stages("dataset=mnist")


def test_other_data_make_other_keys():
    other = replace(FACTS, fingerprint="another")
    assert not {*plan(ALL).stages} & {*plan(ALL, facts=other).stages}


def test_a_cell_is_a_point_without_its_seed_and_its_levels():
    points = plan("seed=0,1").points
    assert points[0].cell == points[1].cell
    assert points[0].id != points[1].id
    (deeper,) = plan("levels=5", "seed=0").points
    assert (deeper.id, deeper.cell) == (points[0].id, points[0].cell)
    assert len({point.cell for point in plan(ALL, "reset.step=0it,20it").points}) == 12


def test_golden_ids_and_keys():
    """A change here means that nothing ever computed is found again: raise spec.SCHEMA then."""
    made = plan("method=imp,random_mask", "levels=2")
    assert {point.config.method.name: (point.id, *point.stages) for point in made.points} == {
        "imp": (
            "e4a8e24c7b7a2c3fd194",
            "ad2023bc346bca976a48",
            "af3957a04e4111fc2d2b",
            "1327039d8ec71f082b13",
        ),
        "random_mask": (
            "c1a6521257f7bf806fd6",
            "ad2023bc346bca976a48",
            "7b51f329be36b729fcb0",
            "0e94c91933fa8e214916",
        ),
    }


@pytest.mark.parametrize("said", ["{@output:0.1}", "{@output:half}", "[[@output,0.1]]"])
def test_the_output_layers_fraction_is_one_thing_however_it_is_said(said):
    assert plan("pruning.output_fraction=0.1").stages == plan(f"pruning.layers={said}").stages


def test_a_layer_that_will_be_empty_is_announced_once_for_all_points():
    lines = ["pruning=magnitude_layerwise", "pruning.output_fraction=0.6", "levels=6"]
    made = plan("method=imp,random_reinit", "seed=0,1", *lines)
    assert made.notices == [
        "out.weight of lenet_300_100 will be empty from level 4 on: nothing passes through"
    ]
    assert plan("method=random_mask,dense", *lines).notices == []
    assert plan("method=imp").notices == []


def test_computed_constants_are_in_the_specification_and_told():
    computed = Normalise(mean=(0.25,), std=(0.5,), white=16)
    asked = ("dataset.mean=null", "dataset.std=null")
    made = plan(*asked, facts=replace(FACTS, normalise=computed, is_computed=True))
    assert {stage.spec.train.data.normalise for stage in made.stages.values()} == {computed}
    assert made.notices == [
        "dataset=digits: dataset.mean=[0.25] and dataset.std=[0.5], as on the 640 images that are "
        "trained on"
    ]
    assert {*made.stages} == {*plan("dataset.mean=[0.25]", "dataset.std=[0.5]").stages}


def test_a_point_is_recorded_whole():
    (point,) = plan("reset.step=1ep", "init.scale=2").points
    record = point.record("name").stored()
    assert record["columns"] == {
        "source": "digits",
        "source_optimizer": "sgd",
        "target": "digits",
        "target_optimizer": "sgd",
        "model": "lenet_300_100",
        "pruning": "magnitude_global",
        "init": "kaiming_normal",
        "init_scale": 2.0,
        "reset": "10it",
        "norm_statistics": "running",
        "rescale": "none",
    }
    assert record["config"]["optimizer"]["_target_"] == "ltsweep.train.sgd"
    assert record["config"]["optimizer"]["momentum"] == 0.9
    declared = {"delta": 1.0, "densities": [0.512, 0.262, 0.107], "arms": ["method"]}
    assert {**record["report"], **declared} == record["report"]
    assert record["report"]["primary"] is None and record["report"]["split"] == "test"
    assert (record["levels"], record["seed"], record["experiment"]) == (3, 0, "name")
    assert (record["reset_step"], record["stages"]) == (10, list(point.stages))


def test_a_score_of_the_users_own_is_planned_and_editing_it_makes_new_keys(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    module = tmp_path / "plan_test_score.py"
    keys = []
    for factor in (1, 1, 2):
        module.write_text(f"def score(weights, *, power: float = {factor}):\n    return weights\n")
        for cached in (components.resolve, components.parameter_model, components._source_hash):
            cached.cache_clear()
        sys.modules.pop("plan_test_score", None)
        keys.append(six("pruning._target_=plan_test_score.score"))
    assert keys[0] == keys[1]
    changed = tuple(a != b for a, b in zip(keys[0], keys[2], strict=True))
    assert changed == (False, True, True, True, True, False)


def test_thousands_of_points_are_planned_in_seconds():
    many = configs("levels=3", "seed=range(500)")
    assert len(make_plan(many, lambda config: FACTS).stages) == 2000


def test_a_setting_that_does_nothing_is_recorded_in_one_spelling():
    """Sweeps share a point whatever they say of channels that need no change."""

    def recorded(channels, **changed):
        asked = ("input=resize", "input.size=14x14", f"input.channels={channels}")
        (point,) = plan(*asked, facts=replace(FACTS, **changed)).points
        return point.record("name").config["input"]["channels"]

    assert {recorded("luma"), recorded("repeat")} == {"keep"}
    assert recorded("luma", converts_channels=True) == "luma"


def test_ladders_that_points_share_are_planned_once(monkeypatch):
    levels = []
    real = StageSpec.key.fget

    def counted(spec):
        levels.append(spec.level)
        return real(spec)

    monkeypatch.setattr(StageSpec, "key", property(counted))
    plan("method=imp,random_reinit,layerwise_permuted", "levels=10")
    of_deeper_levels = [level for level in levels if level > 1]
    assert sorted(of_deeper_levels) == sorted([*range(2, 11)] * 3)
