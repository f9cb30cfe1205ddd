"""Coverage of a workspace: Traffic Analytics names targets and MACs in spellings of its own, and no blobs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.coverage.truth import find_truth
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from tests.coverage.estate import SUB, Estate, Machine, estate
from tests.estates.flows import START
from tests.parts.stub_workspace import StubWorkspace
from tests.parts.workspace_rows import nta

HOURS = 30


def rows_of(made: Estate) -> list[dict[str, Any]]:
    """A row an end, talk and hour, as Traffic Analytics writes them."""
    found = []
    for source, destination, port in made.talks:
        ends = (made.machines[source], "Outbound"), (made.machines[destination], "Inbound")
        for hour in range(HOURS):
            for machine, direction in ends:
                if machine.logs and hour not in machine.silent:
                    found.append(_row(machine, direction, ends[0][0].address, ends[1][0].address, port, hour))
    return found


def _row(machine: Machine, direction: str, source: str, destination: str, port: int, hour: int) -> dict[str, Any]:
    start = (START + timedelta(hours=hour)).replace(tzinfo=None)
    way = "In" if direction == "Inbound" else "Out"
    made: dict[str, Any] = nta(
        SrcIp=source, DestIp=destination, DestPort=port, FlowDirection=direction, AclRule="allowvnetinbound",
        MacAddress="-".join(machine.mac[at : at + 2] for at in range(0, 12, 2)),
        TargetResourceId=f"{SUB}/rg/{machine.vnet}", TargetResourceType="VirtualNetwork",
        FlowIntervalStartTime=start, FlowIntervalEndTime=start + timedelta(hours=1),
        FlowStartTime=start + timedelta(minutes=6), FlowEndTime=start + timedelta(minutes=40),
        TimeGenerated=start + timedelta(minutes=70), CompletedFlows=9, PacketsSrcToDest=9, PacketsDestToSrc=8,
        **{f"Allowed{way}Flows": 9},
    )  # fmt: skip
    return made


def test_a_workspace_tells_the_same_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSGFLOW_LOGS_TOKEN", "stub")
    made = estate(3)
    del made.logs["v00"]
    for machine in ("app1", "app2", "db1"):
        made.machines[f"v00-{machine}"].logs = []
        made.machines[f"v01-{machine}"].silent = set(range(15, HOURS))
    made.machines["v02-db1"].logs = []
    made.talks *= 3  # a gap is told by several entries
    inventory = made.inventory()
    with StubWorkspace({"NTANetAnalytics": rows_of(made)}) as stub:
        store = LogAnalyticsStore("ws", endpoint=stub.url, subnets=inventory.subnet_map)
        truth = find_truth(store, FlowFilter(), inventory)
    assert [(each.kind.key, each.subject) for each in truth.gaps] == [
        ("vnet-without-log", "VNet v00"),
        ("silent-since", "flow log v01-flowlog"),
        ("nic-silent", "NIC v02-db1-nic (10.3.2.6)"),
    ]
