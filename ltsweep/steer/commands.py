"""What `action=status | logs | cancel` and the commands of these names do, and print."""

import json
from collections.abc import Callable
from functools import partial

from pydantic_core import PydanticSerializationError

from ltsweep.data_spec import Frozen
from ltsweep.steer.selectors import Chosen

DONE, FAILED = 0, 1
LINES = 30  # of a log, where nobody says how many


def status(chosen: Chosen, *, as_json: bool = False) -> int:
    """Prints how far these curves are."""
    from ltsweep.steer.status import status_of
    from ltsweep.steer.table import print_status

    found = status_of(chosen)
    if as_json:
        print_json(found)
    else:
        print_status(found)
    return DONE


def logs(chosen: Chosen, lines: int = LINES, *, as_json: bool = False) -> int:
    """Prints why stages failed, and the end of what their jobs printed."""
    from ltsweep.steer.logs import logs_of, print_logs

    found = logs_of(chosen, lines)
    if as_json:
        print_json(found)
    else:
        print_logs(found)
    return DONE


def follow_logs(choose_again: Callable[[], Chosen], lines: int) -> int:
    """Prints as `logs` does, and then what comes, until nothing works on these curves any more."""
    from ltsweep.steer.follow import follow
    from ltsweep.steer.logs import logs_of, print_logs

    shown = logs_of(choose_again(), lines)
    print_logs(shown)
    follow(shown, choose_again, partial(print, flush=True))
    return DONE


def cancel(chosen: Chosen) -> int:
    """Stops the launches of these curves."""
    from ltsweep.steer.cancel import cancel as stop

    return DONE if stop(chosen, print) else FAILED


def print_json(found: Frozen) -> None:
    """Prints what was found for scripts; its fields are the keys."""
    try:
        text = found.model_dump_json(indent=1)
    except PydanticSerializationError:  # the name of a file that is no text in this locale
        text = json.dumps(found.model_dump(), indent=1)
    print(text)
