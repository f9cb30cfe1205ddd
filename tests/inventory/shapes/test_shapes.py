"""One network in every shape and encoding is one inventory."""

from __future__ import annotations

import codecs
import json

import pytest

from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.things.flow_logs import FlowLog
from nsgflow_core.inventory.things.log_places import StorageAccount, Workspace
from nsgflow_core.inventory.things.nics import Nic, Vm
from nsgflow_core.inventory.things.route_tables import RouteTable
from tests.inventory import network
from tests.inventory.shapes.written import azapi, planned

ENCODINGS = {
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16 LE": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "UTF-16 BE": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "UTF-16 LE without mark": lambda text: text.encode("utf-16-le"),
    "UTF-16 BE without mark": lambda text: text.encode("utf-16-be"),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
}
EVERYTHING = read([("az", json.dumps(network.AZ))])


def told(inventory: Inventory) -> object:
    """What every shape must tell, without ids."""
    (rule_set,), (nic,) = inventory.rule_sets, inventory.of(Nic)
    guard = inventory.nsg_of(Scope(subnet="web"))
    assert guard is not None
    return (
        [(subnet.name, subnet.prefix.text) for subnet in inventory.subnet_map.subnets],
        [prefix.text for vnet in inventory.vnets for prefix in vnet.address_space],
        [peering.remote_id for vnet in inventory.vnets for peering in vnet.peerings],
        (rule_set.name, rule_set.rules, rule_set.left_out, guard.name),
        inventory.nsg_of(Scope(subnet="db")),
        (nic.name, [(each.address, each.asgs) for each in nic.addresses]),
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("shape", network.WHOLE)
def test_every_shape_in_every_encoding_is_the_same_inventory(shape, encoding):
    content = ENCODINGS[encoding](json.dumps(network.WHOLE[shape], indent=1))
    found = read([("file", content)])
    assert found.findings == ()
    assert [entry.item for entry in found.entries] == [entry.item for entry in EVERYTHING.entries]
    assert found.counts("file") == {kinds.VNET: 1, kinds.NSG: 1, kinds.NIC: 1}
    assert told(found) == told(EVERYTHING)


PARTIAL = {**network.PARTIAL, "azapi": azapi(), "azapi before it is applied": planned(azapi())}


@pytest.mark.parametrize("shape", PARTIAL)
def test_templates_and_states_tell_what_they_can(shape):
    found = read([("file", json.dumps(PARTIAL[shape]).encode("utf-16"))])
    assert found.findings == ()
    assert told(found) == told(EVERYTHING)


def test_resources_in_files_of_their_own_are_the_same_inventory():
    found = read([(f"{number}.json", json.dumps(each)) for number, each in enumerate(network.AZ)])
    assert [entry.item for entry in found.entries] == [entry.item for entry in EVERYTHING.entries]
    assert found.files == ("0.json", "1.json", "2.json")


def test_what_several_commands_wrote_into_one_file_is_read():
    text = "\n".join(json.dumps([each]) for each in network.AZ)
    assert [e.item for e in read([("all", text)]).entries] == [e.item for e in EVERYTHING.entries]


def test_what_convertto_json_cut_off_is_said_by_name():
    (vnet, *_) = network.pascal(network.AZ)
    cut = "Microsoft.Azure.Commands.Network.Models.PSSubnet"
    whole = read([("ps.json", json.dumps({**vnet, "Subnets": cut}))])
    assert whole.vnets == EVERYTHING.vnets  # SubnetsText beside it holds them as well
    for written in (cut, {"value": "System.Object[]", "Count": 2}):
        found = read([("ps.json", json.dumps({**vnet, "Subnets": written, "SubnetsText": None}))])
        assert "'hub' was cut off at subnets by ConvertTo-Json" in found.findings[0].sentence
        assert "-Depth 10" in found.findings[0].sentence
        assert found.vnets[0].address_space == EVERYTHING.vnets[0].address_space


def test_an_arm_rule_by_language_version_2_and_a_nested_deployment():
    nsg, rule = network.rest(network.NSG), network.rest(network.RULE)
    inner = {
        "parameters": {"which": {"type": "string"}},
        "resources": {
            "theNsg": {"type": nsg["type"], "name": "[parameters('which')]", "properties": {"securityRules": [rule]}},
            "old": {"existing": True, "type": nsg["type"], "name": "other"},
        },
    }
    properties = {"template": inner, "parameters": {"which": {"value": "web_nsg"}}}
    deployment = {"type": "Microsoft.Resources/deployments", "name": "d", "properties": properties}
    found = read([("t.json", json.dumps({"languageVersion": "2.0", "resources": {"deploy": deployment}}))])
    assert [(each.name, each.rules) for each in found.rule_sets] == [("web_nsg", EVERYTHING.rule_sets[0].rules)]


def test_our_own_csvs():
    found = read([("map.csv", "name,prefix,vnet\nweb,10.0.1.0/24,hub\n\n db , 10.0.2.9/24,hub\ndb,fd00:2::/64,hub\n")])
    assert [(s.name, s.prefix.text, s.vnet) for s in found.subnet_map.subnets] == [
        ("web", "10.0.1.0/24", "hub"), ("db", "10.0.2.0/24", "hub"), ("db", "fd00:2::/64", "hub"),
    ]  # fmt: skip
    for header in ("acl_id,name", "id,name", "aclID,Name"):
        names = read([("names.csv", f"{header}\r\n{network.GUID.upper()}, web\r\n".encode("utf-16"))])
        assert names.nsg_names == {network.GUID: "web"}
    assert read([("names.json", json.dumps({network.GUID: "web"}))]).nsg_names == {network.GUID: "web"}


FLOW_LOG = {
    "id": f"{network.NETWORK}/networkWatchers/nw/flowLogs/hub-log",
    "name": "hub-log",
    "type": "Microsoft.Network/networkWatchers/flowLogs",
    "targetResourceId": network.VNET_ID,
    "storageId": "/storage",
    "enabled": True,
    "retentionPolicy": {"days": 90, "enabled": True},
    "format": {"type": "JSON", "version": 2},
    "enabledFilteringCriteria": "dstPort=443",
    "flowAnalyticsConfiguration": {
        "networkWatcherFlowAnalyticsConfiguration": {
            "enabled": True, "workspaceId": "w", "workspaceResourceId": "/w", "trafficAnalyticsInterval": 10,
        }
    },
}  # fmt: skip
VM = {
    "id": network.VM_ID,
    "name": "web-1",
    "type": "Microsoft.Compute/virtualMachines",
    "networkProfile": {"networkInterfaces": [{"id": network.NIC_ID, "primary": True}]},
}
EFFECTIVE = {
    "value": [
        {
            "association": {"networkInterface": {"id": network.NIC_ID}},
            "networkSecurityGroup": {"id": network.NSG_ID},
            "effectiveSecurityRules": [
                {
                    "name": "defaultSecurityRules/AllowVnetInBound",
                    "sourceAddressPrefix": "VirtualNetwork",
                    "expandedSourceAddressPrefix": ["10.0.0.0/16", "168.63.129.16/32"],
                    "destinationAddressPrefix": "10.0.1.0/24",
                }
            ],
        }
    ]
}
TAGS = {"values": [{"name": "Storage.WestUS", "properties": {"addressPrefixes": ["20.0.0.0/24", "2603::/48"]}}]}


def test_every_other_kind_is_told_by_its_content_and_kept():
    files = {"log": [FLOW_LOG], "vm": [VM], "effective": EFFECTIVE, "tags": TAGS}
    found = read([(name, json.dumps(content).encode("utf-16")) for name, content in files.items()])
    assert found.findings == ()
    log, vm, effective, _ = [entry.item for entry in found.entries]
    assert (log.name, log.target_id, log.is_enabled, log.retention_days) == ("hub-log", network.VNET_ID, True, 90)
    assert (log.version, log.filters, log.workspace_id, log.interval_minutes) == (2, "dstPort=443", "/w", 10)
    assert (vm.name, vm.nic_ids) == ("web-1", (network.NIC_ID,))
    assert [prefix.text for prefix in effective.rules[0].sources] == ["10.0.0.0/16", "168.63.129.16"]
    assert [prefix.text for prefix in effective.rules[0].destinations] == ["10.0.1.0/24"]
    assert {name: [p.text for p in prefixes] for name, prefixes in found.service_tags.items()} == {
        "Storage.WestUS": ["20.0.0.0/24", "2603::/48"]
    }
    assert Inventory.from_json(found.to_json()) == found
    listed = {"name": "Public", "type": "Microsoft.Network/serviceTags", **TAGS}
    assert read([("tags", json.dumps(listed))]).service_tags == found.service_tags


ACCOUNT = {
    "id": f"{network.GROUP}/providers/Microsoft.Storage/storageAccounts/logs1", "name": "logs1", "kind": "StorageV2",
    "primaryLocation": "westeurope", "primaryEndpoints": {"blob": "https://logs1.invalid/"},
    "sku": {"name": "Standard_LRS", "tier": "Standard"},
}  # fmt: skip
WORKSPACE = {
    "id": f"{network.GROUP}/providers/Microsoft.OperationalInsights/workspaces/law", "name": "law",
    "location": "westeurope", "customerId": "c-1", "retentionInDays": 30,
}  # fmt: skip
ENDPOINT_NIC = {
    **network.NIC, "id": f"{network.NIC_ID}-pe", "name": "pe-nic", "macAddress": "00-0d-3a-f8-78-56",
    "privateEndpoint": {"id": "/x/privateEndpoints/pe"},
}  # fmt: skip


def test_where_flow_logs_go_and_what_nics_and_machines_are_told_by() -> None:
    log = {**FLOW_LOG, "location": "West Europe", "provisioningState": "Failed"}
    off = {**VM, "id": f"{network.VM_ID}-off", "name": "off", "powerState": "VM deallocated"}
    view = {
        **VM,
        "instanceView": {"statuses": [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running"}]},
    }
    found = read([("all", json.dumps([ACCOUNT, WORKSPACE, ENDPOINT_NIC, log, off, view]))])
    assert found.findings == ()
    (account,), (workspace,) = found.of(StorageAccount), found.of(Workspace)
    assert (account.location, account.account_kind, account.sku) == ("westeurope", "StorageV2", "Standard_LRS")
    assert (workspace.location, workspace.customer_id) == ("westeurope", "c-1")
    (nic,), (flow_log,) = found.of(Nic), found.of(FlowLog)
    assert (nic.mac, nic.private_endpoint_id) == ("000D3AF87856", "/x/privateEndpoints/pe")
    assert (flow_log.location, flow_log.state, flow_log.is_analysed) == ("West Europe", "Failed", True)
    assert [vm.power for vm in found.of(Vm)] == ["deallocated", "running"]
    assert Inventory.from_json(found.to_json()) == found
    sku = {"account_tier": "Standard", "account_replication_type": "LRS"}
    state = {
        "azurerm_storage_account": {**ACCOUNT, "account_kind": "StorageV2", "location": "westeurope", **sku},
        "azurerm_log_analytics_workspace": {**WORKSPACE, "workspace_id": "c-1"},
    }
    root = {"resources": [{"type": kind, "mode": "managed", "values": values} for kind, values in state.items()]}
    terraformed = read([("state", json.dumps({"values": {"root_module": root}}))])
    assert terraformed.of(StorageAccount) == (account,)
    assert terraformed.of(Workspace) == (workspace,)


def an_id(arm_type: str) -> str:
    """An ARM id of that type, as Azure writes one."""
    provider, *segments = arm_type.split("/")
    tail = "/".join(f"{segment}/x{at}" for at, segment in enumerate(segments))
    return f"/subscriptions/A/resourceGroups/RG/providers/{provider}/{tail}"


@pytest.mark.parametrize(
    "kind", [each for each in vars(kinds).values() if isinstance(each, str) and each.startswith("microsoft.")]
)
def test_a_resource_without_its_type_is_told_by_its_id_whatever_fields_were_kept(kind):
    wanted = {kinds.SCALE_SET_NIC: kinds.NIC, kinds.SCALE_SET_VM: kinds.VM}.get(kind, kind)
    others: list[dict[str, object]] = [
        {},
        {"subnets": []},
        {"ipconfigurations": []},
        {"priority": 1, "access": "Allow"},
    ]
    for misleading in others:
        assert kinds.kind_of({"id": an_id(kind).upper(), "name": "x", **misleading}) == wanted
    assert kinds.kind_of({"id": an_id(kind) + "/providers/Microsoft.Insights/diagnosticSettings/d"}) == ""


def test_a_route_table_cut_to_its_routes_is_one():
    """What `az network route-table list --query '[].{...}'` or a hand leaves of it."""
    routes = [{"name": "out", "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance"}]
    for cut in ({"name": "rt", "routes": routes}, {"id": an_id(kinds.ROUTE_TABLE), "routes": routes, "subnets": []}):
        found = read([("file", json.dumps([cut]))])
        (table,) = found.of(RouteTable)
        assert (table.routes[0].prefix, found.findings) == ("0.0.0.0/0", ())
