"""With BULOU_NO_SKIPS=1 a skipped test fails the run, unless it reads ../shared. A plugin of pytest, named in conftest.py."""

import os

import pytest

# How the reason of a skip begins where the test reads files that do not belong to this repository.
MAY_BE_SKIPPED = "../shared"


class NoSkips:
    """Fails a run in which something was skipped that could have run."""

    def __init__(self) -> None:
        self.skipped: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            if not reason.removeprefix("Skipped: ").startswith(MAY_BE_SKIPPED):
                self.skipped[report.nodeid] = reason

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for test, reason in self.skipped.items():
            terminalreporter.write_line(f"May not be skipped here: {test}: {reason}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("BULOU_NO_SKIPS") == "1":
        config.pluginmanager.register(NoSkips())
