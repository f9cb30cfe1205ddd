"""The Traffic Analytics tables: every documented column with its type, values spelled and counted as Azure does."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.sources.sample.source import sample_inventory
from nsgflow_core.stores.kql_on_local.engine import KqlOnLocal
from nsgflow_core.stores.kql_on_local.tables.documented import DOCUMENTED
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.flows import START, row, store_of

SUB = "/subscriptions/AAAAAAAA-0000-4000-8000-000000000001"
NET = f"{SUB}/resourceGroups/RG-Net/providers/Microsoft.Network"
GUID = "bbbbbbbb-0000-4000-8000-000000000002"
NETWORK: list[dict[str, Any]] = [
    {"type": "Microsoft.Network/virtualNetworks", "name": "Hub", "id": f"{NET}/virtualNetworks/Hub",
     "location": "WestEurope", "addressSpace": {"addressPrefixes": ["10.1.0.0/16", "20.9.0.0/24"]},
     "subnets": [{"name": "Web", "id": f"{NET}/virtualNetworks/Hub/subnets/Web", "addressPrefix": "10.1.1.0/24"}]},
    {"type": "Microsoft.Network/virtualNetworks", "name": "Spoke", "id": f"{NET}/virtualNetworks/Spoke",
     "addressSpace": {"addressPrefixes": ["10.2.0.0/16", "fd00:2::/48"]},
     "subnets": [{"name": "Db", "id": f"{NET}/virtualNetworks/Spoke/subnets/Db",
                  "addressPrefixes": ["10.2.1.0/24", "fd00:2::/64"]}]},
    {"type": "Microsoft.Network/networkSecurityGroups", "name": "Web-NSG", "resourceGuid": GUID,
     "id": f"{NET}/networkSecurityGroups/Web-NSG", "securityRules": []},
    {"type": "Microsoft.Network/localNetworkGateways", "name": "Office", "id": f"{NET}/localNetworkGateways/Office",
     "localNetworkAddressSpace": {"addressPrefixes": ["192.168.0.0/16"]}},
    {"type": "Microsoft.Network/virtualNetworkGateways", "name": "Gw", "id": f"{NET}/virtualNetworkGateways/Gw",
     "vpnClientConfiguration": {"vpnClientAddressPool": {"addressPrefixes": ["172.16.9.0/24"]}}},
    {"type": "Microsoft.Network/networkInterfaces", "name": "Nic", "id": f"{NET}/networkInterfaces/Nic",
     "virtualMachine": {"id": f"{SUB}/resourceGroups/RG-Vm/providers/Microsoft.Compute/virtualMachines/Vm1"},
     "ipConfigurations": [{"privateIPAddress": "10.1.1.4"}]},
]  # fmt: skip
TAGS = {
    "values": [
        {"name": "AzureCloud", "properties": {"addressPrefixes": ["20.60.0.0/16"]}},
        {"name": "Storage.WestEurope", "properties": {"addressPrefixes": ["20.60.1.0/24"]}},
    ]
}
PAIRS = {
    ("10.1.1.4", "10.1.1.5"): "IntraVNet",
    ("10.1.1.4", "10.1.7.7"): "IntraVNet",
    ("10.1.1.4", "20.9.0.9"): "IntraVNet",
    ("10.1.1.4", "10.2.1.5"): "InterVNet",
    ("10.1.1.4", "fd00:2::5"): "InterVNet",
    ("192.168.3.4", "10.1.1.4"): "S2S",
    ("172.16.9.8", "10.1.1.4"): "P2S",
    ("10.1.1.4", "20.60.1.7"): "AzurePublic",
    ("10.1.1.4", "168.63.129.16"): "AzurePublic",
    ("10.1.1.4", "203.0.113.9"): "ExternalPublic",
    ("203.0.113.9", "10.1.1.4"): "ExternalPublic",
    ("10.1.1.4", "10.200.0.1"): "UnknownPrivate",
}


KNOWN = read([("network.json", json.dumps(NETWORK)), ("tags.json", json.dumps(TAGS))])


def logged(source: str, destination: str, **changes: Any) -> dict[str, object]:
    """One tuple of a VNet flow log, seen at whichever end is 10.1.1.4."""
    direction = "Outbound" if source == "10.1.1.4" else "Inbound"
    vnet_log = {"log_kind": "VNet", "nsg": GUID, "nsg_id": GUID, "target": f"{NET}/virtualNetworks/Hub"}
    return row((source, destination, "TCP", 443), START, direction=direction) | vnet_log | changes


def answers(tmp_path: Path, rows: list[dict[str, object]], kql: str, network: Inventory | None = None) -> pd.DataFrame:
    return KqlOnLocal(store_of(tmp_path / "flows.duckdb", rows, SubnetMap()), network=network).run(kql)


@pytest.fixture(scope="module")
def sample(three_hours: LocalStore) -> KqlOnLocal:
    return KqlOnLocal(three_hours, network=sample_inventory())


@pytest.mark.parametrize("table", DOCUMENTED)
def test_each_table_has_its_documented_columns_and_types(table: str, sample: KqlOnLocal) -> None:
    found = sample.run(f"{table} | getschema")
    assert dict(zip(found["ColumnName"], found["ColumnType"], strict=True)) == dict(DOCUMENTED[table])


def test_no_text_is_null(sample: KqlOnLocal) -> None:
    for table, columns in DOCUMENTED.items():
        found = sample.run(f"{table} | take 1000")
        texts = [name for name, kind in columns.items() if kind == "string"]
        assert not found[texts].isna().to_numpy().any(), table


def test_a_flow_type_is_what_both_ends_are(tmp_path: Path) -> None:
    rows = [logged(*pair) for pair in PAIRS]
    found = answers(tmp_path, rows, "NTANetAnalytics | project SrcIp, DestIp, FlowType", KNOWN)
    assert {(source, destination): kind for source, destination, kind in found.itertuples(index=False)} == PAIRS
    assert len(found) == len(PAIRS)


def test_ids_subnets_and_machines_are_spelled_as_azure_spells_them(tmp_path: Path) -> None:
    rows = [logged("10.1.1.4", "10.2.1.5"), logged("10.1.1.4", "20.60.1.7", rule="DenyAllInBound")]
    found = answers(tmp_path, rows, "NTANetAnalytics | sort by DestIp asc", KNOWN)
    first, second = found.iloc[0], found.iloc[1]
    subscription = SUB.rsplit("/", 1)[1].lower()
    assert first["AclGroup"] == f"{NET}/networkSecurityGroups/Web-NSG".lower()
    assert first["TargetResourceId"] == f"{subscription}/rg-net/hub"
    assert (first["TargetResourceType"], first["MacAddress"]) == ("VirtualNetwork", "00-22-48-71-C2-05")
    assert (first["SrcSubnet"], first["DestSubnet"]) == ("rg-net/hub/web", "rg-net/spoke/db")
    assert (first["SrcVm"], first["SrcNic"], first["SrcRegion"]) == ("rg-vm/vm1", "rg-net/nic", "westeurope")
    assert first["SrcSubscription"] == subscription
    assert (second["DestServiceTags"], second["AzureRegion"]) == ("20.60.1.7|Storage.WestEurope", "westeurope")
    assert (second["DestSubnet"], second["DestPublicIps"]) == ("", "20.60.1.7|1|0|3|2|300|200")


def test_an_nsg_of_an_nsg_log_is_its_path_and_one_in_any_case(tmp_path: Path) -> None:
    nsg = f"{NET}/networkSecurityGroups/Web-NSG"
    rows = [row(("10.1.1.4", "10.1.1.5", "TCP", 443), START) | {"nsg_id": each} for each in (nsg, nsg.upper())]
    found = answers(tmp_path, rows, "AzureNetworkAnalytics_CL | project NSGList_s, AllowedInFlows_d")
    assert found.to_numpy().tolist() == [[f"{SUB.rsplit('/', 1)[1].lower()}/rg-net/web-nsg", 2.0]]


def test_without_a_map_there_is_no_subnet_and_the_log_tells_what_is_inside(tmp_path: Path) -> None:
    rows = [
        logged("10.1.1.4", "203.0.113.9"),
        logged("203.0.113.9", "20.7.7.7", mac="00224871C206"),
        logged("10.1.1.4", "10.9.9.9"),
    ]
    found = answers(tmp_path, rows, "NTANetAnalytics | distinct DestIp, FlowType, SrcSubnet, DestSubnet")
    assert set(found["SrcSubnet"] + found["DestSubnet"]) == {""}
    assert dict(zip(found["DestIp"], found["FlowType"], strict=True)) == {
        "203.0.113.9": "ExternalPublic",
        "20.7.7.7": "ExternalPublic",
        "10.9.9.9": "UnknownPrivate",
    }


COUNTED = {"BBE": (2, 1), "EE": (2, 2), "CCC": (1, 0), "CE": (1, 1), "DDD": (3, 0)}
"""The states of one pair's tuples in an hour: flows that started in it, and flows that ended."""


def test_flows_are_those_that_started_in_the_hour(tmp_path: Path) -> None:
    words = {"B": "Begin", "C": "Continuing", "E": "End", "D": "Deny"}
    rows = [
        logged(
            "10.1.1.4", f"10.1.1.{5 + pair}", flow_state=words[each], decision="Denied" if each == "D" else "Allowed"
        )
        | {"time": START + timedelta(minutes=at)}
        for pair, states in enumerate(COUNTED)
        for at, each in enumerate(states)
    ]
    kql = "NTANetAnalytics | sort by DestIp asc | project n = AllowedOutFlows + DeniedOutFlows, CompletedFlows"
    assert [tuple(each) for each in answers(tmp_path, rows, kql).to_numpy().tolist()] == list(COUNTED.values())


def test_every_row_is_what_plain_python_adds_up(three_hours: LocalStore, sample: KqlOnLocal) -> None:
    tuples = three_hours.rows(RowsQuery(limit=None))
    expected: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for each in tuples[tuples["log_kind"] == "VNet"].to_dict("records"):
        rule = "platformrule" if each["rule_kind"] == "Platform" else each["rule"]
        mac = "-".join(each["mac"][at : at + 2] for at in range(0, 12, 2))
        key = (each["time"].floor("h").tz_localize(None), each["src_ip"], each["dst_ip"], each["dst_port"],
               each["direction"], each["decision"], rule, mac)  # fmt: skip
        is_start = each["decision"] == "Denied" or each["flow_state"] == "Begin"
        counters = [each[name] for name in ("src_to_dst_bytes", "dst_to_src_bytes")]
        added = [int(is_start), 1, *(0 if pd.isna(each) else int(each) for each in counters)]
        expected[key] = [before + more for before, more in zip(expected[key], added, strict=True)]
    found = sample.run(
        "NTANetAnalytics | project FlowIntervalStartTime, SrcIp, DestIp, DestPort, FlowDirection, FlowStatus, AclRule, "
        "MacAddress, Flows = AllowedInFlows + DeniedInFlows + AllowedOutFlows + DeniedOutFlows, RecordCount, "
        "BytesSrcToDest, BytesDestToSrc"
    )
    rows = {tuple(each[:8]): list(each[8:]) for each in found.itertuples(index=False, name=None)}
    assert len(rows) == len(found) == len(expected) > 300
    began = {key: added for key, added in expected.items() if added[0]}
    assert {key: rows[key] for key in began} == began
    assert all(rows[key][0] >= 1 and rows[key][1:] == added[1:] for key, added in expected.items())


def test_every_address_of_the_internet_has_a_row_of_its_own_in_ip_details(tmp_path: Path) -> None:
    rows = [logged(*pair) for pair in PAIRS]
    found = answers(tmp_path, rows, "NTAIpDetails | project Ip, FlowType, Location, PublicIpDetails", KNOWN)
    assert sorted(found.itertuples(index=False, name=None)) == [
        ("168.63.129.16", "AzurePublic", "Global", "Microsoft Virtual Public IP"),
        ("20.60.1.7", "AzurePublic", "westeurope", "Storage.WestEurope"),
        ("203.0.113.9", "ExternalPublic", "", ""),
    ]
