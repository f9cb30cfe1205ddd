"""What a report holds: what was asked, what is missing, and for required ports and denials the answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import pandas as pd

from nsgflow_core.analysis.provenance import Fact
from nsgflow_core.analysis.windows import Window
from nsgflow_core.charts.pointed.before import Before


@dataclass(frozen=True)
class Report:
    """The answers of one moment. Frames are as their questions in `analysis` give them; all may be empty."""

    title: str
    made_at: datetime
    zone: tzinfo
    """That of every time in it."""
    facts: tuple[Fact, ...]
    """What was asked: store, filter, window, coverage, version."""
    missing: tuple[str, ...]
    """What is not logged, or not known, each a sentence."""
    totals: pd.DataFrame
    decisions: pd.DataFrame
    over_time: pd.DataFrame
    """By interval and decision."""
    window: Window
    """In whole intervals."""
    step: timedelta
    """How long an interval is."""
    before: Before | None
    """The same one window earlier, where there are logs of it."""
    required: pd.DataFrame
    required_of: int
    """How many there are, of which `required` are the busiest."""
    denied: pd.DataFrame
    denied_of: int
    sources: pd.DataFrame
    """Where denied flows came from."""
    queries: tuple[tuple[str, str], ...]
    """(of what, its text)."""
