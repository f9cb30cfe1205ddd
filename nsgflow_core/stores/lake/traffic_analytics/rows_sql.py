"""SQL for the rows of exported files, in the table's own columns and types, as a workspace holds them.

A column that a file lacks has what KQL says in its place; text is never null in Kusto. Rows that are equal in every
column that is read are one: a rule that tries again may write a row twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from nsgflow_core.stores.kusto.tables import KustoTable, columns_read
from nsgflow_core.stores.lake.files import JSON_LINES, as_pattern
from nsgflow_core.words.vocabulary import DECISION_CODES, DIRECTION_CODES, Decision, Direction

_TYPES = {"string": "VARCHAR", "int": "INTEGER", "long": "BIGINT", "datetime": "TIMESTAMP"}
_LONGEST_LINE = 64 << 20
"""Bytes of one line of JSON; one of Log Analytics has at most a few hundred KB."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Files that are read in one go: the same kind, with the same columns."""

    paths: Sequence[str]
    columns: frozenset[str]
    """In lower case."""

    @property
    def are_lines(self) -> bool:
        """True for JSON lines, else they are Parquet."""
        return self.paths[0].endswith(JSON_LINES)


@dataclass(frozen=True, slots=True)
class Intervals:
    """From when (UTC, with it) to when (without it) intervals begin; None: from the first, or to the last."""

    since: datetime | None = None
    until: datetime | None = None


def table_sql(table: KustoTable, files: Iterable[Alike], window: Intervals) -> str:
    """The SELECT of a table, of the files' rows whose interval begins in a window; without files, of no row.

    A row of which no interval can be read is in no window, and is told as unread.
    """
    interval = _name(table.interval)
    tests = [
        f"{interval} {how} TIMESTAMP '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"
        for how, moment in ((">=", window.since), ("<", window.until))
        if moment
    ]
    parts = [_part(table, alike) for alike in files] or [f"{_empty(table)} LIMIT 0"]
    within = " AND ".join([f"{interval} IS NOT NULL", *tests])
    return f"SELECT DISTINCT * FROM ({' UNION ALL '.join(parts)}) WHERE {within}"


def source_sql(table: KustoTable, alike: Alike) -> str:
    """The rows as they are written, with `file_index`; a line that cannot be read is a row of nulls."""
    paths = ", ".join(_literal(as_pattern(path)) for path in alike.paths)
    if not alike.are_lines:
        return f"read_parquet([{paths}], hive_partitioning = false, union_by_name = true)"
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in columns_read(table))
    return (
        f"read_json([{paths}], format = 'newline_delimited', columns = {{{columns}}}, ignore_errors = true, "
        f"hive_partitioning = false, maximum_object_size = {_LONGEST_LINE})"
    )


def made(table: KustoTable, column: str) -> str:
    """SQL that makes a column of what is written there, whatever type it has; null where that is none of its kind."""
    kind, _ = columns_read(table)[column]
    cast = f"TRY_CAST({_name(column)} AS {_TYPES[kind]})"
    return f"coalesce({cast}, '')" if kind == "string" else cast


def faults_sql(table: KustoTable, alike: Alike) -> tuple[str, str]:
    """SQL that is true for a row of flows of which no answer is made, and for one with a number that is none.

    Rows of another SubType are none of flows; of one without it nobody can tell, and no answer holds it.

    Where rules have verdicts of their own, in NSGRules_s, that of the row does not count.
    """
    suffix = "_s" if table.is_sparse else ""
    words = {
        f"FlowDirection{suffix}": [*DIRECTION_CODES, *Direction],
        f"FlowStatus{suffix}": [*DECISION_CODES, *Decision],
    }
    is_known = " AND ".join(
        f"lower({_made(table, alike, name)}) IN ({', '.join(_literal(word.lower()) for word in known)})"
        for name, known in words.items()
    )
    of_row = f"{_made(table, alike, 'NSGRules_s')} = ''" if table.is_sparse else "true"
    numbers = [
        f"CASE WHEN {made(table, name)} IS NULL THEN coalesce(CAST({_name(name)} AS VARCHAR), '') <> '' ELSE false END"
        for name, (kind, _) in columns_read(table).items()
        if kind in ("int", "long") and name.lower() in alike.columns
    ]
    sub_type = _made(table, alike, table.sub_type)
    is_flow = f"lower({sub_type}) = 'flowlog'"
    return (
        f"{sub_type} = '' OR {is_flow} AND {of_row} AND NOT ({is_known})",
        f"{is_flow} AND ({' OR '.join(numbers or ['false'])})",
    )


def _part(table: KustoTable, alike: Alike) -> str:
    listed = ", ".join(f"{_made(table, alike, name)} AS {_name(name)}" for name in columns_read(table))
    return f"SELECT {listed} FROM {source_sql(table, alike)}"


def _made(table: KustoTable, alike: Alike, column: str) -> str:
    return made(table, column) if column.lower() in alike.columns else _absent(*columns_read(table)[column])


def _empty(table: KustoTable) -> str:
    return "SELECT " + ", ".join(f"{_absent(*told)} AS {_name(name)}" for name, told in columns_read(table).items())


def _absent(kind: str, default: str) -> str:
    return f"{'NULL' if '(' in default else default}::{_TYPES[kind]}"


def _name(column: str) -> str:
    return f'"{column}"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
