"""Whole training steps as CUDA graphs: with small nets, a GPU waits for kernel launches."""

import gc
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import torch

from ltsweep.data.augment import Batch

Step = Callable[[Batch], None]


class Graph(Protocol):
    """A recorded step."""

    def replay(self) -> None:
        """Takes the step again, on what its tensors hold now."""

    def pool(self) -> Any:
        """The memory that it works in."""


def record(step: Step, batch: Batch, beside: Graph | None) -> Graph:
    """Records the kernels of a step on these tensors, without running them.

    The graph shares the memory of the one `beside` it: no two of them ever run at a time, and none
    needs what another left. RuntimeError where a step cannot be recorded.
    """
    graph, stream = torch.cuda.CUDAGraph(), torch.cuda.current_stream()
    try:
        with torch.cuda.graph(graph, pool=None if beside is None else beside.pool()):
            step(batch)
    except RuntimeError:
        torch.cuda.set_stream(stream)  # torch leaves its own in place if the recording is broken
        raise
    return graph


class Recorder:
    """Records steps for all packs of a process, until a step cannot be recorded.

    From then on steps run without recordings. `say` is told the whole error, and `refusal` keeps
    its first line; one that is given at once says why nothing is to be recorded.
    """

    def __init__(
        self,
        record: Callable[[Step, Batch, Graph | None], Graph] = record,
        say: Callable[[str], None] = print,
        refusal: str | None = None,
    ) -> None:
        self._record, self._say = record, say
        self.refusal = refusal

    def record(self, step: Step, batch: Batch, beside: Graph | None) -> Graph | None:
        """The graph of a step; None where steps cannot be recorded. torch.OutOfMemoryError."""
        if self.refusal is not None:
            return None
        try:
            with _collected_before():
                return self._record(step, batch, beside)
        except RuntimeError as error:
            # no cause is given a name here: it would keep this frame, and the graphs in it, alive
            if any(isinstance(cause, torch.OutOfMemoryError) for cause in _causes(error)):
                raise next(
                    cause for cause in _causes(error) if isinstance(cause, torch.OutOfMemoryError)
                ) from None
            self.refusal = str(_causes(error)[0]).partition("\n")[0]
            self._say(
                "steps run without CUDA graphs in this process, since one cannot be recorded:\n"
                + traceback.format_exc().rstrip()
            )
            return None


class GraphUse(NamedTuple):
    """Whether steps were replayed as CUDA graphs, and in words how many or why not."""

    used: bool
    words: str


class StepGraphs:
    """Runs training steps. On a GPU it replays recordings, one for each shape of batch.

    A recording always works on the same tensors, so each batch is copied into them. The first step
    of a shape is not recorded, because libraries set themselves up at their first call, and that
    cannot be recorded. Recordings for fewer replicates go when others join, memory included. The
    step comes with each call: a strategy that its own graphs hold would outlive its pack.
    """

    def __init__(self, device: torch.device, recorder: Recorder) -> None:
        self._device, self._recorder = device, recorder
        self._records = _is_gpu(device)
        self._inputs: dict[torch.Size, Batch] = {}
        self._graphs: dict[torch.Size, Graph] = {}

    def run(self, step: Step, batch: Batch) -> None:
        """Takes one step on this batch, which is left alone. Its tensors may be on the CPU."""
        shape = batch.indices.shape
        if not self._records:
            step(batch.to(self._device))
            return
        if any(known[0] != shape[0] for known in self._inputs):
            self._graphs.clear()
            self._inputs.clear()
        if shape not in self._inputs:
            self._inputs[shape] = batch.copied_to(self._device)
            step(self._inputs[shape])
            return
        self._inputs[shape].copy_(batch)
        graph = self._graphs.get(shape) or self._recorded(step, shape)
        if graph is None:
            step(self._inputs[shape])
        else:
            graph.replay()

    def use(self) -> GraphUse | None:
        """What became of recording; None on a CPU."""
        if not self._records:
            return None
        if self._recorder.refusal is not None:
            return GraphUse(False, f"none, since one cannot be recorded: {self._recorder.refusal}")
        if not self._graphs:
            return GraphUse(False, "none, since no shape of batch came twice")
        return GraphUse(True, f"{len(self._graphs)}, one for each shape of batch")

    def _recorded(self, step: Step, shape: torch.Size) -> Graph | None:
        beside = next(iter(self._graphs.values()), None)
        graph = self._recorder.record(step, self._inputs[shape], beside)
        if graph is None:
            self._graphs.clear()
        else:
            self._graphs[shape] = graph
        return graph


class Lanes:
    """Runs the replicates of a pack: on a GPU side by side on streams, else one after the other."""

    def __init__(self, device: torch.device, count: int = 8) -> None:
        self._streams: list[torch.cuda.Stream] = []
        if _is_gpu(device):
            self._streams = [torch.cuda.Stream(device) for _ in range(count)]  # type: ignore[no-untyped-call]

    def run(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Runs all tasks. Later work on the current stream waits for them."""
        if not self._streams:
            for task in tasks:
                task()
            return
        here = torch.cuda.current_stream()
        for number, task in enumerate(tasks):
            stream = self._streams[number % len(self._streams)]
            stream.wait_stream(here)
            with torch.cuda.stream(stream):
                task()
        for stream in self._streams[: len(tasks)]:
            here.wait_stream(stream)


@contextmanager
def _collected_before() -> Iterator[None]:
    """No garbage is collected inside: an old graph that goes during a recording would break it."""
    gc.collect()
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _causes(error: BaseException) -> list[BaseException]:
    """What was raised, the first before what its handling raised in turn."""
    found = [error]
    while (before := found[0].__context__) is not None:
        found.insert(0, before)
    return found


def _is_gpu(device: torch.device) -> bool:
    return device.type == "cuda"
