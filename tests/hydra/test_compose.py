"""Tests composing: as few compositions as possible, and the points that Hydra itself would make."""

import itertools

import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.types import RunMode

from ltsweep.hydra.compose import Composer, plain
from ltsweep.hydra.options import loader_of, read_options

from ..points import CONF, choices, composer

HYDRAS_OWN = 2  # compositions, one for its mode and one for its run


def configurations(made, lines, zips=()):
    return [point.config for point in made.points(made.parse(lines), zips)]


def as_hydra_does(made, lines):
    return plain(made.loader.load_configuration("config", [*made.hydra_lines, *lines], RunMode.RUN))


@pytest.fixture
def compositions(monkeypatch):
    """The overrides of each composition that Hydra makes."""
    calls = []
    load = ConfigLoaderImpl.load_configuration

    def counted(self, config_name, overrides, *arguments, **more):
        calls.append(list(overrides))
        return load(self, config_name, overrides, *arguments, **more)

    monkeypatch.setattr(ConfigLoaderImpl, "load_configuration", counted)
    return calls


@pytest.fixture
def counting(compositions):
    """A composer that knows nothing yet, and the compositions."""
    return Composer(composer().loader, "config"), compositions


@pytest.mark.parametrize(
    ("words", "most"),
    [
        ("action=plan", 1 + HYDRAS_OWN),
        ("experiment=quickstart action=plan", 2 + 3 + HYDRAS_OWN),  # its methods other than imp
        ("experiment=quickstart method=imp seed=0,1 action=plan", 2 + HYDRAS_OWN),
        ("optimizer=sgd,adam optimizer.lr=0.1 reset=init,late action=plan", 4 + HYDRAS_OWN),
        ("levels=-1", 1 + HYDRAS_OWN),
        ("optimizer.lrr=0.1 levels=-1", 1),
        ("optimizer=sgd,adam optimizer.momentum=0.9 levels=300", 2),
    ],
)
def test_check_and_sweep_compose_each_choice_once(command, compositions, words, most):
    command(words)
    assert len(compositions) <= most


def test_what_is_known_is_what_hydra_would_compose(counting, tmp_path):
    for name, levels in (("small", 2), ("large", 4)):
        folder = tmp_path / f"{name}_one"
        folder.mkdir()
        (folder / "it.yaml").write_text(f"# @package _global_\nlevels: {levels}\n")
    made, calls = counting
    made = Composer(made.loader, "config", (f"hydra.searchpath=[file://{tmp_path}]",))
    lines = [
        [],
        ["optimizer=sgd"],
        ["optimizer=adam", "optimizer.lr=0.1", "+optimizer.amsgrad=true"],
        ["optimizer=sgd", "optimizer=adam"],
        ["experiment=quickstart"],
        ["method=imp", "experiment=quickstart"],
        ["experiment=quickstart", "~optimizer.momentum", "++seed=3"],
        ["init@control_init=xavier_normal", "control_init.scale=2"],
        ["~init@control_init"],
        ["~experiment"],
        ["+small_one=it", "+large_one=it"],
        ["+large_one=it", "+small_one=it"],  # the order of additions counts
        ["batch_size=7", "reset.step=${batch_size}it"],
    ]
    composed = [plain(made.compose(some)) for some in [*lines, *reversed(lines)]]
    assert len(calls) <= len(lines) - 2  # three of them choose what is chosen anyway
    by_hydra = [as_hydra_does(made, some) for some in lines]
    assert composed == [*by_hydra, *reversed(by_hydra)]


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
        as_hydra_does(made, [f"{k}={v}" for k, v in choice if v != "null"])
        for choice in itertools.product(
            *([(key, value) for value in values] for key, values in axes.items() if values)
        )
    ]
    assert points == one_by_one


def test_groups_that_touch_each_other_are_composed_in_every_combination(counting, tmp_path):
    folder = tmp_path / "depth"
    folder.mkdir()
    (folder / "small.yaml").write_text("# @package _global_\nlevels: 2\n")
    (folder / "large.yaml").write_text("# @package _global_\nlevels: 4\noptimizer:\n  lr: 0.7\n")
    made, calls = counting
    made = Composer(made.loader, "config", (f"hydra.searchpath=[file://{tmp_path}]",))
    points = configurations(made, ["+depth=small,large", "optimizer=sgd,adam"])
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


def test_the_search_path_is_read_once_for_all_groups(monkeypatch):
    reads = []
    real = ConfigLoaderImpl._process_config_searchpath

    def noting(*args):
        reads.append(args)
        return real(*args)

    monkeypatch.setattr(ConfigLoaderImpl, "_process_config_searchpath", noting)
    loader = loader_of(CONF, read_options([])[1])
    for group in ("model", "optimizer", "dataset"):
        assert loader.get_group_options(group, config_name="config", overrides=[]) == choices(group)
    assert len(reads) == 1
