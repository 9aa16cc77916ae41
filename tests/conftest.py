"""What all tests share: one thread a process, and CI's rule that nothing may be skipped."""

import os

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


class _SkipGuard:
    """Fails the session when a test was skipped: in CI everything that tests need is installed."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped:
            print(f"\nskipped although LTSWEEP_FORBID_SKIPS is set: {', '.join(self.skipped)}")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("LTSWEEP_FORBID_SKIPS"):
        config.pluginmanager.register(_SkipGuard())
