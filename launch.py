"""The one command of ltsweep: python launch.py [-m] [experiment=NAME] [GROUP=NAME] [KEY=VALUE]."""

import argparse
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
from ltsweep.hydra.completion import asks, completions
from ltsweep.hydra.errors import WRONG, in_words
from ltsweep.hydra.options import as_hydra_takes_them, read_options

CONF = Path(__file__).parent / "conf"
WRONG_REQUEST, INTERRUPTED = 2, 130


def checked_task(options: argparse.Namespace) -> Callable[[DictConfig], None]:
    """The task for Hydra. Ltsweep's sweeper calls it once, for all points, and not per point.

    RequestError if the command line is wrong. What the check composed is not composed again.
    """
    # not above: completion needs neither, and pydantic comes with them
    from ltsweep.hydra.check import check_command_line
    from ltsweep.hydra.shown import further_overrides
    from ltsweep.hydra.sweep import sweep

    composer = check_command_line(CONF, options)
    further = further_overrides(options, composer) if composer is not None else []
    options.overrides = as_hydra_takes_them([*options.overrides, *further])

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
        if asks(options):
            print("\n".join(completions(CONF, os.environ.get("COMP_LINE", ""))))
        else:
            _run_hydra(  # as @hydra.main does after reading the command line
                args=options,
                args_parser=parser,
                task_function=checked_task(options),
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
