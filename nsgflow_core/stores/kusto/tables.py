"""The two tables that Traffic Analytics fills, each read once into canonical columns (`tables/*.kql`).

`NTANetAnalytics` holds VNet flow logs, `AzureNetworkAnalytics_CL` holds NSG flow logs (schema 1 until 2019-08-22, then
2). A custom-log table has only the columns that ever held a value, so the files name each column as
`column_ifexists('Name', default)`: valid KQL as it stands, and resolved here against the columns that the workspace
reports, since a plain column name is what the service answers fastest.
Source: Microsoft Learn, "Traffic Analytics schema"; Azure-Sentinel sample rows of 2025-08 for the spellings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from nsgflow_core.stores.kusto.literal import kql_literal, kql_literals
from nsgflow_core.words.vocabulary import PROTOCOL_CODES, PROTOCOL_NAMES

_COLUMN = re.compile(r"column_ifexists\('(\w+)', (\w+\(null\)|'[^']*'|\d+)\)")


@dataclass(frozen=True, slots=True)
class KustoTable:
    """One table: its name, file and kind of logs, and its columns of the interval, schema version and subtype."""

    name: str
    file: str
    interval: str
    interval_end: str
    schema_version: str
    sub_type: str
    ingested: str
    """When a row came; "" where there is no such column."""
    holds: str
    needed: tuple[str, ...] = ()
    """The columns without which its rows tell no flows; any one of those between bars will do."""
    counted: tuple[str, ...] = ()
    """The columns without which some of its counts or addresses are missing."""
    is_sparse: bool = False
    """True where it has only the columns that ever held a value: without those that are needed it holds no flow."""

    def lacks(self, columns: Iterable[str]) -> list[str]:
        """What of the needed is not among these columns."""
        held = {column.lower() for column in columns}
        return [each.replace("|", " or ") for each in self.needed if held.isdisjoint(each.lower().split("|"))]

    def uncounted(self, columns: Iterable[str]) -> str:
        """What of an answer is missing where the table has these columns alone; "" where nothing is."""
        held = {column.lower() for column in columns}
        lacking = [name for name in self.counted if name.lower() not in held]
        return f"{self.name} lacks columns, which count as 0 or as nobody: {', '.join(lacking)}." if lacking else ""


TABLES: tuple[KustoTable, ...] = (
    KustoTable(
        "NTANetAnalytics",
        "ntanetanalytics.kql",
        "FlowIntervalStartTime",
        "FlowIntervalEndTime",
        "FaSchemaVersion",
        "SubType",
        "TimeGenerated",
        "VNet flow logs",
        (
            "FlowIntervalStartTime",
            "SrcIp",
            "DestIp",
            "DestPort",
            "L4Protocol",
            "FlowDirection",
            "FlowStatus",
            "AclGroup|NsgList",
            "AclRule|NsgRule",
            "AllowedInFlows|AllowedOutFlows|DeniedInFlows|DeniedOutFlows",
        ),
        (
            "SrcPublicIps",
            "DestPublicIps",
            "AllowedInFlows",
            "AllowedOutFlows",
            "DeniedInFlows",
            "DeniedOutFlows",
            "PacketsSrcToDest",
            "PacketsDestToSrc",
            "BytesSrcToDest",
            "BytesDestToSrc",
        ),
    ),
    KustoTable(
        "AzureNetworkAnalytics_CL",
        "azurenetworkanalytics.kql",
        "FlowIntervalStartTime_t",
        "FlowIntervalEndTime_t",
        "FASchemaVersion_s",
        "SubType_s",
        "TimeGenerated",
        "NSG flow logs",
        ("FlowIntervalStartTime_t",),
        is_sparse=True,
    ),
)

FLOWS = KustoTable("Flows", "flows.kql", "['time']", "", "", "", "", "flow logs, a row a tuple")
FLOWS_HOURLY = KustoTable("FlowsHourly", "flowshourly.kql", "hour", "", "", "", "", "the same, added up by the hour")
"""The views that `nsgflow kusto setup` makes."""

TableColumns = Mapping[str, frozenset[str]]
"""The columns of each table that exists, by table name."""


@cache
def table_text(file: str) -> str:
    """The text of one of the `canonical/*.kql` files."""
    return resources.files("nsgflow_core.stores.kusto").joinpath("canonical", file).read_text(encoding="utf-8").strip()


def canonical_rows(table: KustoTable, columns: Iterable[str], where: Iterable[str] = ()) -> str:
    """KQL for the table's rows in canonical columns; `where` are tests on its own columns, put first."""
    if table in (FLOWS, FLOWS_HOURLY):  # all that could not be taken stayed behind, and every word is canonical
        return _read(table, columns, where)
    return f"{_read(table, columns, where)}\n| where isempty(left_out)\n| extend protocol = {_PROTOCOL}"


def columns_read(table: KustoTable) -> dict[str, tuple[str, str]]:
    """The columns of its own that canonical rows are made of: name -> Kusto type, and KQL for where it lacks it."""
    text = table_text(table.file)
    found = {name: (_kind_of(default), default) for name, default in _COLUMN.findall(text)}
    times = dict.fromkeys((table.ingested, table.interval), ("datetime", "datetime(null)"))
    return found | {name: told for name, told in times.items() if name and name not in found}


def _kind_of(default: str) -> str:
    """The type of a column that such a value may stand for."""
    if default.startswith("'"):
        return "string"
    return "long" if default.isdecimal() else default.partition("(")[0]


def rows_left_out(table: KustoTable, columns: Iterable[str]) -> str:
    """KQL for what of the table cannot be taken: left_out (the reason), rows (how many, an entry of a list one)."""
    return f"{_read(table, columns)}\n| where isnotempty(left_out)\n| summarize rows = count() by left_out"


def _read(table: KustoTable, columns: Iterable[str], where: Iterable[str] = ()) -> str:
    head, _, body = table_text(table.file).partition("\n")
    tests = "".join(f"| where {test}\n" for test in where)
    return f"{head}\n{tests}{resolve_columns(body, columns)}"


def _protocol_names() -> str:
    """The canonical name of a protocol in any spelling: a letter, its IANA number or its name in any case."""
    spelled = {name: [str(number), name] for number, name in PROTOCOL_NAMES.items()}
    for letter in ("T", "U"):
        spelled[PROTOCOL_NAMES[PROTOCOL_CODES[letter]]].append(letter)
    cases = [f"protocol in~ {kql_literals(each)}, {kql_literal(name)}" for name, each in spelled.items()]
    return f"case({', '.join(cases)}, toupper(protocol))"


_PROTOCOL = _protocol_names()


def resolve_columns(text: str, columns: Iterable[str]) -> str:
    """`column_ifexists('Name', default)` as the column where the table has it, otherwise as the default."""
    spelled = {column.lower(): column for column in columns}
    if not spelled:
        return text
    return _COLUMN.sub(lambda found: spelled.get(found[1].lower(), found[2]), text)
