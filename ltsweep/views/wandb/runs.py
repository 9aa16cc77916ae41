"""The child of weights_and_biases: writes curves with wandb's client, one run each."""

import argparse
import netrc
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from ltsweep.store.store import Store
from ltsweep.views.names import setting_words, varying_settings
from ltsweep.views.records import Curve, FinishedLevel
from ltsweep.views.splits import declared_curves
from ltsweep.views.wandb.deliveries import (
    OFFLINE,
    SYNCED,
    Logged,
    delivery_of,
    histories,
    level_digests,
    read_delivery,
    remove_unsynced_runs,
    undelivered,
    write_delivery,
)

_INIT_TIMEOUT = 30  # seconds; wandb's own default is 90
# Ours is a replay: the state of this machine says nothing about the training.
_SETTINGS: dict[str, Any] = {
    "silent": True, "console": "off", "save_code": False, "disable_git": True,
    "disable_code": True, "x_disable_stats": True, "x_disable_meta": True,
    "x_save_requirements": False,
    "init_timeout": _INIT_TIMEOUT,
}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Delivers what W&B lacks of the given points; stops where that fails, saying why on stderr."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", required=True)
    parser.add_argument("--points", nargs="+", required=True)
    parser.add_argument("--mode", required=True)
    parser.add_argument("--project", required=True)
    parser.add_argument("--entity")
    parser.add_argument("--parent", type=int, required=True, help="process to end with")
    options = parser.parse_args(arguments)
    # Set before the import: error reports would leave the machine even in offline mode.
    os.environ |= {
        "WANDB_SILENT": "true",
        "WANDB_CONSOLE": "off",
        "WANDB_ERROR_REPORTING": "false",
    }
    _end_with(options.parent)
    try:
        import wandb

        mode = options.mode
        if mode == "auto":
            mode = "online" if has_credentials(wandb) else OFFLINE
        store = Store(options.store)
        curves = declared_curves(store, options.points)
        names = run_names(curves)
        for curve in undelivered(store, curves, options.mode):
            where = (mode, options.project, options.entity)
            deliver(wandb, store, curve, names[curve.id], *where)
    except Exception as error:  # the parent turns it into one line
        print(f"{type(error).__name__}: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


def has_credentials(wandb: ModuleType) -> bool:
    """Whether wandb would find an API key or identity token without asking: no network is used."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    settings = wandb.setup().settings
    if settings.api_key or getattr(settings, "identity_token_file", None):
        return True
    host = urlsplit(settings.base_url).hostname or ""
    named = os.environ.get("NETRC")
    places = [Path(named)] if named else [Path.home() / ".netrc", Path.home() / "_netrc"]
    return any(_has_password(place, host) for place in places)


def run_names(curves: Sequence[Curve]) -> dict[str, str]:
    """What runs are called, by curve: 'imp digits seed 0, optimizer.lr 0.1'.

    After method, data and seed come the other settings that vary between these curves. A target is
    named where it is not the source.
    """
    settings = varying_settings([curve.point for curve in curves])
    names = {}
    for curve in curves:
        others = {n: v for n, v in settings[curve.id].items() if n != "dataset.name"}
        columns = curve.point.columns
        is_moved = columns.target != columns.source
        data = f"{columns.source} to {columns.target}" if is_moved else columns.source
        name = f"{curve.method} {data} seed {curve.seed}"
        names[curve.id] = ", ".join(filter(None, (name, setting_words(others))))
    return names


def deliver(
    wandb: ModuleType,
    store: Store,
    curve: Curve,
    name: str,
    mode: str,
    project: str,
    entity: str | None,
) -> None:
    """Writes one curve as a run of this name and notes the delivery.

    Offline the run file holds the whole curve, in place of an earlier one that was never synced.
    Online a confirmed run is continued with the levels that are new.
    """
    logged = histories(curve)
    known = read_delivery(store, curve.id)
    confirmed = known.levels if known.state == SYNCED else []
    is_longer = confirmed == level_digests(curve)[: len(confirmed)]
    remove_unsynced_runs(store, curve.id)
    if mode != OFFLINE and is_longer:
        logged = logged[len(confirmed) :]
    _log(_start(wandb, store, curve, name, mode, project, entity), curve, logged)
    write_delivery(store, curve.id, delivery_of(curve, OFFLINE if mode == OFFLINE else SYNCED))


def _end_with(parent: int) -> None:
    """Ends this process when its parent is gone: nobody is left to keep it within its limit."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _has_password(path: Path, host: str) -> bool:
    try:
        found = netrc.netrc(path).authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return False
    return bool(found and found[2])


def _start(
    wandb: ModuleType,
    store: Store,
    curve: Curve,
    name: str,
    mode: str,
    project: str,
    entity: str | None,
) -> Any:
    known = wandb.Settings.model_fields
    settings = {name: value for name, value in _SETTINGS.items() if name in known}
    columns = curve.point.columns
    tags = [curve.point.experiment, curve.method, columns.source, columns.model]
    return wandb.init(
        id=curve.id,
        resume="allow",
        mode=mode,
        dir=str(store.root),
        project=os.environ.get("WANDB_PROJECT") or project,
        entity=os.environ.get("WANDB_ENTITY") or entity,
        name=name,
        group=curve.cell,
        job_type=curve.method,
        tags=sorted({str(tag)[:64] for tag in tags if tag}),
        config=curve.config,
        settings=wandb.Settings(**settings),
    )


def _log(run: Any, curve: Curve, logged: list[list[Logged]]) -> None:
    run.define_metric("sparsity", hidden=True)
    run.define_metric("train/step", hidden=True)
    run.define_metric("level/*", step_metric="sparsity")
    run.define_metric("layer/*", step_metric="sparsity")
    run.define_metric("train/*", step_metric="train/step")
    for level in logged:
        for row in level:
            run.log(row)
    missing = [lv for lv in curve.levels if not isinstance(lv, FinishedLevel)]
    run.summary["levels"] = len(curve.finished)
    run.summary["missing"] = ", ".join(f"level {lv.number} {lv.state}" for lv in missing)
    run.finish()


if __name__ == "__main__":
    sys.exit(main())
