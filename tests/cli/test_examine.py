"""What can be judged of a request by looking at this machine."""

from pathlib import Path

import pytest

from ltsweep.cli.examine import examine
from ltsweep.cli.main import main

from ..steer.conftest import make_launch
from ..sweeps_here import composed


@pytest.mark.parametrize("store", ["/tmp/a\\b", "/tmp/a\nb"], ids=["backslash", "line break"])
def test_a_store_that_slurm_cannot_have_logs_in_is_refused(store: str) -> None:
    """Slurm itself would let the jobs end without a word, and without a log."""
    found = {}
    for cluster in ("slurm", "debug"):
        (config,) = composed(f"cluster={cluster}", "action=plan", "method=dense")
        found[cluster] = examine([{**config, "store": store}])[0].problems
    assert found["debug"] == []
    assert found["slurm"] == [
        f"store={store} cannot be Slurm's: names of its logs have no backslash and no line break; "
        "choose another store=DIR"
    ]


@pytest.mark.parametrize(("sign", "action"), [("%a", "submit"), ("%j", "plan"), ("%A", "retry")])
def test_a_store_whose_name_submitit_would_change_is_refused_to_local_jobs(
    sign: str, action: str
) -> None:
    store = f"/tmp/50{sign}ugmented"
    found = {}
    for cluster in ("local", "debug", "slurm"):
        (config,) = composed(
            f"cluster={cluster}", f"action={action}", "method=dense", "logger=none"
        )
        found[cluster] = examine([{**config, "store": store}])[0].problems
    assert found["debug"] == []
    assert not any(sign in problem for problem in found["slurm"])
    assert found["local"] == [
        f"store={store} cannot be that of cluster=local: {sign} would be replaced by numbers of "
        "its jobs; choose another store=DIR"
    ]


def test_so_is_one_whose_launch_is_retried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "50%augmented"
    make_launch(store, "20260101-120000-abcdef", "method=dense", "levels=0", "cluster=local")
    assert main(["retry", "--store", str(store)]) == 2
    assert f"store={store} cannot be that of cluster=local: %a" in capsys.readouterr().err


def test_only_what_writes_is_refused_a_store_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda place, mode: False)
    found = {}
    for action in ("plan", "submit", "status", "logs", "retry", "cancel", "report"):
        words = (f"store={tmp_path}", f"action={action}", "cluster=debug", "logger=none")
        found[action] = examine(composed(*words, "method=dense"))[0].problems
    refused = [f"store={tmp_path} cannot be written: no permission in {tmp_path}"]
    reads = ("status", "logs")
    assert found == {action: [] if action in reads else refused for action in found}
