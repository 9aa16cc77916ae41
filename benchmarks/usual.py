"""The usual loop, which ratios are to: per-sample PIL transforms in a DataLoader, eager, fp32.

The mask is multiplied in the forward pass, as most code for lottery tickets does. The transforms
are torchvision's, call for call (RandomCrop and RandomHorizontalFlip of PIL images, ToTensor,
Normalize), so that the benchmark does not depend on torchvision being installed.
"""

from collections.abc import Iterator

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import nn
from torch.utils.data import DataLoader, Dataset

from benchmarks.cases import Case
from ltsweep.data.resident import Resident


class Images(Dataset):
    """Images as torchvision's datasets hold them, each transformed when it is asked for."""

    def __init__(self, case: Case, data: Resident) -> None:
        images = data.images("train").permute(0, 2, 3, 1).contiguous()  # N H W C
        self._images = images.squeeze(3) if case.shape[0] == 1 else images
        self._labels = data.labels("train", torch.arange(len(images)))
        self._augment, self._channels = case.augment, case.shape[0]

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image = Image.fromarray(self._images[index].numpy())
        if self._augment:
            image = _random_flip(_random_crop(image, padding=4))
        image = _normalize(_to_tensor(image), [0.5] * self._channels, [0.25] * self._channels)
        return image, int(self._labels[index])


class UsualLoop:
    """A model, its masks and its loader; `run` takes steps and returns the images it has seen."""

    def __init__(self, case: Case, data: Resident) -> None:
        with torch.device("cpu"):
            self._module: nn.Module = case.model(case.shape, 10).train()
        self._masks = {
            name: (torch.rand_like(p) < 0.5).float()
            for name, p in self._module.named_parameters()
            if p.ndim > 1
        }
        self._optimizer = torch.optim.SGD(self._module.parameters(), lr=0.01, momentum=0.9)
        self._loader = DataLoader(Images(case, data), case.batch_size, shuffle=True)
        self._batches = self._endless()

    def run(self, steps: int) -> int:
        """Takes `steps` optimizer steps."""
        seen = 0
        for _ in range(steps):
            x, y = next(self._batches)
            weights = {
                name: p * self._masks[name] if name in self._masks else p
                for name, p in self._module.named_parameters()
            }
            logits = torch.func.functional_call(self._module, weights, x)
            loss = nn.functional.cross_entropy(logits, y)
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            seen += len(y)
        return seen

    def _endless(self) -> Iterator[list[torch.Tensor]]:
        while True:
            yield from self._loader


def _random_crop(image: Image.Image, padding: int) -> Image.Image:
    width, height = image.size
    image = ImageOps.expand(image, border=padding, fill=0)
    top = int(torch.randint(0, 2 * padding + 1, size=(1,)).item())
    left = int(torch.randint(0, 2 * padding + 1, size=(1,)).item())
    return image.crop((left, top, left + width, top + height))


def _random_flip(image: Image.Image) -> Image.Image:
    if torch.rand(1) < 0.5:
        return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return image


def _to_tensor(image: Image.Image) -> torch.Tensor:
    pixels = torch.from_numpy(np.array(image, np.uint8, copy=True))
    pixels = pixels.view(image.size[1], image.size[0], len(image.getbands()))
    pixels = pixels.permute((2, 0, 1)).contiguous()
    return pixels.to(dtype=torch.get_default_dtype()).div(255)


def _normalize(image: torch.Tensor, mean: list[float], std: list[float]) -> torch.Tensor:
    image = image.clone()
    mean_C = torch.as_tensor(mean, dtype=image.dtype, device=image.device)
    std_C = torch.as_tensor(std, dtype=image.dtype, device=image.device)
    if (std_C == 0).any():
        raise ValueError("a standard deviation of zero")
    return image.sub_(mean_C.view(-1, 1, 1)).div_(std_C.view(-1, 1, 1))
