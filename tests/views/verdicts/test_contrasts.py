"""What is held against what: arms, values of a setting, and declared pairs."""

import pytest

from ltsweep.views.caption import caption
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.table import markdown
from ltsweep.views.verdicts.judge import judge

SHIFTS = (-0.003, 0.001, 0.002, -0.001, 0.001)


def write(made_up, accuracy, method="imp", words=(), seeds=range(5), **choices):
    """One level of 80 % in all seeds at about this accuracy; dense is at 0.97."""
    for seed in seeds:
        point = made_up.make_point(method, seed, 1, densities=(0.8,), words=tuple(words), **choices)
        made_up.write_accuracies(point, (0.97, accuracy + SHIFTS[seed % 5]))


def panels(made_up):
    return make_panels(read_curves(made_up.store))


def told(made_up):
    return [
        (c.arm, c.difference.in_words, c.against)
        for verdict in judge(panels(made_up))
        for c in verdict.contrasts
    ]


def reset(step):
    return (f"reset.step={step}",)


def fill_resets(made_up):
    for step, accuracy in (("0it", 0.9), ("100it", 0.97), ("20it", 0.95)):
        write(made_up, accuracy, words=reset(step))
    write(made_up, 0.8, "random_reinit", words=reset("20it"))


def test_values_of_a_setting_are_held_against_the_reference_value_in_one_panel(made_up):
    fill_resets(made_up)
    assert len(panels(made_up)) == 3  # nothing is compared that nobody declares
    made_up.declare(compare="reset.step", reference="0it")
    (panel,) = panels(made_up)
    assert [cell.arm for cell in panel.cells] == [
        "imp (reset step 0it)",
        "imp (reset step 20it)",
        "imp (reset step 100it)",
        "random_reinit (reset step 20it)",
    ]
    assert told(made_up) == [
        ("imp (reset step 20it)", "beats", "imp (reset step 0it)"),
        ("imp (reset step 100it)", "beats", "imp (reset step 0it)"),
    ]
    assert "At 80 % imp (reset step 20it) beats imp (reset step 0it)." in caption(
        judge(panels(made_up))
    )


def test_cells_of_other_arms_are_not_compared_by_their_values(made_up):
    fill_resets(made_up)
    write(made_up, 0.7, "random_reinit", words=reset("0it"))
    made_up.declare(compare="reset.step", reference="20it")
    assert told(made_up) == [
        ("imp (reset step 0it)", "loses to", "imp (reset step 20it)"),
        ("imp (reset step 100it)", "beats", "imp (reset step 20it)"),
        # one training: the first level with fresh weights knows of no reset step
        ("random_reinit (reset step 0it)", "ties with", "random_reinit (reset step 20it)"),
    ]


def test_a_group_is_compared_by_its_name(made_up):
    for dataset, accuracy in (("digits", 0.9), ("fashion_mnist", 0.8)):
        write(made_up, accuracy, dataset=dataset)
    made_up.declare(compare="dataset", reference="digits")
    assert told(made_up) == [("imp (dataset fashion_mnist)", "loses to", "imp (dataset digits)")]


def test_a_setting_that_is_neutral_may_be_the_reference(made_up):
    """A record leaves out settings that are null."""
    write(made_up, 0.95)
    write(made_up, 0.9, source=(("classes", (0, 1)),))
    made_up.declare(compare="dataset.classes", reference=None)
    assert told(made_up) == [
        ("imp (dataset classes [0, 1])", "loses to", "imp (dataset classes none)")
    ]
    against = {"dataset.classes": [0, 1], "method.lr": None}
    pair = {"arm": {"dataset.classes": None}, "against": against}
    made_up.declare(compare="dataset.classes", contrasts=[pair])
    assert [verdict for _, verdict, _ in told(made_up)] == ["beats"]


def test_declared_contrasts_replace_the_default_ones_and_pair_what_neither_names(made_up):
    """Each criterion is held against itself."""
    for method, accuracy in (("imp", 0.96), ("random_reinit", 0.9), ("random_mask", 0.8)):
        for pruning in ("magnitude_global", "magnitude_layerwise"):
            write(made_up, accuracy, method, pruning=pruning)
    contrast = {"arm": {"method": "random_mask"}, "against": {"method": "random_reinit"}}
    made_up.declare(arms=("method", "pruning"), contrasts=[contrast])
    assert told(made_up) == [
        (
            "random_mask (pruning magnitude_global)", "loses to",
            "random_reinit (pruning magnitude_global)",
        ),
        (
            "random_mask (pruning magnitude_layerwise)", "loses to",
            "random_reinit (pruning magnitude_layerwise)",
        ),
    ]  # fmt: skip
    both = {
        "arm": {"method": "imp"},
        "against": {"method": "imp", "pruning": "magnitude_layerwise"},
    }
    made_up.declare(arms=("method", "pruning"), contrasts=[both])
    assert told(made_up) == [
        ("imp (pruning magnitude_global)", "ties with", "imp (pruning magnitude_layerwise)")
    ]


def test_rescaling_is_that_of_the_arms_own_weights(made_up):
    """Whether the controls are rescaled with the ticket or by an init of their own."""
    for rescale in ("none", "energy"):
        write(made_up, 0.95, "random_reinit", rescale=rescale)
    own = ("init@control_init=xavier_normal", "control_init.rescale=count")
    write(made_up, 0.9, "random_reinit", words=own)
    write(made_up, 0.96, "imp")
    arms = ("method", "init", "control_init")
    pairs = [
        {"arm": {"method": "imp"}, "against": {"method": "random_reinit", "init.rescale": how}}
        for how in ("energy", "count")
    ]
    made_up.declare(arms=arms, contrasts=pairs[:1])
    assert [against for _, _, against in told(made_up)] == ["random_reinit (rescale energy)"]
    named = {**pairs[1], "arm": {"method": "imp", "control_init": None}}
    made_up.declare(arms=arms, contrasts=[named])
    assert len(told(made_up)) == 1


@pytest.mark.parametrize(
    ("where", "targets"),
    [
        ({"target": "fashion_mnist"}, ["fashion_mnist"]),
        ({"target.classes": [0, 1]}, ["digits[0-1]"]),
        ({"target": "digits"}, ["digits", "digits[0-1]"]),
        (None, ["digits", "digits[0-1]", "fashion_mnist"]),
    ],
)
def test_where_names_panels_and_a_target_that_is_the_source_is_named_too(made_up, where, targets):
    for target in (None, (("name", "fashion_mnist"),), (("classes", (0, 1)),)):
        for method in ("imp", "random_mask"):
            made_up.fill((method,), seeds=1, levels=1, densities=(0.8,), target=target)
    contrast = {"arm": {"method": "imp"}, "against": {"method": "random_mask"}, "where": where}
    made_up.declare(contrasts=[contrast])
    found = [v.setting["target"] for v in judge(panels(made_up)) if v.contrasts]
    assert sorted(found) == targets


def test_a_contrast_is_held_at_the_density_that_it_names(made_up):
    made_up.fill(("imp", "random_mask"), seeds=2, levels=3, densities=(0.8, 0.512))
    contrast = {"arm": {"method": "imp"}, "against": {"method": "random_mask"}, "density": 0.512}
    made_up.declare(contrasts=[contrast, {**contrast, "density": None}, contrast])
    (verdict,) = judge(panels(made_up))
    assert [c.declared for c in verdict.contrasts] == [0.512, 0.8]
    made_up.declare(contrasts=[contrast])
    (verdict,) = judge(panels(made_up))
    assert [c.declared for c in verdict.contrasts] == [0.512]


def test_each_dense_training_of_a_panel_is_told_by_what_it_differs_in(made_up):
    for scale in (1.0, 3.0):
        arms = ("method", "init.scale")
        made_up.fill(("imp", "random_reinit"), seeds=2, levels=1, init_scale=scale, arms=arms)
    (verdict,) = judge(panels(made_up))
    assert [dense.name for dense in verdict.dense] == ["init scale 1", "init scale 3"]
    assert [dense.level.n for dense in verdict.dense] == [2, 2]
    text = markdown([verdict], "t")
    assert "dense (init scale 1) " in text and "dense (init scale 3) " in text
    assert "each arm is held against its own" in text
