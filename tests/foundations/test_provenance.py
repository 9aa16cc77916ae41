"""Tests what is recorded about code, packages and machine, wherever ltsweep runs from."""

from collections.abc import Iterator
from importlib import metadata

import pytest

import ltsweep
from ltsweep.foundations.provenance import PACKAGES, describe, versions


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a checkout that is on PYTHONPATH and was never installed."""

    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    versions.cache_clear()
    yield
    versions.cache_clear()


def test_versions_name_what_runs() -> None:
    found = describe(0.0, 1.0)["versions"]
    assert found["ltsweep"] == ltsweep.__version__
    assert {*found} == {"python", "ltsweep", *PACKAGES}
    assert None not in found.values()


@pytest.mark.usefixtures("nothing_installed")
def test_what_is_not_installed_has_no_version_and_nothing_fails() -> None:
    found = describe(0.0, 1.0)["versions"]
    assert found["ltsweep"] == ltsweep.__version__
    assert [found[name] for name in PACKAGES] == [None] * len(PACKAGES)
