"""Special subnets are known by name, delegation or what stands in them; their rules are in drafts, or no NSG is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import RefusedByAzure
from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import Access, RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.rules.accepts.checks import refusals
from nsgflow_core.rules.draft.asking.kinds import CLOSE_INTERNET
from nsgflow_core.rules.draft.draft import draft
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.export import EXPORTS, export
from nsgflow_core.rules.special.base import Special
from nsgflow_core.rules.special.finding import specials_of
from nsgflow_core.rules.special.kinds import SUBNET_KINDS
from nsgflow_core.words.prefixes import INTERNET, parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import daily
from tests.estates.flows import store_of

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
PROVIDERS = "/subscriptions/s/resourceGroups/rg/providers"
VNET = f"{PROVIDERS}/Microsoft.Network/virtualNetworks/hub"
SUBNETS: list[dict[str, Any]] = [
    {"name": "azurebastionSUBNET", "addressPrefix": "10.7.0.0/26"},
    {"name": "GatewaySubnet", "addressPrefix": "10.7.1.0/27"},
    {"name": "AzureFirewallManagementSubnet", "addressPrefix": "10.7.2.0/26"},
    {"name": "RouteServerSubnet", "addressPrefix": "10.7.2.64/26"},
    {"name": "pe", "addressPrefix": "10.7.3.0/24", "privateEndpoints": [{"id": "/x/privateEndpoints/pe-sql"}],
        "privateEndpointNetworkPolicies": "Disabled"},
    {"name": "agw", "addressPrefix": "10.7.4.0/24", "properties": {"applicationGatewayIPConfigurations": [
        {"id": "/x/providers/Microsoft.Network/applicationGateways/gw/gatewayIPConfigurations/c"}]}},
    {"name": "apim", "addressPrefix": "10.7.5.0/24", "resourceNavigationLinks": [
        {"linkedResourceType": "Microsoft.ApiManagement/service", "link": "/x/service/apim1"}]},
    {"name": "mi", "addressPrefix": "10.7.6.0/24", "delegations": [{"serviceName": "Microsoft.Sql/managedInstances"}]},
    {"name": "dbx", "addressPrefix": "10.7.8.0/24", "delegations": [
        {"serviceName": "Microsoft.Databricks/workspaces"}]},
    {"name": "web", "addressPrefix": "10.7.9.0/24", "delegations": [{"serviceName": "Microsoft.Web/serverFarms"}]},
    {"name": "app", "addressPrefix": "10.7.7.0/24", "ipConfigurations": [
        {"id": "/x/providers/Microsoft.Network/networkInterfaces/vm1/ipConfigurations/ipconfig1"}]},
]  # fmt: skip
KNOWN = {
    "azurebastionSUBNET": ["bastion"],
    "GatewaySubnet": ["gateway"],
    "AzureFirewallManagementSubnet": ["firewall"],
    "RouteServerSubnet": ["route-server"],
    "pe": ["private-endpoints"],
    "agw": ["application-gateway"],
    "apim": ["api-management"],
    "mi": ["managed-instance", "unlogged"],
    "web": ["unlogged"],
    "dbx": ["databricks"],
    "app": [],
}


@pytest.fixture(scope="module")
def hub() -> Inventory:
    vnet = {"id": VNET, "name": "hub", "addressSpace": {"addressPrefixes": ["10.7.0.0/16"]}, "subnets": SUBNETS}
    known = read([("vnets.json", json.dumps([vnet]).encode())])
    assert Inventory.from_json(known.to_json()) == known
    return known


@pytest.mark.parametrize("subnet", KNOWN)
def test_each_kind_is_known(subnet: str, hub: Inventory) -> None:
    assert [each.kind.key for each in specials_of(Scope(subnet=subnet), None, hub)] == KNOWN[subnet]
    nsg = RuleSet("nsg", (), subnets=(f"{VNET}/subnets/{subnet}".upper(),))
    for found in specials_of(Scope(nsg="nsg"), nsg, hub):
        assert found.kind.key in KNOWN[subnet] or found.subnet.casefold() == subnet.casefold()


def _state() -> dict[str, Any]:
    """The same as Terraform's state: subnets, and what stands in them, each by itself."""

    def made(kind: str, name: str, **values: object) -> dict[str, Any]:
        held = {"name": name, "resource_group_name": "rg", **values}
        return {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name, "values": held}

    def in_subnet(name: str) -> str:
        return f"{VNET}/subnets/{name}"

    resources = [made("azurerm_virtual_network", "hub", id=VNET, address_space=["10.7.0.0/16"], subnet=[])]
    for subnet in SUBNETS:
        services = [each["serviceName"] for each in subnet.get("delegations", ())]
        delegated = [{"name": "d", "service_delegation": [{"name": each, "actions": []}]} for each in services]
        resources.append(
            made(
                "azurerm_subnet", subnet["name"], id=in_subnet(subnet["name"]), virtual_network_name="hub",
                address_prefixes=[subnet["addressPrefix"]], delegation=delegated,
            )
        )  # fmt: skip
    gateway = f"{PROVIDERS}/Microsoft.Network/applicationGateways/gw"
    endpoint = f"{PROVIDERS}/Microsoft.Network/privateEndpoints/p"
    service = f"{PROVIDERS}/Microsoft.ApiManagement/service/a"
    in_gateways, in_apis = ({"subnet_id": in_subnet(each)} for each in ("agw", "apim"))
    return {"values": {"root_module": {"resources": [
        *resources,
        made("azurerm_application_gateway", "gw", id=gateway, gateway_ip_configuration=[in_gateways]),
        made("azurerm_private_endpoint", "p", id=endpoint, subnet_id=in_subnet("pe"), private_service_connection=[]),
        made("azurerm_api_management", "a", id=service, virtual_network_configuration=[in_apis]),
    ]}}}  # fmt: skip


def _template() -> dict[str, Any]:
    """The same as an ARM template, in which a subnet does not say what stands in it."""

    def made(kind: str, name: str, **properties: object) -> dict[str, Any]:
        return {"type": kind, "apiVersion": "2024-05-01", "name": name, "properties": properties}

    def place(name: str) -> dict[str, str]:
        return {"id": f"[resourceId('Microsoft.Network/virtualNetworks/subnets', 'hub', '{name}')]"}

    subnets = [
        {"name": each["name"], "properties": {
            "addressPrefix": each["addressPrefix"],
            "delegations": [{"name": "d", "properties": held} for held in each.get("delegations", ())]}}
        for each in SUBNETS
    ]  # fmt: skip
    space = {"addressPrefixes": ["10.7.0.0/16"]}
    configurations = [{"name": "c", "properties": {"subnet": place("agw")}}]
    external = {"subnetResourceId": place("apim")["id"]}
    return {"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "resources": [
        made("Microsoft.Network/virtualNetworks", "hub", addressSpace=space, subnets=subnets),
        made("Microsoft.Network/applicationGateways", "gw", gatewayIPConfigurations=configurations),
        made("Microsoft.Network/privateEndpoints", "p", subnet=place("pe"), privateLinkServiceConnections=[]),
        made("Microsoft.ApiManagement/service", "a", virtualNetworkConfiguration=external),
    ]}  # fmt: skip


@pytest.mark.parametrize("made", [_state, _template])
@pytest.mark.parametrize("subnet", KNOWN)
def test_each_kind_is_known_where_what_stands_there_says_so_itself(subnet: str, made: Callable[[], object]) -> None:
    """States and templates name a subnet where a gateway stands in it, and `az` the gateway where the subnet is."""
    known = read([("file", json.dumps(made()).encode())])
    assert known.findings == ()
    assert [each.kind.key for each in specials_of(Scope(subnet=subnet), None, known)] == KNOWN[subnet]


STANDS_IN: dict[str, Callable[[str], dict[str, Any]]] = {
    "agw": lambda place: {"gatewayIPConfigurations": [{"name": "c", "subnet": {"id": place}}]},
    "pe": lambda place: {"subnet": {"id": place}, "privateLinkServiceConnections": []},
    "apim": lambda place: {"virtualNetworkConfiguration": {"subnetResourceId": place}},
}
TYPES = {"agw": "Network/applicationGateways", "pe": "Network/privateEndpoints", "apim": "ApiManagement/service"}


@pytest.mark.parametrize("subnet", STANDS_IN)
@pytest.mark.parametrize("is_first", [True, False])
def test_what_stands_there_may_say_so_in_a_file_of_its_own(subnet: str, is_first: bool) -> None:
    """As `az network application-gateway list`, `private-endpoint list` and `az apim list` do."""
    kind, says = f"Microsoft.{TYPES[subnet]}", STANDS_IN[subnet](f"{VNET}/subnets/{subnet}".upper())
    thing = {"id": f"{PROVIDERS}/{kind}/one", "name": "one", "type": kind, **says}
    bare = [{"name": each["name"], "addressPrefix": each["addressPrefix"]} for each in SUBNETS]
    vnet = {"id": VNET, "name": "hub", "addressSpace": {"addressPrefixes": ["10.7.0.0/16"]}, "subnets": bare}
    files = [("thing.json", json.dumps([thing]).encode()), ("vnets.json", json.dumps([vnet]).encode())]
    known = read(files if is_first else files[::-1])
    assert known.findings == ()
    for each in (known, Inventory.from_json(known.to_json())):
        assert [found.kind.key for found in specials_of(Scope(subnet=subnet), None, each)] == KNOWN[subnet]
        assert specials_of(Scope(subnet="app"), None, each) == ()


def test_every_kind_is_walked_and_says_its_source() -> None:
    assert {key for keys in KNOWN.values() for key in keys} == set(SUBNET_KINDS)
    for kind in SUBNET_KINDS.values():
        said = Special(kind, "x").sentence
        assert "x " in said
        assert kind.code in said
        assert kind.source in said
        for direction in Direction:
            assert refusals(Special(kind, "x").required(direction)) == ()


@pytest.mark.parametrize(
    ("policies", "says"),
    [
        ("Disabled", " (here they are Disabled: private endpoints are reached whatever its rules say)"),
        (
            "RouteTableEnabled",
            " (here they are RouteTableEnabled: private endpoints are reached whatever its rules say)",
        ),
        ("Enabled", " (here they are Enabled: private endpoints are filtered by it)"),
        (
            "NetworkSecurityGroupEnabled",
            " (here they are NetworkSecurityGroupEnabled: private endpoints are filtered by it)",
        ),
        ("[parameters('p')]", ""),
        (None, ""),
    ],
)
def test_whether_an_nsg_acts_on_private_endpoints_is_said_where_a_file_tells(policies: str | None, says: str) -> None:
    subnets = [each | {"privateEndpointNetworkPolicies": policies} for each in SUBNETS if each["name"] == "pe"]
    vnet = {"id": VNET, "name": "hub", "addressSpace": {"addressPrefixes": ["10.7.0.0/16"]}, "subnets": subnets}
    known = read([("vnets.json", json.dumps([vnet]).encode())])
    assert Inventory.from_json(known.to_json()) == known
    (found,) = specials_of(Scope(subnet="pe"), None, known)
    assert f"private endpoint network policies are enabled{says}. Source" in found.sentence


def test_a_name_alone_is_enough() -> None:
    assert [each.kind.key for each in specials_of(Scope(subnet="hub/GatewaySubnet"), None, Inventory())] == ["gateway"]


PLACES = SubnetMap((Subnet("bastion", parse_prefix("10.7.0.0/26")), Subnet("app", parse_prefix("10.7.7.0/24"))))


def test_required_rules_are_in_the_draft_and_no_closing_deny_is_ahead_of_them(tmp_path: Path) -> None:
    rows = daily("10.7.7.4", "10.7.0.4", 443) + daily("10.7.0.4", "10.7.7.4", 22, direction="Outbound")
    store = store_of(tmp_path / "f.duckdb", rows, PLACES)
    options = DraftOptions(special=(Special(SUBNET_KINDS["bastion"], "AzureBastionSubnet"),), close_internet=True)
    for direction in Direction:
        made = draft(store, FlowFilter(), Scope(nsg="app-nsg"), direction, options=options)
        required = [rule for rule in made.own_rules if rule.name.startswith("required-bastion-")]
        assert len(required) == 4
        closing = [rule.priority for rule in made.own_rules if rule.access is Access.DENY]
        assert closing
        assert max(rule.priority for rule in required) < min(closing)
        assert made.refused == ()
        assert any("NetworkSecurityGroupNotCompliantForAzureBastionSubnet" in each for each in made.warnings)


@pytest.mark.parametrize("key", sorted(SUBNET_KINDS))
def test_a_way_out_that_a_service_needs_is_closed_by_no_choice(key: str, tmp_path: Path) -> None:
    """What its own note asks to keep open, `--close-internet` closed."""
    kind = SUBNET_KINDS[key]
    store = store_of(tmp_path / "f.duckdb", daily("10.7.7.4", "20.1.2.3", 443, direction="Outbound"), PLACES)
    chosen = DraftOptions(special=(Special(kind, "app"),))
    for options in (chosen, replace(chosen, close_internet=True)):
        made = draft(store, FlowFilter(), Scope(subnet="app"), OUT, options=options)
        denied = [rule for rule in made.own_rules if rule.access is Access.DENY and INTERNET in rule.destinations]
        assert bool(denied) is (options.close_internet and not kind.keeps_way_out)
        said = [each for each in made.warnings if "left open, though it was to be closed: app must keep it" in each]
        assert bool(said) is (options.close_internet and kind.keeps_way_out)
        asked = [each for each in made.questions if each.kind == CLOSE_INTERNET]
        assert bool(asked) is not (options.close_internet or kind.keeps_way_out)
    assert kind.keeps_way_out is ("way out to the Internet must stay open" in kind.says)


@pytest.mark.parametrize("key", ["gateway", "firewall", "route-server"])
def test_no_file_is_written_for_a_subnet_that_takes_no_nsg(key: str, tmp_path: Path) -> None:
    store = store_of(tmp_path / "f.duckdb", daily("10.7.7.4", "10.7.0.4", 443), PLACES)
    options = DraftOptions(special=(Special(SUBNET_KINDS[key], "S"),))
    made = draft(store, FlowFilter(), Scope(nsg="app-nsg"), IN, options=options)
    for form in EXPORTS:
        with pytest.raises(RefusedByAzure) as error:
            export(made, form)
        assert error.value.codes == (SUBNET_KINDS[key].code,)


def test_what_only_the_source_logged_is_said_before_closing(tmp_path: Path) -> None:
    rows = daily("10.7.7.4", "10.7.0.4", 443) + daily("10.7.7.4", "10.7.0.9", 1433, direction="Outbound")
    store = store_of(tmp_path / "f.duckdb", rows, PLACES)
    made = draft(store, FlowFilter(), Scope(subnet="bastion"), IN)
    assert [each for each in made.warnings if "10.7.7.4 -> 10.7.0.9 TCP 1433" in each]
    assert "TCP 443" not in made.material.unlogged[0]
    again = draft(store, FlowFilter(), Scope(nsg="app-nsg"), IN)
    assert again.material.unlogged == ()
