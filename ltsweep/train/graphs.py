"""Whole training steps as CUDA graphs: with small nets, a GPU waits for kernel launches."""

from collections.abc import Callable, Sequence

import torch

from ltsweep.data.augment import Batch

Step = Callable[[Batch], None]
Replay = Callable[[], None]


def record(step: Step, batch: Batch) -> Replay:
    """Records the kernels of a step on these tensors, without running them. Returns the replay."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step(batch)
    replay: Replay = graph.replay
    return replay


class StepGraphs:
    """Runs training steps. On a GPU it replays recordings, one for each shape of batch.

    A recording always works on the same tensors, so each batch is copied into them. The first step
    of a shape is not recorded, because libraries set themselves up at their first call, and that
    cannot be recorded. A step that waits for the GPU cannot be recorded either. Steps then run
    without recordings, and `say` is told once.
    """

    def __init__(
        self,
        step: Step,
        device: torch.device,
        recorder: Callable[[Step, Batch], Replay] = record,
        say: Callable[[str], None] = print,
    ) -> None:
        self._step, self._device, self._record, self._say = step, device, recorder, say
        self._records = _is_gpu(device)
        self._inputs: dict[torch.Size, Batch] = {}
        self._replays: dict[torch.Size, Replay] = {}

    def run(self, batch: Batch) -> None:
        """Takes one step on this batch. Its tensors may still be on the CPU."""
        shape = batch.indices.shape
        if not self._records:
            self._step(batch.to(self._device))
        elif shape not in self._inputs:
            self._inputs[shape] = batch.to(self._device)
            self._step(self._inputs[shape])
        else:
            self._inputs[shape].copy_(batch)
            self._replay(shape)()

    def _replay(self, shape: torch.Size) -> Replay:
        if shape not in self._replays:
            try:
                self._replays[shape] = self._record(self._step, self._inputs[shape])
            except RuntimeError as error:
                reason = str(error).partition("\n")[0]
                self._say(f"steps run without CUDA graphs, since one cannot be recorded: {reason}")
                self._records = False
                return lambda: self._step(self._inputs[shape])
        return self._replays[shape]


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


def _is_gpu(device: torch.device) -> bool:
    return device.type == "cuda"
