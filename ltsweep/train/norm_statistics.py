"""What norm layers use at evaluation: a training's running statistics, or some taken anew.

Running statistics move by a tenth of the way a step while the weights move too. In a short training
or at a high rate they are those of a net that is no more.
"""

import copy
from collections.abc import Callable
from itertools import chain

import torch
from torch import nn

from ltsweep.data.resident import Resident
from ltsweep.train.compiled import forward_function
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Tensors

LEAST_IMAGES = 1000  # in no key: another number would need another setting
LEAST_STEPS = 1000  # of a training whose running statistics have settled
_STATISTICS = ("running_mean", "running_var")


def has_running_statistics(module: nn.Module) -> bool:
    """Whether some layer normalises by running statistics where the net is evaluated."""
    return bool(_norm_layers(module))


def images_taken(train_examples: int, batch_size: int) -> int:
    """How many training images statistics are taken from: whole batches, 1,000 images at least.

    All of them where there are fewer.
    """
    return min(train_examples, -(-LEAST_IMAGES // batch_size) * batch_size)


class EvaluationStatistics:
    """The statistics that the replicates of a pack are evaluated with.

    With `norm_statistics=running` they are a replicate's own. With `recalibrated` they are taken
    anew, from training images without augmentation, in batches of the training's size. The images
    are the first ones, since the split has put them in a random order, that of `split_seed`. In
    this pass each layer normalises by the statistics of its batch, while all else is as in
    evaluation. Mean and E[x^2] are averaged over all images, and the variance is E[x^2] - mean^2,
    that of the population: "precise" batch norm (Wu & Johnson 2021, arXiv 2105.07576). Instance
    norm with running statistics gets the mean over images of each image's mean and variance.
    """

    def __init__(
        self,
        module: nn.Module,
        data: Resident,
        recipe: Recipe,
        batch_size: int,
        prepare: Callable[[torch.Tensor], torch.Tensor],
    ) -> None:
        """`prepare` lays a batch of images (B, C, H, W) out as the net wants it."""
        self._data, self._batch_size, self._prepare = data, batch_size, prepare
        self._known: dict[int, Tensors] = {}
        watched = copy.deepcopy(module).eval()
        self._layers = _norm_layers(watched) if recipe.norm_statistics == "recalibrated" else {}
        self._buffers = [name for name, _ in watched.named_buffers()]
        self._sums: dict[str, _Sums] = {}
        for name, layer in self._layers.items():
            layer.train()
            layer.momentum = 1.0  # so that each batch leaves its own statistics in the buffers
            layer.register_forward_hook(self._addition(name))
        self._forward = forward_function(watched, data.device, recipe.in_evaluation())

    def seen(self, replicate: int, tensors: Tensors) -> Tensors:
        """Parameters and buffers as the evaluation of a replicate sees them.

        Buffers are copies, since a module of a user's own may change some whenever it runs.
        """
        if self._layers and replicate not in self._known:
            self._known[replicate] = self._taken(tensors)
        current = tensors | self._known.get(replicate, {})
        return current | {name: current[name].clone() for name in self._buffers}

    def forget(self) -> None:
        """Weights have changed, and statistics are those of weights."""
        self._known.clear()

    def _taken(self, tensors: Tensors) -> Tensors:
        scratch = {name: tensors[name].clone() for name in self._buffers}
        names = {layer: [f"{layer}.{s}" for s in _STATISTICS] for layer in self._layers}
        for name in chain.from_iterable(names.values()):
            scratch[name].zero_()  # for momentum 1 does not forget what is not finite
        self._sums = {layer: _Sums(self._layers[layer]) for layer in names}
        count = images_taken(self._data.size("train"), self._batch_size)
        for indices in torch.split(self._data.fixed_train_subset(count), self._batch_size):
            images = self._prepare(self._data.batch("train", indices))
            self._forward(tensors | scratch, images)
        return {
            name: value.to(tensors[name].dtype)
            for layer, of_layer in names.items()
            for name, value in zip(of_layer, self._sums[layer].mean_and_variance(), strict=True)
        }

    def _addition(self, name: str) -> Callable[[nn.Module, tuple[torch.Tensor], object], None]:
        def add(layer: nn.Module, inputs: tuple[torch.Tensor], _: object) -> None:
            self._sums[name].add(layer, inputs[0])

        return add


class _Sums:
    """Sums over images of a layer's means and mean squares, float64 of shape (channels,)."""

    def __init__(self, layer: nn.Module) -> None:
        self._of_each_image = isinstance(layer, nn.modules.instancenorm._InstanceNorm)
        self._images = 0
        self._mean = self._square = torch.zeros(())

    def add(self, layer: nn.Module, x: torch.Tensor) -> None:
        """Adds a batch (B, channels, ...), whose statistics are in the layer's buffers."""
        mean, variance = (layer.get_buffer(name).double() for name in _STATISTICS)
        values = x[0, 0].numel() * (1 if self._of_each_image else len(x))
        square = variance * ((values - 1) / values)  # torch keeps the unbiased variance
        if not self._of_each_image:
            square += mean.square()
        self._images += len(x)
        self._mean = self._mean + len(x) * mean
        self._square = self._square + len(x) * square

    def mean_and_variance(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Those over all images."""
        mean, square = self._mean / self._images, self._square / self._images
        variance = square if self._of_each_image else square - mean.square()
        return mean, variance.clamp_min(0)


def _norm_layers(module: nn.Module) -> dict[str, nn.modules.batchnorm._NormBase]:
    return {
        name: layer
        for name, layer in module.named_modules()
        if isinstance(layer, nn.modules.batchnorm._NormBase) and layer.track_running_stats
    }
