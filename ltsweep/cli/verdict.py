"""`ltsweep verdict`: what the records of a store say, in sentences or as JSON, without pictures."""

import argparse
import json
from collections.abc import Callable

from ltsweep.store.store import Store
from ltsweep.views.selection import reports_of


def add_verdict(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Adds the parser; `add` makes one from a command's name and what it does."""
    command = add("verdict", "print what the verdicts say, and write nothing")
    command.add_argument("--experiment", help="only the points of this experiment")
    command.add_argument("--json", action="store_true", help="all numbers, as in verdicts.json")
    command.set_defaults(run=_verdict)


def _verdict(store: Store, options: argparse.Namespace) -> None:
    from ltsweep.views.conclusions import conclude
    from ltsweep.views.report import judged_curves

    for shown in reports_of(store, options.experiment):
        found = conclude(shown, judged_curves(store, shown))
        if options.json:
            print(json.dumps(found.as_plain(), indent=1, ensure_ascii=False))
        else:
            print("\n".join(found.sentences()))
