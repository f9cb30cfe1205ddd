"""One KQL query on a locked, read-only database of two tables: translated, run and fetched within `limits`.

This is what the process of `worker` does. It raises errors of our tree only.
"""

from __future__ import annotations

import json
import re
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import duckdb_kql
import pandas as pd
from duckdb_kql.engine import schema

from nsgflow_core.errors import InputError, StoreLimit
from nsgflow_core.stores.kql_on_local import limits

_LOCKS = (
    "SET TimeZone = 'UTC'",
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
"""In this order: the last one makes all of them final."""
_EARLIER = "Filter it earlier, or add summarize or top."


def open_locked(tables: Path) -> duckdb.DuckDBPyConnection:
    """The tables, read-only; no query leaves them for a file, the network, a setting or a Python variable."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limits.BUFFERS,
        "threads": limits.THREADS,
        "temp_directory": "",
    }
    connection = duckdb.connect(str(tables), read_only=True, config=config)
    for setting in _LOCKS:
        connection.execute(setting)
    return connection


def answer(connection: duckdb.DuckDBPyConnection, query: str, now: str | None = None) -> pd.DataFrame:
    """The answer, cut at the limits of rows and bytes (`attrs["partial"]` says so).

    `now` is the moment that now() and ago() count from, in ISO 8601; None is this one.

    Raises InputError for what is not KQL or names an unknown table or an operator that the engine lacks, and
    StoreLimit for a query that takes too much memory, nests too deeply, or of which one row is too large.
    """
    try:
        return _fetched(connection, _translated(connection, query, now))
    except RecursionError:
        raise _too_deep() from None
    except (MemoryError, duckdb.OutOfMemoryException):
        raise StoreLimit(f"The query needs more than {limits.MEMORY >> 20:,} MB of memory.", _EARLIER) from None
    except duckdb.Error as refused:
        if "expression depth" in str(refused):
            raise _too_deep() from None
        raise InputError(f"The query cannot be run: {_line(refused)}", "Check its tables and columns.") from None
    except (RuntimeError, ValueError, OverflowError, TypeError) as refused:
        raise InputError(f"The query cannot be run: {_line(refused)}", "Check its tables and columns.") from None


def _too_deep() -> StoreLimit:
    return StoreLimit("The query nests too deeply.", "Write it with fewer steps or parentheses.")


def _translated(connection: duckdb.DuckDBPyConnection, query: str, now: str | None) -> duckdb_kql.TranslationResult:
    try:
        return duckdb_kql.to_sql(query, schema=schema(connection), allow_write=False, query_now=now)
    except duckdb_kql.KqlUnsupportedError as refused:
        what = f"The query uses what this engine lacks: {_line(refused)}"
    except duckdb_kql.KqlError as refused:
        what = f"The query is not valid KQL: {_line(refused)}"
    raise InputError(what, "Rewrite that step, or run the query in a workspace.")


def _fetched(connection: duckdb.DuckDBPyConnection, sql: duckdb_kql.TranslationResult) -> pd.DataFrame:
    """Rows in pieces, so that what is too large is known before it is all there."""
    found = connection.execute(str(sql), dict(sql.parameters) or None)
    names = [column[0] for column in found.description or []]
    rows: list[tuple[Any, ...]] = []
    weight, partial = 0, ""
    while not partial and (piece := found.fetchmany(limits.PIECE)):
        for row in piece:
            weight += sum(map(_weight, row))
            if weight > limits.ANSWER_BYTES:
                partial = f"the answer is larger than {limits.ANSWER_BYTES >> 20} MB; add project, summarize or top"
                break
            if len(rows) == limits.ROW_LIMIT:
                partial = "add summarize or top"
                break
            rows.append(row)
    if partial and not rows:
        raise StoreLimit(f"One row of the answer is larger than {limits.ANSWER_BYTES >> 20} MB.", _EARLIER)
    frame = pd.DataFrame([tuple(map(_cell, row)) for row in rows], columns=_told_apart(names), dtype=object)
    if partial:
        frame.attrs["partial"] = f"Only the first {len(rows):,} rows are shown; {partial}."
    return frame


def _told_apart(names: list[str]) -> list[str]:
    """Column names, each once: a second `a` is `a1`, as Kusto has it."""
    taken: list[str] = []
    for name in names:
        others = (f"{name}{number}" for number in count(1))
        taken.append(name if name not in taken else next(other for other in others if other not in {*taken, *names}))
    return taken


def _weight(value: Any) -> int:
    """About as many bytes as a value takes."""
    if isinstance(value, str | bytes):
        return len(value) + 8
    if isinstance(value, dict):
        return sum(map(_weight, value)) + sum(map(_weight, value.values())) + 8
    return sum(map(_weight, value)) + 8 if isinstance(value, list | tuple) else 8


def _cell(value: Any) -> Any:
    """A dynamic value as the JSON text that the portal shows."""
    return json.dumps(value, default=str, ensure_ascii=False) if isinstance(value, dict | list | tuple) else value


def _line(refused: Exception) -> str:
    """The first line, without the parser's list of all words that could have come."""
    return re.sub(r" expecting \{.*", "", " ".join(str(refused).split("\n", 1)[0].split()))[:500]
