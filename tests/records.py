"""Closing records for tests that need a finished stage and no training."""

import base64
from typing import Any

from ltsweep.store.data_read import DataRead
from ltsweep.store.records import ClosingRecord, LayerRecord, ScoringRecord

_OF_TRAINED = (
    "train_accuracy", "train_loss", "val_accuracy", "val_loss", "val_accuracy_before",
    "test_accuracy", "test_loss", "test_correct", "test_examples", "early_stop_step",
)  # fmt: skip


def data_read(fingerprint: str, name: str = "digits", **split: Any) -> tuple[DataRead, ...]:
    """What a training reads of a dataset of the size of digits, split so."""
    parts = {"training": 1170, "validation": 130, "test": 497}
    return tuple(
        DataRead(purpose=purpose, parts=of, fingerprint=fingerprint, name=name, split=split)
        for purpose, of in (("trained on", {"training": 1170}), ("measured on", parts))
    )


def closing_record(**values: Any) -> ClosingRecord:
    """The record of a trained stage: these values, and for the others any that fit."""
    layer = LayerRecord(
        total=1000, kept=1000, live=1000, dead_units=0, rms_over_init_std=1.0,
        rms_over_init_std_end=1.1,
    )  # fmt: skip
    usual: dict[str, Any] = {
        "event": "end",
        "outcome": "trained",
        "level": 0,
        "seed": 0,
        "steps": 400,
        "examples": 25600,
        "layers": {"fc1.weight": layer},
        "prunable": 1000,
        "kept": 1000,
        "live_kept": 1000,
        "params_left": 1010,
        "dead_units": 0,
        "multiply_adds": 1000,
        "multiply_adds_dense": 1000,
        "training_multiply_adds": 3 * 1000 * 25600,
        "grown_connections": 0,
        "emptied_layers": (),
        "seconds": 1.25,
        "device": "cpu",
        "device_name": "a processor",
        "strategy": "stacked",
        "pack_size": 9,
        "precision": "fp32",
        "threads": 1,
        "data": data_read("0" * 64),
        "versions": {"torch": "2.13.0", "numpy": None},
        "commit": "0" * 40,
        "host": "here",
        "slurm": {},
        "began": "2026-01-01T12:00:00+00:00",
        "ended": "2026-01-01T12:00:01+00:00",
        "train_accuracy": 0.95,
        "train_loss": 0.2,
        "val_accuracy": 0.9,
        "val_loss": 0.3,
        "val_accuracy_before": 0.1,
        "test_accuracy": 0.9,
        "test_loss": 0.3,
        "test_correct": base64.b64encode(bytes(63)).decode(),
        "test_examples": 497,
        "early_stop_step": 120,
        "scoring": ScoringRecord(images=100, seconds=0.5),
    }
    return ClosingRecord(**{**usual, **values})


def diverged(record: ClosingRecord) -> ClosingRecord:
    """The record of the same stage if its training had turned non-finite: counts, no metrics."""
    kept = {n: value for n, value in record.stored().items() if n not in _OF_TRAINED}
    return ClosingRecord.read({**kept, "outcome": "diverged"})
