"""Twenty seeded gaps are found and no other; a whole estate has none; an untidy one is told apart from a broken one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.coverage.kinds import GAP_KINDS
from nsgflow_core.coverage.truth import Truth, find_truth
from tests.coverage.estate import ACCOUNT, HOURS, SUB, WORKSPACE, Estate, arm, changed, estate, flow_log, vnet_id

AFTER = set(range(HOURS // 2, HOURS))


Seed = Callable[[str, str], None]
Seeds = set[tuple[str, str]]


def seeded() -> tuple[Estate, Seeds]:
    """An estate with its gaps: the kind, and the word that its subject must hold."""
    made, seeds = estate(20), Seeds()

    def seed(kind: str, word: str) -> None:
        assert kind in GAP_KINDS
        seeds.add((kind, word))

    for seed_some in (_uncovered, _settings, _nsg_logs, _arrival):
        seed_some(made, seed)
    return made, seeds


def _unlog(made: Estate, vnet: str, *machines: str) -> None:
    for machine in machines or ("app1", "app2", "db1"):
        made.machines[f"{vnet}-{machine}"].logs = []


def _analytics(**more: object) -> dict[str, object]:
    return {"flowAnalyticsConfiguration": {"networkWatcherFlowAnalyticsConfiguration": more}}


def _uncovered(made: Estate, seed: Seed) -> None:
    del made.logs["v00"]
    _unlog(made, "v00")
    seed("vnet-without-log", "v00")
    made.logs["v01"] = flow_log("v01-app-flowlog", f"{vnet_id('v01')}/subnets/app".upper())
    _unlog(made, "v01", "db1")
    for name in ("app1", "app2"):
        made.machines[f"v01-{name}"].logs = [("VNet", f"{vnet_id('v01')}/subnets/app")]
    seed("subnet-uncovered", "v01/db")
    del made.logs["v02"]
    for name in ("app1", "db1"):
        nic = made.machines[f"v02-{name}"].nic_id
        made.logs[f"v02-{name}"] = flow_log(f"v02-{name}-flowlog", nic)
        made.machines[f"v02-{name}"].logs = [("VNet", nic)]
    _unlog(made, "v02", "app2")
    seed("nic-uncovered", "v02-app2-nic")
    made.logs["v03"] = flow_log("v03-flowlog", vnet_id("v03"), enabled=False)
    _unlog(made, "v03")
    seed("log-off", "v03-flowlog")
    made.logs["v04"] = flow_log("v04-flowlog", vnet_id("v04"), provisioningState="Failed")
    _unlog(made, "v04")
    seed("log-failed", "v04-flowlog")


def _settings(made: Estate, seed: Seed) -> None:
    made.logs["v05"]["enabledFilteringCriteria"] = "DstPort=443"
    seed("log-filtered", "v05-flowlog")
    made.logs["v06"]["recordTypes"] = "B,E"
    seed("record-types", "v06-flowlog")
    made.logs["v07"]["retentionPolicy"] = {"days": 5, "enabled": True}
    seed("retention-short", "v07-flowlog")
    made.logs["v08"] |= _analytics(enabled=False, workspaceResourceId=WORKSPACE)
    seed("analytics-off", "v08-flowlog")
    made.logs["v09"] |= _analytics(enabled=True, workspaceResourceId=WORKSPACE + "-gone", trafficAnalyticsInterval=10)
    seed("workspace-missing", "v09-flowlog")
    far, premium = (changed(made.accounts[0], id=ACCOUNT + end, name="logs" + end) for end in ("far", "premium"))
    made.accounts += [changed(far, location="northeurope"), changed(premium, sku={"name": "Premium_LRS"})]
    for vnet, end, kind in (
        ("v10", "far", "storage-elsewhere"), ("v11", "none", "storage-gone"), ("v12", "premium", "storage-unfit"),
    ):  # fmt: skip
        made.logs[vnet]["storageId"] = ACCOUNT + end
        seed(kind, f"{vnet}-flowlog")


def _nsg_logs(made: Estate, seed: Seed) -> None:
    del made.logs["v13"]
    for part, machines in (("app", ("app1", "app2")), ("db", ("db1",))):
        nsg = made.nsgs[f"v13-{part}"]["id"]
        version = 1 if part == "app" else 2
        made.logs[f"v13-{part}"] = flow_log(f"nsg-v13-{part}-flowlog", nsg, format={"version": version})
        for name in machines:
            made.machines[f"v13-{name}"].logs = [("NSG", nsg.upper())]
        seed("nsg-log-alone", f"nsg-v13-{part}-flowlog")
    seed("version-1", "nsg-v13-app-flowlog")
    nsg = made.nsgs["v14-db"]["id"]
    made.logs["v14-db"] = flow_log("nsg-v14-db-flowlog", nsg)
    made.machines["v14-db1"].logs.append(("NSG", nsg))
    made.only_nsg.append(("v14-app2", "v14-db1", 3306))
    seed("double-log", "nsg-v14-db-flowlog")
    seed("nsg-log-knows-more", "nsg-v14-db-flowlog")


def _arrival(made: Estate, seed: Seed) -> None:
    made.logs["gone"] = flow_log("gone-flowlog", vnet_id("v-gone"))
    seed("target-gone", "gone-flowlog")
    _unlog(made, "v15")
    seed("nothing-arrived", "v15-flowlog")
    for name in ("app1", "app2", "db1"):
        made.machines[f"v16-{name}"].silent = AFTER
    seed("silent-since", "v16-flowlog")
    _unlog(made, "v17", "db1")
    seed("nic-silent", "v17-db1-nic")
    made.machines["v18-db1"].silent = {30, 31, 32}
    seed("hours-missing", made.machines["v18-db1"].mac)


def missed_and_false(truth: Truth, seeds: Seeds) -> tuple[Seeds, list[str]]:
    """The seeds without a gap, and the gaps without a seed."""
    found = [(each.kind.key, each.subject) for each in truth.gaps]
    missed = {(kind, word) for kind, word in seeds if not any(k == kind and word in subject for k, subject in found)}
    false = [
        each.says
        for each, (kind, subject) in zip(truth.gaps, found, strict=True)
        if not any(kind == k and word in subject for k, word in seeds)
    ]
    return missed, false


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Truth, Seeds]:
    made, seeds = seeded()
    store = made.store(tmp_path_factory.mktemp("broken") / "f.duckdb")
    return find_truth(store, FlowFilter(), made.inventory()), seeds


def test_each_seeded_gap_is_found_and_no_other(broken: tuple[Truth, Seeds]) -> None:
    truth, seeds = broken
    assert len(seeds) >= 20
    assert missed_and_false(truth, seeds) == (set(), [])
    assert len(truth.gaps) == len(seeds), "each once"


def test_a_flow_log_that_is_off_is_a_gap_also_where_no_file_tells_its_target() -> None:
    made = estate(1)
    made.vnets.clear()
    made.nsgs.clear()
    made.machines.clear()
    made.logs["v00"]["enabled"] = False
    truth = find_truth(None, FlowFilter(), made.inventory())
    assert [each.says for each in truth.gaps] == ["Flow log v00-flowlog is switched off (VNet v00)."]
    assert truth.sentence == "1 gap where nothing is logged."


def test_a_whole_estate_has_no_gap(tmp_path: Path) -> None:
    made = estate(5)
    truth = find_truth(made.store(tmp_path / "f.duckdb"), FlowFilter(), made.inventory())
    assert [each.says for each in truth.found] == []
    assert truth.sentence == "No gap in 6 VNets and 6 flow logs."
    assert truth.notes == ()


def test_no_gap_is_no_verdict_where_files_tell_half(tmp_path: Path) -> None:
    made = estate(5)
    store = made.store(tmp_path / "f.duckdb")
    made.logs.clear()
    truth = find_truth(store, FlowFilter(), made.inventory())
    assert not truth.gaps
    assert not truth.is_told
    assert truth.sentence == "No gap was found in 6 VNets, but not all could be judged."


def test_an_untidy_estate_has_none_either(tmp_path: Path) -> None:
    """Names twice, ids in other cases, machines that are off, private endpoints, gateways, services without logs."""
    made = estate(4)
    made.logs["v00"]["targetResourceId"] = vnet_id("v00").upper()
    made.logs["v01"]["location"] = "West Europe"
    for name in ("v00", "v01"):
        for machine in ("app1", "app2", "db1"):
            made.machines[f"{name}-{machine}"].logs = [("VNet", vnet_id(name).lower())]
    for machine in ("app1", "app2", "db1"):  # a VNet of machines that are off
        made.machines[f"v02-{machine}"].power = "VM deallocated"
        made.machines[f"v02-{machine}"].logs = []
    made.talks = [each for each in made.talks if not each[0].startswith("v02")]
    made.machines["v03-app1"].power = "VM deallocated"
    made.machines["v03-app1"].gone_after = 10
    twin = arm("virtualNetworks", "v03", "other")
    subnets = [
        {"id": f"{twin}/subnets/GatewaySubnet", "name": "GatewaySubnet", "addressPrefixes": ["10.99.0.0/27"]},
        {
            "id": f"{twin}/subnets/pe", "name": "pe", "addressPrefixes": ["10.99.1.0/24", "fd00:99::/64"],
            "privateEndpoints": [{"id": arm("privateEndpoints", "pe-sql")}],
        },
        {
            "id": f"{twin}/subnets/web", "name": "web", "addressPrefix": "10.99.2.0/24",
            "delegations": [{"serviceName": "Microsoft.Web/serverFarms"}],
        },
    ]  # fmt: skip
    peer = vnet_id("elsewhere").replace(SUB, "bbbbbbbb-0000-4000-8000-00000000000b")
    made.vnets["twin"] = {
        "id": twin, "name": "v03", "location": "WestEurope", "subnets": subnets,
        "addressSpace": {"addressPrefixes": ["10.99.0.0/16", "fd00:99::/48"]},
        "virtualNetworkPeerings": [{"remoteVirtualNetwork": {"id": peer}}],
    }  # fmt: skip
    made.logs["twin"] = flow_log("v03-other-flowlog", twin)
    made.more.append(
        {
            "id": arm("networkInterfaces", "pe-sql-nic"),
            "name": "pe-sql-nic",
            "macAddress": "",
            "privateEndpoint": {"id": arm("privateEndpoints", "pe-sql").upper()},
            "ipConfigurations": [{"privateIpAddress": "10.99.1.4", "subnet": {"id": f"{twin}/subnets/pe"}}],
        }
    )
    made.more += [  # a NIC that does not say whose it is, and the endpoint that does
        {
            "id": arm("networkInterfaces", "pe-blob-nic"), "name": "pe-blob-nic",
            "ipConfigurations": [{"privateIpAddress": "10.99.1.5", "subnet": {"id": f"{twin}/subnets/pe"}}],
        },
        {
            "id": arm("privateEndpoints", "pe-blob"), "name": "pe-blob", "type": "Microsoft.Network/privateEndpoints",
            "networkInterfaces": [{"id": arm("networkInterfaces", "PE-BLOB-NIC")}],
        },
    ]  # fmt: skip
    far = "bbbbbbbb-0000-4000-8000-00000000000b"
    made.logs["far"] = flow_log("far-flowlog", vnet_id("far").replace(SUB, far))
    made.logs["v01"]["retentionPolicy"] = {"days": 0, "enabled": False}
    made.logs["part"] = flow_log("v00-app-flowlog", f"{vnet_id('v00')}/subnets/app", enabled=False)
    made.logs["old"] = flow_log("nsg-v01-app-flowlog", made.nsgs["v01-app"]["id"], enabled=False)
    truth = find_truth(made.store(tmp_path / "f.duckdb"), FlowFilter(), made.inventory())
    assert [each.says for each in truth.gaps] == []
    said = {each.says for each in truth.told}
    assert "Flow log v00-app-flowlog logged nothing: it is off, and flow log v00-flowlog covers its target." in said
    assert any(each.startswith("NSG flow log nsg-v01-app-flowlog logged nothing: it is off") for each in said)
    assert {each.kind.key for each in truth.told} == {
        "quiet", "private-endpoint", "unsupported", "peer-not-in-files", "target-not-in-files",
        "kept-for-ever",
    }  # fmt: skip
