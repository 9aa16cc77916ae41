"""Trains rescaled arms in small: what they start from, what is recorded, what stays as it was."""

from math import sqrt

import pytest
import torch

from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.stages.export import export_ticket
from ltsweep.views.curves import curve_rows

from ..sweeps_here import curves, train


def ends(made):
    """The closing records of each method and rescaling, by level; those of one seed."""
    store = made.store
    return {
        (point.method, point.columns.rescale): [store.stage(key).end() for key in point.stages]
        for point in store.points([point.id for point in made.plan.points])
    }


@pytest.mark.parametrize("method", ["imp", "random_reinit", "random_mask", "layerwise_permuted"])
def test_count_makes_kept_weights_larger_by_the_root_of_what_is_gone(tmp_path, method):
    made, _ = train(tmp_path, f"method={method}", "init.rescale=none,count")
    arms = ends(made)
    plain, rescaled = arms[method, "none"], arms[method, "count"]
    assert rescaled[0] == plain[0]  # the dense net
    for level in (1, 2):
        for name, before in plain[level].layers.items():
            after = rescaled[level].layers[name]
            assert (after.kept, after.live, before.rescaled_by) == (before.kept, before.live, None)
            factor = sqrt(after.total / after.kept)
            assert after.rescaled_by == pytest.approx(factor, rel=1e-6)
            found = after.rms_over_init_std / before.rms_over_init_std
            assert found == pytest.approx(factor, rel=1e-6)
        assert rescaled[level].test_loss != plain[level].test_loss


@pytest.mark.parametrize("method", ["imp", "random_reinit"])
def test_energy_gives_each_layer_the_norm_of_its_draw(tmp_path, method):
    """rms * sqrt(kept) is that norm, and the draw has an rms of nearly one init std."""
    made, _ = train(tmp_path, f"method={method}", "init.rescale=energy")
    (levels,) = ends(made).values()
    for end in levels[1:]:
        for name, layer in end.layers.items():
            norm = layer.rms_over_init_std * sqrt(layer.kept / layer.total)
            assert norm == pytest.approx(1.0, abs=0.06), name


def test_tickets_in_final_take_the_masks_of_the_plain_ladder_and_in_a_ladder_their_own(tmp_path):
    line = ("method=imp", "init.rescale=none,count", "init.rescale_where=final,ladder")
    made, _ = train(tmp_path, *line, "pruning.fraction=0.5")

    def mask(rescale, level):
        (point,) = (p for p in made.store.points() if p.columns.rescale == rescale)
        return load_tensors(made.store.stage(point.stages[level]).ticket)[0]["fc1.weight"]

    plain, final, ladder = "none", "count", "count (ladder count)"
    for level in (1, 2):
        assert torch.equal(mask(plain, level), mask(final, level))
    assert torch.equal(mask(plain, 1), mask(ladder, 1))
    assert not torch.equal(mask(plain, 2), mask(ladder, 2))


def test_results_do_not_depend_on_what_is_beside_them(tmp_path):
    train(tmp_path / "one", "method=random_reinit", "init.rescale=count_unit")
    train(tmp_path / "many", "method=imp,random_reinit", "init.rescale=none,count_unit", "seed=0,1")
    assert {*curves(tmp_path / "one").splitlines()} < {*curves(tmp_path / "many").splitlines()}


def test_on_a_target_the_head_is_not_rescaled(tmp_path):
    lines = ("method=imp,random_mask", "dataset.half=a", "target.half=b", "init.rescale=count")
    made, _ = train(tmp_path, *lines)
    for levels in ends(made).values():
        for end in levels[1:]:
            assert set(end.layers) == {"fc1.weight", "fc2.weight"}
            for layer in end.layers.values():
                factor = sqrt(layer.total / layer.kept)
                assert layer.rescaled_by == pytest.approx(factor, rel=1e-6)


def test_a_rescaled_ticket_is_not_exported_as_the_state_that_it_comes_from(tmp_path):
    made, _ = train(tmp_path, "method=imp", "init.rescale=count")
    (point,) = made.store.points()
    with pytest.raises(RequestError, match="those of another stage, rescaled by count"):
        export_ticket(made.store, point, 1, tmp_path / "ticket.safetensors")


def test_the_csv_tells_the_rescaling_of_each_row(tmp_path):
    made, _ = train(tmp_path, "method=imp,random_mask,dense", "init.rescale=none,count", "levels=1")
    rows = curve_rows(made.store)
    assert {(row["method"], row["rescale"]) for row in rows} == {
        ("dense", "none"),
        *((method, way) for method in ("imp", "random_mask") for way in ("none", "count")),
    }  # fmt: skip
    assert not {name for name in rows[0] if "init.rescale" in name}
