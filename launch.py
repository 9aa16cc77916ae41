"""The one command of ltsweep: python launch.py [-m] [experiment=NAME] [GROUP=NAME] [KEY=VALUE]."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from hydra import version
from hydra._internal.utils import _run_hydra
from hydra.errors import InstantiationException
from omegaconf import DictConfig

from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.output import spell_out_unknown
from ltsweep.hydra.check import check_command_line, read_options
from ltsweep.hydra.compose import Composer
from ltsweep.hydra.errors import WRONG, in_words
from ltsweep.hydra.sweep import sweep

CONF = Path(__file__).parent / "conf"
WRONG_REQUEST, INTERRUPTED = 2, 130


def task(composer: Composer | None) -> Callable[[DictConfig], None]:
    """The task for Hydra. Ltsweep's sweeper calls it once, for all points, and not per point.

    `composer` is that of the check: what it composed is not composed again.
    """

    def run(config: DictConfig) -> None:
        if composer is None or "hydra" not in config:
            raise RequestError(["hydra.mode must stay MULTIRUN: all points are planned as one"])
        sweep(config, composer)

    return run


def main() -> int:
    """Runs the command line; a wrong request is 2, an error of our own keeps its traceback."""
    spell_out_unknown()
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors arrive here, and not as Hydra's exit code 1
    sys.path.append(str(Path.cwd()))  # for components of the user's own
    version.setbase("1.3")
    try:
        parser, options = read_options(sys.argv[1:])
        composer = check_command_line(CONF, options)
        _run_hydra(  # hydra.main, but for its own reading of the command line
            args=options,
            args_parser=parser,
            task_function=task(composer),
            config_path=str(CONF),
            config_name="config",
        )
    except RequestError as error:
        error.tell()
        return WRONG_REQUEST
    except InstantiationException:
        raise
    except WRONG as error:
        RequestError([in_words(error)]).tell()
        return WRONG_REQUEST
    except KeyboardInterrupt:
        print("ltsweep: interrupted; the same command goes on from here", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has enough of it, as in `... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
