"""Tensor files: safetensors with provenance and a digest, so that damage is noticed at loading."""

import hashlib
import json
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch

from ltsweep.foundations.files import DamagedFile, open_to_read, write_atomic

Tensors = dict[str, torch.Tensor]
_METADATA = "ltsweep"


def save_tensors(path: Path, tensors: Tensors, about: dict[str, Any]) -> None:
    """Writes tensors and a JSON description atomically."""
    description = json.dumps({**about, "sha256": _digest(tensors)}, sort_keys=True)
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    write_atomic(path, safetensors.torch.save(contiguous, {_METADATA: description}))


def load_tensors(path: Path) -> tuple[Tensors, dict[str, Any]]:
    """The tensors and their description. DamagedFile if they are not what was written."""
    try:
        open_to_read(path).close()  # safetensors would wait for a pipe
        with safetensors.safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {})[_METADATA])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise
    except (safetensors.SafetensorError, ValueError, KeyError, OSError) as error:
        raise DamagedFile(f"{path} cannot be read: {error}") from error
    if about.pop("sha256", None) != _digest(tensors):
        raise DamagedFile(f"{path} does not match its own digest")
    return tensors, about


def _digest(tensors: Tensors) -> str:
    total = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        total.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return total.hexdigest()
