"""In CI each failure is said when it happens: a run that is cut at its limit prints no summary, and named nothing."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

LINES = 40
"""Of each of its texts, from the end: where the assertion is, and what was written last."""


@dataclass(frozen=True)
class SaidAtOnce:
    """Writes what fails, or is tried again, to the terminal as the reports come in."""

    terminal: pytest.TerminalReporter

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called once for each set-up, call and tear-down; in a run of several workers, where the reports meet."""
        if report.outcome == "passed" or report.skipped:
            return
        self.terminal.ensure_newline()
        self.terminal.write_line(f"{report.outcome}: {report.nodeid} ({report.when}, {report.duration:.0f} s)")
        for text in (report.longreprtext, *(text for _, text in report.sections)):
            self.terminal.write_line("\n".join(text.splitlines()[-LINES:]))
