"""The `ltsweep` command: views and care of a store, from any terminal, without Hydra."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ltsweep.files import DamagedFile
from ltsweep.housekeeping import collect_garbage, export_ticket
from ltsweep.store import Store


class UsageError(Exception):
    """A command that cannot be carried out; the message is for the user."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code is 0, or 2 for a wrong request."""
    options = _parser().parse_args(arguments)
    try:
        store = Store(options.store)
        if not store.points_dir.is_dir():
            raise UsageError(f"{options.store} is no ltsweep store: it has no directory 'points'")
        code: int = options.run(store, options)
        return code
    except (UsageError, DamagedFile, KeyError) as error:
        print(f"ltsweep: {error.args[0] if error.args else error}", file=sys.stderr)
        return 2


def _curves(store: Store, options: argparse.Namespace) -> int:
    from ltsweep.views.curves import curve_rows, write_csv

    name, ids = _selection(store, options.experiment)
    directory = store.reports_dir / name
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "curves.csv"
    write_csv(curve_rows(store, ids), path)
    print(path)
    return 0


def _report(store: Store, options: argparse.Namespace) -> int:
    from ltsweep.views.report import make_report
    from ltsweep.views.table import print_table

    name, ids = _selection(store, options.experiment)
    directory = make_report(store, name=name, ids=ids)
    print_table(store, ids=ids)
    print(f"report: {directory}\ndashboard: {directory / 'dashboard.html'}")
    return 0


def _gc(store: Store, options: argparse.Namespace) -> int:
    files, size = collect_garbage(store, dry_run=options.dry_run)
    verb = "would free" if options.dry_run else "freed"
    print(f"{verb} {size / 1e6:.1f} MB in {files} files")
    return 0


def _export(store: Store, options: argparse.Namespace) -> int:
    points = store.points([options.curve])
    stages = points[0]["stages"]
    if not 0 < options.level < len(stages):
        raise UsageError(
            f"curve {options.curve} has tickets of levels 1 to {len(stages) - 1}, "
            f"not {options.level}"
        )
    export_ticket(store, points[0], options.level, options.to)
    print(options.to)
    return 0


def _selection(store: Store, experiment: str | None) -> tuple[str, list[str] | None]:
    if experiment is None:
        return "all", None
    points = store.points()
    ids = [point["id"] for point in points if point["experiment"] == experiment]
    if not ids:
        known = sorted({str(p["experiment"]) for p in points if p["experiment"]})
        raise UsageError(
            f"no point of experiment {experiment} in {store.root}; "
            f"it has {', '.join(known) or 'points of no experiment'}"
        )
    return experiment, ids


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ltsweep", description="Views and care of a store.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, about in (
        ("curves", _curves, "write curves.csv of a store or of one experiment in it"),
        ("report", _report, "write curves.csv, curves.png and dashboard.html, print the table"),
        ("gc", _gc, "delete what no stage needs any more: temporary files, old checkpoints"),
    ):
        command = _command(commands, name, about)
        command.set_defaults(run=run)
        if name == "gc":
            command.add_argument("--dry-run", action="store_true", help="only say what would go")
        else:
            command.add_argument("--experiment", help="only the points of this experiment")
    tickets = commands.add_parser("ticket", help="tickets as files").add_subparsers(
        required=True, metavar="COMMAND"
    )
    export = _command(tickets, "export", "write a self-contained ticket: mask and weights")
    export.add_argument("curve", help="id of a curve: a value of the column `curve`")
    export.add_argument("--level", type=int, required=True, help="level of the ticket, from 1")
    export.add_argument("--to", type=Path, required=True, help="the safetensors file to write")
    export.set_defaults(run=_export)
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=about, description=about)
    command.add_argument("--store", type=Path, default=Path("store"), help="default: store")
    return command


if __name__ == "__main__":
    sys.exit(main())
