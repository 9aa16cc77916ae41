"""Tests that products are exact inside, and that a user's settings by old and new names survive."""

import pytest
import torch
from torch import backends

from ltsweep.train.precision import exact_products

CPU, GPU = torch.device("cpu"), torch.device("cuda")
NEW = {
    "matmul on a GPU": backends.cuda.matmul,
    "matmul on a CPU": backends.mkldnn.matmul,
    "convolutions on a GPU": backends.cudnn.conv,
    "convolutions on a CPU": backends.mkldnn.conv,
    "recurrent layers on a GPU": backends.cudnn.rnn,
    "recurrent layers on a CPU": backends.mkldnn.rnn,
}


def factors():
    return {name: setting.fp32_precision for name, setting in NEW.items()}


def sums():
    return (
        backends.cuda.matmul.allow_bf16_reduced_precision_reduction,
        backends.cuda.matmul.allow_bf16_reduced_precision_reduction_split_k,
    )


@pytest.fixture(autouse=True)
def _as_in_a_fresh_process():
    yield
    backends.fp32_precision = "none"
    backends.mkldnn.set_flags(_fp32_precision="none")
    backends.cudnn.fp32_precision = "none"
    torch.set_float32_matmul_precision("highest")
    backends.cudnn.allow_tf32 = True
    for name, setting in NEW.items():
        if "GPU" not in name or "matmul" in name:
            setting.fp32_precision = "none"
    backends.cuda.matmul.allow_bf16_reduced_precision_reduction = True


def test_all_factors_are_whole_inside_and_all_sums_fp32():
    """cuDNN rounds the factors of convolutions to TF32 unless it is told not to."""
    assert factors()["convolutions on a GPU"] == "tf32"
    assert sums() == (True, True)
    with exact_products(GPU):
        assert set(factors().values()) == {"ieee"}
        assert sums() == (False, True)
        assert torch.get_float32_matmul_precision() == "highest"
        assert not backends.cudnn.allow_tf32
        assert not backends.cuda.matmul.allow_tf32
    assert factors()["convolutions on a GPU"] == "tf32"
    assert sums() == (True, True)


def no_sums_in_parts():
    backends.cuda.matmul.allow_bf16_reduced_precision_reduction = (False, False)


SETTINGS = {
    "old: medium": lambda: torch.set_float32_matmul_precision("medium"),
    "old: high": lambda: torch.set_float32_matmul_precision("high"),
    "old: no TF32 in cuDNN": lambda: setattr(backends.cudnn, "allow_tf32", False),
    "old: TF32 in cuBLAS": lambda: setattr(backends.cuda.matmul, "allow_tf32", True),
    "sums": no_sums_in_parts,
    "new: TF32 everywhere": lambda: setattr(backends, "fp32_precision", "tf32"),
    "new: exact everywhere": lambda: setattr(backends, "fp32_precision", "ieee"),
    "new: TF32 on a GPU": lambda: setattr(backends.cudnn, "fp32_precision", "tf32"),
    "new: one on a GPU": lambda: setattr(backends.cuda.matmul, "fp32_precision", "tf32"),
    "new: one on a CPU": lambda: setattr(backends.mkldnn.matmul, "fp32_precision", "bf16"),
    "new: convolutions": lambda: setattr(backends.cudnn.conv, "fp32_precision", "ieee"),
}


@pytest.mark.parametrize("set_it", SETTINGS.values(), ids=SETTINGS)
def test_on_a_cpu_its_own_settings_are_overruled_and_all_are_back_afterwards(set_it):
    set_it()
    before = factors(), sums()
    with exact_products(CPU):
        of_cpu = {precision for name, precision in factors().items() if "CPU" in name}
        assert of_cpu <= {"ieee", "none"}
        torch.ones(2, 2) @ torch.ones(2, 2)
    assert (factors(), sums()) == before


@pytest.mark.parametrize("set_it", SETTINGS.values(), ids=SETTINGS)
def test_a_setting_of_the_users_is_overruled_inside_and_back_afterwards(set_it):
    set_it()
    before = factors(), sums()
    for _ in range(2):
        with exact_products(GPU):
            assert set(factors().values()) == {"ieee"}
            assert not sums()[0]
        assert (factors(), sums()) == before


@pytest.mark.parametrize("precision", ["medium", "high", "highest"])
@pytest.mark.parametrize("in_cudnn", [True, False])
def test_old_names_read_afterwards_what_they_read_before(precision, in_cudnn):
    torch.set_float32_matmul_precision(precision)
    backends.cudnn.allow_tf32 = in_cudnn
    with exact_products(GPU):
        pass
    assert torch.get_float32_matmul_precision() == precision
    assert backends.cudnn.allow_tf32 == in_cudnn


def test_settings_are_back_after_an_exception():
    before = factors(), sums()
    with pytest.raises(KeyError), exact_products(GPU):
        raise KeyError
    assert (factors(), sums()) == before
