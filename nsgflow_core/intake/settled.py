"""Which hours of an account a refresh need not list: those that cannot have changed since all was read without a fault.

A blob holds one UTC hour, and Azure appends to it while that hour lasts and a little longer (Microsoft Learn, "Read
flow logs"). So after a reading of everything, only blobs of hours that had not settled when it began can be new or
longer. That is relied on only while the ledger is exactly as that reading left it, with nothing in it that failed, was
incomplete or rejected whole, and only by one process that goes on: it begins with all hours, and lists all of them
again once a day, since somebody may copy old blobs into an account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from nsgflow_core.intake.job import ImportWindow
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.sources.base import Place, Settling, Source
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep.keeping import days_kept

ALL_HOURS_EVERY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class _Read:
    """A reading of everything, or of all that could have changed since one."""

    place: Place
    began: datetime
    all_hours_at: datetime
    """When all hours were listed for the last time."""
    since: datetime | None
    """Where its window began."""
    left: int
    """The ledger that it left, and how many days the store keeps."""


class SettledHours:
    """What the readings of one source tell about the next one."""

    def __init__(self) -> None:
        self._last: _Read | None = None

    def window(self, source: Source, store: LocalStore, asked: ImportWindow, now: datetime) -> ImportWindow:
        """The part of the asked window that is to be listed."""
        last = self._last
        if last is None or not isinstance(source, Settling) or asked.until is not None or source.place != last.place:
            return asked
        is_wider = last.since is not None and (asked.since is None or asked.since < last.since)
        if is_wider or not last.began <= now < last.all_hours_at + ALL_HOURS_EVERY or _ledger(store) != last.left:
            return asked
        unsettled = (last.began - source.settles_after).replace(hour=0, minute=0, second=0, microsecond=0)
        return ImportWindow(max(unsettled, asked.since) if asked.since else unsettled)

    def remember(
        self,
        source: Source,
        store: LocalStore,
        asked: ImportWindow,
        listed: ImportWindow,
        began: datetime,
        report: ImportReport,
    ) -> None:
        """A reading of the window `listed` of what was asked for ended, with this report."""
        before, self._last = self._last, None
        is_whole = not (
            report.cancelled or report.failures or report.incomplete or report.rejected_blobs or report.not_retired
        )
        if is_whole and asked.until is None and isinstance(source, Settling):
            is_narrow = listed != asked and before is not None
            all_hours_at = before.all_hours_at if is_narrow and before else began
            self._last = _Read(source.place, began, all_hours_at, asked.since, _ledger(store))


def _ledger(store: LocalStore) -> int:
    return hash((frozenset(store.cursors().items()), frozenset(store.fruitless()), days_kept(store)))
