"""What plans and trainings load: torch's compiler takes a second, and few steps need it."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys, torch
from types import SimpleNamespace
from ltsweep.foundations.components import bind
from ltsweep.models.net import Net
from ltsweep.train.pack_optimizer import PackOptimizer

Net.of(lambda: torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 2)), (1, 2, 2))
assert "torch._dynamo" not in sys.modules, "a net that is looked at"
for name in ("sgd", "adam"):
    call = bind(f"ltsweep.train.optimizers.{name}", {"lr": 0.1})
    schedule = SimpleNamespace(model_dump_json=str)
    replicate = SimpleNamespace(
        optimizer=call, schedule=schedule, step=0, optimizer_state=None, frozen="none"
    )
    weight = torch.nn.Parameter(torch.ones(3))
    weight.grad = torch.ones(3)
    PackOptimizer([replicate], [{"w": weight}]).step(1)
    assert (weight < 1).all()
    assert "torch._dynamo" not in sys.modules, name
"""


@pytest.mark.process
def test_nets_and_optimizers_do_not_load_the_compiler():
    subprocess.run([sys.executable, "-c", SCRIPT], check=True)
