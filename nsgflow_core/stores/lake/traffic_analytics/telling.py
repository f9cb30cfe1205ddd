"""Whether a file holds rows of a table of Traffic Analytics: by the columns of a Parquet file, or by JSON lines.

Data export rules write JSON lines, a blob each five minutes of ingestion (`.../y=2026/m=11/d=19/h=03/m=05/PT05M.json`);
export jobs write Parquet, a folder each hour. Both hold the table's own columns.
Source: Microsoft Learn, "Log Analytics data export rules" (2026-02), "Run an export job" (2026-05, preview).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import IO

import orjson

from nsgflow_core.stores.kusto.tables import TABLES, KustoTable, columns_read

_TELLING: Mapping[str, tuple[str, ...]] = {
    "NTANetAnalytics": ("FlowIntervalStartTime", "FlowDirection", "FlowStatus", "L4Protocol"),
    "AzureNetworkAnalytics_CL": ("FlowIntervalStartTime_t", "FlowDirection_s", "FlowStatus_s", "L4Protocol_s"),
}
"""What each row of flows has. Other columns may lack, as they may in a workspace."""
_EXPORTED = re.compile(r"^PT\d+[HM](_\d+)?\.json$")
"""How data export rules call a blob: PT05M.json, PT05M_2.json; earlier ones PT1H.json."""
_LOOKED_INTO = 1 << 16
_LINES, _LONGEST = 20, 1 << 20
"""Of a file of JSON, how much is looked at; a list of public addresses ends at 32 KB."""


def table_of(columns: Iterable[str]) -> KustoTable | None:
    """The table whose columns these are, in any case."""
    held = {name.lower() for name in columns}
    return next((each for each in TABLES if all(name.lower() in held for name in _TELLING[each.name])), None)


def table_of_lines(path: Path) -> KustoTable | None:
    """The table whose rows a file of JSON lines holds, by the first of them. Raises OSError."""
    with path.open("rb") as opened:
        return next(filter(None, map(_table_of_line, _lines(opened))), None)


def table_named_in(path: Path) -> str:
    """The table whose columns a file names, in whatever form and encoding; "" for none. Raises OSError."""
    with path.open("rb") as opened:
        head = opened.read(_LOOKED_INTO).replace(b"\0", b"").lower()
    named = (
        table for table, columns in _TELLING.items() if all(f'{each}"'.lower().encode() in head for each in columns)
    )
    return next(named, "")


def is_named_as_exported(path: Path) -> bool:
    """True for a name that a data export rule gives."""
    return bool(_EXPORTED.match(path.name))


def columns_of(table: KustoTable) -> list[str]:
    """The columns that lines may hold: a line leaves out what is empty, so all of them."""
    return list(columns_read(table))


def _lines(opened: IO[bytes]) -> Iterable[bytes]:
    return islice(iter(lambda: opened.readline(_LONGEST), b""), _LINES)


def _table_of_line(line: bytes) -> KustoTable | None:
    try:
        held = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return table_of(held) if isinstance(held, dict) else None
