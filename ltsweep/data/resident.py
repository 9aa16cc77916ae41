"""Keeps a split dataset on the device as uint8; batches are gathered and normalised there."""

from __future__ import annotations

from typing import Literal

import torch

from ltsweep.data.augment import Batch, augmented
from ltsweep.data.split import Parts
from ltsweep.data_spec import Augment, Normalise

Part = Literal["train", "val", "test"]


class Resident:
    """A dataset on a device: ``input_shape`` (C, H, W), ``classes``, ``fingerprint``, three parts.

    The images stay bytes (Fashion-MNIST: 55 MB), a quarter of what floats would take; only a batch
    is made float.
    """

    def __init__(
        self,
        parts: Parts,
        device: torch.device | str,
        normalise: Normalise,
        augment: Augment,
    ) -> None:
        """Copy the parts to ``device``.

        ``normalise.mean`` and ``.std`` (C,) are those of the images with ``.white``, the raw value
        of a white pixel, scaled to 1. ``augment.crop`` is the padding, in pixels, of training
        images that are cropped. Raises ValueError if mean and std do not fit the images.
        """
        channels, height, width = parts.train_images.shape[1:]
        mean, std = normalise.mean, normalise.std
        if not len(mean) == len(std) == channels:
            raise ValueError(
                f"dataset.mean has {len(mean)} and dataset.std {len(std)} values, but the images "
                f"have {channels} channels."
            )
        self.input_shape: tuple[int, int, int] = (channels, height, width)
        self.classes = parts.classes
        self.fingerprint = parts.fingerprint
        self.device = torch.device(device)
        self._crop = augment.crop
        self._images: dict[Part, torch.Tensor] = {
            "train": torch.from_numpy(parts.train_images).to(device),
            "val": torch.from_numpy(parts.val_images).to(device),
            "test": torch.from_numpy(parts.test_images).to(device),
        }
        self._labels: dict[Part, torch.Tensor] = {
            "train": torch.from_numpy(parts.train_labels).to(device),
            "val": torch.from_numpy(parts.val_labels).to(device),
            "test": torch.from_numpy(parts.test_labels).to(device),
        }
        # (x / white - mean) / std as x * scale + shift, both (C, 1, 1)
        mean_C11 = torch.tensor(mean, dtype=torch.float64).view(-1, 1, 1)
        std_C11 = torch.tensor(std, dtype=torch.float64).view(-1, 1, 1)
        self._scale_C11 = (1 / (normalise.white * std_C11)).to(device, torch.float32)
        self._shift_C11 = (-mean_C11 / std_C11).to(device, torch.float32)

    def size(self, part: Part) -> int:
        """Return the number of images of a part."""
        return len(self._images[part])

    def images(self, part: Part) -> torch.Tensor:
        """Return all images of a part as stored: uint8 (N, C, H, W), on the device, not a copy."""
        return self._images[part]

    def batch(self, part: Part, indices: torch.Tensor) -> torch.Tensor:
        """Return images ``indices`` of a part, normalised: float32 ``indices.shape`` + (C, H, W).

        ``indices``: int64 on the device, any shape (usually (K, B): a row for each replicate).
        """
        return self._normalised(self._gathered(part, indices), indices.shape)

    def training_batch(self, batch: Batch) -> torch.Tensor:
        """Return the images of a step, augmented and normalised: float32 (K, B, C, H, W).

        The tensors of ``batch`` are on the device. Padding is black, the raw value 0.
        """
        images = self._gathered("train", batch.indices)
        flips = None if batch.flips is None else batch.flips.flatten()
        shifts = None if batch.shifts is None else batch.shifts.flatten(0, 1)
        return self._normalised(augmented(images, flips, shifts, self._crop), batch.indices.shape)

    def all_labels(self, part: Part) -> torch.Tensor:
        """Return all labels of a part: int64 (N,), on the device, not a copy."""
        return self._labels[part]

    def labels(self, part: Part, indices: torch.Tensor) -> torch.Tensor:
        """Return the labels, int64, of the images that `batch` returns for the same arguments."""
        return self._labels[part].index_select(0, indices.reshape(-1)).view(indices.shape)

    def fixed_train_subset(self, size: int) -> torch.Tensor:
        """Return the indices, int64 (min(size, N),), of training images to measure accuracy on.

        They are the first ones: the split has put the images in an order random but the same for
        every replicate.
        """
        return torch.arange(min(size, self.size("train")), device=self.device)

    def _gathered(self, part: Part, indices: torch.Tensor) -> torch.Tensor:
        """Return the images ``indices`` of a part as stored, in one row: uint8 (n, C, H, W)."""
        # index_select copies whole rows: 13 times as fast as images[indices] on a CPU (28x28).
        pixels = self._images[part].flatten(1).index_select(0, indices.reshape(-1))
        return pixels.view(-1, *self.input_shape)

    def _normalised(self, images: torch.Tensor, leading: torch.Size) -> torch.Tensor:
        """Return images as float32 ``leading`` + (C, H, W)."""
        batch = images.view(*leading, *self.input_shape).to(torch.float32)
        return batch.mul_(self._scale_C11).add_(self._shift_C11)
