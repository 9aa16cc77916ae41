"""Tests the bookkeeping of CUDA graphs with a recorder that needs no GPU."""

import torch

from ltsweep.data.augment import Batch
from ltsweep.train.graphs import Lanes, StepGraphs

CPU = torch.device("cpu")


class Gpu:
    """A device whose tensors are on the CPU, and a recorder that runs a step when replayed."""

    def __init__(self, broken=False):
        self.broken, self.did, self.said = broken, [], []

    def step(self, batch):
        flips = None if batch.flips is None else batch.flips.tolist()
        self.did.append(("step", batch.indices.tolist(), flips))

    def record(self, step, batch):
        if self.broken:
            raise RuntimeError("operation not permitted when stream is capturing\nat line 3")
        self.did.append("record")

        def replay():
            self.did.append("replay")
            step(batch)

        return replay

    def graphs(self):
        graphs = StepGraphs(self.step, CPU, self.record, self.said.append)
        graphs._records = True
        return graphs


def batch(*indices, flips=None):
    return Batch(torch.tensor([indices]), None if flips is None else torch.tensor([flips]))


def test_the_first_step_of_a_shape_runs_the_second_is_recorded_all_later_ones_are_replayed():
    gpu = Gpu()
    graphs = gpu.graphs()
    for indices in ((1, 2), (3, 4), (5, 6)):
        graphs.run(batch(*indices))
    assert gpu.did == [
        ("step", [[1, 2]], None),
        "record",
        "replay",
        ("step", [[3, 4]], None),
        "replay",
        ("step", [[5, 6]], None),
    ]


def test_every_shape_has_its_own_recording():
    gpu = Gpu()
    graphs = gpu.graphs()
    for indices in ((1, 2), (3,), (4, 5), (6,), (7, 8)):
        graphs.run(batch(*indices))
    assert gpu.did.count("record") == 2
    assert [entry[1] for entry in gpu.did if entry[0] == "step"] == [
        [[1, 2]],
        [[3]],
        [[4, 5]],
        [[6]],
        [[7, 8]],
    ]


def test_flips_reach_the_recording_and_the_callers_batch_is_left_alone():
    gpu = Gpu()
    graphs = gpu.graphs()
    batches = [batch(k, flips=[k % 2 == 0]) for k in range(4)]
    for one in batches:
        graphs.run(one)
    steps = [entry for entry in gpu.did if entry[0] == "step"]
    assert steps == [("step", [[k]], [[k % 2 == 0]]) for k in range(4)]
    assert [one.indices.item() for one in batches[1:]] == [1, 2, 3]


def test_a_step_that_cannot_be_recorded_runs_as_it_is_and_that_is_said_once():
    gpu = Gpu(broken=True)
    graphs = gpu.graphs()
    for k in range(4):
        graphs.run(batch(k))
    assert gpu.did == [("step", [[k]], None) for k in range(4)]
    assert gpu.said == [
        "steps run without CUDA graphs, since one cannot be recorded: operation not permitted when "
        "stream is capturing"
    ]


def test_nothing_is_recorded_on_a_cpu():
    gpu = Gpu()
    graphs = StepGraphs(gpu.step, CPU, gpu.record)
    for k in range(3):
        graphs.run(batch(k))
    assert gpu.did == [("step", [[k]], None) for k in range(3)]


def test_without_streams_tasks_run_in_turn():
    did = []
    Lanes(CPU).run([lambda: did.append(0), lambda: did.append(1)])
    assert did == [0, 1]
