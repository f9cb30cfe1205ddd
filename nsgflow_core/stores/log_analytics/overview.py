"""What a workspace holds, for Connect: tables, schema versions, intervals, rows a day, NSGs, processing interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pandas as pd

from nsgflow_core.inventory.names.logged_nsgs import logged_nsgs
from nsgflow_core.sources.cancelling import IsCancelled
from nsgflow_core.stores.kusto.asking.frame import kusto_frame
from nsgflow_core.stores.kusto.tables import TABLES, KustoTable, canonical_rows, resolve_columns, rows_left_out
from nsgflow_core.stores.log_analytics.client import WorkspaceClient

HOW_TO_START = (
    "Turn on VNet flow logs with Traffic Analytics for this workspace: Network Watcher, Flow logs, Create, kind "
    "Virtual network, then Enable Traffic Analytics. The first rows come one to two hours later. NSG flow logs can no "
    "longer be made since 2025-06-30, and stop on 2027-09-30."
)
"""Source: Microsoft Learn, "Manage virtual network flow logs" and "NSG flow logs retirement"."""


@dataclass(frozen=True)
class TableOverview:
    """One table: its rows, schema versions, first and last interval (UTC), and the processing intervals seen."""

    name: str
    holds: str
    rows: int
    schema_versions: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    processing: tuple[timedelta, ...]
    nsgs: tuple[str, ...]
    left_out: Mapping[str, int]
    """Rows that cannot be taken (an entry of a list of addresses counts as one), by reason, most first."""
    daily: pd.DataFrame = field(repr=False, compare=False)
    """Columns day (UTC), rows."""


@dataclass(frozen=True)
class WorkspaceOverview:
    """The tables that exist, and what to do when none does."""

    workspace_id: str
    tables: tuple[TableOverview, ...]

    @property
    def advice(self) -> str:
        """What to do next when there are no flows; "" when there are."""
        if not self.tables:
            return f"Traffic Analytics has not written to this workspace. {HOW_TO_START}"
        if not any(table.rows for table in self.tables):
            return f"The tables exist, but hold no flow yet. {HOW_TO_START}"
        return ""


def read_overview(
    client: WorkspaceClient, columns: Mapping[str, frozenset[str]], *, cancelled: IsCancelled | None = None
) -> WorkspaceOverview:
    """Ask each table that exists (`columns`: table -> its columns) what it holds; four small queries a table."""
    held = [table for table in TABLES if table.name in columns]
    found = tuple(_read_table(client, table, columns[table.name], cancelled) for table in held)
    return WorkspaceOverview(client.workspace_id, found)


def _read_table(
    client: WorkspaceClient, table: KustoTable, columns: frozenset[str], cancelled: IsCancelled | None
) -> TableOverview:
    def ask(steps: str) -> pd.DataFrame:
        return kusto_frame(client.run(steps, cancelled=cancelled))

    flows = resolve_columns(
        f"{table.name}\n| where column_ifexists('{table.sub_type}', 'FlowLog') =~ 'FlowLog'\n"
        f"| project start = {table.interval}, finish = column_ifexists('{table.interval_end}', datetime(null)),\n"
        f"    version = tostring(column_ifexists('{table.schema_version}', ''))",
        columns,
    )
    daily = ask(f"{flows}\n| summarize rows = count() by day = bin(start, 1d)\n| sort by day asc")
    kinds = ask(
        f"{flows}\n| extend minutes = toint((finish - start) / 1m)\n"
        "| summarize rows = count(), first_start = min(start), last_start = max(start) by version, minutes"
    )
    nsgs = logged_nsgs(ask(f"{canonical_rows(table, columns)}\n| distinct nsg_id")["nsg_id"].astype("str"), {})
    left_out = ask(rows_left_out(table, columns)).sort_values(["rows", "left_out"], ascending=[False, True])
    firsts, lasts = kinds["first_start"].dropna(), kinds["last_start"].dropna()
    return TableOverview(
        table.name,
        table.holds,
        int(kinds["rows"].sum()),
        tuple(sorted({str(version) for version in kinds["version"] if version})),
        firsts.min().to_pydatetime() if len(firsts) else None,
        lasts.max().to_pydatetime() if len(lasts) else None,
        tuple(timedelta(minutes=int(minutes)) for minutes in sorted({m for m in kinds["minutes"] if m > 0})),
        tuple(sorted({nsg.label for nsg in nsgs if nsg.key}))[:1000],
        {str(reason): int(count) for reason, count in zip(left_out["left_out"], left_out["rows"], strict=True)},
        daily,
    )
