"""One KQL query on a locked, read-only database of two tables: translated, run and fetched within `limits`.

This is what the process of `worker` does. It raises errors of our tree only.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from duckdb_kql import lower, translate
from duckdb_kql.errors import KqlError

from nsgflow_core.errors import InputError, StoreLimit
from nsgflow_core.stores.kql_on_local import limits
from nsgflow_core.stores.kql_on_local.language.evaluating import with_what_rows_tell
from nsgflow_core.stores.kql_on_local.language.hooks import RENDER, install
from nsgflow_core.stores.kql_on_local.language.let_functions import DECLARED
from nsgflow_core.stores.kql_on_local.language.macros import make_macros
from nsgflow_core.stores.kql_on_local.language.refusal import said
from nsgflow_core.stores.kql_on_local.tables.documented import DOCUMENTED

_LOCKS = (
    "SET TimeZone = 'UTC'",
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
"""In this order: the last one makes all of them final."""
_BARE_SERIALIZE = re.compile(r"\|\s*serialize\s*(?=\||;|\)|$)")
"""The grammar has no serialize without a column; it changes nothing here, where rows keep their order."""
_CONVERT = "Convert one of them: tostring(), toint(), todouble(), todatetime()."
_SECONDS = "Divide it first: sum(Gap / 1s)."
_OF_TIMESPAN = re.compile(r"'(\w+)\((?:[^)]*, )?INTERVAL")
_SHOWN = {"stddev_samp": "stdev", "var_samp": "variance"}
_EARLIER = "Filter it earlier, or add summarize or top."


def open_locked(tables: Path) -> duckdb.DuckDBPyConnection:
    """The tables, read-only; no query leaves them for a file, the network, a setting or a Python variable."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limits.BUFFERS,
        "threads": limits.THREADS,
        "temp_directory": "",
    }
    connection = duckdb.connect(str(tables), read_only=True, config=config)
    install()
    make_macros(connection)
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
        return _fetched(connection, *_translated(connection, query, now))
    except RecursionError:
        raise _too_deep() from None
    except (MemoryError, duckdb.OutOfMemoryException):
        raise StoreLimit(f"The query needs more than {limits.MEMORY >> 20:,} MB of memory.", _EARLIER) from None
    except duckdb.Error as refused:
        if "expression depth" in str(refused):
            raise _too_deep() from None
        if of_timespans := _OF_TIMESPAN.search(str(refused)):
            function = _SHOWN.get(of_timespans[1], of_timespans[1])
            raise InputError(f"A timespan stands where {function} takes a number.", _SECONDS) from None
        if isinstance(refused, duckdb.BinderException | duckdb.ConversionException | duckdb.TypeMismatchException):
            raise InputError("Values of two types meet in a step of the query.", _CONVERT) from None
        raise InputError(f"The query cannot be run: {_line(refused)}", "Check its tables and columns.") from None
    except (RuntimeError, ValueError, OverflowError, TypeError) as refused:
        raise InputError(f"The query cannot be run: {_line(refused)}", "Check its tables and columns.") from None


def _too_deep() -> StoreLimit:
    return StoreLimit("The query nests too deeply.", "Write it with fewer steps or parentheses.")


def _translated(connection: duckdb.DuckDBPyConnection, query: str, now: str | None) -> tuple[str, dict[str, Any], str]:
    """SQL, its parameters, and the chart that is asked for. Raises InputError in words of ours."""
    tables = {table: list(columns) for table, columns in DOCUMENTED.items()}
    moment = datetime.fromisoformat(now).astimezone(UTC).replace(tzinfo=None) if now else None
    RENDER.set("")
    DECLARED.set({})
    try:
        with translate.clock(moment) as clock:
            tree = lower.lower(_BARE_SERIALIZE.sub(lambda found: " " * len(found[0]), query))
            values = {each.slot: each.default for each in tree.parameters}
            ask = partial(_values, connection, values, clock)
            tree = with_what_rows_tell(tree, tables, ask)
            sql = translate.to_sql(tree, tables)
            parameters = {slot: values[slot] for slot in sql.slots if slot in values}
            if clock.used:
                parameters[translate.CLOCK_SLOT] = clock.moment
    except KqlError as refused:
        raise said(refused, query) from None
    return str(sql), parameters, RENDER.get()


def _values(
    connection: duckdb.DuckDBPyConnection, values: dict[str, Any], clock: translate.Clock, sql: str
) -> list[Any]:
    """The first column of what a part of the query gives: for what is made of it."""
    parameters = {slot: value for slot, value in values.items() if f"${slot}" in sql}
    if f"${translate.CLOCK_SLOT}" in sql:
        parameters[translate.CLOCK_SLOT] = clock.moment
    return [row[0] for row in connection.execute(sql, parameters or None).fetchall()]


def _fetched(connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any], render: str) -> pd.DataFrame:
    """Rows in pieces, so that what is too large is known before it is all there."""
    found = connection.execute(sql, parameters or None)
    names = [column[0] for column in found.description or []]
    dynamic = [str(column[1]) == "JSON" for column in found.description or []]
    rows: list[tuple[Any, ...]] = []
    weight, cut = 0, ""
    while not cut and (piece := found.fetchmany(limits.PIECE)):
        for row in piece:
            weight += sum(map(_weight, row))
            if weight > limits.ANSWER_BYTES:
                cut = f"the answer is larger than {limits.ANSWER_BYTES >> 20} MB; add project, summarize or top"
                break
            if len(rows) == limits.ROW_LIMIT:
                cut = "add summarize or top"
                break
            rows.append(row)
    if cut and not rows:
        raise StoreLimit(f"One row of the answer is larger than {limits.ANSWER_BYTES >> 20} MB.", _EARLIER)
    cells = [tuple(map(_cell, row, dynamic)) for row in rows]
    frame = pd.DataFrame(cells, columns=_told_apart(names), dtype=object)
    if render:
        frame.attrs["render"] = render
    if cut:
        frame.attrs["partial"] = f"Only the first {len(rows):,} rows are shown; {cut}."
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


def _cell(value: Any, is_dynamic: bool) -> Any:
    """A dynamic value as the portal shows it: JSON, and a text alone without its quotation marks."""
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))
    if is_dynamic and isinstance(value, str) and value.startswith('"'):
        return json.loads(value)
    return None if is_dynamic and value == "null" else value


def _line(refused: Exception) -> str:
    """The first line, without the parser's list of all words that could have come."""
    return re.sub(r" expecting \{.*", "", " ".join(str(refused).split("\n", 1)[0].split()))[:500]
