"""The `ltsweep` command: views and care of a store, from any terminal, without Hydra."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ltsweep.cli.care import add_care
from ltsweep.cli.results import add_results
from ltsweep.cli.sweeps import add_commands
from ltsweep.cli.verdict import add_verdict
from ltsweep.cli.wandb import add_wandb
from ltsweep.foundations.errors import RequestError, listed
from ltsweep.foundations.files import DamagedFile, place_of, write_atomic
from ltsweep.foundations.output import spell_out_unknown
from ltsweep.store.point_record import PointRecord
from ltsweep.store.store import Store
from ltsweep.views.selection import reports_of

DONE, FAILED, WRONG_REQUEST, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command: 0 done, 1 a stage failed or a file can't be used, 2 a wrong request.

    130: interrupted.
    """
    spell_out_unknown()
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and ("selectors" not in options or any(word.startswith("-") for word in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    elif rest:  # argparse takes only those before, or those after, an option
        options.selectors += rest
    if options.run is None:
        parser.print_help()
        return WRONG_REQUEST
    try:
        store = Store(options.store)
        if not store.points_dir.is_dir():
            raise RequestError(
                [f"--store {options.store} is no store: it has no directory 'points'"]
            )
        code: int = options.run(store, options) or DONE
    except RequestError as error:
        error.tell()
        return WRONG_REQUEST
    except DamagedFile as error:
        print(f"ltsweep: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("ltsweep: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has enough of it, as in `... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        if (place := place_of(error)) is None:
            raise
        print(f"ltsweep: {place}: {error.strerror}", file=sys.stderr)
        return FAILED
    return code


def _curves(store: Store, options: argparse.Namespace) -> None:
    from ltsweep.views.curves import csv_text, rows_of
    from ltsweep.views.frame import parquet_bytes
    from ltsweep.views.report import judged_curves

    for shown in reports_of(store, options.experiment):
        rows = rows_of(judged_curves(store, shown))
        content = parquet_bytes(rows) if options.format == "parquet" else csv_text(rows).encode()
        directory = store.reports_dir / shown.name
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"curves.{options.format}"
        write_atomic(path, content)
        print(path)


def _report(store: Store, options: argparse.Namespace) -> None:
    from ltsweep.views.report import make_and_print_report

    for shown in reports_of(store, options.experiment):
        directory = make_and_print_report(store, shown)
        print(f"report: {directory}\ndashboard: {directory / 'dashboard.html'}")


def _gc(store: Store, options: argparse.Namespace) -> None:
    from ltsweep.store.garbage import collect_garbage

    files, size = collect_garbage(store, dry_run=options.dry_run)
    verb = "would free" if options.dry_run else "freed"
    print(f"{verb} {size / 1e6:.1f} MB in {files} files")


def _export(store: Store, options: argparse.Namespace) -> None:
    from ltsweep.stages.export import export_ticket

    point = _point(store, options.curve)
    deepest = len(point.stages) - 1
    if deepest == 0:
        raise RequestError([f"curve {options.curve} is of method {point.method}: no tickets"])
    if not 1 <= options.level <= deepest:
        raise RequestError(
            [f"--level {options.level} is not one of 1 to {deepest}, those of {options.curve}"]
        )
    if options.to.is_dir():
        raise RequestError([f"--to {options.to} is a directory; name a file in it"])
    if not options.to.parent.is_dir():
        raise RequestError([f"--to {options.to}: there is no directory {options.to.parent}"])
    export_ticket(store, point, options.level, options.to)
    print(options.to)


def _point(store: Store, curve: str) -> PointRecord:
    """The curve whose id is this, or begins so."""
    ids = [name for name in store.point_ids() if name.startswith(curve)]
    if len(ids) > 1 and curve not in ids:
        raise RequestError([f"{curve} stands for {len(ids)} curves; name one: {listed(ids, 'or')}"])
    if not ids:
        raise RequestError(
            [f"{store.root} has no curve {curve}; the column `curve` of curves.csv names them"]
        )
    return store.point(curve if curve in ids else ids[0])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ltsweep", description="Views and care of a store.")
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(metavar="COMMAND")
    for name, run, about in (
        ("curves", _curves, "write curves.csv of a store or of one experiment in it"),
        ("report", _report, "write curves.csv, pictures and dashboard.html, print the tables"),
        ("gc", _gc, "delete what no stage needs any more: temporary files, old checkpoints"),
    ):
        command = _command(commands, name, about)
        command.set_defaults(run=run)
        if name == "gc":
            command.add_argument("--dry-run", action="store_true", help="only say what would go")
        else:
            command.add_argument("--experiment", help="only the points of this experiment")
        if name == "curves":
            command.add_argument(
                "--format", choices=("csv", "parquet"), default="csv", help="default: csv"
            )
    for add in (add_results, add_verdict, add_commands, add_care):
        add(lambda name, about: _command(commands, name, about))
    weights_and_biases = commands.add_parser(
        "wandb", help="what Weights & Biases has of a store, and giving it the rest"
    ).add_subparsers(required=True, metavar="COMMAND")
    add_wandb(lambda name, about: _command(weights_and_biases, name, about))
    tickets = commands.add_parser("ticket", help="tickets as files").add_subparsers(
        required=True, metavar="COMMAND"
    )
    export = _command(tickets, "export", "write a self-contained ticket: mask and weights")
    export.add_argument(
        "curve", help="id of a curve (a value of the column `curve`), or the beginning of it"
    )
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
