"""One round: read what is new in a source, and say what is new about the traffic."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from nsgflow_core.analysis import coverage, news
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.times import format_time
from nsgflow_core.errors import SourceError, StoreError, StoreMissing
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.job import Window
from nsgflow_core.intake.report import ImportReport, Progress
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.sources.base import Source
from nsgflow_core.stores.local.store import LocalStore

MOST = 100
"""Rows of each kind of news that a round keeps and sends; the count tells of all."""
SILENT_AFTER = timedelta(hours=3)
"""Flow logs come within minutes; some quiet hours are a night."""

_SETTING = "rounds/"
Row = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """News of one kind: how many, and the busiest of them as plain values."""

    count: int = 0
    rows: tuple[Row, ...] = ()

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Found:
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
    services: Found = field(default_factory=Found)
    denied_sources: Found = field(default_factory=Found)
    silent_logs: Found = field(default_factory=Found)
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
        read = f"{report.blobs_read:,} blob{'' if report.blobs_read == 1 else 's'} with something new"
        parts = [read, f"{report.tuples:,} flow tuple{'' if report.tuples == 1 else 's'}"]
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


@dataclass(frozen=True)
class Seen:
    """What a store knew at one state of it."""

    identity: str
    services: pd.DataFrame
    denied_sources: pd.DataFrame


def look(store: LocalStore, before: Seen | None = None) -> Seen | None:
    """What the store knows now; without asking it where it is as `before`. None while it holds nothing."""
    if before and before.identity == store.identity:
        return before
    try:
        if not store.extent().tuples:
            return None
        everything = FlowFilter()
        return Seen(store.identity, news.services(everything).ask(store), news.denied_sources(everything).ask(store))
    except StoreMissing:
        return None


@dataclass(frozen=True)
class LastRound:
    """What the store keeps of a place's last round that changed something: when, its words, and the silent logs."""

    at: str = ""
    words: str = ""
    silent: frozenset[str] = frozenset()


def last_round(settings: Settings, place: str) -> LastRound:
    """Of the place that a connection or a command names; an empty one when there was none."""
    text = settings.setting(_SETTING + place)
    try:
        kept = json.loads(text) if text else {}
        return LastRound(str(kept.get("at", "")), str(kept.get("words", "")), frozenset(kept.get("silent", ())))
    except (ValueError, TypeError, AttributeError):
        return LastRound()


class Watcher:
    """Rounds of one place into one store. It remembers what was known, so that each thing is news once.

    What fell silent is remembered with the store, so that a scheduler may start a new process for each round.
    """

    def __init__(self, store: LocalStore, place: str, silent_after: timedelta = SILENT_AFTER) -> None:
        """`place` is a text without secrets, as in `Source.place`."""
        self.store = store
        self.place = place
        self.silent_after = silent_after
        self._seen: Seen | None = None
        self._silent = last_round(store, place).silent

    def round(
        self,
        source: Source,
        window: Window,
        on_progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Round:
        """Read what is new; what cannot be read is the round's error. The first into an empty store has no news."""
        before, done = self._silent, self._round(source, window, on_progress, cancelled)
        if done.report.tuples or done.is_news or self._silent != before:
            kept = {"at": done.moment, "words": done.words, "silent": sorted(self._silent)}
            with suppress(StoreError):  # the import is stored; at worst a silent log is told once more
                self.store.save_setting(_SETTING + self.place, json.dumps(kept))
        return done

    def _round(
        self,
        source: Source,
        window: Window,
        on_progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> Round:
        at = datetime.now(UTC)
        try:
            before = look(self.store, self._seen)
            report = import_flows(
                source,
                self.store,
                since=window.since,
                until=window.until,
                on_progress=on_progress,
                cancelled=cancelled,
            )
            after = look(self.store, before)
            silent = self._fallen_silent(at)
        except (SourceError, StoreError) as error:
            return Round(source.name, at, ImportReport(unlisted=True), str(error))
        self._seen = after
        found = Round(source.name, at, report, silent_logs=Found.of(silent))
        if before is None or after is None or after is before:
            return found
        return Round(
            source.name,
            at,
            report,
            services=Found.of(news.unseen(before.services, after.services, news.SERVICE)),
            denied_sources=Found.of(news.unseen(before.denied_sources, after.denied_sources, news.DENIED_SOURCE)),
            silent_logs=found.silent_logs,
        )

    def _fallen_silent(self, now: datetime) -> pd.DataFrame:
        """The logs that are silent now and were not in the round before; one that writes again can be news again."""
        try:
            logs = coverage.by_log(self.store.blobs())
        except StoreMissing:
            return pd.DataFrame({"flow_log": []})
        silent = news.silent_logs(logs, now, self.silent_after)
        fallen = silent[~silent["flow_log"].isin(self._silent)]
        self._silent = frozenset(silent["flow_log"])
        return fallen.reset_index(drop=True)


def _rows(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    return frame.head(MOST).to_dict("records")


def _plain(value: Any) -> Any:
    """A cell as JSON has it."""
    if isinstance(value, pd.Timestamp):
        return format_time(value.to_pydatetime().replace(microsecond=0))
    return value.item() if hasattr(value, "item") else value


def _named(found: Found, what: str, name: Callable[[Row], str]) -> str:
    if not found.count:
        return ""
    first = name(found.rows[0])
    if found.count == 1:
        return f"{what}: {first}"
    return f"{found.count:,} {what}s: {first}, and {found.count - 1:,} more"
