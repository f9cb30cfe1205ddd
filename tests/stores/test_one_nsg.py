"""One NSG in every spelling, in blobs and in both tables of a workspace, is one NSG; two of one name are two."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from tests.estates.records import nsg_record, vnet_record, whole_blob
from tests.parts.stub_workspace import StubWorkspace

GUID = "AAAAAAAA-0000-4000-8000-000000000001"
ZERO = "00000000-0000-0000-0000-000000000000"
NOON = pd.Timestamp("2026-11-20T12:00:00")


def arm(name: str, group: str = "rg-shop") -> str:
    return f"/subscriptions/S1/resourceGroups/{group}/providers/Microsoft.Network/networkSecurityGroups/{name}"


LOGGED = (
    arm("Shop-Web-NSG"),
    arm("shop-web-nsg"),
    arm("SHOP-WEB-NSG", "RG-SHOP"),
    arm("Web", "rg-a"),
    arm("web", "rg-b"),
)
NAMED = {GUID.lower(): "Shop-web-nsg", arm("shop-web-nsg").lower(): "Shop-web-nsg"}


def tuples(at: int, port: int) -> list[str]:
    start = int(NOON.tz_localize("UTC").timestamp() * 1000)
    ends = f"10.1.1.{at},10.1.2.5,50000,{port},6,I"
    return [f"{start},{ends},B,NX,0,0,0,0", f"{start + 5000},{ends},E,NX,5,500,4,400"]


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("blobs")
    written = [vnet_record(tuples(at, 443), acl=acl) for at, acl in enumerate((*LOGGED, GUID), start=1)]
    written += [vnet_record(tuples(9, 443), acl=ZERO, rule="PlatformRule")]
    written += [vnet_record(tuples(8, 443), acl="unspecified", rule="unspecified")]
    (folder / "vnet.json").write_bytes(whole_blob(written))
    v2 = [line.replace(",6,I,", ",T,I,A,").replace(",NX", "").replace("000,10.", ",10.", 1) for line in tuples(1, 443)]
    upper = [nsg_record(2, v2, nsg=arm("SHOP-WEB-NSG").upper())]
    (folder / "nsg.json").write_bytes(whole_blob(upper))
    return folder


def nta(at: int, acl: str, rule: str = "app") -> dict[str, object]:
    times = dict.fromkeys(("TimeGenerated", "FlowIntervalStartTime", "FlowStartTime", "FlowEndTime"), NOON)
    return times | {
        "SubType": "FlowLog", "FlowIntervalEndTime": NOON + pd.Timedelta(hours=1), "SrcIp": f"10.1.1.{at}",
        "DestIp": "10.1.2.5", "DestPort": 443, "L4Protocol": "TCP", "FlowDirection": "Inbound",
        "FlowStatus": "Allowed", "AclGroup": acl, "AclRule": rule, "MacAddress": "00-0D-3A-00-00-A1",
        "AllowedInFlows": 1, "CompletedFlows": 1, "PacketsSrcToDest": 5, "PacketsDestToSrc": 4,
        "BytesSrcToDest": 500, "BytesDestToSrc": 400,
    }  # fmt: skip


def cl(at: int, nsg: str) -> dict[str, object]:
    starts = ("FlowIntervalStartTime_t", "FlowStartTime_t", "FlowEndTime_t")
    return dict.fromkeys(("TimeGenerated", *starts), NOON) | {
        "SubType_s": "FlowLog", "SrcIP_s": f"10.1.1.{at}", "DestIP_s": "10.1.2.5", "DestPort_d": 443.0,
        "L4Protocol_s": "T", "FlowDirection_s": "I", "FlowStatus_s": "A", "NSGList_s": nsg, "NSGRule_s": "app",
        "MACAddress_s": "000D3A0000A1", "AllowedInFlows_d": 1.0, "CompletedFlows_d": 1.0, "OutboundPackets_d": 5.0,
        "InboundPackets_d": 4.0, "OutboundBytes_d": 500.0, "InboundBytes_d": 400.0,
    }  # fmt: skip


ROWS = [nta(at, acl) for at, acl in enumerate((*LOGGED, GUID), start=1)] + [
    nta(9, "0" * 32, "platformrule"),
    nta(8, "unspecified", "unspecified"),
]
TABLES = {
    "one table": {"NTANetAnalytics": ROWS},
    "two tables": {"NTANetAnalytics": ROWS, "AzureNetworkAnalytics_CL": [cl(1, "S1/RG-SHOP/SHOP-WEB-NSG")]},
}


def by_nsg(store: FlowStore, **params: str) -> dict[str, tuple[int, int]]:
    query = FlowQuery(FlowFilter.from_params(params), by=("nsg",), measures=("flows", "bytes"))
    return {nsg: (flows, size) for nsg, flows, size in store.fetch(query).itertuples(index=False)}


def expected(guid: str, shown: str) -> dict[str, tuple[int, int]]:
    shop = {shown: (4, 3600)} if guid == shown else {shown: (3, 2700), guid: (1, 900)}
    return shop | {"rg-a/Web": (1, 900), "rg-b/web": (1, 900), "none": (2, 1800)}


@pytest.mark.parametrize("names", [{}, NAMED], ids=["no names", "loaded names"])
@pytest.mark.parametrize("engine", ["blobs kept", "blobs", *TABLES])
def test_one_nsg_is_one(engine: str, names: dict[str, str], blobs: Path, tmp_path: Path, stub_token: None) -> None:
    shown = "Shop-web-nsg" if names else "Shop-Web-NSG"
    other = shown if names else GUID
    store: FlowStore
    if engine in TABLES:
        with StubWorkspace(TABLES[engine]) as stub:
            check(LogAnalyticsStore("ws", endpoint=stub.url, nsg_names=names), expected(other, shown), shown)
        return
    store = LocalStore(tmp_path / "flows.duckdb", nsg_names=names if engine == "blobs" else None)
    import_flows(FolderSource(blobs), store)
    if engine == "blobs kept":
        store.save_nsg_names(names)
    check(store, expected(other, shown), shown)


def check(store: FlowStore, wanted: dict[str, tuple[int, int]], shown: str) -> None:
    assert by_nsg(store) == wanted
    mine = {shown: wanted[shown]}
    for asked in (shown, shown.upper(), arm("SHOP-web-nsg"), "rg-shop/shop-web-nsg"):
        assert by_nsg(store, nsg=asked) == mine, asked
    assert by_nsg(store, nsg_id=arm("shop-WEB-nsg").upper()) == mine
    assert set(by_nsg(store, nsg=f"!{shown}")) == set(wanted) - {shown}
    assert by_nsg(store, nsg="web") == {key: wanted[key] for key in ("rg-a/Web", "rg-b/web")}
    assert store.nsgs_named("WEB") == ("rg-a/Web", "rg-b/web")
    for none in ("none", ZERO, "0" * 32, "unspecified"):
        assert by_nsg(store, nsg=none) == {"none": wanted["none"]}
    assert set(store.values("nsg")) == set(wanted)
    ids = store.fetch(FlowQuery(FlowFilter.from_params({"nsg": "rg-b/web,none"}), by=("nsg", "nsg_id")))
    assert {nsg: held for nsg, held, _ in ids.itertuples(index=False)} == {"rg-b/web": arm("web", "rg-b"), "none": ""}
