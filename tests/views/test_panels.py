"""Which curves may share a picture: seeds are pooled and nothing else."""

import pytest

from ltsweep.store.point_record import SETTING_COLUMNS as COLUMNS
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.wording import setting


def test_methods_that_differ_in_nothing_else_share_a_panel(made_up):
    made_up.fill(("random_mask", "dense", "imp"), seeds=2, levels=1)
    (panel,) = make_panels(read_curves(made_up.store))
    assert panel.setting == {}
    assert [cell.method for cell in panel.cells] == ["dense", "imp", "random_mask"]
    assert [curve.seed for curve in panel.cells[1].curves] == [0, 1]


def test_every_column_that_varies_splits_panels_in_order(made_up):
    for scale in (2.0, 0.5, 10.0):
        made_up.fill(("imp",), seeds=1, levels=1, init_scale=scale)
    panels = make_panels(read_curves(made_up.store))
    assert [panel.setting for panel in panels] == [{"init_scale": s} for s in (0.5, 2.0, 10.0)]


def test_a_key_that_is_no_column_splits_panels_too(made_up):
    for lr in (0.05, 0.1):
        made_up.fill(("imp", "random_mask"), seeds=2, levels=1, lr=lr)
    panels = make_panels(read_curves(made_up.store))
    assert [panel.setting for panel in panels] == [{"optimizer.lr": 0.05}, {"optimizer.lr": 0.1}]
    assert [len(panel.cells) for panel in panels] == [2, 2]


def test_methods_that_differ_in_a_setting_are_never_compared(made_up):
    """Otherwise the difference of two learning rates would be told as one of two methods."""
    made_up.fill(("imp",), seeds=2, levels=1, lr=0.05)
    made_up.fill(("random_mask",), seeds=2, levels=1, lr=0.1)
    panels = make_panels(read_curves(made_up.store))
    assert [panel.setting for panel in panels] == [{"optimizer.lr": 0.05}, {"optimizer.lr": 0.1}]
    assert [[cell.method for cell in panel.cells] for panel in panels] == [["imp"], ["random_mask"]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", 32),
        ("precision", "bf16"),
        ("norm_statistics", "recalibrated"),
        ("schedule.length", "800it"),
        ("schedule.warmup", "10it"),
        ("dataset.split_seed", 1),
        ("dataset.half", "a"),
        ("init.bias", "torch"),
        ("pruning.layers", [["fc*", 0.1]]),
        ("pruning.schedule", "oneshot"),
        ("objective.name", "mine"),
    ],
)
def test_no_setting_that_can_change_a_result_is_overlooked(made_up, name, value):
    changed = made_up.make_point("random_mask", levels=1)
    section, _, key = name.partition(".")
    old = changed.config[section]
    config = {**changed.config, section: {**old, key: value} if key else value}
    columns = changed.columns.model_copy(update={name: value} if name in COLUMNS else {})
    made_up.write_curve(made_up.make_point("imp", levels=1))
    made_up.write_curve(changed.model_copy(update={"config": config, "columns": columns}))
    panels = make_panels(read_curves(made_up.store))
    assert [len(panel.cells) for panel in panels] == [1, 1]
    assert all(name in panel.setting for panel in panels)


def test_settings_that_are_declared_part_of_an_arm_are_compared(made_up):
    arms = {"arms": ("method", "init.scale")}
    for method, scale in (("imp", 1.0), ("random_reinit", 1.0), ("random_reinit", 3.0)):
        made_up.fill((method,), seeds=2, levels=1, init_scale=scale, **arms)
    (panel,) = make_panels(read_curves(made_up.store))
    assert panel.setting == {}
    told = ["imp (scale 1)", "random_reinit (scale 1)", "random_reinit (scale 3)"]
    assert [cell.arm for cell in panel.cells] == told
    assert [cell.variant for cell in panel.cells] == [0, 0, 1]


def test_a_method_with_other_weights_or_another_rate_is_an_arm_of_its_own(made_up):
    """Not to be pooled, nor to be kept from the ticket: what it is made of is its arm."""
    made_up.fill(("imp", "random_mask", "finetune"), seeds=1, levels=1)
    for method, changes in (
        ("random_mask", {"weights": "ltsweep.methods.rewound"}),
        ("finetune", {"lr": 0.01}),
    ):
        point = made_up.make_point(method, levels=1)
        config = {**point.config, "method": {**point.config["method"], **changes}}
        named = {"config": config, "cell": f"other {method}", "id": f"another {method}"}
        made_up.write_curve(point.model_copy(update=named))
    (panel,) = make_panels(read_curves(made_up.store))
    assert [(cell.arm, cell.variant) for cell in panel.cells] == [
        ("imp", 0),
        ("finetune (lr 0.01)", 0),
        ("finetune (lr last)", 1),
        ("random_mask (weights fresh)", 0),
        ("random_mask (weights rewound)", 1),
    ]


def test_what_only_some_curves_declare_part_of_an_arm_is_not_compared(made_up):
    made_up.fill(("imp",), seeds=2, levels=1)
    made_up.fill(("random_mask",), seeds=2, levels=1, init_scale=3.0, arms=("method", "init.scale"))
    panels = make_panels(read_curves(made_up.store))
    assert [panel.setting for panel in panels] == [{"init_scale": 1.0}, {"init_scale": 3.0}]


def test_the_number_of_levels_is_no_factor(made_up):
    made_up.write_curve(made_up.make_point("imp", levels=1))
    made_up.write_curve(made_up.make_point("random_mask", levels=2))
    assert len(make_panels(read_curves(made_up.store))) == 1


def test_cells_that_nothing_tells_apart_are_never_pooled(made_up):
    one = made_up.make_point(levels=1)
    other = one.model_copy(update={"id": "f" * 20, "cell": "e" * 20})
    made_up.write_curve(one)
    made_up.write_curve(other)
    panels = make_panels(read_curves(made_up.store))
    assert {panel.setting["cell"] for panel in panels} == {one.cell, other.cell}


def test_a_cell_gives_metrics_by_seed_of_trained_levels_only(made_up):
    first, second = made_up.make_point(seed=0, levels=1), made_up.make_point(seed=1, levels=1)
    made_up.write_curve(first)
    made_up.write_curve(second, until=0)
    made_up.write_diverged(second, 1)
    (panel,) = make_panels(read_curves(made_up.store))
    (cell,) = panel.cells
    assert cell.by_seed(1, "test_accuracy").keys() == {0}
    assert cell.by_seed(0, "test_accuracy").keys() == {0, 1}
    assert (cell.diverged(0), cell.diverged(1)) == (0, 1)
    assert cell.densities == {0: 1.0, 1: 0.8}


def test_an_arm_is_told_by_what_varies_of_its_method(made_up):
    """What the name of a pruning spells out is not told beside it, nor what a method has alone."""
    made_up.fill(("imp", "random_mask"), seeds=2, levels=1, arms=("method", "pruning"))
    for name in ("magnitude_layerwise", "magnitude_rescaled"):
        made_up.fill(("imp",), seeds=1, levels=1, pruning=name, arms=("method", "pruning"))
    (panel,) = make_panels(read_curves(made_up.store))
    assert [cell.arm for cell in panel.cells] == [
        "imp (pruning magnitude_global)",
        "imp (pruning magnitude_layerwise)",
        "imp (pruning magnitude_rescaled)",
        "random_mask",
    ]


def test_where_arms_tell_the_source_panels_are_told_by_their_target(made_up):
    usps = (("name", "usps"),)
    for length in ("30it", "60it"):
        for source in ((), (("name", "mnist"),)):
            made_up.fill(
                ("imp",), seeds=1, levels=1, arms=("method", "dataset"), source=source,
                target=usps, words=(f"target_schedule.length={length}",),
            )  # fmt: skip
    found = make_panels(read_curves(made_up.store))
    told = [setting(panel.setting) for panel in found]
    assert told == ["target usps, constant 30it", "target usps, constant 60it"]
    assert all(len(panel.cells) == 2 for panel in found)


def test_a_panel_whose_arms_tell_the_source_says_so_beside_one_with_a_source(made_up):
    arms = ("method", "dataset")
    usps = (("name", "usps"),)
    for source in ((), (("name", "mnist"),)):
        made_up.fill(("imp",), seeds=1, levels=1, arms=arms, source=source, target=usps)
    made_up.fill(("imp",), seeds=1, levels=1, arms=arms)
    told = [setting(panel.setting) for panel in make_panels(read_curves(made_up.store))]
    assert told == ["source by arm, target usps", "source digits"]
