"""What a net and its training cost in multiply-adds, with masks that may change in training."""

from collections.abc import Iterable, Mapping

from ltsweep.models.net import Net
from ltsweep.pruning.mask import Mask, full_mask
from ltsweep.spec import StageSpec
from ltsweep.train.dynamics import takes_steps
from ltsweep.train.replicate import Replicate


def multiply_adds(net: Net, mask: Mask) -> int | None:
    """Of one example's forward pass, a head that is apart included; None: it can't be told."""
    whole = full_mask(net.drawn) | mask
    return sum_of_known(layer.multiply_adds(whole[layer.name]) for layer in net.drawn)


def training_multiply_adds(
    spec: StageSpec, replicate: Replicate, start_mask: Mask, net: Net
) -> int | None:
    """Of all steps of a stage that has come to its end; None where they can't be told.

    A step takes three forward passes with its mask for each of its examples: one forward, two for
    the gradients of inputs and of weights. A step that a change of the mask takes the place of has
    the gradients of all weights (Evci et al. 2020, arXiv 1911.11134).
    """
    dense, forward = multiply_adds(net, {}), multiply_adds(net, start_mask)
    before = replicate.order.examples_before
    total, since = 0, spec.start
    for change in replicate.changes:
        if dense is None or forward is None:
            return None
        assert spec.train.dynamics is not None
        total += 3 * forward * (before(change.step) - before(since))
        since = change.step
        if takes_steps(spec.train.dynamics):
            since += 1
            total += (2 * forward + dense) * (before(since) - before(change.step))
        forward = _of_counts(net, change.kept)
    return None if forward is None else total + 3 * forward * (before(spec.stop) - before(since))


def _of_counts(net: Net, kept: Mapping[str, int]) -> int | None:
    """None also where not all weights of a layer multiply equally often."""
    return sum_of_known(
        kept.get(layer.name, layer.total) * layer.positions
        if isinstance(layer.positions, int)
        else None
        for layer in net.drawn
    )


def sum_of_known(counts: Iterable[int | None]) -> int | None:
    """The sum, None where one of them can't be told."""
    found = list(counts)
    return None if None in found else sum(count for count in found if count is not None)
