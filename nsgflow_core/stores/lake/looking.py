"""What a file of a lake is, by what it says of itself: single flows, rows of Traffic Analytics, or nothing to ask."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from nsgflow_core.formats.parquet.form import unfit
from nsgflow_core.stores.kusto.tables import KustoTable
from nsgflow_core.stores.lake.files import JSON_LINES
from nsgflow_core.stores.lake.traffic_analytics import telling

_A_LINE = 400
"""Bytes of a line of JSON at the least, to tell how many there may be."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look tells."""

    reason: str = ""
    """Why it cannot be asked, to end a sentence; "" where it can."""
    rows: int = 0
    """About how many it has."""
    table: KustoTable | None = None
    """The table of Traffic Analytics that they are of."""
    shape: tuple[str, ...] = ()
    """That table's columns there, each with its type: files of one shape are read together."""
    is_of_flows: bool = False


def looked_at(path: Path) -> Look:
    """One look at a file: at the end of Parquet, at the first lines of JSON. JSON of other things is passed over."""
    try:
        return _of_lines(path) if path.name.endswith(JSON_LINES) else _of_parquet(path)
    except (pa.ArrowException, OSError, ValueError):
        return Look("is no Parquet file, or not all of one" if path.suffix != JSON_LINES else "cannot be opened")


def _of_parquet(path: Path) -> Look:
    with pq.ParquetFile(path) as opened:
        held, rows = opened.schema_arrow, opened.metadata.num_rows
    table = telling.table_of(held.names)
    if table:
        return Look(rows=rows, table=table, shape=tuple(sorted(f"{each.name} {each.type}" for each in held)))
    reason = unfit(held)
    return Look(reason, rows) if reason else Look(rows=rows, is_of_flows=True)


def _of_lines(path: Path) -> Look:
    size = path.stat().st_size
    table = telling.table_of_lines(path) if size else None
    if table:
        return Look(
            rows=size // _A_LINE, table=table, shape=tuple(f"{name} json" for name in telling.columns_of(table))
        )
    if size and (named := telling.table_named_in(path)):
        return Look(f"names columns of {named}, and its first lines are no rows of it: JSON lines in UTF-8 are read")
    is_none = size and telling.is_named_as_exported(path)
    return Look("holds no rows of Traffic Analytics" if is_none else "")
