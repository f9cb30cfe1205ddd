"""Who does rounds of one place: reads what is new, and compares with what the store knew before."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd

from nsgflow_core.analysis import coverage
from nsgflow_core.analysis.compared import news
from nsgflow_core.analysis.compared.ended import SILENT_AFTER
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import SourceError, StoreError, StoreMissing
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.job import ImportWindow
from nsgflow_core.intake.report import ImportReport, Progress
from nsgflow_core.intake.settled import SettledHours
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.sources.base import Source
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.watch.rounds import News, Round

"""Flow logs come within minutes; some quiet hours are a night."""
_SETTING = "rounds/"


@dataclass(frozen=True)
class StoreSeen:
    """What a store knew at one state of it."""

    identity: str
    services: pd.DataFrame
    denied_sources: pd.DataFrame


def look(store: LocalStore, before: StoreSeen | None = None) -> StoreSeen | None:
    """What the store knows now; without asking it where it is as `before`. None while it holds nothing."""
    if before and before.identity == store.identity:
        return before
    try:
        if not store.extent().tuples:
            return None
        everything = FlowFilter()
        return StoreSeen(
            store.identity, news.services(everything).ask(store), news.denied_sources(everything).ask(store)
        )
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
    except (ValueError, TypeError, AttributeError, RecursionError):
        return LastRound()


class Watcher:
    """Rounds of one place into one store. It remembers what was known, so that each thing is news once.

    What fell silent is remembered with the store, so that a scheduler may start a new process for each round.
    """

    def __init__(
        self, store: LocalStore, place: str, silent_after: timedelta = SILENT_AFTER, *, all_hours: bool = False
    ) -> None:
        """`place` is a text without secrets, as in `Source.place`. `all_hours`: each round lists all of an account,
        also hours that have settled (`intake.settled`)."""
        self.store = store
        self.place = place
        self.silent_after = silent_after
        self._seen: StoreSeen | None = None
        self._all_hours, self._settled = all_hours, SettledHours()
        self._silent = last_round(store, place).silent

    def round(
        self,
        source: Source,
        window: ImportWindow,
        on_progress: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        store: LocalStore | None = None,
    ) -> Round:
        """Read what is new; what cannot be read is the round's error. The first into an empty store has no news.

        `store` is the same one in the name of whoever asked for this round.
        """
        before, done = self._silent, self._round(source, window, on_progress, cancelled, store or self.store)
        if done.report.tuples or done.is_news or self._silent != before:
            kept = {"at": done.moment, "words": done.words, "silent": sorted(self._silent)}
            with suppress(StoreError):  # the import is stored; at worst a silent log is told once more
                self.store.save_setting(_SETTING + self.place, json.dumps(kept), f"{self.place}: {done.words}")
        return done

    def _round(
        self,
        source: Source,
        window: ImportWindow,
        on_progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool] | None,
        store: LocalStore,
    ) -> Round:
        at = datetime.now(UTC)
        try:
            before = look(self.store, self._seen)
            listed = self._settled.window(source, store, window, at) if not self._all_hours else window
            report = import_flows(
                source,
                store,
                since=listed.since,
                until=listed.until,
                on_progress=on_progress,
                cancelled=cancelled,
            )
            self._settled.remember(source, store, window, listed, at, report)
            after = look(self.store, before)
            silent = self._fallen_silent(at)
        except (SourceError, StoreError) as error:
            return Round(source.name, at, ImportReport(unlisted=True), str(error))
        self._seen = after
        found = Round(source.name, at, report, silent_logs=News.of(silent))
        if before is None or after is None or after is before:
            return found
        return Round(
            source.name,
            at,
            report,
            services=News.of(news.unseen(before.services, after.services, news.SERVICE)),
            denied_sources=News.of(news.unseen(before.denied_sources, after.denied_sources, news.DENIED_SOURCE)),
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
