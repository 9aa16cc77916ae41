"""What precision=fp32 and precision=bf16 mean for products, whatever a process has set before."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

# of weights and activations in a product; sums are fp32 either way
PRODUCTS = {"fp32": torch.float32, "bf16": torch.bfloat16}


@contextmanager
def exact_products() -> Iterator[None]:
    """Products of fp32 numbers are fp32 inside; the setting is torch's own, hence put back."""
    before = torch.get_float32_matmul_precision()
    if before == "highest":
        yield
        return
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
