"""The commands that look after a store: `ltsweep fsck | forget`."""

import argparse
import sys
from collections.abc import Callable

from ltsweep.foundations.errors import RequestError
from ltsweep.steer.selectors import Chosen, choose
from ltsweep.store.store import Store

SOUND, DAMAGED = 0, 1
_SELECTOR = "an experiment, launch or curve (the beginning of an id is enough)"


def add_care(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Adds the parsers; `add` makes one from a command's name and what it does."""
    fsck = add("fsck", "check every file of a store against what was written; 1 if one is damaged")
    fsck.add_argument(
        "--repair",
        action="store_true",
        help="delete, set aside or open again what is damaged, so that it is made again",
    )
    fsck.add_argument("--json", action="store_true", help="JSON for scripts")
    fsck.set_defaults(run=_fsck)
    forget = add("forget", "delete curves, and the stages that only they need, after showing them")
    forget.add_argument("selectors", nargs="*", metavar="SELECTOR", help=_SELECTOR)
    forget.add_argument("--failed", action="store_true", help="curves that a failure has stopped")
    forget.add_argument("--older", metavar="AGE", help="curves not written to for 30d, 12h or 8w")
    forget.add_argument("--yes", action="store_true", help="delete without asking")
    forget.set_defaults(run=_forget)


def _fsck(store: Store, options: argparse.Namespace) -> int:
    from ltsweep.steer.commands import print_json
    from ltsweep.steer.fsck import check, lines  # not above: torch comes with it

    found = check(store, repair=options.repair)
    if options.json:
        print_json(found)
    else:
        print("\n".join(lines(found)))
    return DAMAGED if found.damaged else SOUND


def _forget(store: Store, options: argparse.Namespace) -> None:
    from ltsweep.steer.forget import to_discard

    found = to_discard(_chosen(store, options))
    for line in found.lines():
        print(line)
    if not options.yes and not _agrees():
        print("nothing was deleted")
        return
    found.discard()
    print("deleted; declarations stay, and reports show what is left when they are made again")


def _chosen(store: Store, options: argparse.Namespace) -> Chosen:
    from ltsweep.steer.forget import failed, older, seconds_of

    if [bool(options.selectors), options.failed, options.older is not None].count(True) != 1:
        raise RequestError(["name what to forget: curves, --failed or --older AGE; one of them"])
    if options.failed:
        return failed(store)
    if options.older is not None:
        return older(store, seconds_of(options.older))
    return choose(store, options.selectors)


def _agrees() -> bool:
    if not sys.stdin.isatty():
        raise RequestError(["nothing was deleted: say --yes where nobody can be asked"])
    try:
        return input("delete all of this? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:  # Ctrl-D
        print()
        return False
