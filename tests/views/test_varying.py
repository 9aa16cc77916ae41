"""Which settings vary between curves, and which of them others tell already."""

from ltsweep.views.names import varying_settings
from ltsweep.views.varying import echoes, flatten, partition, settings_that_vary

CONFIGS = [
    {
        "seed": seed,
        "levels": 3 + seed,
        "optimizer": {"_target_": f"ltsweep.train.{name}", "name": name, "lr": lr},
        "method": {"name": "imp", "mask": "imp", "dynamics": {"every": every}},
    }
    for seed, name, lr, every in ((0, "sgd", 0.1, "5it"), (1, "adam", 0.001, "9it"))
]


def test_every_setting_that_varies_is_found_but_for_seed_levels_and_spelt_out_choices():
    assert settings_that_vary(CONFIGS) == {
        "optimizer.name": ["sgd", "adam"],
        "optimizer.lr": [0.1, 0.001],
        "method.dynamics.every": ["5it", "9it"],
    }
    assert settings_that_vary(CONFIGS[:1]) == settings_that_vary([]) == {}


def test_a_function_that_its_groups_name_does_not_tell_is_found():
    optimizer = {"_target_": "mine.sgd", "name": "sgd", "lr": 0.1}
    assert settings_that_vary([CONFIGS[0], {**CONFIGS[0], "optimizer": optimizer}]) == {
        "optimizer._target_": ["ltsweep.train.sgd", "mine.sgd"]
    }


def test_what_a_methods_name_stands_for_is_left_out():
    others = [{**CONFIGS[0], "method": {"name": "mask", "mask": "random"}}]
    assert settings_that_vary([CONFIGS[0], *others]) == {}


def test_curves_that_differ_within_their_method_are_told_apart_in_words(made_up):
    point = made_up.make_point("imp", 0, levels=1)
    points = []
    for every in ("5it", "9it"):
        method = {**point.config["method"], "dynamics": {"every": every}}
        config = {**point.config, "method": method}
        points.append(point.model_copy(update={"id": every, "config": config}))
    assert varying_settings(points) == {
        every: {"method.dynamics.every": every} for every in ("5it", "9it")
    }


def test_flatten_keeps_lists_and_empty_mappings():
    config = {"a": {"b": 1, "c": {"d": [1, 2]}}, "e": {}, "f": None}
    assert flatten(config) == {"a.b": 1, "a.c.d": [1, 2], "e": {}, "f": None}


def test_partition_sees_equal_numbers_of_either_type():
    assert partition([1, "x", 1.0, None, [1]]) == (0, 1, 0, 2, 3)


def test_keys_that_another_key_tells_already_are_echoes():
    columns = {
        "method": ["imp", "reinit", "mask", "mask"],
        "method.name": ["imp", "reinit", "mask", "mask"],
        "method.mask": ["imp", "imp", "random", "random"],
        "method.scale": [1, 1, 1, 2],
        "optimizer.lr": [0.1, 0.1, 0.2, 0.2],
        "optimizer.beta": ["a", "a", "b", "b"],
    }
    assert echoes(columns) == {
        "method.name": "method",
        "method.mask": "method",
        "optimizer.beta": "optimizer.lr",
    }
