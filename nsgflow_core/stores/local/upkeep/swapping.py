"""One store takes another's place: its flows are new, what people kept with the old one is carried over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from nsgflow_core.sources.fingerprint import BEGINNING
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.tables import FLOW_TABLES, NEXT_STATE
from nsgflow_core.stores.local.upkeep import keeping
from nsgflow_core.stores.local.upkeep.copying import FRESH, attached, tables_of
from nsgflow_core.words.numbers import counted


@dataclass(frozen=True, slots=True)
class Missing:
    """What an old store holds of blobs that a new one does not know."""

    blobs: int
    tuples: int
    first: datetime | None
    last: datetime | None

    @property
    def words(self) -> str:
        """Like "2 blobs were not found to be read again (30 log entries from ... to ... UTC)."."""
        span = ""
        if self.first and self.last:
            span = f" from {self.first:%Y-%m-%d %H:%M} to {self.last:%Y-%m-%d %H:%M} UTC"
        blobs = f"{counted(self.blobs, 'blob')} {'was' if self.blobs == 1 else 'were'}"
        return f"{blobs} not found to be read again ({counted(self.tuples, 'log entry')}{span})."


def start_beside(store: LocalStore, fresh: LocalStore) -> None:
    """An empty store that labels and keeps like the old one, to be filled. Raises StoreError."""
    fresh.save_subnets(store.subnets)
    fresh.save_nsg_names(store.nsg_names)
    fresh.save_address_names(store.address_names)
    for key, text in store.settings().items():
        fresh.save_setting(key, text)


def take_over(store: LocalStore, fresh: LocalStore, check: Callable[[Missing], None] | None) -> None:
    """Let `fresh` be `store` from now on. `check` may refuse by raising, once nobody changes the old store any more.

    Raises StoreBusy, StoreError; then the old store stays.
    """
    subnets, names, since = fresh.subnets, fresh.address_names, keeping.kept_since(fresh)
    with store.replacing(fresh.path, "Rebuild") as change:
        change.about = f"{counted(fresh.extent().tuples, 'log entry')}, read anew"
        if store.subnets != subnets:
            fresh.save_subnets(store.subnets)
        if store.address_names != names:
            fresh.save_address_names(store.address_names)
        with attached(change.connection, fresh.path):
            if check:
                check(missing_in(change.connection, since))
            _carry_over(change.connection)


def missing_in(connection: duckdb.DuckDBPyConnection, since: datetime | None) -> Missing:
    """The blobs with flows from `since` on (UTC; None: all) that the attached store lacks.

    Of several with one name (`name_apart`) the attached store may call another one by it: as many are there.
    """
    blobs, tuples, first, last = connection.execute(
        f"""WITH there AS (
                SELECT regexp_replace(name, $beginning, '') AS name, count(*) AS blobs FROM {FRESH}.blobs GROUP BY ALL
            ), here AS (
                SELECT * REPLACE (regexp_replace(name, $beginning, '') AS name) FROM blobs
                WHERE tuples > 0 AND ($since IS NULL OR coalesce(hour, last) >= $since)
            ), missing AS (
                SELECT h.* FROM here h LEFT JOIN there t ON t.name = h.name
                QUALIFY row_number() OVER (PARTITION BY h.name ORDER BY h.tuples DESC) > coalesce(t.blobs, 0)
            )
            SELECT count(*), coalesce(sum(tuples), 0)::BIGINT, min(first), max(last) FROM missing""",
        {"since": since.replace(tzinfo=None) if since else None, "beginning": BEGINNING},
    ).fetchall()[0]
    ends = [moment.replace(tzinfo=UTC) if moment else None for moment in (first, last)]
    return Missing(blobs, tuples, ends[0], ends[1])


def _carry_over(connection: duckdb.DuckDBPyConnection) -> None:
    connection.begin()
    try:
        for table in tables_of(connection):
            if table not in FLOW_TABLES:
                connection.execute(f"DELETE FROM {FRESH}.{table}")
                connection.execute(f"INSERT INTO {FRESH}.{table} SELECT * FROM {table}")
        connection.execute(f"UPDATE {FRESH}.meta SET value = {NEXT_STATE} WHERE key = 'version'")
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
