"""Errors of a GPU: which of them stay, and that memory is free before the halves of a pack run."""

import gc
import weakref
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from ltsweep.launch import gpu_errors, worker
from ltsweep.launch.failures import Failures
from ltsweep.launch.worker import Worker


def lost() -> None:
    raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")


@pytest.mark.parametrize(
    ("initialized", "synchronize", "is_lost"),
    [(True, lost, True), (True, lambda: None, False), (False, lost, False)],
    ids=["the next call raises again", "the next call is answered", "no GPU is in use"],
)
def test_an_error_stays_if_the_next_call_raises_it_again(
    monkeypatch: pytest.MonkeyPatch, initialized: bool, synchronize: object, is_lost: bool
) -> None:
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: initialized)
    monkeypatch.setattr(torch.cuda, "synchronize", synchronize)
    assert gpu_errors.is_lost() == is_lost


class Tensors:
    """What a pack has on the GPU; in a cycle, so that only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


def test_the_halves_of_a_pack_find_its_memory_free(monkeypatch: pytest.MonkeyPatch) -> None:
    did: list[object] = []
    alive: weakref.WeakSet[Tensors] = weakref.WeakSet()

    def run_pack(pack: list[object], *_: object) -> None:
        did.append(len(pack))
        if len(pack) > 1:
            held = Tensors()
            alive.add(held)
            raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(worker, "run_pack", run_pack)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: did.append(f"{len(alive)} alive"))
    status = SimpleNamespace(stepped=None)
    failures = Failures(None, None, did.append, Path())
    here = SimpleNamespace(
        _place=None,
        must_stop=lambda: False,
        _log=did.append,
        _status=status,
        _failures=failures,
    )
    here._run_splitting = lambda pack: Worker._run_splitting(here, pack)
    gc.disable()
    try:
        here._run_splitting([(None, None)] * 2)
    finally:
        gc.enable()
    said = "a pack of 2 raised OutOfMemoryError('CUDA out of memory'); trying its halves"
    assert did == [2, said, "0 alive", 1, 1]
