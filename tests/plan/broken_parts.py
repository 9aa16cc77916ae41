"""Parts of a user's own that break their contracts, each in one way, and some that do not."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import torch

from ltsweep.data.dataset import DatasetMissing, RawImages, fingerprint_of
from ltsweep.train.numbers import Numbers

IMAGES, LABELS = np.zeros((200, 1, 4, 4), np.uint8), np.arange(200) % 2
TIMES = itertools.count()


# datasets


def good_dataset(data_dir):
    return RawImages.of(train=(IMAGES, LABELS), test=(IMAGES, LABELS), classes=2)


def no_dataset(data_dir):
    """Forgets to return it."""


def float_images(data_dir):
    images = IMAGES / 255
    return RawImages.of(train=(images, LABELS), test=(images, LABELS), classes=2)


def by_hand(images=IMAGES, labels=LABELS, classes=2, fingerprint=None):
    arrays = (images, labels, images, labels)
    return RawImages(*arrays, classes, fingerprint or fingerprint_of(*arrays))


def float_images_by_hand(data_dir):
    return by_hand(images=IMAGES / np.float32(255))


def flat_images(data_dir):
    return by_hand(images=IMAGES.reshape(200, 16))


def no_images(data_dir):
    return by_hand(IMAGES[:0], LABELS[:0])


def tensors(data_dir):
    return by_hand(torch.zeros(200, 1, 4, 4), fingerprint="none")


def too_few_classes(data_dir):
    return by_hand(classes=1)


def half_a_class(data_dir):
    return by_hand(classes=2.5)


def narrow_labels(data_dir):
    return by_hand(labels=LABELS.astype(np.uint8))


def a_name_for_a_fingerprint(data_dir):
    return by_hand(fingerprint="mine, version 2")


def missing(data_dir):
    raise DatasetMissing("fetch it from the shelf")


def raising_dataset(data_dir):
    return {}["train"]


# initial distributions


@dataclass
class Drawn:
    std: object
    draw: object


def of_std(std):
    return Drawn(std, lambda shape, scale, random: torch.randn(shape, generator=random) * scale)


def good_init(fan_in, fan_out):
    return of_std(1 / math.sqrt(fan_in))


def std_by_shape(fan_in, fan_out):
    return of_std(lambda shape: 1 / math.sqrt(math.prod(shape)))


def number(fan_in, fan_out):
    return 0.1


def negative_std(fan_in, fan_out):
    return of_std(-1.0)


def nan_std(fan_in, fan_out):
    return of_std(math.nan)


def no_std(fan_in, fan_out):
    return of_std(0)


def std_of_one_layer(fan_in, fan_out):
    return of_std(0.1 if fan_in == 64 else None)


def no_std_by_shape(fan_in, fan_out):
    return of_std(lambda shape: shape)


def raising_std(fan_in, fan_out):
    return of_std(lambda shape: 1 / (shape[0] - 300))


def flat_draw(fan_in, fan_out):
    return Drawn(0.1, lambda shape, scale, random: torch.zeros(math.prod(shape)))


def double_draw(fan_in, fan_out):
    return Drawn(0.1, lambda shape, scale, random: torch.zeros(shape, dtype=torch.float64))


def infinite_draw(fan_in, fan_out):
    return Drawn(0.1, lambda shape, scale, random: torch.full(shape, math.inf))


def draw_of_its_own(fan_in, fan_out):
    return Drawn(0.1, lambda shape, scale, random: torch.full(shape, float(next(TIMES))))


def raising_draw(fan_in, fan_out):
    return Drawn(0.1, lambda shape, scale, random: 1 / 0)


def raising_init(fan_in, fan_out):
    raise ValueError(f"no gain for {fan_out}\nand more")


# optimizers


def good_optimizer(parameters, *, lr: float):
    return torch.optim.RMSprop(parameters, lr=lr)


def no_optimizer(parameters, *, lr: float):
    torch.optim.SGD(parameters, lr=lr)


def closure(parameters, *, lr: float):
    return torch.optim.LBFGS(parameters, lr=lr)


def two_groups(parameters, *, lr: float):
    weight, bias = parameters
    return torch.optim.SGD([{"params": [weight]}, {"params": [bias], "lr": 2 * lr}], lr=lr)


def rate_in_a_tensor(parameters, *, lr: float):
    return torch.optim.SGD(parameters, lr=torch.tensor(lr))


class Stepping(torch.optim.SGD):
    def parameters(self):
        return [p for group in self.param_groups for p in group["params"]]


class Noisy(Stepping):
    def step(self, closure=None):
        for p in self.parameters():
            p += 0.5 if p.grad is not None else 0.0


class Clipping(Stepping):
    def step(self, closure=None):
        torch.nn.utils.clip_grad_norm_(self.parameters(), 1.0)
        for p in self.parameters():
            p -= 0.0 if p.grad is None else p.grad


class Moving(Stepping):
    def step(self, closure=None):
        for p in self.parameters():
            p *= 0.5


def noisy(parameters, *, lr: float):
    return Noisy(parameters, lr=lr)


def clipping(parameters, *, lr: float):
    return Clipping(parameters, lr=lr)


def moving(parameters, *, lr: float):
    return Moving(parameters, lr=lr)


def raising_optimizer(parameters, *, lr: float):
    raise ValueError("too fast")


# schedules


def good_schedule(step, total):
    return np.float32(1 - step / total)


def no_factor(step, total):
    """Forgets to return it."""


def nan_at_the_end(step, total):
    return math.nan if step == total - 1 else 1.0


def negative_from_the_middle(step, total):
    return 0.4 - step / total


def negative_after_500(step, total):
    return 500 - step


def text(step, total):
    return "1.0"


def raising_schedule(step, total):
    return 1 / step


# objectives


def good_objective(outputs, labels):
    return outputs.square().mean(1) + outputs.gather(1, labels[:, None]).squeeze(1)


def mean_loss(outputs, labels):
    return torch.nn.functional.cross_entropy(outputs, labels)


def loss_of_each_class(outputs, labels):
    return outputs.square()


def nan_loss(outputs, labels):
    return outputs.sum(1) / outputs.square().sum(1)


def losses_as_numbers(outputs, labels):
    return outputs.sum(1).tolist()


def counted_errors(outputs, labels):
    return (outputs.argmax(1) != labels).float()


def raising_objective(outputs, labels):
    return outputs[labels]["loss"]


# numbers


def good_numbers():
    return Numbers(lambda w: w * 0.5)


def no_numbers():
    return (torch.sign, None)


def flat_weights():
    return Numbers(lambda w: w.flatten())


def detached_activations():
    return Numbers(None, lambda x: x.detach())


def forgotten_activations():
    return Numbers(None, lambda x: None)


def raising_numbers():
    raise RuntimeError


def raising_representation():
    return Numbers(lambda w: w["scale"])
