"""Sweepers of others: what only multiplies is served as it is; what asks for results must wait."""

import json
import os
import sys

SWEEPER = '''
import json, pathlib
from dataclasses import dataclass
from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper

@dataclass
class Conf:
    _target_: str = "hydra_plugins.asking.Asking"

ConfigStore.instance().store(group="hydra/sweeper", name="asking", node=Conf)

class Asking(Sweeper):
    """Tries two learning rates, then a third that depends on which was better."""

    def setup(self, *, hydra_context, task_function, config):
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config)

    def sweep(self, arguments):
        rates = [0.05, 1e-6]
        values = self._try(arguments, rates, 0)
        best = rates[values.index(max(values))]
        values += self._try(arguments, [2 * best], 2)
        pathlib.Path("asked.json").write_text(json.dumps([best, values]))

    def _try(self, arguments, rates, first):
        batch = [[*arguments, f"optimizer.lr={rate}"] for rate in rates]
        return [job.return_value for job in self.launcher.launch(batch, first)]
'''
SMALL = (
    "hydra/sweeper=asking levels=1 schedule.length=20it schedule.validate_every=20it "
    "reset.step=0it logger=none jobs=1"
)


def test_a_sweeper_that_asks_for_results_gets_them_if_it_waits(processes, tmp_path):
    plugins = tmp_path / "path" / "hydra_plugins"
    plugins.mkdir(parents=True)
    (plugins / "asking.py").write_text(SWEEPER)
    path = os.pathsep.join([str(plugins.parent), *filter(None, sys.path)])
    waits, leaves, plans, blind = processes(
        f"{SMALL} wait=true",
        f"{SMALL} wait=false",
        f"{SMALL} wait=true action=plan",
        f"{SMALL} wait=true dataset.validation=0",
        PYTHONPATH=path,
    )
    assert waits.code == 0, waits.err
    best, values = json.loads((waits.directory / "asked.json").read_text())
    assert best == 0.05
    assert len(values) == 3 and values[0] > values[1] + 0.2
    for refused in (leaves, plans):
        assert refused.code == 2
        assert refused.problems == [
            "hydra/sweeper=asking chooses points by the results of earlier ones, so it needs "
            "wait=true and action=submit; hydra/sweeper=ltsweep needs neither"
        ]
        assert not any(refused.directory.glob("store/stages/*"))
    assert blind.code == 2
    assert blind.problems == [
        "hydra/sweeper=asking chooses points by their validation accuracies, so it needs "
        "dataset.validation=1 or more; hydra/sweeper=ltsweep does without"
    ]
    assert not any(blind.directory.glob("store/stages/*"))
