"""A store of a few log rows, for tests that need exact rows: answers the questions of replay and audit from a list.

Filters by decision, direction, kind of rule and NSG are kept; each address is its own label.
Flows are counted as the design says (largest kind of log, NSGs added up), one flow for each unit of `flows`.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd

from nsgflow_core.ask.compared import ComparedQuery
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.base import Extent, Query, Values

GUID = "11111111-1111-1111-1111-111111111111"
NSG_ID = "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Network/networkSecurityGroups/web-nsg"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROW = {
    "src_ip": "10.0.2.4", "dst_ip": "10.0.1.4", "protocol": "TCP", "port": 443, "direction": "Inbound",
    "decision": "Allowed", "nsg": "web-nsg", "nsg_id": NSG_ID.upper(), "rule": "AllowVnetInBound",
    "rule_kind": "Default", "log_kind": "NSG", "flow_state": "Begin", "mac": "", "flows": 1,
    "first_seen": NOON, "last_seen": NOON,
}  # fmt: skip


FILTERED = frozenset({"decision", "direction", "rule_kind", "nsg", "nsg_id"})


def row(**changes):
    return ROW | changes


class FlowsOnly:
    """A FlowStore that answers `fetch` alone; a test that asks it anything else fails."""

    identity = name = "rows"
    subnets = SubnetMap()
    unsupported: frozenset[str] = frozenset()

    def rows(self, query: RowsQuery) -> pd.DataFrame:
        raise NotImplementedError

    def compared(self, query: ComparedQuery) -> pd.DataFrame:
        raise NotImplementedError

    def explain(self, query: Query) -> str:
        raise NotImplementedError

    def nsgs_named(self, name: str) -> tuple[str, ...]:
        return (name,)

    def extent(self) -> Extent:
        raise NotImplementedError

    def values(self, dimension: str, limit: int = 1000) -> Values:
        raise NotImplementedError


class LoggedRows(FlowsOnly):
    """As much of a FlowStore as replay and audit ask."""

    def __init__(self, rows, unsupported=()):
        self.frame = pd.DataFrame(rows, columns=list(ROW))
        self.frame["source"], self.frame["destination"] = self.frame["src_ip"], self.frame["dst_ip"]
        self.unsupported = frozenset(unsupported)
        self.asked: list[FlowQuery] = []

    def fetch(self, query):
        self.asked.append(query)
        by = list(query.by)
        frame = self.frame
        for each in query.filter.conditions:
            if each.dimension in FILTERED:
                is_met = frame[each.dimension].str.casefold().isin([str(value).casefold() for value in each.values])
                frame = frame[is_met if each.operator == "is" else ~is_met]
        viewed = frame.groupby([*dict.fromkeys([*by, "log_kind"])], as_index=False)
        summed = viewed.agg({"flows": "sum", "first_seen": "min", "last_seen": "max"})
        answer = summed.groupby(by, as_index=False).agg({"flows": "max", "first_seen": "min", "last_seen": "max"})
        return answer[list(query.columns)]

    def nsgs_named(self, name):
        return (name,)

    def extent(self):
        return Extent(NOON.replace(hour=0), NOON, len(self.frame))
