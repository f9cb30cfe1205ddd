"""A refresh of an account lists only hours that can have changed, and misses nothing for longer than a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from nsgflow_core.intake.importing import import_flows
from nsgflow_core.intake.job import ImportWindow
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.intake.settled import ALL_HOURS_EVERY, SettledHours
from nsgflow_core.sources.base import Settling
from nsgflow_core.sources.blob_storage.source import BlobStorageSource
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.intake.growing import PATH, blob, record, stored

NOW = datetime(2026, 11, 26, 10, 5, tzinfo=UTC)
ALL, NARROW = ImportWindow(), ImportWindow(datetime(2026, 11, 24, tzinfo=UTC))


class Account(FolderSource):
    """A folder that is written to as an account is."""

    settles_after = timedelta(days=2)


class Refreshing:
    """Readings of an account, one after the other, and the window that each of them listed."""

    def __init__(self, logs: Path, store: LocalStore) -> None:
        self.source, self.store, self.hours = Account(logs), store, SettledHours()

    def read(self, now: datetime = NOW, asked: ImportWindow = ALL) -> ImportWindow:
        listed = self.hours.window(self.source, self.store, asked, now)
        report = import_flows(self.source, self.store, since=listed.since, until=listed.until)
        self.hours.remember(self.source, self.store, asked, listed, now, report)
        return listed


def put(logs: Path, day: int, hour: int, *minutes: int, bad: bool = False) -> None:
    path = logs / PATH.format(mac="00005E005301").replace("d=23/h=22", f"d={day}/h={hour:02}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"no log" if bad else blob(*(record(minute) for minute in minutes)))


@pytest.fixture
def account(logs: Path, store: LocalStore) -> Refreshing:
    put(logs, 12, 3, 1)
    put(logs, 26, 9, 2)
    return Refreshing(logs, store)


def test_what_can_have_changed_is_listed_and_all_hours_once_a_day(account: Refreshing, logs: Path) -> None:
    assert account.read() == ALL
    put(logs, 26, 9, 2, 3)
    put(logs, 24, 11, 4)  # came late, but before its hour settled
    put(logs, 13, 1, 5)  # was copied there
    assert account.read(NOW + timedelta(minutes=5)) == NARROW
    assert sum(stored(account.store).values()) == 4 * 20
    assert account.read(NOW + timedelta(hours=20)) == NARROW
    assert account.read(NOW + ALL_HOURS_EVERY) == ALL
    assert sum(stored(account.store).values()) == 5 * 20


def test_an_unread_hour_is_within_what_is_listed_however_long_the_pause(account: Refreshing, logs: Path) -> None:
    account.read()
    for minutes in (10, 20, 30):
        now = NOW + timedelta(minutes=minutes)
        listed = account.read(now)
        assert listed.since is not None
        assert listed.since <= NOW + timedelta(minutes=minutes - 10) - Account.settles_after


def _forget(account: Refreshing) -> None:
    account.store.path.unlink()


def _import_elsewhere(account: Refreshing) -> None:
    put(account.source.path, 26, 10, 7)
    import_flows(account.source, LocalStore(account.store.path))


def _read_anew(account: Refreshing) -> None:
    def forget(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("UPDATE blobs SET etag = '', next_byte = 0")

    account.store.read_anew(forget)


@pytest.mark.parametrize("change", [_forget, _import_elsewhere, _read_anew])
def test_a_ledger_that_is_another_means_all_hours(account: Refreshing, change: Callable[[Refreshing], None]) -> None:
    account.read()
    change(account)
    assert account.read(NOW + timedelta(minutes=5)) == ALL


@pytest.mark.parametrize("then", [NOW - timedelta(hours=1), NOW + timedelta(days=300)])
def test_a_clock_that_was_set_means_all_hours(account: Refreshing, then: datetime) -> None:
    account.read()
    assert account.read(then) == ALL


def test_a_failure_or_a_blob_that_was_rejected_means_all_hours(account: Refreshing, logs: Path) -> None:
    put(logs, 12, 4, bad=True)
    assert account.read() == account.read(NOW + timedelta(minutes=5)) == ALL
    put(logs, 12, 4, 1)
    assert account.read(NOW + timedelta(minutes=10)) == ALL
    assert account.read(NOW + timedelta(minutes=15)) == NARROW


def test_a_window_that_begins_earlier_is_listed_from_there(account: Refreshing) -> None:
    late, early = (ImportWindow(datetime(2026, 11, day, tzinfo=UTC)) for day in (25, 1))
    assert account.read(asked=late) == late
    assert account.read(NOW + timedelta(minutes=5), late) == late  # it begins behind what has settled
    assert account.read(NOW + timedelta(minutes=10), early) == early
    assert account.read(NOW + timedelta(minutes=15), early) == NARROW
    ended = ImportWindow(None, NOW)
    assert account.read(NOW + timedelta(minutes=20), ended) == ended
    assert account.read(NOW + timedelta(minutes=25)) == ALL


def test_a_folder_is_listed_whole(logs: Path, store: LocalStore) -> None:
    put(logs, 12, 3, 1)
    source, hours = FolderSource(logs), SettledHours()
    hours.remember(source, store, ALL, ALL, NOW, ImportReport())
    assert hours.window(source, store, ALL, NOW + timedelta(minutes=5)) == ALL
    assert not isinstance(source, Settling)
    azurite = BlobStorageSource.from_connection_string("UseDevelopmentStorage=true")
    assert isinstance(azurite, Settling)
