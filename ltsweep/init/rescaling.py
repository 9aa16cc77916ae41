"""Rescaling after pruning: what a mask leaves of a layer, made as large as its fans now ask for.

Biases, norms and weights that are not prunable stay as they are. So does a layer of which nothing
is left, since there is nothing to rescale.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

import torch

from ltsweep.init.state import Tensors, drawn_weights
from ltsweep.models.layers import Layer
from ltsweep.part_spec import Rescale, RescaleWay


@dataclass(frozen=True)
class _Pruned:
    """A layer with its mask, its masked weights, and what these were once drawn from."""

    layer: Layer
    mask: torch.Tensor
    weights: torch.Tensor
    rescale: Rescale
    seed: int

    @property
    def density(self) -> float:
        """Kept weights over all."""
        return int(self.mask.sum()) / self.layer.total

    def drawn(self, density: float | None = None) -> torch.Tensor:
        """The draw of the whole layer, by fans of which so much is left."""
        rescale = self.rescale
        return drawn_weights(self.layer, rescale.init, self.seed, rescale.purpose, density)


def rescaled(
    state: Tensors, mask: Tensors, rescale: Rescale, layers: Iterable[Layer], seed: int
) -> Tensors:
    """The state of a stage of this seed with its kept weights rescaled, and no others."""
    made = dict(state)
    for layer in layers:
        kept = mask[layer.name]
        if kept.any():
            weights = state[layer.name] * kept
            made[layer.name] = _WAYS[rescale.way](_Pruned(layer, kept, weights, rescale, seed))
    return made


def rms_factors(before: Tensors, after: Tensors, mask: Tensors) -> dict[str, float | None]:
    """Root mean square of each layer's kept weights after rescaling over that before.

    It is the factor itself where all weights of the layer have one. None where it does not exist.
    """
    found: dict[str, float | None] = {}
    for name, kept in mask.items():
        size = [state[name][kept].double().norm().item() for state in (before, after)]
        found[name] = size[1] / size[0] if size[0] else None
    return found


def _by_count(pruned: _Pruned) -> torch.Tensor:
    """Times sqrt(all / kept)."""
    return pruned.weights / sqrt(pruned.density)


def _by_count_of_unit(pruned: _Pruned) -> torch.Tensor:
    """Times sqrt(inputs / kept inputs) of each output unit; 0 stays where a unit has none."""
    places = pruned.layer.by_unit(torch.arange(pruned.layer.total).view(pruned.layer.shape))
    kept = pruned.layer.by_unit(pruned.mask).sum(1, keepdim=True)
    of_unit = (places.shape[1] / kept.clamp(min=1)).sqrt()
    factor = torch.empty(pruned.layer.total)
    factor[places] = of_unit.expand_as(places)
    return pruned.weights * factor.view(pruned.layer.shape)


def _to_energy(pruned: _Pruned) -> torch.Tensor:
    """Times the Frobenius norm of the whole layer's draw over that of what is left now."""
    left, whole = (part.double().norm().item() for part in (pruned.weights, pruned.drawn()))
    return pruned.weights * (whole / left) if left else pruned.weights


def _redrawn(pruned: _Pruned) -> torch.Tensor:
    """The same random numbers, by the formula of the init with what is left of the fans."""
    return pruned.drawn(pruned.density) * pruned.mask


_WAYS: Mapping[RescaleWay, Callable[[_Pruned], torch.Tensor]] = {
    "count": _by_count,
    "count_unit": _by_count_of_unit,
    "energy": _to_energy,
    "redraw": _redrawn,
}
