"""The commands that see and steer sweeps: `ltsweep status | logs | retry | cancel | show`."""

import argparse
from collections.abc import Callable

from ltsweep.foundations.errors import RequestError
from ltsweep.steer.commands import LINES, cancel, follow_logs, logs, print_json, status
from ltsweep.steer.selectors import Chosen, choose
from ltsweep.store.store import Store

SELECTOR = (
    "an experiment, launch, curve or stage (the beginning of an id is enough), or 'all'; "
    "default: the newest launch"
)


def add_commands(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Adds the parsers; `add` makes one from a command's name and what it does."""
    for name, run, about in (
        ("status", _status, "how far curves are: level, accuracy, and what each waits for"),
        ("logs", _logs, "why stages failed, and the end of what their jobs printed"),
        ("retry", _retry, "submit what a launch left undone again, with its own settings"),
        ("cancel", _cancel, "stop whole launches; what is finished stays, what runs is saved"),
    ):
        command = add(name, about)
        command.add_argument("selectors", nargs="*", metavar="SELECTOR", help=SELECTOR)
        command.set_defaults(run=run)
        if name in ("status", "logs"):
            command.add_argument("--json", action="store_true", help="JSON for scripts")
        if name == "logs":
            command.add_argument(
                "-n", type=_lines, default=LINES, metavar="LINES", help=f"default: {LINES}"
            )
            command.add_argument(
                "-f", "--follow", action="store_true", help="go on until no job works any more"
            )
    show = add("show", "a curve's configuration, its stages, and the command that reproduces it")
    show.add_argument("curve", help="id of a curve, or the beginning of it")
    show.add_argument("--json", action="store_true", help="JSON for scripts")
    show.set_defaults(run=_show)


def _status(store: Store, options: argparse.Namespace) -> int:
    return status(choose(store, options.selectors), as_json=options.json)


def _logs(store: Store, options: argparse.Namespace) -> int:
    def choose_again() -> Chosen:
        return choose(store, options.selectors)

    if options.follow and options.json:
        raise RequestError(["--follow prints lines as they come, which --json cannot; choose one"])
    if options.follow:
        return follow_logs(choose_again, options.n)
    return logs(choose_again(), options.n, as_json=options.json)


def _cancel(store: Store, options: argparse.Namespace) -> int:
    return cancel(choose(store, options.selectors))


def _retry(store: Store, options: argparse.Namespace) -> int:
    from ltsweep.cli.actions import retry  # not above: torch comes with it

    return retry(choose(store, options.selectors))


def _show(store: Store, options: argparse.Namespace) -> int:
    from ltsweep.steer.show import print_shown, show

    found = show(store, options.curve)
    if options.json:
        print_json(found)
    else:
        print_shown(found)
    return 0


def _lines(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} must be a whole number of at least 0")
    return int(text)
