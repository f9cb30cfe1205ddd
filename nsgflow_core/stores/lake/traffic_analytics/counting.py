"""What an index of a lake knows of the files with rows of Traffic Analytics: how many rows, and of which moments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from nsgflow_core.stores.kusto.tables import TABLES, KustoTable
from nsgflow_core.stores.lake.looking import Look
from nsgflow_core.stores.lake.traffic_analytics.rows_sql import Alike, Intervals, faults_sql, made, source_sql
from nsgflow_core.words.numbers import counted

TABLE = """CREATE OR REPLACE TABLE added_up (blob INTEGER, source VARCHAR, shape VARCHAR, rows BIGINT, unread BIGINT,
    unknown BIGINT, uncounted BIGINT, first TIMESTAMP, last TIMESTAMP)"""
_SEPARATOR = "\n"
_NAMES = {table.name: table for table in TABLES}


@dataclass(frozen=True, slots=True)
class Counted:
    """All of the files together."""

    rows: int
    unread: int
    """Rows or lines of which not even the interval can be read."""
    unknown: int
    """Rows without a SubType, or whose direction or verdict is none that Traffic Analytics has: no answer has them."""
    uncounted: int
    """Rows with a number that cannot be read."""
    first: datetime | None
    last: datetime | None
    """Of the beginnings of intervals (UTC)."""

    @property
    def left_out(self) -> str:
        """A sentence for each thing that answers lack; "" where they lack nothing."""
        told = (
            (self.unread, "line", "of the files cannot be read: left out."),
            (self.unknown, "row", "of no SubType, or of a direction or verdict that is no flow's: left out."),
            (self.uncounted, "row", "with a number that cannot be read, which counts as nothing."),
        )
        return " ".join(f"{counted(many, noun)} {words}" for many, noun, words in told if many)


def count(connection: duckdb.DuckDBPyConnection, files: Mapping[int, tuple[Path, Look]]) -> None:
    """Read these files, by the index's ids, once."""
    alike: dict[tuple[str, tuple[str, ...]], list[int]] = defaultdict(list)
    for number, (_, look) in files.items():
        if look.table:
            alike[look.table.name, look.shape].append(number)
    for (name, shape), ids in alike.items():
        table = _NAMES[name]
        alike_files = _alike(shape, [str(files[each][0]) for each in ids])
        begins, unknown, uncounted = made(table, table.interval), *faults_sql(table, alike_files)
        connection.execute(
            f"""INSERT INTO added_up SELECT ($ids::INTEGER[])[file_index::BIGINT + 1], $source, $shape, count(begins),
                    count(*) - count(begins), count(begins) FILTER (is_unknown),
                    count(begins) FILTER (is_uncounted AND NOT is_unknown), min(begins), max(begins)
                FROM (SELECT file_index, {begins} AS begins, {unknown} AS is_unknown, {uncounted} AS is_uncounted
                    FROM {source_sql(table, alike_files)}) GROUP BY file_index""",
            {"ids": ids, "source": name, "shape": _SEPARATOR.join(shape)},
        )


def files_of_window(
    connection: duckdb.DuckDBPyConnection, lake: Path, window: Intervals
) -> dict[KustoTable, list[Alike]]:
    """The files that hold rows of a window, by their table; those of one shape together."""
    since, until = (end and end.astimezone(UTC).replace(tzinfo=None) for end in (window.since, window.until))
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    rows = connection.execute(
        """SELECT a.source, a.shape, b.name FROM added_up a JOIN blobs b ON b.id = a.blob
           WHERE a.rows > 0 AND ($since::TIMESTAMP IS NULL OR a.last >= $since)
               AND ($until::TIMESTAMP IS NULL OR a.first < $until) ORDER BY b.name""",
        {"since": since, "until": until},
    )
    for source, shape, name in rows.fetchall():
        found[source, shape].append(str(lake / name))
    told: dict[KustoTable, list[Alike]] = defaultdict(list)
    for (source, shape), paths in found.items():
        told[_NAMES[source]].append(_alike(tuple(shape.split(_SEPARATOR)), paths))
    return told


def count_files(connection: duckdb.DuckDBPyConnection) -> Counted:
    """What all of the files hold."""
    (row,) = connection.execute(
        """SELECT coalesce(sum(rows), 0), coalesce(sum(unread), 0), coalesce(sum(unknown), 0),
               coalesce(sum(uncounted), 0), min(first), max(last) FROM added_up"""
    ).fetchall()
    rows, unread, unknown, uncounted = map(int, row[:4])
    first, last = (moment.replace(tzinfo=UTC) if moment else None for moment in row[4:])
    return Counted(rows, unread, unknown, uncounted, first, last)


def _alike(shape: Sequence[str], paths: Sequence[str]) -> Alike:
    return Alike(paths, frozenset(each.partition(" ")[0].lower() for each in shape))
