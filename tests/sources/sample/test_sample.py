"""The sample estate tells the story that docs/sample.md promises, in Azure's own bytes."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import pytest

from nsgflow_core.formats import parse
from nsgflow_core.sources.base import NSG_CONTAINER, VNET_CONTAINER
from nsgflow_core.sources.sample.logs import write_logs
from nsgflow_core.sources.sample.source import (
    SampleSource,
    sample_connections,
    sample_nsg_names,
    sample_nsgs,
    sample_subnets,
    sample_vnets,
)
from nsgflow_core.words.prefixes import AZURE_PLATFORM, INTERNET
from tests.conftest import ROOT
from tests.estates.sample_rules import decide
from tests.reference.aggregate import packed

CHANGE = pd.Timestamp("2026-11-18 14:20", tz="UTC")
SUNDAY = pd.Timestamp("2026-11-22", tz="UTC")
ADMIN = "00000000-0000-4000-8000-000000000301"
COUNTERS = ["src_to_dst_packets", "src_to_dst_bytes", "dst_to_src_packets", "dst_to_src_bytes"]
FIVE_TUPLE = ["src_ip", "dst_ip", "src_port", "dst_port", "protocol"]
PUBLIC = [ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]


@pytest.fixture(scope="module")
def blobs() -> dict[str, bytes]:
    source = SampleSource()
    found = {}
    for blob in source.blobs():
        part = source.read(blob, None)
        assert part is not None
        found[blob.location] = part.data
    return found


@pytest.fixture(scope="module")
def parts(blobs):
    return [part for whole in blobs.values() for part in parse(whole, at_start=True)]


@pytest.fixture(scope="module")
def tuples(parts) -> pd.DataFrame:
    """Every tuple of the week, as the product reads it."""
    found: pd.DataFrame = pa.concat_tables([part.flows for part in parts]).unify_dictionaries().to_pandas()
    return found


@pytest.fixture(scope="module")
def vnet(tuples: pd.DataFrame) -> pd.DataFrame:
    return tuples[tuples.log_kind == "VNet"]


def test_same_bytes_everywhere(blobs):
    digest = hashlib.sha256()
    for location, whole in blobs.items():
        digest.update(location.encode() + b"\0" + whole + b"\0")
    assert digest.hexdigest() == "174b0b23c16aeed172383434246bb669fd7c28959fd4a9e25ec7556bb299d01e", (
        "The estate changed: look at it, then note the new digest here."
    )


def test_written_again_it_is_the_same(blobs):
    assert write_logs(sample_connections()) == blobs


def test_size(blobs, tuples):
    assert 1_500 < len(blobs) < 2_500
    assert 120_000 < len(tuples) < 200_000
    assert sum(map(len, blobs.values())) < 70e6


def test_nothing_is_rejected(blobs, parts):
    assert [part.rejected for part in parts if part.rejected] == []
    assert sum(part.flows.num_rows for part in parts) == sum(
        len(re.findall(rb'"\d{10,13},', whole)) for whole in blobs.values()
    )


def test_all_three_formats(blobs):
    vnet_logs = [whole for location, whole in blobs.items() if location.startswith(VNET_CONTAINER)]
    nsg_logs = [whole for location, whole in blobs.items() if location.startswith(NSG_CONTAINER)]
    assert all(record["flowLogVersion"] == 4 for record in json.loads(vnet_logs[0])["records"])
    assert {record["properties"]["Version"] for whole in nsg_logs for record in json.loads(whole)["records"]} == {1, 2}


def test_one_record_a_minute_in_the_blob_of_its_hour(blobs):
    source = SampleSource()
    for blob in list(source.blobs())[::37]:
        whole = blobs[blob.location]
        assert blob.hour is not None
        assert (whole[:20], whole[-3:]) == (b'{"records":[{"time":', b"}]}")
        times = [record["time"][:16] for record in json.loads(whole)["records"]]
        assert times == sorted(set(times))
        assert {time[:13] for time in times} == {blob.hour.strftime("%Y-%m-%dT%H")}


def test_the_week(tuples):
    assert tuples.time.min() >= datetime(2026, 11, 16, tzinfo=UTC)
    assert tuples.time.max() < datetime(2026, 11, 23, tzinfo=UTC)
    hours = tuples[tuples.rule == "allow-office-https"].groupby(tuples.time.dt.hour).size()
    assert hours[10] > 20 * hours[3]
    days = tuples[tuples.rule == "allow-https-internet"].groupby(tuples.time.dt.date).size()
    assert days.iloc[5:].max() < 0.7 * days.iloc[:5].min()


def test_no_address_of_the_real_world(blobs, tuples):
    for address in {*tuples.src_ip.unique(), *tuples.dst_ip.unique()}:
        ip = ipaddress.ip_address(address)
        label = sample_subnets().label(packed(address))
        if label == INTERNET:
            assert any(ip in network for network in PUBLIC), address
        else:
            assert label == AZURE_PLATFORM or label in sample_subnets().names or address.startswith("172.16."), address
    assert {mac[:10] for mac in tuples.mac.unique()} == {"00005E0053"}
    guids = {
        guid for whole in blobs.values() for guid in re.findall(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", whole)
    }
    assert all(guid.startswith((b"00000000-0000-4000-8000-", b"00000000-0000-0000-0000-")) for guid in guids)


def test_a_dual_stack_subnet(vnet):
    six = vnet[vnet.src_ip.str.startswith("2001:db8:")]
    assert len(six) > 1_000
    assert {sample_subnets().label(packed(address)) for address in six.dst_ip.unique()} == {"snet-shop-web"}


def test_the_deltas_add_up(vnet):
    """B has zero counters, C comes every five minutes, and the deltas of a finished flow are the connection's."""
    assert (vnet[vnet.flow_state.isin(["Begin", "Deny"])][COUNTERS] == 0).all(axis=None)
    run = vnet[(vnet.dst_ip == "192.0.2.77")].sort_values("time")
    assert list(run.flow_state) == ["Begin", *["Continuing"] * 8, "End"]
    assert set(run.time.diff().dt.total_seconds().iloc[1:-1]) == {300}
    invoice_run = next(one for one in sample_connections() if one.service == "invoice run")
    assert tuple(run[COUNTERS].sum()) == invoice_run[8:12]
    assert run.time.iloc[0].isoformat()[:16] == "2026-11-20T02:00"


def test_inside_connections_are_logged_at_both_ends_alike(vnet):
    allowed = vnet[(vnet.decision == "Allowed")]
    inside = set(allowed[allowed.direction == "Outbound"].src_ip)
    both = allowed[allowed.src_ip.isin(inside) & allowed.dst_ip.isin(inside)]
    keys = [*FIVE_TUPLE, "time", "flow_state", "encryption", *COUNTERS]
    outbound, inbound = (both[both.direction == way][keys] for way in ("Outbound", "Inbound"))
    denied = vnet[(vnet.decision == "Denied") & (vnet.direction == "Inbound")][[*FIVE_TUPLE, "time"]]
    matched = outbound.merge(denied, on=[*FIVE_TUPLE, "time"], how="left", indicator=True)
    unanswered = (matched.flow_state == "End") & (matched.dst_to_src_packets == 0)
    reached = matched[(matched._merge == "left_only") & ~unanswered][keys]
    assert unanswered.sum() == (matched._merge == "both").sum() > 1_500
    assert len(reached) > 30_000
    pd.testing.assert_frame_equal(
        reached.sort_values(keys).reset_index(drop=True), inbound.sort_values(keys).reset_index(drop=True)
    )


def test_the_forgotten_port(vnet):
    uses = vnet[(vnet.rule == "temp-allow-rdp-any") & (vnet.flow_state == "Begin")]
    assert list(uses.time.dt.strftime("%a %H:%M")) == ["Tue 22:41", "Tue 23:58", "Thu 03:12", "Sat 02:47", "Sun 03:05"]
    assert set(uses.src_ip) == {"198.51.100.23"}
    assert set(uses.dst_port) == {3389}


def test_the_way_from_dev_to_the_erp_data(vnet):
    uses = vnet[(vnet.src_ip == "10.40.1.5") & (vnet.dst_port == 22) & (vnet.flow_state == "Begin")]
    assert sorted(uses.direction) == ["Inbound"] * 3 + ["Outbound"] * 3
    assert set(uses.dst_ip) == {"10.30.2.4"}
    assert set(uses[uses.direction == "Inbound"].rule) == {"AllowVnetInBound"}


def test_the_service_of_the_last_day(vnet):
    queue = vnet[(vnet.dst_port == 5671)]
    assert set(queue.decision) == {"Allowed"}
    assert set(queue.src_ip) == {"10.20.2.4", "10.20.2.5"}
    assert queue.time.min() >= SUNDAY
    assert len(queue[(queue.flow_state == "Begin") & (queue.direction == "Inbound")]) == 96


def test_the_rule_change_broke_the_reporting(vnet):
    reporting = vnet[(vnet.src_ip == "10.30.1.4") & (vnet.dst_ip == "10.20.3.4") & (vnet.direction == "Inbound")]
    before, after = reporting[reporting.flow_state == "Begin"], reporting[reporting.decision == "Denied"]
    assert before.time.max() < CHANGE <= after.time.min()
    assert set(before.rule) == {"AllowVnetInBound"}
    assert set(after.rule) == {"deny-spokes-in"}
    assert len(after) > 1_500
    assert (
        vnet[(vnet.src_ip == "10.30.1.4") & (vnet.dst_ip == "10.20.3.4") & (vnet.time > CHANGE)].direction.nunique()
        == 2
    )


def test_denials_of_every_kind(vnet):
    denied = vnet[vnet.decision == "Denied"]
    admin = denied[denied.rule_kind == "Admin"]
    assert set(admin.rule) == {"BlockHighRiskTCPPortsFromInternet"}
    assert set(admin.nsg_id) == {ADMIN}
    scans = denied[denied.rule == "DenyAllInBound"]
    assert scans.src_ip.nunique() > 100
    assert scans.src_ip.value_counts().idxmax() == "198.51.100.66"
    assert set(denied[denied.direction == "Outbound"].rule) == {"deny-internet-out", "deny-smtp-out"}
    assert {"deny-vnet-in", "deny-spokes-in", "deny-offices"} < set(denied.rule)


def test_platform_traffic_has_no_acl(vnet):
    platform = vnet[vnet.rule_kind == "Platform"]
    assert set(platform.dst_ip) == {"168.63.129.16", "169.254.169.254"}
    assert set(platform.nsg_id) == {"00000000-0000-0000-0000-000000000000"}
    probes = vnet[vnet.src_ip == "168.63.129.16"]
    assert set(probes.rule) == {"allow-lb-probes"}


def test_the_erp_is_logged_twice_until_its_migration(tuples, vnet):
    nsg = tuples[tuples.log_kind == "NSG"]
    assert nsg.time.max() < pd.Timestamp("2026-11-19 12:00", tz="UTC")
    first = nsg[nsg.nsg.str.lower() == "nsg-erp-app"]
    assert set(first.flow_state) == {""}
    assert first[COUNTERS].isna().all(axis=None)
    second = nsg[nsg.nsg.str.lower() == "nsg-erp-data"]
    assert set(second.flow_state) == {"Begin", "Continuing", "End"}
    assert second[second.decision == "Denied"][COUNTERS].isna().all(axis=None)
    assert set(second[second.decision == "Denied"].flow_state) == {"Begin"}
    stateless = second[(second.direction == "Inbound") & (second.rule_kind == "User") & (second.decision == "Allowed")]
    assert set(stateless.flow_state) == {"Begin"}
    begun = vnet[vnet.flow_state.isin(["Begin", "Deny"]) & (vnet.time < pd.Timestamp("2026-11-19 12:00", tz="UTC"))]
    for acl, logged in (("107", first), ("108", second[second.flow_state == "Begin"])):
        twins = begun[begun.nsg_id == f"00000000-0000-4000-8000-000000000{acl}"]
        assert sorted(map(tuple, twins[FIVE_TUPLE].to_numpy())) == sorted(map(tuple, logged[FIVE_TUPLE].to_numpy()))


def test_every_decision_follows_from_the_exported_rules_except_before_the_change(vnet):
    nsgs = {nsg["resourceGuid"]: nsg for nsg in sample_nsgs()}
    spaces = [prefix for one in sample_vnets() for prefix in one["addressSpace"]["addressPrefixes"]]
    keys = ["nsg_id", "direction", "src_ip", "dst_ip", "protocol", "dst_port", "decision", "rule"]
    opened = vnet[vnet.flow_state.isin(["Begin", "Deny"]) & vnet.nsg_id.isin(nsgs)]
    distinct = opened.groupby(keys, observed=True, as_index=False).agg(first=("time", "min"), last=("time", "max"))
    differing = []
    for row in distinct.itertuples():
        protocol = {6: "TCP", 17: "UDP"}[row.protocol]
        found = decide(nsgs[row.nsg_id], spaces, row.direction, row.src_ip, row.dst_ip, protocol, row.dst_port)
        if found != (row.decision, row.rule):
            differing.append((row.src_ip, row.dst_ip, row.dst_port, row.decision, found, row.last < CHANGE))
    assert len(distinct) > 2_000
    denied_now = ("Denied", "deny-spokes-in")
    assert sorted(differing) == [
        (source, "10.20.3.4", 1433, "Allowed", denied_now, True) for source in ("10.30.1.4", "10.40.1.4", "10.40.1.5")
    ]


def test_every_acl_has_a_name(tuples):
    assert set(tuples.nsg_id) == set(sample_nsg_names()) | {"00000000-0000-0000-0000-000000000000"}


def test_the_story_names_what_there_is(tuples):
    """docs/sample.md names subnets, NSGs and rules; each exists, and each NSG and subnet is told of."""
    told = set(re.findall(r"`([A-Za-z][\w-]+)`", (ROOT / "docs" / "sample.md").read_text(encoding="utf-8")))
    nsgs = {nsg["name"] for nsg in sample_nsgs()}
    rules = {rule["name"] for nsg in sample_nsgs() for rule in [*nsg["securityRules"], *nsg["defaultSecurityRules"]]}
    subnets = set(sample_subnets().names)
    assert nsgs | subnets <= told
    assert told <= nsgs | subnets | rules | {"PlatformRule", "BlockHighRiskTCPPortsFromInternet"}
    assert {"allow-https-partner", "allow-legacy-ftp"} & set(tuples.rule) == set()
