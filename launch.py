"""The one command of ltsweep: python launch.py [-m] [experiment=NAME] [GROUP=NAME] [KEY=VALUE]."""

import sys
from pathlib import Path

import hydra
from omegaconf import DictConfig

from hydra_plugins.ltsweep_plugins.check import check_command_line
from hydra_plugins.ltsweep_plugins.launcher import Finished

CONF = Path(__file__).parent / "conf"


@hydra.main(config_path=str(CONF), config_name="config", version_base="1.3")
def main(config: DictConfig) -> None:
    """Hydra wants a task per point; ltsweep's sweeper hands all points to the engine instead."""
    raise Finished.wrong_request(["hydra.mode must stay MULTIRUN: ltsweep plans all points as one"])


if __name__ == "__main__":
    check_command_line(CONF, sys.argv[1:])
    try:
        main()
    except Finished:
        raise
    except SystemExit as exit_:
        # Hydra ends with 1 when it refuses a request; here 1 means that a stage failed
        sys.exit(2 if exit_.code == 1 else exit_.code)
