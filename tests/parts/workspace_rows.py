"""Rows of both Traffic Analytics tables made by hand, and one question to a workspace that holds them."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.subnet_map import read_subnet_map
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from tests.parts.stub_workspace import StubWorkspace

START = datetime(2025, 8, 25, 19)
NSG = "/subscriptions/s/resourcegroups/rg/providers/microsoft.network/networksecuritygroups/web-nsg"
SUBNETS = read_subnet_map("name,prefix\nweb,10.1.1.0/24\nhost,10.1.1.9/32\ndb,10.1.2.0/24\nsix,fd00:1::/48")


def nta(**given):
    made = {"SubType": "FlowLog", "FaSchemaVersion": 3, "SrcIp": "10.1.1.4", "DestIp": "10.1.2.5", "DestPort": 1433,
            "L4Protocol": "TCP", "FlowDirection": "Outbound", "FlowStatus": "Allowed", "AclGroup": NSG,
            "AclRule": "allow-sql", "AllowedInFlows": 0, "AllowedOutFlows": 0, "DeniedInFlows": 0, "DeniedOutFlows": 0,
            "CompletedFlows": 0, "PacketsSrcToDest": 0, "PacketsDestToSrc": 0, "BytesSrcToDest": 0,
            "BytesDestToSrc": 0, "MacAddress": "00-0D-3A-98-82-CE", "FlowIntervalStartTime": START,
            "FlowIntervalEndTime": START.replace(hour=20), "FlowStartTime": START.replace(minute=6),
            "FlowEndTime": START.replace(minute=40), "TimeGenerated": START.replace(hour=20, minute=11)}  # fmt: skip
    return made | given


def cl(**given):
    made = {"SubType_s": "FlowLog", "FASchemaVersion_s": "2", "SrcIP_s": "10.1.1.4", "DestIP_s": "10.1.2.5",
            "DestPort_d": 1433.0, "L4Protocol_s": "T", "FlowDirection_s": "O", "FlowStatus_s": "A",
            "NSGList_s": "s/rg/WEB-NSG", "NSGRule_s": "Allow-SQL", "NSGRuleType_s": "User Defined",
            "AllowedOutFlows_d": 0.0, "AllowedInFlows_d": 0.0, "CompletedFlows_d": 0.0, "OutboundBytes_d": 0.0,
            "InboundBytes_d": 0.0, "FlowIntervalStartTime_t": START, "FlowIntervalEndTime_t": START.replace(hour=20),
            "FlowStartTime_t": START.replace(minute=6), "FlowEndTime_t": START.replace(minute=40),
            "TimeGenerated": START.replace(hour=20, minute=11)}  # fmt: skip
    return made | given


def ask(question, *, vnet=None, nsg=None, subnets=None, **options):
    tables = {"NTANetAnalytics": vnet, "AzureNetworkAnalytics_CL": nsg}
    with StubWorkspace({name: rows for name, rows in tables.items() if rows is not None}) as stub:
        return question(LogAnalyticsStore("ws", endpoint=stub.url, subnets=subnets, **options))


def flows(**params):
    return FlowFilter.from_params(params)


def records(frame: pd.DataFrame):
    return frame.to_dict("records")
