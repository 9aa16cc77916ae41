"""What can be judged of a request by looking at this machine."""

import pytest

from ltsweep.cli.examine import examine

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
