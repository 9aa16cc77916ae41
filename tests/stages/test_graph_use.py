"""What a stage's record and log say of CUDA graphs."""

import json

import pytest

from ltsweep.train.graphs import GraphUse
from ltsweep.train.stacked import Stacked

from ..sweeps_here import train

ONE = ("method=dense", "levels=0")


def closing(made):
    (point,) = made.plan.points
    lines = (made.store.stage(point.stages[0]).path / "records.jsonl").read_text().splitlines()
    return json.loads(lines[-1])


def log(made):
    return "".join(p.read_text() for p in made.store.root.glob("launches/*/**/debug.out"))


@pytest.mark.parametrize("used", [True, False])
def test_on_a_gpu_the_record_says_whether_graphs_ran_and_the_log_how_many_or_why_not(
    tmp_path, monkeypatch, used
):
    monkeypatch.setattr(Stacked, "graph_use", lambda self: GraphUse(used, "as many as there are"))
    made, _ = train(tmp_path, *ONE)
    assert closing(made)["cuda_graphs"] is used
    assert "CUDA graphs: as many as there are\n" in log(made)


def test_on_a_cpu_nothing_is_said_of_them(tmp_path):
    made, _ = train(tmp_path, *ONE)
    assert closing(made)["strategy"] == "stacked"
    assert "cuda_graphs" not in closing(made)
    assert "CUDA graphs" not in log(made)
