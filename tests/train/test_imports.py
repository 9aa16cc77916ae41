"""What a training loads: torch's compiler takes seconds, and only compiled steps need it."""

import os
import subprocess
import sys

import pytest

from ..warm import processes

OPTIMIZERS = """
import sys, torch
from types import SimpleNamespace
from ltsweep.foundations.components import bind
from ltsweep.train.pack_optimizer import PackOptimizer

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
SWEEP = """
import sys
from pathlib import Path
from tests.sweeps_here import train

train(Path("store"), "method=imp,random_reinit", "model=conv_gap,lenet_300_100")
print("torch._dynamo" in sys.modules)
"""


@pytest.mark.process
def test_optimizers_do_not_load_the_compiler():
    subprocess.run([sys.executable, "-c", OPTIMIZERS], check=True)


@pytest.mark.process
def test_a_sweep_does_not_load_the_compiler(tmp_path):
    """Nor does its plan, which looks at what a forward pass does."""
    (tmp_path / "sweep.py").write_text(SWEEP)
    command = [sys.executable, str(tmp_path / "sweep.py")]
    done = processes.run(command, cwd=tmp_path, env=os.environ)
    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr
