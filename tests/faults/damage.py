"""What can be damaged in a store, how, and which commands meet it."""

import os
import shutil
import signal
from pathlib import Path

from ltsweep.launch.declare import declare
from ltsweep.launch.engine import Selection, prepare_store, submit
from ltsweep.launch.pending import find_pending
from ltsweep.launch.summary import summarize, write_plan
from ltsweep.stages.saving import Saving
from ltsweep.store.overlap import Overlap
from ltsweep.store.yardsticks import Yardsticks
from ltsweep.views.wandb.deliveries import Deliveries, Destination
from ltsweep.views.wandb.subscriptions import Subscription

from ..sweeps_here import selection

LINES = ("method=imp,random_reinit",)
LEVELS, DEEPER = "levels=2", "levels=3"

# By what a file is; of several that match, the damage is done to the last, by name.
OF_SWEEPS = {
    "point": "points/*.json",
    "launch": "launches/*/launch.json",
    "stages of a launch": "launches/*/stages.jsonl.gz",
    "jobs": "launches/*/jobs.jsonl",
    "worker": "launches/*/worker-*.json",
    "plan": "plan.json",
    "specification": "stages/*/spec.json",
    "records": "stages/*/records.jsonl",
    "done": "stages/*/DONE",
    "ticket": "stages/*/ticket.safetensors",
    "snapshot": "stages/*/step-3.safetensors",
    "end": "stages/*/final.safetensors",
    "next mask": "stages/*/next-mask-*.safetensors",
    "checkpoint": "stages/*/checkpoint.safetensors",
    "claim": "stages/*/claim-000001.json",
}
BESIDE = {
    "declaration": "declarations/*/*.json",
    "overlap": "overlaps/*.json",
    "yardsticks": "yardsticks/*.json",
    "subscription": "wandb/subscriptions/*.json",
    "delivery": "wandb/deliveries/*/*.json",
}
KINDS = {**OF_SWEEPS, **BESIDE}


def _change_a_digit(path: Path) -> None:
    """Of the middle: another digit where there is one, another bit where there is none."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    digits = [at for at, byte in enumerate(content) if chr(byte).isdecimal() and byte < 128]
    if path.suffix != ".safetensors" and digits:
        at = min(digits, key=lambda at: abs(at - middle))
        content[at] = ord("0") + (content[at] - ord("0") + 1) % 10
    elif content:
        content[middle] ^= 1
    path.write_bytes(content)


def _replace_by_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _replace_by_pipe(path: Path) -> None:
    """Which nobody writes to: who opened it as a file would wait for ever."""
    path.unlink()
    os.mkfifo(path)


def _make_unreadable(path: Path) -> None:
    """A link to itself: even root cannot read it."""
    path.unlink()
    path.symlink_to(path)


DAMAGES = {
    "0 bytes": lambda path: path.write_bytes(b""),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "a digit": _change_a_digit,
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size or 1)),
    "[]": lambda path: path.write_bytes(b"[]"),
    "{}": lambda path: path.write_bytes(b"{}"),
    "deleted": Path.unlink,
    "unreadable": _make_unreadable,
    "a directory": _replace_by_directory,
    "a pipe": _replace_by_pipe,
}


def half_finished(root: Path, monkeypatch) -> None:
    """A sweep that was told to stop in the middle of its first pruned levels."""
    told, validated = [], Saving.validated

    def interrupt(self, replicate, *numbers):
        validated(self, replicate, *numbers)
        told.append(replicate.key)
        if len(told) == 4:  # the dense training has two validations, each of the others too
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Saving, "validated", interrupt)
    made = selection(root, *LINES, LEVELS)
    _prepare(made)
    outcome = submit(made, find_pending(made.plan, made.store), lambda text: None)
    assert outcome is not None and outcome.interrupted
    monkeypatch.undo()


def train(root: Path, levels: str) -> None:
    """As `launch.py` does, without the report."""
    made = selection(root, *LINES, levels)
    _prepare(made)
    pending = find_pending(made.plan, made.store)
    write_plan(made, summarize(made, pending))
    outcome = submit(made, pending, print)
    assert outcome is not None and outcome.exit_code == 0, outcome


def _prepare(made: Selection) -> None:
    """A store with what launches write beside stages, and what further points would have there."""
    prepare_store(made)
    declare(made, ())
    there, store = Destination("tickets"), made.store
    Subscription.of("offline", there, made.point_ids).touch(store)
    Deliveries(store, there).fail(min(made.point_ids), "no network")
    Overlap(duplicates=0, test_images=1, training_images=2).save(store, "a-pair")
    Yardsticks(classifiers=()).save(store, "a-target")


def damaged(pristine: Path, root: Path, kind: str, damage: str) -> Path | None:
    """A copy of a store with one damaged file; None where it has no file of the kind."""
    shutil.copytree(pristine, root)
    path = max(root.glob(KINDS[kind]), default=None)
    if path is not None:
        DAMAGES[damage](path)
    return path
