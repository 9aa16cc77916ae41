"""Tests the bookkeeping of CUDA graphs with a recorder that needs no GPU."""

import gc
import weakref

import pytest
import torch
from torch import nn

from ltsweep.data.augment import Batch
from ltsweep.train import graphs as module
from ltsweep.train.graphs import GraphUse, Lanes, Recorder, StepGraphs
from ltsweep.train.one_by_one import OneByOne
from ltsweep.train.recipe import Recipe
from ltsweep.train.sparse import Sparse
from ltsweep.train.stacked import Stacked

from .conftest import Ground

CPU = torch.device("cpu")
CANNOT = "operation not permitted when stream is capturing\nat line 3"


class Graph:
    """A recording that runs the step when replayed; recordings beside each other share a pool."""

    def __init__(self, did, step, batch, beside):
        self._did, self._step, self._batch = did, step, batch
        self._pool = object() if beside is None else beside.pool()

    def replay(self):
        self._did.append("replay")
        self._step(self._batch)

    def pool(self):
        return self._pool


class Gpu:
    """A device whose tensors are on the CPU, and a recorder for it, which may raise `error`."""

    def __init__(self, error=None):
        self.error, self.did, self.said, self.alive = error, [], [], weakref.WeakSet()
        self.recorder = Recorder(self.record, self.said.append)

    def step(self, batch):
        flips = None if batch.flips is None else batch.flips.tolist()
        self.did.append(("step", batch.indices.tolist(), flips))

    def record(self, step, batch, beside):
        assert not gc.isenabled()
        if self.error:
            raise RuntimeError(self.error)
        self.did.append("record")
        graph = Graph(self.did, step, batch, beside)
        self.alive.add(graph)
        return graph

    def graphs(self):
        graphs = StepGraphs(CPU, self.recorder)
        graphs._records = True
        return graphs

    def run(self, *batches, graphs=None):
        graphs = graphs or self.graphs()
        for one in batches:
            graphs.run(self.step, one)
        return graphs


def batch(*indices, flips=None):
    return Batch(torch.tensor([indices]), None if flips is None else torch.tensor([flips]))


def of(replicates):
    return Batch(torch.zeros((replicates, 2), dtype=torch.int64))


def test_the_first_step_of_a_shape_runs_the_second_is_recorded_all_later_ones_are_replayed():
    gpu = Gpu()
    graphs = gpu.run(batch(1, 2), batch(3, 4), batch(5, 6))
    assert gpu.did == [
        ("step", [[1, 2]], None),
        "record",
        "replay",
        ("step", [[3, 4]], None),
        "replay",
        ("step", [[5, 6]], None),
    ]
    assert graphs.use() == GraphUse(True, "1, one for each shape of batch")


def test_every_shape_has_its_own_recording_in_memory_that_they_share():
    gpu = Gpu()
    graphs = gpu.run(*(batch(*some) for some in ((1, 2), (3,), (4, 5), (6,), (7, 8))))
    assert gpu.did.count("record") == 2
    steps = [entry[1] for entry in gpu.did if entry[0] == "step"]
    assert steps == [[[1, 2]], [[3]], [[4, 5]], [[6]], [[7, 8]]]
    assert len({graph.pool() for graph in gpu.alive}) == 1
    assert graphs.use() == GraphUse(True, "2, one for each shape of batch")


def test_recordings_go_before_new_ones_are_made_when_replicates_join():
    gpu = Gpu()
    graphs = gpu.run(of(1), of(1))
    (old,) = gpu.alive
    before, old = old.pool(), None
    gc.disable()  # it goes by itself, not when the collector comes by
    gpu.run(of(3), graphs=graphs)
    assert not gpu.alive
    gc.enable()
    gpu.run(of(3), of(3), graphs=graphs)
    (new,) = gpu.alive
    assert new.pool() is not before
    assert gpu.did.count("record") == 2


def test_flips_reach_the_recording_and_the_callers_batch_is_left_alone():
    """Also where it is on the device already, so that moving it there would copy nothing."""
    gpu = Gpu()
    batches = [batch(k, flips=[k % 2 == 0]) for k in range(4)]
    gpu.run(*batches)
    steps = [entry for entry in gpu.did if entry[0] == "step"]
    assert steps == [("step", [[k]], [[k % 2 == 0]]) for k in range(4)]
    assert [one.indices.item() for one in batches] == [0, 1, 2, 3]
    assert [one.flips.item() for one in batches] == [True, False, True, False]


def test_a_step_that_cannot_be_recorded_runs_as_it_is_in_all_packs_and_that_is_said_once():
    gpu = Gpu(CANNOT)
    for _ in range(2):
        gpu.did.clear()
        graphs = gpu.run(*map(batch, range(4)))
        assert gpu.did == [("step", [[k]], None) for k in range(4)]
        assert graphs.use() == GraphUse(
            False,
            "none, since one cannot be recorded: operation not permitted when stream is capturing",
        )
    (said,) = gpu.said
    assert said.startswith("steps run without CUDA graphs in this process, since one cannot be")
    assert "in record\n" in said, "the whole error"
    assert said.endswith("operation not permitted when stream is capturing\nat line 3")


def test_the_error_that_broke_a_recording_is_told_and_not_the_one_that_ended_it():
    def broken(step, batch, beside):
        try:
            raise RuntimeError(CANNOT)
        finally:
            raise RuntimeError("capture was invalidated")

    gpu = Gpu()
    gpu.recorder = Recorder(broken, gpu.said.append)
    assert "stream is capturing" in gpu.run(batch(1), batch(2)).use().words


def test_a_second_shape_that_cannot_be_recorded_ends_the_replays_of_the_first():
    gpu = Gpu()
    graphs = gpu.run(batch(1, 2), batch(3, 4), batch(5))
    gpu.error = CANNOT
    gpu.run(batch(6), graphs=graphs)
    gpu.did.clear()
    gpu.run(batch(7, 8), graphs=graphs)
    assert gpu.did == [("step", [[7, 8]], None)]
    assert not gpu.alive
    assert not graphs.use().used


@pytest.mark.parametrize("ended_by_another", [False, True])
def test_memory_that_is_out_is_no_step_that_cannot_be_recorded(ended_by_another):
    """The worker takes smaller packs then."""

    def full(step, batch, beside):
        try:
            raise torch.OutOfMemoryError("CUDA out of memory")
        finally:
            if ended_by_another:
                raise RuntimeError("capture was invalidated")

    gpu = Gpu()
    gpu.recorder = Recorder(full, gpu.said.append)
    with pytest.raises(torch.OutOfMemoryError):
        gpu.run(batch(1), batch(2))
    assert gpu.recorder.refusal is None
    assert gpu.said == []


def test_garbage_is_collected_before_a_recording_and_never_during_one(monkeypatch):
    gpu = Gpu()
    monkeypatch.setattr(module.gc, "collect", lambda: gpu.did.append("collect"))
    gpu.run(batch(1), batch(2))
    assert gpu.did[1:3] == ["collect", "record"]
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    try:
        Gpu().run(batch(1), batch(2))
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_broken_recording_leaves_the_stream_as_it_was(monkeypatch):
    class Broken:
        def __init__(self, graph, pool):
            pass

        def __enter__(self):
            streams.append("of the recording")

        def __exit__(self, *_):
            raise RuntimeError("capture was invalidated")

    streams = ["mine"]
    monkeypatch.setattr(torch.cuda, "CUDAGraph", object)
    monkeypatch.setattr(torch.cuda, "graph", Broken)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: streams[-1])
    monkeypatch.setattr(torch.cuda, "set_stream", streams.append)
    with pytest.raises(RuntimeError, match="invalidated"):
        module.record(lambda batch: None, batch(1), None)
    assert streams[-1] == "mine"


def test_a_training_of_one_step_has_no_graph():
    assert Gpu().run(batch(1)).use() == GraphUse(False, "none, since no shape of batch came twice")


def test_nothing_is_recorded_on_a_cpu():
    gpu = Gpu()
    graphs = gpu.run(*map(batch, range(3)), graphs=StepGraphs(CPU, gpu.recorder))
    assert gpu.did == [("step", [[k]], None) for k in range(3)]
    assert graphs.use() is None


@pytest.mark.parametrize("kind", [Stacked, OneByOne, Sparse])
def test_a_strategy_goes_with_its_pack_and_waits_for_no_collector(kind, lenet):
    """Its graphs would keep their memory, and break the next recording when they go."""
    gc.disable()
    try:
        strategy = kind(lenet.module, [lenet.replicate()], lenet.data, Recipe("fp32"))
        strategy.step(lenet_batch(lenet), [1.0])
        gone = weakref.ref(strategy)
        del strategy
        assert gone() is None
    finally:
        gc.enable()


def lenet_batch(lenet):
    return Batch(torch.arange(8)[None] % lenet.data.size("train"))


def test_without_streams_tasks_run_in_turn():
    did = []
    Lanes(CPU).run([lambda: did.append(0), lambda: did.append(1)])
    assert did == [0, 1]


@pytest.mark.parametrize("draws", [True, False])
def test_a_net_that_draws_random_numbers_is_never_recorded(draws):
    """A replay would repeat the numbers of the recording."""
    last = [nn.Dropout(0.1)] if draws else []
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 10), *last)
    ground, gpu = Ground(lambda shape, classes: net, (1, 4, 4)), Gpu()
    recorder = OneByOne(
        ground.module, [ground.replicate()], ground.data, Recipe("fp32"), gpu.recorder
    )._graphs._recorder
    graphs = StepGraphs(CPU, recorder)
    graphs._records = True
    gpu.run(batch(1), batch(2), batch(3), graphs=graphs)
    assert ("record" in gpu.did) != draws
    assert graphs.use().used != draws
