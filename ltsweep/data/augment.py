"""Augmentation of training images: random crops after zero padding, and horizontal flips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional as F


@dataclass(frozen=True)
class Batch:
    """The training examples of one step of K replicates, B each, and how each is augmented.

    ``indices``: int64 (K, B). ``flips``: bool (K, B), or None where a dataset is not flipped.
    ``shifts``: int64 (K, B, 2), rows before columns, each from 0 to twice the padding; None where
    it is not cropped.
    """

    indices: torch.Tensor
    flips: torch.Tensor | None = None
    shifts: torch.Tensor | None = None

    def __getitem__(self, who: slice | tuple[slice, slice]) -> Batch:
        """Return the part of some of the replicates, or of some of their examples."""
        return Batch(
            self.indices[who],
            None if self.flips is None else self.flips[who],
            None if self.shifts is None else self.shifts[who],
        )

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        return Batch(
            self.indices.to(device),
            None if self.flips is None else self.flips.to(device),
            None if self.shifts is None else self.shifts.to(device),
        )

    def copied_to(self, device: torch.device) -> Batch:
        """Return a copy on a device, which shares no memory with this batch."""
        return Batch(
            self.indices.to(device, copy=True),
            None if self.flips is None else self.flips.to(device, copy=True),
            None if self.shifts is None else self.shifts.to(device, copy=True),
        )

    def copy_(self, other: Batch) -> None:
        """Take over the contents of a batch of the same shape, from any device."""
        self.indices.copy_(other.indices, non_blocking=True)
        if self.flips is not None and other.flips is not None:
            self.flips.copy_(other.flips, non_blocking=True)
        if self.shifts is not None and other.shifts is not None:
            self.shifts.copy_(other.shifts, non_blocking=True)


def stack(batches: Sequence[Batch]) -> Batch:
    """Return those of single replicates, without the dimension K, as one."""

    def together(parts: list[torch.Tensor | None]) -> torch.Tensor | None:
        present = [part for part in parts if part is not None]
        return torch.stack(present) if present else None

    return Batch(
        torch.stack([batch.indices for batch in batches]),
        together([batch.flips for batch in batches]),
        together([batch.shifts for batch in batches]),
    )


def augmented(
    images: torch.Tensor, flips: torch.Tensor | None, shifts: torch.Tensor | None, padding: int
) -> torch.Tensor:
    """Return windows of the zero-padded images, the flipped ones mirrored: shape and type as given.

    ``images``: (N, C, H, W), any type; ``flips``: bool (N,); ``shifts``: int64 (N, 2), the row and
    column of the padded image where its window of H x W begins, each from 0 to 2 * ``padding``
    (padding: He et al. 2016, arXiv 1512.03385). One gather, whose indices depend on the draws in
    value and never in shape, so that a CUDA graph can hold it.
    """
    height, width = images.shape[2:]
    rows = torch.arange(height, device=images.device)[None]
    columns = torch.arange(width, device=images.device)[None]
    if flips is not None:
        columns = torch.where(flips[:, None], width - 1 - columns, columns)
    if shifts is not None:
        rows, columns = rows + shifts[:, :1], columns + shifts[:, 1:]
        images = F.pad(images, (padding,) * 4)
    elif flips is None:
        return images
    places = rows[:, :, None] * images.shape[3] + columns[:, None, :]
    places = places.flatten(1)[:, None].expand(len(images), images.shape[1], -1)
    return images.flatten(2).gather(2, places).view(*images.shape[:2], height, width)
