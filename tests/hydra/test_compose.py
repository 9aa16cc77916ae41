"""Tests composing: as few compositions as possible, and the points that Hydra itself would make."""

import itertools

import pytest

from hydra_plugins.ltsweep_plugins.compose import Composer, plain

from ..points import composer


def configurations(made, lines, zips=()):
    return [point.config for point in made.points(made.parse(lines), zips)]


@pytest.fixture
def counting(monkeypatch):
    """A composer and the lines of each composition that it makes."""
    made = Composer(composer().loader, "config")
    calls = []
    compose = Composer.compose
    monkeypatch.setattr(
        Composer, "compose", lambda self, lines: calls.append(lines) or compose(self, lines)
    )
    return made, calls


def test_groups_that_leave_each_other_alone_are_composed_once_per_choice(counting):
    made, calls = counting
    axes = {
        "dataset": ["digits", "mnist"],
        "optimizer": ["sgd", "adam"],
        "init@control_init": ["null", "xavier_normal"],
        "optimizer.lr": [0.1, 0.2, 0.3],
        "control_init.scale": None,
    }
    lines = [f"{key}={','.join(map(str, values))}" for key, values in axes.items() if values]
    points = configurations(made, lines)
    assert len(calls) == 1 + 3
    calls.clear()
    one_by_one = [
        plain(made.compose([f"{k}={v}" for k, v in choice if v != "null"]))
        for choice in itertools.product(
            *([(key, value) for value in values] for key, values in axes.items() if values)
        )
    ]
    assert points == one_by_one


def test_groups_that_touch_each_other_are_composed_in_every_combination(counting, tmp_path):
    folder = tmp_path / "size"
    folder.mkdir()
    (folder / "small.yaml").write_text("# @package _global_\nlevels: 2\n")
    (folder / "large.yaml").write_text("# @package _global_\nlevels: 4\noptimizer:\n  lr: 0.7\n")
    made, calls = counting
    made = Composer(made.loader, "config", (f"hydra.searchpath=[file://{tmp_path}]",))
    points = configurations(made, ["+size=small,large", "optimizer=sgd,adam"])
    assert [(p["levels"], p["optimizer"]["name"], p["optimizer"]["lr"]) for p in points] == [
        (2, "sgd", 0.05),
        (2, "adam", 0.0012),
        (4, "sgd", 0.7),
        (4, "adam", 0.7),
    ]


def test_values_are_applied_to_copies(counting):
    made, calls = counting
    points = configurations(made, ["seed=range(50)", "optimizer.lr=0.1,0.2"])
    assert len(calls) == 1
    assert len(points) == 100
    assert points[0]["dataset"] is points[99]["dataset"]  # what no axis touches is shared
    assert (points[0]["optimizer"]["lr"], points[1]["optimizer"]["lr"]) == (0.1, 0.2)
    assert [point["seed"] for point in points[::2]] == list(range(50))


def test_interpolations_are_resolved_for_each_point(counting):
    made, calls = counting
    lines = ["seed=1,2", "batch_size=${seed}", "reset.step=${seed}it"]
    points = configurations(made, lines)
    assert [(p["batch_size"], p["reset"]["step"]) for p in points] == [(1, "1it"), (2, "2it")]


def test_a_dictionary_is_merged_into_its_section(counting):
    made, _ = counting
    (first, second) = configurations(made, ["optimizer={lr:0.1},{lr:0.2,momentum:0}"])
    assert (first["optimizer"]["lr"], first["optimizer"]["momentum"]) == (0.1, 0.9)
    assert (second["optimizer"]["lr"], second["optimizer"]["momentum"]) == (0.2, 0)
    assert first["optimizer"]["name"] == "sgd"
