"""KQL on local logs: the local store as the two Traffic Analytics tables, asked with duckdb-kql.

The flows of a window are added up as Traffic Analytics does (per hour and equal addresses, destination port, NSG,
rule, direction, protocol and verdict; VNet logs in `NTANetAnalytics`, NSG logs in `AzureNetworkAnalytics_CL`) and
copied into a database in memory, which is then locked: a query sees those two tables, and no file, network, setting
or Python variable. Two differences from Azure, both on purpose: public addresses stand in the address columns, not
packed, and rule names keep their case.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime

import duckdb
import duckdb_kql
import pandas as pd
from duckdb_kql.engine import schema

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import InputError, StoreLimit
from nsgflow_core.stores.kql_on_local.traffic_analytics_sql import compile_tables
from nsgflow_core.stores.local.store import LocalStore

ROW_LIMIT = 30_000
"""The Azure portal shows as many."""
SECONDS = 30.0
MEMORY = "1GB"
EXAMPLES: Mapping[str, str] = {
    "All flows": """AzureNetworkAnalytics_CL
| where SubType_s == "FlowLog"
| project FlowType_s, FlowEndTime_t, SrcIP_s, DestIP_s, DestPort_d, L4Protocol_s, L7Protocol_s""",
    "Denied by rule": """NTANetAnalytics
| where FlowStatus == "Denied"
| summarize Flows = sum(DeniedInFlows + DeniedOutFlows) by AclRule, DestPort
| sort by Flows desc""",
}


class KqlOnLocal:
    """The two tables of one window of a store, in memory; `run` asks them. Safe to share between threads."""

    def __init__(
        self, store: LocalStore, since: datetime | None = None, until: datetime | None = None, seconds: float = SECONDS
    ) -> None:
        """Adds up the window's flows now; raises StoreMissing when nothing was imported."""
        self._seconds = seconds
        self._connection = duckdb.connect(":memory:", config={"memory_limit": MEMORY})
        for name, rows in compile_tables(store, FlowFilter(since, until)).items():
            self._connection.register("rows", rows)
            self._connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM rows')
            self._connection.unregister("rows")
        for setting in _LOCKS:
            self._connection.execute(setting)
        self._schema = schema(self._connection)

    def run(self, query: str) -> pd.DataFrame:
        """The answer, at most 30,000 rows (`attrs["partial"]` says when there were more).

        Raises InputError for what is not KQL or names an unknown table or an operator that the engine lacks, and
        StoreLimit for a query that takes too long or too much memory.
        """
        return self._ask(self._translate(query))

    def _translate(self, query: str) -> duckdb_kql.TranslationResult:
        try:
            return duckdb_kql.to_sql(query, schema=self._schema, allow_write=False)
        except duckdb_kql.KqlUnsupportedError as refused:
            what = f"The query uses what this engine lacks: {_line(refused)}"
        except duckdb_kql.KqlError as refused:
            what = f"The query is not valid KQL: {_line(refused)}"
        raise InputError(what, "Rewrite that step, or run the query in a workspace.")

    def _ask(self, sql: duckdb_kql.TranslationResult) -> pd.DataFrame:
        cursor = self._connection.cursor()
        late = threading.Timer(self._seconds, cursor.interrupt)
        late.start()
        try:
            found = cursor.execute(str(sql), dict(sql.parameters) or None)
            names, rows = [column[0] for column in found.description or []], found.fetchmany(ROW_LIMIT + 1)
        except duckdb.InterruptException:
            raise StoreLimit(f"The query took longer than {self._seconds:g} seconds.", "Filter it earlier.") from None
        except duckdb.OutOfMemoryException:
            raise StoreLimit(f"The query needs more than {MEMORY} of memory.", "Filter it earlier.") from None
        except duckdb.Error as refused:
            raise InputError(f"The query cannot be run: {_line(refused)}", "Check its tables and columns.") from None
        finally:
            late.cancel()
            cursor.close()
        answer = pd.DataFrame(rows[:ROW_LIMIT], columns=names)
        if len(rows) > ROW_LIMIT:
            answer.attrs["partial"] = f"Only the first {ROW_LIMIT:,} rows are shown; add `summarize` or `top`."
        return answer


_LOCKS = (
    "SET TimeZone = 'UTC'",
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
"""In this order: the last one makes all of them final."""


def _line(refused: Exception) -> str:
    return " ".join(str(refused).split("\n", 1)[0].split())
