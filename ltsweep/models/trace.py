"""What one forward pass of a net does: which weights multiply how often, and what it computes."""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

Shape = tuple[int, ...]
Tensors = dict[str, torch.Tensor]


class Use(NamedTuple):
    """An operand of a product, and how often each of its numbers is multiplied in it."""

    operand: torch.Tensor
    times: int


def _matrices(left: torch.Tensor, right: torch.Tensor) -> list[Use]:
    return [Use(left, right.shape[-1]), Use(right, left.shape[-2])]


def _vector(matrix: torch.Tensor, vector: torch.Tensor) -> list[Use]:
    return [Use(matrix, 1), Use(vector, matrix.shape[0])]


def _convolution(args: Sequence[Any], output: torch.Tensor) -> list[Use]:
    """A weight multiplies at each pixel of the output, of a transposed one at each of the input."""
    image, weight, is_transposed = args[0], args[1], args[6]
    at = image if is_transposed else output
    return [Use(weight, at.numel() // at.shape[1])]


_aten = torch.ops.aten
_PRODUCTS: Mapping[Any, Callable[[Sequence[Any], torch.Tensor], list[Use]]] = {
    _aten.mm.default: lambda args, _: _matrices(args[0], args[1]),
    _aten.bmm.default: lambda args, _: _matrices(args[0], args[1]),
    _aten.addmm.default: lambda args, _: _matrices(args[1], args[2]),
    _aten.baddbmm.default: lambda args, _: _matrices(args[1], args[2]),
    _aten.mv.default: lambda args, _: _vector(args[0], args[1]),
    _aten.addmv.default: lambda args, _: _vector(args[1], args[2]),
    _aten.dot.default: lambda args, _: [Use(args[0], 1), Use(args[1], 1)],
    _aten.convolution.default: _convolution,
}


@dataclass
class Trace:
    """A forward pass of one example.

    `times` says of each weight how often it multiplies, int64 and shaped like it, and `order` which
    weights were touched, the first ones first; weights come by parameter name. `last` is the weight
    whose product the net returns, if it returns a product. `activations` counts the numbers that
    were computed. `each_used_once` says that no weight takes part in two products.
    """

    times: Tensors = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    last: str | None = None
    activations: int = 0
    each_used_once: bool = True


def trace(module: nn.Module, input_shape: Shape) -> Trace:
    """Runs a copy of the module, without dropout, on zeros. Whatever it raises comes through.

    The pass takes no path of torch's own that hides products, and no compiler, which the meta
    device would load.
    """
    watched = copy.deepcopy(module).eval()
    parameters, buffers = _zeros(module.named_parameters()), _zeros(module.named_buffers())
    watch = _Watch(parameters)
    images = torch.zeros((1, *input_shape))
    with torch.no_grad(), _plain_products(), watch:
        returned = torch.func.functional_call(watched, parameters | buffers, (images,))
    return watch.finished(returned)


def draws(module: nn.Module, input_shape: Shape) -> bool:
    """Whether a forward pass in training draws random numbers from torch."""
    watched = copy.deepcopy(module).train()
    tensors = _zeros(module.named_parameters()) | _zeros(module.named_buffers())
    with torch.no_grad(), torch.random.fork_rng([]):
        before = torch.get_rng_state()
        torch.func.functional_call(watched, tensors, (torch.zeros((2, *input_shape)),))
        return not torch.equal(before, torch.get_rng_state())


def _zeros(tensors: Iterable[tuple[str, torch.Tensor]]) -> Tensors:
    return {name: torch.zeros(tensor.shape, dtype=tensor.dtype) for name, tensor in tensors}


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes what each operation does with parameters, which it knows by their storage."""

    def __init__(self, parameters: Tensors) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.found = Trace()
        self._names = {_place(p): name for name, p in parameters.items()}
        self._shapes = {name: p.shape for name, p in parameters.items()}
        self._alive: list[torch.Tensor] = list(parameters.values())  # no storage is used again
        self._product_of: dict[int, str] = {}

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Torch would load its compiler, for a second or two, to exclude this from compilation.

        Nothing is compiled while a pass is watched.
        """
        return False

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Runs an operation and notes it."""
        output = function(*args, **(kwargs or {}))
        inputs = {_place(t): t for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)}
        for place in inputs:
            name = self._names.get(place)
            if name is not None and name not in self.found.order:
                self.found.order.append(name)
        for made in tree_leaves(output):
            if isinstance(made, torch.Tensor) and _place(made) not in inputs:
                self._alive.append(made)
                self.found.activations += made.numel()
        for use in _PRODUCTS[function](args, output) if function in _PRODUCTS else ():
            self._note(use, output)
        return output

    def finished(self, returned: Any) -> Trace:
        """What was found, now that the pass is over and returns this."""
        if isinstance(returned, torch.Tensor):
            self.found.last = self._product_of.get(_place(returned))
        return self.found

    def _note(self, use: Use, output: torch.Tensor) -> None:
        name = self._names.get(_place(use.operand))
        if name is None:
            return
        if name in self.found.times:
            self.found.each_used_once = False
        else:
            self.found.times[name] = torch.zeros(self._shapes[name], dtype=torch.int64)
        self._product_of[_place(output)] = name
        part, times = use
        # of what is expanded, each number multiplies once for each time that it is seen
        for dimension in [d for d in range(part.dim()) if part.stride(d) == 0]:
            times *= part.shape[dimension]
            part = part.narrow(dimension, 0, 1)
        where = (part.shape, part.stride(), part.storage_offset())
        self.found.times[name].as_strided(*where).add_(times)


def _place(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


@contextmanager
def _plain_products() -> Iterator[None]:
    """No path of torch's own that does a whole layer at once: its products would not be seen."""
    attention = torch.backends.mha.get_fastpath_enabled()
    recurrent = torch._C._get_mkldnn_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    torch._C._set_mkldnn_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(attention)
        torch._C._set_mkldnn_enabled(recurrent)
