"""What one round told: what it read, and what was new about the traffic."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from nsgflow_core.ask.text.times import format_time
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.words.numbers import counted

MOST = 100
"""Rows of each kind of news that a round keeps and sends; the count tells of all."""
Row = dict[str, Any]


@dataclass(frozen=True)
class News:
    """News of one kind: how many, and the busiest of them as plain values."""

    count: int = 0
    rows: tuple[Row, ...] = ()

    @classmethod
    def of(cls, frame: pd.DataFrame) -> News:
        """The first rows of a frame, times as ISO 8601."""
        return cls(len(frame), tuple({str(key): _plain(each) for key, each in row.items()} for row in _rows(frame)))


@dataclass(frozen=True)
class Round:
    """What one round read, and what was new in it."""

    source: str
    at: datetime
    """When it began (UTC)."""
    report: ImportReport
    error: str = ""
    """Why nothing could be read; "" when something could."""
    services: News = field(default_factory=News)
    denied_sources: News = field(default_factory=News)
    silent_logs: News = field(default_factory=News)
    """Those that fell silent since the round before."""

    @property
    def moment(self) -> str:
        """When it began, in text."""
        return format_time(self.at.replace(microsecond=0))

    @property
    def is_news(self) -> bool:
        """True when somebody should be told."""
        return bool(self.services.count or self.denied_sources.count or self.silent_logs.count)

    @property
    def exit_status(self) -> int:
        """0 all read, also when there was nothing new; 1 some blob failed; 2 nothing could be read."""
        return 2 if self.error else self.report.exit_status

    @property
    def news_words(self) -> str:
        """What is new in a clause, naming the first of each kind; "" for nothing."""
        said = (
            _named(self.services, "new service", lambda row: f"{row['dst_ip']} {row['protocol']} {row['port']}"),
            _named(self.denied_sources, "new denied source", lambda row: str(row["src_ip"])),
            _named(self.silent_logs, "silent flow log", lambda row: f"{row['flow_log']}, last {row['last']}"),
        )
        return "; ".join(words for words in said if words)

    @property
    def words(self) -> str:
        """The round in one line, without its time."""
        if self.error:
            return self.error
        report = self.report
        parts = [f"{counted(report.blobs_read, 'blob')} with something new", counted(report.tuples, "flow tuple")]
        parts += [f"{report.rejected:,} rejected"] if report.rejected else []
        parts += [f"{report.blobs_failed:,} failed"] if report.blobs_failed else []
        parts += ["stopped"] if report.cancelled else []
        return f"{', '.join(parts)}; {self.news_words}" if self.is_news else ", ".join(parts)

    def to_json(self) -> str:
        """One line: what a webhook, a command and `--json` get."""
        report = self.report
        counted = ("blobs_seen", "blobs_read", "blobs_failed", "bytes_read", "tuples", "rejected", "cancelled")
        kinds = (
            ("new_services", self.services),
            ("new_denied_sources", self.denied_sources),
            ("silent_flow_logs", self.silent_logs),
        )
        return json.dumps(
            {"source": self.source, "at": self.moment, "error": self.error}
            | {name: getattr(report, name) for name in counted}
            | {name: {"count": found.count, "rows": list(found.rows)} for name, found in kinds}
        )


def _rows(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    return frame.head(MOST).to_dict("records")


def _plain(value: Any) -> Any:
    """A cell as JSON has it."""
    if isinstance(value, pd.Timestamp):
        return format_time(value.to_pydatetime().replace(microsecond=0))
    return value.item() if hasattr(value, "item") else value


def _named(found: News, what: str, name: Callable[[Row], str]) -> str:
    if not found.count:
        return ""
    first = name(found.rows[0])
    if found.count == 1:
        return f"{what}: {first}"
    return f"{found.count:,} {what}s: {first}, and {found.count - 1:,} more"
