"""The tables of Traffic Analytics in a lake as a Kusto engine: the KQL of a workspace, run here on exported files.

The text is the very one that a workspace would be sent, so that what it means is said in one place
(`stores/kusto/canonical`). duckdb-kql translates it; only the files are opened whose rows the query's own tests on the
interval leave.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

import duckdb

from nsgflow_core.sources.cancelling import IsCancelled
from nsgflow_core.stores.kusto.asking.answer import KustoAnswer, TableMissing
from nsgflow_core.stores.kusto.asking.waiting import stop_if
from nsgflow_core.stores.kusto.tables import TABLES, KustoTable, columns_read
from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.stores.lake.traffic_analytics.rows_sql import Intervals, table_sql
from nsgflow_core.stores.lake.traffic_analytics.translating import sql_of

_TYPES = {
    "BIGINT": "long", "HUGEINT": "long", "INTEGER": "int", "VARCHAR": "string", "DOUBLE": "real", "BOOLEAN": "bool",
    "TIMESTAMP": "datetime", "TIMESTAMP WITH TIME ZONE": "datetime", "JSON": "dynamic",
}  # fmt: skip
"""DuckDB's types of answers as Kusto's."""


class LakeEngine:
    """A KustoEngine over a lake's files of Traffic Analytics."""

    def __init__(self, lake: LakeStore) -> None:
        self._lake = lake

    @property
    def place(self) -> str:
        """The folder."""
        return f"lake:{self._lake.lake}"

    @property
    def words(self) -> str:
        """What it is and its name."""
        return f"Traffic Analytics in {self._lake.lake.name or self._lake.lake}"

    def run(self, query: str, *, timespan: str | None = None, cancelled: IsCancelled | None = None) -> KustoAnswer:
        """The answer to a query. `timespan` is not needed: files are told by the intervals of their rows.

        Raises StoreError for what cannot be read, TableMissing, StoreLimit, Cancelled.
        """
        return self._lake.steady(lambda: self._run(query, cancelled))

    def _run(self, query: str, cancelled: IsCancelled | None) -> KustoAnswer:
        stop_if(cancelled)
        known = {table.name: table for table in self._lake.files_added_up(Intervals())}
        first = query.partition("\n")[0]
        if first not in known and any(first == table.name for table in TABLES):
            raise TableMissing(f"There are no rows of {first} here.", "Export the table to this folder.")
        text = _translated(query, tuple((name, tuple(columns_read(table))) for name, table in known.items()))
        with self._lake.asking() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for name, table in known.items():
                window = window_of(query, table)
                files = self._lake.files_added_up(window).get(table, [])
                connection.execute(f"CREATE TEMP VIEW {name} AS {table_sql(table, files, window)}")
            return _answer(connection, text)


def window_of(query: str, table: KustoTable) -> Intervals:
    """What the tests in a query leave of a table's intervals, wherever it names the table."""
    named = len(re.findall(rf"(?:^|\(){table.name}$", query, re.MULTILINE))
    tests: dict[str, list[datetime]] = {">=": [], "<": []}
    for how, moment in re.findall(rf"\b{table.interval} (>=|<) datetime\(([^)]+)\)", query):
        tests[how].append(datetime.fromisoformat(moment))
    since, until = (found if len(found) >= named else [] for found in tests.values())
    return Intervals(min(since, default=None), max(until, default=None))


@lru_cache(256)
def _translated(query: str, tables: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    return sql_of(query, dict(tables))


def _answer(connection: duckdb.DuckDBPyConnection, text: str) -> KustoAnswer:
    connection.execute(text)
    kinds = [(str(name), str(kind).split("(")[0]) for name, kind, *_ in connection.description or []]
    rows = [list(row) for row in connection.fetchall()]
    return KustoAnswer(tuple(name for name, _ in kinds), tuple(_TYPES.get(kind, "string") for _, kind in kinds), rows)
