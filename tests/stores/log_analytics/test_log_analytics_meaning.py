"""Hand-counted answers over hand-made Traffic Analytics rows, both tables and every spelling, run for real."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pandas as pd
import pytest

from nsgflow_core.analysis import denied, required_ports
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import StoreMissing
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from nsgflow_core.words.prefixes import parse_prefix
from tests.parts.stub_workspace import StubWorkspace
from tests.parts.workspace_rows import START, SUBNETS, ask, cl, flows, nta, records

pytestmark = pytest.mark.usefixtures("stub_token")


def test_it_is_a_store_and_names_what_it_cannot_know():
    store = ask(lambda store: store, vnet=[])
    assert isinstance(store, FlowStore)
    shorter = {"minute", "five_minutes", "quarter_hour"}
    assert store.unsupported == {"src_port", "flow_state", "encryption", "asn", *shorter}
    assert "ws" in store.name


def test_a_connection_logged_at_both_ends_and_by_both_kinds_of_log_counts_once():
    found = ask(
        lambda store: required_ports.services(flows(), "address").ask(store),
        vnet=[
            nta(AllowedOutFlows=12, CompletedFlows=10, BytesSrcToDest=100, BytesDestToSrc=900, PacketsSrcToDest=3),
            nta(
                FlowDirection="I",
                FlowStatus="A",
                L4Protocol="t",
                AllowedInFlows=12,
                CompletedFlows=20,
                BytesSrcToDest=90,
            ),
        ],
        nsg=[cl(AllowedOutFlows_d=5.0, CompletedFlows_d=5.0, OutboundBytes_d=2000.0)],
    )
    assert records(found) == [
        {
            "source": "10.1.1.4", "destination": "10.1.2.5", "protocol": "TCP", "port": 1433,
            "directions": ("Inbound", "Outbound"), "rules": (("web-nsg", "allow-sql"),),
            "flows": 20, "packets": 3, "bytes": 2000, "sources": 1, "destinations": 1,
            "first_seen": pd.Timestamp(2025, 8, 25, 19, 6, tz="UTC"),
            "last_seen": pd.Timestamp(2025, 8, 25, 19, 40, tz="UTC"),
        }
    ]  # fmt: skip
    assert str(found["first_seen"].dtype) == "datetime64[us, UTC]"


def test_started_and_ended_are_compared_over_the_whole_window_and_a_continuing_flow_is_one():
    hours = [
        nta(AllowedOutFlows=3, CompletedFlows=1),
        nta(AllowedOutFlows=1, CompletedFlows=4, FlowIntervalStartTime=START.replace(hour=20)),
    ]
    lasting = [nta(DestPort=22, AllowedOutFlows=0, CompletedFlows=0, BytesSrcToDest=5)] * 3
    found = ask(lambda store: store.fetch(FlowQuery(by=("port",), measures=("flows", "tuples"))), vnet=hours + lasting)
    assert records(found) == [{"port": 22, "flows": 1, "tuples": 3}, {"port": 1433, "flows": 5, "tuples": 2}]
    hourly = ask(lambda store: store.fetch(FlowQuery(by=("hour",), measures=("flows",))), vnet=hours)
    assert list(hourly["flows"]) == [3, 4]
    assert list(hourly["hour"]) == [pd.Timestamp(2025, 8, 25, hour, tz="UTC") for hour in (19, 20)]


def test_each_packed_public_address_has_its_own_counters_and_none_is_lost():
    packed = (
        "23.39.174.184|1|1|16|18|1922|6187 23.48.104.147|1|1|15|17|1855|6073 "
        "23.212.249.153|1|1|17|19|1981|6289 23.212.251.198|1|1|14|17|1796|6078"
    )
    rows = [
        nta(SrcIp="10.222.0.4", DestIp="", DestPort=443, DestPublicIps=packed, AllowedOutFlows=4, CompletedFlows=4,
            PacketsSrcToDest=62, PacketsDestToSrc=71, BytesSrcToDest=7554, BytesDestToSrc=24627),
        nta(SrcIp="", DestIp="172.18.0.4", DestPort=10002, SrcPublicIps="35.203.210.116|1|0|0|0|0|0", DeniedInFlows=1,
            FlowStatus="Denied", FlowDirection="Inbound", AclRule="denyallinbound"),
        nta(SrcIp="", DestIp="10.222.0.4", DestPort=21893, SrcPublicIps="40.87.172.0|1|1|1|1|128|60", AllowedInFlows=1,
            FlowDirection="Inbound", AclGroup="Unspecified", AclRule="platformrule"),
        nta(SrcIp="185.1.1.1", DestIp="10.222.0.4", FlowType="MaliciousFlow", DestPort=3389, DeniedInFlows=7,
            FlowStatus="D", FlowDirection="I"),
    ]  # fmt: skip
    pairs = ask(
        lambda s: s.fetch(
            FlowQuery(by=("src_ip", "dst_ip", "rule_kind"), measures=("flows", "packets", "src_to_dst_bytes"))
        ),
        vnet=rows,
    )
    assert [tuple(row) for row in pairs.itertuples(index=False)] == [
        ("10.222.0.4", "23.212.249.153", "User", 1, 36, 1981),
        ("10.222.0.4", "23.212.251.198", "User", 1, 31, 1796),
        ("10.222.0.4", "23.39.174.184", "User", 1, 34, 1922),
        ("10.222.0.4", "23.48.104.147", "User", 1, 32, 1855),
        ("185.1.1.1", "10.222.0.4", "User", 7, 0, 0),
        ("35.203.210.116", "172.18.0.4", "Default", 1, 0, 0),
        ("40.87.172.0", "10.222.0.4", "Platform", 1, 2, 128),
    ]
    required = ask(lambda store: required_ports.services(flows()).ask(store), vnet=rows)
    assert [
        (row["source"], row["destination"], row["port"], row["flows"], row["destinations"]) for row in records(required)
    ] == [("10.222.0.0/24", "Internet", 443, 4, 4)]
    refused = ask(lambda store: denied.by_rule_and_port(flows()).ask(store), vnet=rows)
    assert [(row["nsg"], row["rule"], row["port"], row["flows"]) for row in records(refused)] == [
        ("web-nsg", "allow-sql", 3389, 7),
        ("web-nsg", "denyallinbound", 10002, 1),
    ]


def test_schema_1_rows_name_the_vm_the_public_addresses_and_the_rule_in_their_own_columns():
    old = {"FASchemaVersion_s": "1", "SrcIP_s": "", "DestIP_s": "", "VMIP_s": "10.1.1.4", "NSGRule_s": "",
           "NSGRuleType_s": "", "PublicIPs_s": "8.8.8.8|2|1|1|1|10|20 9.9.9.9|3|3|1|1|10|20"}  # fmt: skip
    rows = [
        cl(**old, NSGRules_s="0|DefaultRule_AllowInternetOutBound|O|A|5", DestPort_d=53.0, L4Protocol_s="U"),
        cl(**old, NSGRules_s="1|UserRule_web|I|A|5", FlowDirection_s="I", DestPort_d=80.0),
        cl(FASchemaVersion_s="1", AllowedOutFlows_d=None, FlowCount_d=9.0, DestPort_d=25.0),
        cl(SubType_s="Topology", DestPort_d=1.0),
        cl(FlowStatus_s="?", DestPort_d=2.0),
    ]
    found = ask(
        lambda s: s.fetch(FlowQuery(by=("src_ip", "dst_ip", "protocol", "port", "rule", "rule_kind"))), nsg=rows
    )
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        ("10.1.1.4", "10.1.2.5", "TCP", 25, "Allow-SQL", "User", 9),
        ("10.1.1.4", "8.8.8.8", "UDP", 53, "AllowInternetOutBound", "Default", 2),
        ("10.1.1.4", "9.9.9.9", "UDP", 53, "AllowInternetOutBound", "Default", 3),
        ("8.8.8.8", "10.1.1.4", "TCP", 80, "web", "User", 2),
        ("9.9.9.9", "10.1.1.4", "TCP", 80, "web", "User", 3),
    ]


LABELLED = [
    ("10.1.1.4", "web"), ("10.1.1.9", "host"), ("10.1.2.1", "db"), ("fd00:1:0:7::5", "six"),
    ("10.9.8.7", "10.9.8.0/24"), ("100.64.1.1", "100.64.1.0/24"), ("168.63.129.16", "AzurePlatform"),
    ("8.8.8.8", "Internet"), ("2001:db8::1", "Internet"), ("fd00:9:0:1::5", "fd00:9:0:1::/64"),
    ("fd00::5", "fd00::/64"), ("fe80::1", "fe80::/64"), ("fd00:0:a0::5", "fd00:0:a0::/64"),
]  # fmt: skip


def test_an_address_has_the_users_subnet_or_the_default_label():
    rows = [nta(SrcIp=address, AllowedOutFlows=1) for address, _ in LABELLED]
    found = ask(lambda s: s.fetch(FlowQuery(by=("src_ip", "source", "destination"))), vnet=rows, subnets=SUBNETS)
    assert dict(zip(found["src_ip"], found["source"], strict=True)) == dict(LABELLED)
    assert set(found["destination"]) == {"db"}


def test_public_space_of_the_files_is_inside_and_each_block_of_it_a_label():
    space = tuple(map(parse_prefix, ("20.0.0.0/16", "20.9.0.0/27", "2a01:111::/48")))
    labels = {
        "20.0.3.4": "20.0.3.0/24", "20.9.0.4": "20.9.0.0/27", "20.9.0.64": "Internet", "10.1.1.4": "web",
        "2a01:111:0:7::4": "2a01:111:0:7::/64", "2a01:112::4": "Internet",
    }  # fmt: skip
    rows = [nta(SrcIp=address, AllowedOutFlows=1) for address in labels]
    subnets = replace(SUBNETS, address_space=space)
    found = ask(lambda s: s.fetch(FlowQuery(by=("src_ip", "source"))), vnet=rows, subnets=subnets)
    assert dict(zip(found["src_ip"], found["source"], strict=True)) == labels


def test_without_a_map_traffic_analytics_own_subnets_are_the_labels_and_one_empty_row_splits_no_flow():
    rows = [
        nta(AllowedOutFlows=2, SrcSubnet="rg/vnet/front", DestSubnet="rg/vnet/data"),
        nta(AllowedInFlows=2, FlowDirection="Inbound", DestSubnet="rg/vnet/data"),
    ]
    found = ask(lambda store: store.fetch(FlowQuery(by=("source", "destination"))), vnet=rows)
    assert records(found) == [{"source": "front", "destination": "data", "flows": 2}]


def test_values_and_extent():
    rows = [nta(AllowedOutFlows=1), nta(DestPort=80, AclRule="web", AllowedOutFlows=1, FlowStartTime=START)]
    values = {
        key: ask(lambda s, key=key: s.values(key), vnet=rows, subnets=SUBNETS)
        for key in ("port", "rule", "source", "day")
    }
    assert values == {
        "port": ["80", "1433"],
        "rule": ["allow-sql", "web"],
        "source": ["web"],
        "day": ["2025-08-25T00:00:00Z"],
    }
    extent = ask(lambda store: store.extent(), vnet=rows)
    assert (extent.first, extent.last, extent.tuples) == (
        START.replace(tzinfo=UTC),
        START.replace(minute=40, tzinfo=UTC),
        2,
    )
    nothing = ask(lambda store: store.extent(), vnet=[])
    assert (nothing.first, nothing.last, nothing.tuples) == (None, None, 0)


def test_a_custom_table_with_few_columns_and_a_workspace_with_none():
    with StubWorkspace({}) as stub:
        for text in (
            "CREATE TABLE AzureNetworkAnalytics_CL (TimeGenerated TIMESTAMP, FlowIntervalStartTime_t TIMESTAMP, "
            "SrcIP_s VARCHAR, DestIP_s VARCHAR, DestPort_d DOUBLE, L4Protocol_s VARCHAR, FlowDirection_s VARCHAR, "
            "FlowStatus_s VARCHAR, AllowedInFlows_d DOUBLE)",
            "INSERT INTO AzureNetworkAnalytics_CL VALUES (now(), now(), '10.0.0.1', '10.0.0.2', 22, 'T', 'I', 'A', 3)",
        ):
            stub._connection.execute(text)
        listed = stub._connection.execute("SELECT * FROM AzureNetworkAnalytics_CL").description
        stub._schema = {"AzureNetworkAnalytics_CL": [name for name, *_ in listed or []]}
        store = LogAnalyticsStore("ws", endpoint=stub.url)
        assert records(store.fetch(FlowQuery(by=("port", "rule_kind")))) == [
            {"port": 22, "rule_kind": "Unspecified", "flows": 3}
        ]
    with pytest.raises(StoreMissing, match="neither NTANetAnalytics nor AzureNetworkAnalytics_CL"):
        ask(lambda store: store.fetch(FlowQuery()))


def test_the_overview_tells_what_the_workspace_holds_and_how_to_start():
    found = ask(
        lambda store: store.overview(), vnet=[nta(), nta(FlowIntervalStartTime=START.replace(day=26))], nsg=[cl()]
    )
    assert [(t.name, t.rows, t.schema_versions, t.nsgs) for t in found.tables] == [
        ("NTANetAnalytics", 2, ("3",), ("web-nsg",)),
        ("AzureNetworkAnalytics_CL", 1, ("2",), ("WEB-NSG",)),
    ]
    assert found.tables[0].first == START.replace(tzinfo=UTC)
    assert found.tables[1].processing[0].total_seconds() == 3600
    assert found.tables[0].daily["rows"].tolist() == [1, 1]
    assert found.advice == ""
    assert "VNet flow logs" in ask(lambda store: store.overview()).advice
    assert "hold no flow yet" in ask(lambda store: store.overview(), vnet=[]).advice
