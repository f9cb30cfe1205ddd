"""CSV: the table of rules with their evidence, for a spreadsheet or a change request."""

from __future__ import annotations

from nsgflow_core.exports import to_csv
from nsgflow_core.rules.export.base import Sheet
from nsgflow_core.rules.review.tables import rules_frame


def write(sheet: Sheet) -> str:
    """One line per rule; cells that a spreadsheet would run are defused."""
    return to_csv(rules_frame(sheet.rules, sheet.evidence)).decode()
