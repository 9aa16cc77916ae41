"""What precision=fp32 and precision=bf16 mean for products, whatever a process has set before."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

backends: Any = torch.backends  # type checkers do not see what its modules offer

# of weights and activations in a product; sums are fp32 either way
PRODUCTS = {"fp32": torch.float32, "bf16": torch.bfloat16}

# where torch may round the factors of fp32 products first: those of cuDNN are TF32 by default
_ON_CPU = (backends.mkldnn.matmul, backends.mkldnn.conv, backends.mkldnn.rnn)
_ON_GPU = (backends.cuda.matmul, backends.cudnn.conv, backends.cudnn.rnn)
_FACTORS = (*_ON_CPU, *_ON_GPU)
_WHOLE = frozenset(("ieee", "none"))  # precisions that leave factors as they are


@contextmanager
def exact_products(device: torch.device) -> Iterator[None]:
    """Products of fp32 numbers are fp32 inside, and sums of bf16 products are fp32.

    The settings are torch's own, hence put back. On a CPU they usually are right already, and all
    of this would take a few percent of a small net's steps.
    """
    if device.type == "cpu" and all(setting.fp32_precision in _WHOLE for setting in _ON_CPU):
        yield
        return
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
    on_cpu, _, _, on_gpu, of_convolutions, _ = factors
    tf32 = "medium" if on_cpu == "bf16" else "high"
    torch.set_float32_matmul_precision(tf32 if on_gpu == "tf32" else "highest")
    backends.cudnn.allow_tf32 = of_convolutions == "tf32"
    for setting, precision in zip(_FACTORS, factors, strict=True):
        setting.fp32_precision = precision
    backends.cuda.matmul.allow_bf16_reduced_precision_reduction = sums
