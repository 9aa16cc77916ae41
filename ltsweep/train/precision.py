"""What precision=fp32 and precision=bf16 mean for products, whatever a process has set before."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

backends: Any = torch.backends  # type checkers do not see what its modules offer

# of weights and activations in a product; sums are fp32 either way
PRODUCTS = {"fp32": torch.float32, "bf16": torch.bfloat16}

# where torch may round the factors of fp32 products first: those of cuDNN are TF32 by default
_FACTORS = (
    backends.cuda.matmul,
    backends.mkldnn.matmul,
    backends.cudnn.conv,
    backends.cudnn.rnn,
    backends.mkldnn.conv,
    backends.mkldnn.rnn,
)


@contextmanager
def exact_products() -> Iterator[None]:
    """Products of fp32 numbers are fp32 inside, and sums of bf16 products are fp32, on any device.

    The settings are torch's own, hence put back.
    """
    factors = [setting.fp32_precision for setting in _FACTORS]
    matmul = backends.cuda.matmul
    sums = (
        matmul.allow_bf16_reduced_precision_reduction,
        matmul.allow_bf16_reduced_precision_reduction_split_k,
    )
    _set(["ieee"] * len(_FACTORS), (False, sums[1]))
    try:
        yield
    finally:
        _set(factors, sums)


def _set(factors: Sequence[str], sums: tuple[bool, bool]) -> None:
    """Sets the precision of factors and of sums.

    Torch has older names for some of these settings, and raises where the two disagree. So the
    older ones come first, with what fits the others.
    """
    on_gpu, on_cpu, of_convolutions, *_ = factors
    tf32 = "medium" if on_cpu == "bf16" else "high"
    torch.set_float32_matmul_precision(tf32 if on_gpu == "tf32" else "highest")
    backends.cudnn.allow_tf32 = of_convolutions == "tf32"
    for setting, precision in zip(_FACTORS, factors, strict=True):
        setting.fp32_precision = precision
    backends.cuda.matmul.allow_bf16_reduced_precision_reduction = sums
