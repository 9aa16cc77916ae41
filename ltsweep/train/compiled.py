"""A module as a function of its tensors, compiled where a training is long enough to pay for it.

Compilation takes about a minute for a ResNet on a CPU, once a machine, since all jobs share torch's
cache on disk. What it gains is the fusion of batch norm with what surrounds it.
"""

import os
import shutil
import sysconfig
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ltsweep.models.layers import prunable_names
from ltsweep.train.numbers import Numbers
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Replicate, Tensors

Forward = Callable[[Tensors, torch.Tensor], torch.Tensor]

# Examples that a training must see before it is compiled: some 25 minutes of a ResNet-20 on a core,
# where a GPU takes 10 to 20 minutes for thirty times as many.
WORTH_COMPILING = {"cpu": 1_000_000, "cuda": 30_000_000}

# What a channel's statistics give is computed once and kept, not anew for every pixel (7 % faster).
ONCE_PER_CHANNEL: dict[str, Any] = {"realize_opcount_threshold": 8}


def forward_function(
    module: nn.Module, device: torch.device, recipe: Recipe, *, compiled: bool = False
) -> Forward:
    """A function (parameters and buffers, images) -> fp32 logits; buffers are updated in place.

    The module is the function's own from then on.
    """
    numbers: Numbers = recipe.numbers()
    weights = prunable_names(module, recipe.prunable)
    numbers.watch(module, weights)
    buffers = [name for name, _ in module.named_buffers()]

    def forward(tensors: Tensors, x: torch.Tensor) -> torch.Tensor:
        seen = {**numbers.represented(tensors, weights)}
        with torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == "bf16"):
            logits: torch.Tensor = torch.func.functional_call(module, seen, (x,))
        for name in buffers:
            if seen[name] is not tensors[name]:  # the module has put another tensor in its place
                tensors[name].copy_(seen[name].detach())
        return logits.float()

    if not compiled:
        return forward
    _share_cache()
    options = ONCE_PER_CHANNEL if device.type == "cpu" else None
    function: Forward = torch.compile(forward, dynamic=False, options=options)
    return function


def is_compiled(
    module: nn.Module, replicate: Replicate, device: torch.device, precision: str
) -> bool:
    """The documented rule: nets with batch norm, in bf16, in long trainings, given a compiler.

    All but the compiler follows from the specification, so arms that are compared run alike.
    """
    normalised = any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in module.modules())
    examples = replicate.order.examples_before(replicate.schedule.total)
    long = examples >= WORTH_COMPILING[device.type]
    return normalised and precision == "bf16" and long and _has_compiler(device.type)


@cache
def _has_compiler(device: str) -> bool:
    """Whether torch can compile for this device; says so, once, where it cannot.

    On a GPU it is Triton that compiles, and builds its launchers in C.
    """
    on_cpu = device == "cpu"
    language, variable = ("C++", "CXX") if on_cpu else ("C", "CC")
    names = ("g++", "clang++") if on_cpu else ("gcc", "clang")
    given = os.environ.get(variable)
    if not any(shutil.which(name) for name in (given, *names) if name):
        missing = f"no {language} compiler ({', '.join(names)} or the variable {variable})"
    elif not (header := Path(sysconfig.get_path("include"), "Python.h")).is_file():
        missing = f"no {header}, which comes with Python's development files"
    else:
        return True
    print(f"{missing}: training runs uncompiled")
    return False


def _share_cache() -> None:
    """Keeps compiled code in the user's own cache, where the nodes of a cluster see it too."""
    own = os.environ.get("XDG_CACHE_HOME")
    try:
        cache = Path(own) if own else Path.home() / ".cache"
    except RuntimeError:  # a user without a home directory: torch has a place for temporary files
        return
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache / "ltsweep" / "compiled"))
