"""Counts at the end of a stage: what is left, of which layers, of all parameters."""

from dataclasses import replace

import pytest
from torch import nn

from ltsweep.pruning.mask import full_mask
from ltsweep.stages.measure import parameters_left
from ltsweep.store.records import ClosingRecord
from ltsweep.views.curves import curve_rows, rows_of
from ltsweep.views.records import read_curves

from ..nets import net_of
from ..sweeps_here import train

LENET = {"fc1.weight": 64 * 300, "fc2.weight": 300 * 100, "fc3.weight": 100 * 10}
BIASES = 300 + 100 + 10


class Tied(nn.Module):
    """Two layers that share one weight, the prunable one known by the later name."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(7, 5)
        self.norm = nn.LayerNorm(5)
        self.out = nn.Linear(5, 7)
        self.out.weight = self.table.weight


@pytest.mark.parametrize(
    ("model", "shape", "others"),
    [
        ("lenet_300_100", (1, 28, 28), 300 + 100 + 10),
        ("resnet", (3, 32, 32), 2 * 16 * 7 + 2 * 32 * 7 + 2 * 64 * 7 + 10),
    ],
)
def test_parameters_left_are_kept_weights_biases_and_norms(model, shape, others):
    net = net_of(f"ltsweep.models.{model}", shape, 10)
    mask = full_mask(net.layers)
    assert parameters_left(net.module, mask) == net.footprint.parameters
    mask[net.layers[0].name].view(-1)[:3] = False
    assert parameters_left(net.module, mask) == net.prunable - 3 + others


def test_a_tensor_with_two_names_counts_once():
    tied = Tied()
    mask = {"out.weight": (tied.out.weight > 9).detach()}
    mask["out.weight"][:2] = True
    assert parameters_left(tied, mask) == 2 * 5 + 2 * 5 + 7


@pytest.mark.parametrize(
    ("own", "of_first_layers", "of_output_layer", "of_pruned_layers"),
    [
        ("pruning.output_fraction=null", 0.75, 0.75, 0.75),
        ("pruning.output_fraction=0", 0.75, 1, 0.75),
        ("pruning.output_fraction=0.5", 0.75, 0.5, None),
        ("pruning.layers={@output:0}", 0.75, 1, 0.75),
        ("pruning.layers={fc3*:0,@first:0.25}", 0.75, 1, 0.75),
        ("pruning.layers={fc3*:0.5}", 0.75, 0.5, None),
    ],
)
def test_a_layer_with_rate_0_is_in_one_density_and_not_in_the_other(
    tmp_path, own, of_first_layers, of_output_layer, of_pruned_layers
):
    lines = ("pruning.fraction=0.25", own, "levels=1")
    made, _ = train(tmp_path, "method=imp,layerwise_permuted", *lines)
    first, output = LENET["fc1.weight"] + LENET["fc2.weight"], LENET["fc3.weight"]
    kept = of_first_layers * first + of_output_layer * output
    density = kept / (first + output)
    rows = curve_rows(made.store)
    assert [row["level"] for row in rows] == [0, 1, 0, 1]
    for row in rows[::2]:
        assert (row["density"], row["density_pruned_layers"]) == (1, 1)
    for row in rows[1::2]:
        assert (row["kept"], row["density"]) == (kept, density)
        assert row["density_pruned_layers"] == (of_pruned_layers or density)
        assert row["params_left"] == kept + BIASES


def test_records_of_early_versions_leave_empty_what_they_do_not_tell(tmp_path):
    made, _ = train(tmp_path, "pruning.output_fraction=0", "levels=1")
    (curve,) = read_curves(made.store)
    levels = [replace(level, end=_of_early_version(level.end)) for level in curve.finished]
    for row in rows_of([replace(curve, levels=levels)]):
        assert (row["density_pruned_layers"], row["params_left"]) == (None, None)


def _of_early_version(end):
    written = end.stored()
    del written["params_left"]
    for layer in written["layers"].values():
        del layer["is_output"], layer["is_first"]
    return ClosingRecord.read(written)
