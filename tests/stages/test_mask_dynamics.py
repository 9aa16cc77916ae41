"""Sweeps of gradual pruning, SET and RigL: exact counts, what moves, what it costs, resumption."""

import pytest
import torch

from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.pruning.mask import unpack_like

from ..sweeps_here import curves, train

LAYERS = {"fc1.weight": (300, 64), "fc2.weight": (100, 300), "fc3.weight": (10, 100)}
TOTAL = 19_200 + 30_000 + 1_000
KEPT = [40_160, 32_128]  # of iterative pruning at levels 1 and 2
LONG = ("schedule.length=100it", "schedule.validate_every=50it", "optimizer.lr=0.1")
EXAMPLES = 1170  # that are trained on, of digits


def masks(made, key):
    """The masks with which a stage began and ended."""
    files = made.store.stage(key).ticket, made.store.stage(key).end_mask
    return [
        {name: unpack_like(bits, torch.empty(LAYERS[name])) for name, bits in found.items()}
        for found, _ in map(load_tensors, files)
    ]


def counts(mask):
    return {name: int(part.sum()) for name, part in mask.items()}


@pytest.mark.parametrize("method", ["gradual", "set", "rigl"])
def test_levels_end_with_the_counts_of_iterative_pruning_and_learn(tmp_path, method):
    made, _ = train(tmp_path, f"method={method},imp", *LONG, "keep=all")
    point, ticket = made.plan.points
    for key, imp, kept in zip(point.stages[1:], ticket.stages[1:], KEPT, strict=True):
        end = made.store.stage(key).end()
        assert (end.kept, end.density) == (kept, made.store.stage(imp).end().density)
        assert end.test_accuracy > 0.8
        _, ended = masks(made, key)
        assert sum(counts(ended).values()) == kept
        final, _ = load_tensors(made.store.stage(key).final)
        assert all((final[name][~part] == 0).all() for name, part in ended.items())


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("global", None),
        ("layerwise", {"fc1.weight": 12_288, "fc2.weight": 19_200, "fc3.weight": 640}),
    ],
)
def test_gradual_pruning_goes_from_everything_to_the_counts_of_the_pruning(
    tmp_path, scope, expected
):
    lines = (f"pruning=magnitude_{scope}", "pruning.output_fraction=null")
    made, _ = train(tmp_path, "method=gradual", *lines, *LONG)
    key = made.plan.points[0].stages[2]
    begun, ended = masks(made, key)
    assert sum(counts(begun).values()) == TOTAL
    assert expected is None or counts(ended) == expected
    assert sum(counts(ended).values()) == KEPT[1]
    assert made.store.stage(key).end().grown_connections == 0


@pytest.mark.parametrize("method", ["set", "rigl"])
@pytest.mark.parametrize("strategy", ["stacked", "sparse", "loop"])
def test_connections_move_and_the_count_of_each_layer_stays(tmp_path, method, strategy):
    lines = (f"method={method}", f"strategy={strategy}", "method.start=uniform", "levels=1")
    made, _ = train(tmp_path, *lines, *LONG)
    key = made.plan.points[0].stages[1]
    end, (begun, ended) = made.store.stage(key).end(), masks(made, key)
    assert end.strategy == strategy
    assert counts(begun) == counts(ended) == {n: part.kept for n, part in end.layers.items()}
    moved = sum(int((ended[name] & ~begun[name]).sum()) for name in begun)
    assert 0 < moved <= end.grown_connections
    # of the weights that the training began with, and not of those that it ends with
    assert all(abs(part.rms_over_init_std - 1) < 0.15 for part in end.layers.values())


def seen(first, last):
    """Examples of steps from `first` on, before `last`; the last of an epoch has fewer."""
    return sum(EXAMPLES % 64 if step % 19 == 18 else 64 for step in range(first, last))


def test_what_trainings_cost(tmp_path):
    """Forward passes of LeNet take a multiply-add for each kept weight."""
    made, _ = train(tmp_path, "method=imp,set,rigl,gradual", *LONG, "levels=1", "reset.step=0it")
    dense, imp = made.plan.points[0].stages
    of_set, rigl, gradual = (point.stages[1] for point in made.plan.points[1:])

    def cost(key):
        return made.store.stage(key).end().training_multiply_adds

    every = seen(0, 100)
    assert cost(dense) == 3 * TOTAL * every
    assert cost(imp) == cost(of_set) == 3 * KEPT[0] * every
    updates = sum(seen(step, step + 1) for step in range(2, 75, 2))
    assert cost(rigl) == cost(imp) + (TOTAL - KEPT[0]) * updates
    steps = range(12, 76, 2)
    pruned = [int((TOTAL - KEPT[0]) * (1 - (1 - (step - 10) / 64) ** 3) + 0.5) for step in steps]
    left = [seen(step, 100) for step in steps]
    fewer = [now - before for before, now in zip([0, *pruned], pruned, strict=False)]
    saved = sum(3 * count * examples for count, examples in zip(fewer, left, strict=True))
    assert cost(gradual) == 3 * TOTAL * every - saved


@pytest.mark.parametrize("method", ["gradual", "set", "rigl"])
def test_results_do_not_depend_on_the_pack(tmp_path, method):
    for seeds, folder in (("0", "one"), ("0,1,2", "three")):
        train(tmp_path / folder, f"method={method}", f"seed={seeds}", *LONG, "schedule.length=24it")
    one, three = (set(curves(tmp_path / folder).splitlines()) for folder in ("one", "three"))
    assert one < three


@pytest.mark.parametrize("method", ["gradual", "rigl"])
@pytest.mark.parametrize("strategy", ["stacked", "sparse", "loop"])
def test_a_head_that_is_apart_stays_whole(tmp_path, method, strategy):
    data = ("dataset.classes=[0,1,2,3,4]", "target.classes=[5,6,7,8,9]", "reset.step=0it")
    lines = (f"method={method}", f"strategy={strategy}", "levels=1", "schedule.length=20it")
    made, _ = train(tmp_path, *lines, *data, "keep=all")
    directory = made.store.stage(made.plan.points[0].stages[1])
    end = directory.end()
    assert set(end.layers) == {"fc1.weight", "fc2.weight"}
    assert end.kept == sum(part.kept for part in end.layers.values()) == 39_360
    head = load_tensors(directory.final)[0]["fc3.weight"]
    assert (head != 0).all()
