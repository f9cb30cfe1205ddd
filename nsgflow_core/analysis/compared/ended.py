"""Flow logs that fell silent inside a window while others went on: against the window before they look unchanged."""

from __future__ import annotations

from datetime import UTC, timedelta, tzinfo

import pandas as pd

from nsgflow_core.analysis.question import Question
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.ask.text.times import moment_words

SILENT_AFTER = timedelta(hours=3)
"""A log of which nothing came for so long, while others wrote, fell silent."""


def last_entries(part: FlowFilter) -> Question:
    """One row per flow log that wrote in the window, whatever the filter: its kind, target, and last entry."""
    query = FlowQuery(FlowFilter(part.since, part.until), by=("log_kind", "target"), measures=("last_seen",))
    return Question.of_flows("changes.last_entries", query)


def ended(found: pd.DataFrame) -> pd.DataFrame:
    """The rows of `last_entries` that ended before the others did; the first to end first."""
    ordered = found.sort_values(["last_seen", "target"], kind="stable", ignore_index=True)
    silent = int((ordered["last_seen"].max() - ordered["last_seen"] > SILENT_AFTER).sum())
    return ordered.head(silent)


def in_words(ends: pd.DataFrame, zone: tzinfo = UTC) -> list[str]:
    """A sentence for each of those rows."""
    last = [moment_words(moment, zone) for moment in ends["last_seen"]]
    rows = zip(ends["log_kind"], ends["target"], last, strict=True)
    return [f"{kind} flow log of {target}: its last entry is of {moment}" for kind, target, moment in rows]
