"""Rows of Traffic Analytics as Log Analytics exports them: JSON lines by data export rules, Parquet by export jobs.

Paths and forms are those of Microsoft Learn, "Log Analytics data export rules" (2026-02) and "Run an export job"
(2026-05); what a line looks like beside the table's columns is not documented, and `Type` stands for such a column.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.parts.workspace_schemas import SCHEMAS

Row = Mapping[str, Any]
_ARROW = {"string": pa.string(), "int": pa.int32(), "long": pa.int64(), "real": pa.float64(), "bool": pa.bool_(),
          "datetime": pa.timestamp("us", "UTC")}  # fmt: skip
WORKSPACE = "/subscriptions/s/resourcegroups/rg/providers/microsoft.operationalinsights/workspaces/ws"


def as_lines(folder: Path, tables: Mapping[str, Iterable[Row]]) -> None:
    """A blob for each five minutes of ingestion, in a container a table."""
    for table, rows in tables.items():
        for moment, came in _by_moment(rows, minutes=5).items():
            place = folder / f"am-{table.lower()}" / f"WorkspaceResourceId={WORKSPACE}"
            path = place / f"{moment:y=%Y/m=%m/d=%d/h=%H/m=%M}" / "PT05M.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{line_of(table, row)}\n" for row in came), encoding="utf-8")


def line_of(table: str, row: Row) -> str:
    """One row; what is empty is left out of it."""
    held = {name: f"{value.isoformat()}00Z" if isinstance(value, datetime) and value.microsecond else value
            for name, value in row.items() if value not in (None, "")}  # fmt: skip
    return json.dumps({"TenantId": "t", "Type": table, **held}, default=lambda moment: f"{moment.isoformat()}Z")


def as_parquet(folder: Path, tables: Mapping[str, Iterable[Row]], columns: Iterable[str] | None = None) -> None:
    """A folder for each hour of ingestion; `columns` are those that a job's query left."""
    for table, rows in tables.items():
        kinds = {name: kind for name, kind in SCHEMAS[table].items() if columns is None or name in columns}
        schema = pa.schema([(name, _ARROW[kind]) for name, kind in kinds.items()])
        for moment, came in _by_moment(rows, minutes=60).items():
            path = folder / f"export/workspaceId/w/jobId/{table}/timestamp={moment:%Y-%m-%dT%H}/part-0.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            made = [{name: _typed(kind, row.get(name)) for name, kind in kinds.items()} for row in came]
            pq.write_table(pa.Table.from_pylist(made, schema), path)


def _typed(kind: str, value: Any) -> Any:
    if kind == "string":
        return "" if value is None else str(value)
    return None if value is None else {"int": int, "long": int}.get(kind, lambda told: told)(value)


def _by_moment(rows: Iterable[Row], minutes: int) -> dict[datetime, list[Row]]:
    found: dict[datetime, list[Row]] = defaultdict(list)
    for row in rows:
        came = row["TimeGenerated"]
        found[came.replace(minute=came.minute // minutes * minutes, second=0, microsecond=0)].append(row)
    return found
