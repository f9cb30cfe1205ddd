"""Keep N days: what goes, counted before it does, and the file written anew without it.

Days are whole days of UTC before the newest flow, or before now where a flow claims to be of the future. So a clock
that is wrong, and logs that fell silent, empty no store; and the file is written anew once a day, not at every import.

A blob whose hour is over before the first kept day leaves the ledger together with its flows: imports pass it over by
its hour, and read it again once more days are kept. Of every other blob the ledger remembers the cursor, so that one
that still grows goes on from there, and how many tuples went; those are read anew when more days are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from nsgflow_core.errors import InputError
from nsgflow_core.stores.local import tally
from nsgflow_core.stores.local.cells import tables as cells
from nsgflow_core.stores.local.disk.engines import in_given_order
from nsgflow_core.stores.local.naming import own_ends
from nsgflow_core.stores.local.tables import FLOW_TABLES, NEXT_STATE
from nsgflow_core.stores.local.upkeep.copying import FRESH, attached, tables_of
from nsgflow_core.words.numbers import counted, whole_number
from nsgflow_core.words.visible import in_short

RETENTION_SETTING = "retention"
MOST_DAYS = 36_500
ALL = "all"
"""What is said for keeping everything."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """What goes, or went, when only so many days are kept."""

    days: int
    before: datetime
    """The first moment that is kept (UTC): midnight."""
    tuples: int
    blobs: int
    """Entries of the ledger of which flows go."""
    logged_days: int
    """Distinct days (UTC) on which what goes was logged."""
    first: datetime | None
    last: datetime | None
    """First and last tuple that goes (UTC)."""
    entries: int
    """Entries of the ledger that go with their flows, also those of blobs that brought none."""

    @property
    def is_nothing(self) -> bool:
        """True when the file need not be written anew."""
        return not (self.tuples or self.entries)

    @property
    def words(self) -> str:
        """Like "3 log entries of 2 blobs, logged on 1 day from 2026-11-01 00:10 to 2026-11-01 00:19 UTC."."""
        if not (self.first and self.last):
            return (
                f"{counted(self.entries, 'blob')} from before {self.before:%Y-%m-%d} (UTC) that brought no log entry."
            )
        span = f"from {self.first:%Y-%m-%d %H:%M} to {self.last:%Y-%m-%d %H:%M} UTC"
        tuples = counted(self.tuples, "log entry")
        return f"{tuples} of {counted(self.blobs, 'blob')}, logged on {counted(self.logged_days, 'day')} {span}."


def read_days(text: str | None) -> int | None:
    """Days to keep, as a person or a setting says them; None keeps everything. Raises InputError."""
    words = (text or "").strip().lower()
    if words in ("", ALL, "none", "0"):
        return None
    days = whole_number(words, MOST_DAYS)
    if not days:
        raise InputError(
            f"'{in_short(words, 40)}' is no number of days to keep.",
            f"Write 1 to {MOST_DAYS:,}, or '{ALL}' to keep everything.",
        )
    return days


def first_kept(days: int | None, newest: datetime | None, now: datetime) -> datetime | None:
    """Midnight (UTC) from which on flows are kept; None when all are, or when there is no flow to count from."""
    if days is None or newest is None:
        return None
    day = min(newest, now).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - min(timedelta(days=days), day - datetime(1, 1, 2, tzinfo=UTC))


def count_leaving(connection: duckdb.DuckDBPyConnection, days: int, before: datetime) -> Leaving:
    """What is in the store from before that moment. Raises duckdb.Error."""
    given = {"before": before.replace(tzinfo=None)}
    tuples, blobs, distinct, first, last = connection.execute(
        """SELECT count(*), count(DISTINCT blob), count(DISTINCT time::DATE), min(time), max(time)
           FROM flows WHERE time < $before""",
        given,
    ).fetchall()[0]
    entries = connection.execute(
        """SELECT count(*) FROM blobs WHERE hour < $before
           AND id NOT IN (SELECT blob FROM flows WHERE time >= $before)""",
        given,
    ).fetchall()[0][0]
    earliest, latest = (moment.replace(tzinfo=UTC) if moment else None for moment in (first, last))
    return Leaving(days, before, tuples, blobs, distinct, earliest, latest, entries)


def write_kept(connection: duckdb.DuckDBPyConnection, new: Path, before: datetime) -> None:
    """All that is kept from that moment on into a new file, as a next state of the same store. Raises duckdb.Error."""
    with in_given_order(connection), attached(connection, new):
        connection.begin()
        try:
            for table in tables_of(connection):
                connection.execute(f"CREATE TABLE {FRESH}.{table} AS SELECT * FROM {table} LIMIT 0")
                if table not in FLOW_TABLES:
                    connection.execute(f"INSERT INTO {FRESH}.{table} {_KEPT.get(table, f'SELECT * FROM {table}')}")
            for table in FLOW_TABLES:
                values = {"before": before.replace(tzinfo=None)} if "$before" in _KEPT[table] else {}
                connection.execute(f"INSERT INTO {FRESH}.{table} {_KEPT[table]}", values)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()


_KEPT = {
    "flows": "SELECT * FROM flows WHERE time >= $before",
    "addresses": f"""SELECT * FROM addresses
        WHERE id IN (SELECT src FROM {FRESH}.flows UNION SELECT dst FROM {FRESH}.flows)""",
    "tenants": f"SELECT * FROM tenants WHERE address IN (SELECT id FROM {FRESH}.addresses)",
    "contexts": f"SELECT * FROM contexts WHERE id IN (SELECT context FROM {FRESH}.flows)",
    "own_ends": own_ends.OF_FLOWS.format(flows=f"{FRESH}.flows", contexts=f"{FRESH}.contexts"),
    "blobs": f"""SELECT b.* REPLACE (
            coalesce(k.tuples, 0) AS tuples, k.first AS first, k.last AS last,
            coalesce(b.retired, 0) + b.tuples - coalesce(k.tuples, 0) AS retired)
        FROM blobs b LEFT JOIN (
            SELECT blob, count(*) AS tuples, min(time) AS first, max(time) AS last FROM {FRESH}.flows GROUP BY blob
        ) k ON k.blob = b.id
        WHERE b.hour IS NULL OR b.hour >= $before OR k.blob IS NOT NULL ORDER BY b.id""",
    "rejections": f"SELECT * FROM rejections WHERE blob IN (SELECT id FROM {FRESH}.blobs)",
    "tally": tally.OF_FLOWS.format(flows=f"{FRESH}.flows", sign=""),
    **{name: f"SELECT * FROM {name} LIMIT 0" for name in cells.CELL_TABLES},
    "meta": f"SELECT key, CASE key WHEN 'version' THEN {NEXT_STATE} ELSE value END FROM meta",
}
"""What of a table is kept, in the order that one needs another; of others all."""


def read_anew_what_was_cut(connection: duckdb.DuckDBPyConnection) -> None:
    """Let the next import read the blobs wholly of which flows went: more is kept from now on. Raises duckdb.Error."""
    connection.execute("UPDATE blobs SET etag = '', next_byte = 0, fingerprint = '' WHERE retired > 0")
