"""Templates as people write them and Bicep compiles them: loops, conditions, modules, functions; and hostile ones."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.shapes.arm.scope import MOST_TURNS, TemplateScope, as_given, as_written
from tests.inventory import network
from tests.inventory.shapes.written import bicep

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
NSG, VNET = network.NSG["type"], network.VNET["type"]
KNOWN = {"ports": as_given([443, 8443]), "hub": as_given({"Name": "hub", "subnets": {"b_2": 2, "a_1": 1}})}
MADE = {"web": as_written("[concat('we', 'b')]"), "round": as_written("[variables('round')]")}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("[parameters('PORTS')[1]]", 8443),
        ("[parameters('hub').name]", "hub"),
        ("[length(items(parameters('hub').subnets))]", 2),
        ("[items(parameters('hub').subnets)[0].key]", "a_1"),
        ("[toUpper(variables('web'))]", "WEB"),
        ("[[not an expression]", "[not an expression]"),
        ("[format('{0}-{1:D3}-{{x}}', variables('web'), 7)]", "web-007-{x}"),
        ("[if(equals(variables('web'), 'web'), 'yes', reference('nobody').x)]", "yes"),
        ("[if(and(true(), not(empty(''))), 1, 2)]", 2),
        ("[coalesce(null(), tryGet(parameters('hub'), 'nothing', 0), 'else')]", "else"),
        ("[union(createArray(1, 2), createArray(2, 3))]", [1, 2, 3]),
        ("[union(createObject('a', 1, 'b', createObject('c', 2)), json('{\"b\": {\"d\": 3}}'))]",
         {"a": 1, "b": {"c": 2, "d": 3}}),
        ("[map(range(0, 2), lambda('i', add(100, mul(lambdaVariables('i'), 10))))]", [100, 110]),
        ("[filter(parameters('ports'), lambda('p', greater(lambdaVariables('p'), 1000)))]", [8443]),
        ("[reduce(parameters('ports'), 0, lambda('s', 'p', add(lambdaVariables('s'), lambdaVariables('p'))))]", 8886),
        ("[toObject(createArray('a'), lambda('k', lambdaVariables('k')), lambda('k', 1))]", {"a": 1}),
        ("[cidrSubnet('10.0.0.0/16', 24, 3)]", "10.0.3.0/24"),
        ("[cidrHost('10.0.3.0/24', 3)]", "10.0.3.4"),
        ("[cidrSubnet('fd00::/56', 64, 1)]", "fd00:0:0:1::/64"),
        ("[join(split('a,b', ','), '-')]", "a-b"),
        ("[replace(substring('web_nsg', 0, 7), '_', '-')]", "web-nsg"),
        ("[resourceId('other-group', 'Microsoft.Network/virtualNetworks/subnets', 'hub', 'web')]",
         "/providers/Microsoft.Network/virtualNetworks/hub/subnets/web"),
        ("[contains(parameters('hub'), 'NAME')]", True),
        ("[contains(variables('web'), 'eb')]", True),
        ("[contains(parameters('ports'), 443)]", True),
        ("[contains(parameters('ports'), 80)]", False),
        ("[coalesce(first(json('[]')), 'none')]", "none"),
        ("[first('')]", ""),
        ("[max(createArray(1, 7))]", 7),
        ("[min(3, 7)]", 3),
        ("[substring('web_nsg', 4)]", "nsg"),
        ("[toObject(createArray('a'), lambda('k', lambdaVariables('k')))]", {"a": "a"}),
        ("[last(take(skip(parameters('ports'), 1), 5))]", 8443),
    ],
)  # fmt: skip
def test_what_an_expression_stands_for(expression: str, value: Any) -> None:
    assert TemplateScope(KNOWN, MADE).worked_out(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "[parameters('nobody')]", "[variables('round')]", "[uniqueString('x')]", "[resourceGroup().location]",
        "[createObject('a')]", "[map(createArray(1), 2)]", "[map(createArray(1), lambda())]",
        "[concat('a'", "[concat('a') 'b']", "[parameters('ports')[2]]", "[copyIndex()]", "[add(1)]", "[map(1, 2)]",
        "[range(0, 99999999)]", "[padLeft('x', 99999999999)]", "[int('99999999999999999999')]", "[]", "[x]",
        "[length(null())]", "[cidrSubnet('10.0.0.0/16', 24, 256)]", "[" + "concat(" * 3000 + "'x'" + ")" * 3000 + "]",
    ],
)  # fmt: skip
def test_what_is_not_known_stays_as_it_is_written(expression: str) -> None:
    assert TemplateScope(KNOWN, MADE).worked_out(expression) == expression


def template(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A template of these resources."""
    return {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": list(resources), **more}


def found(given: dict[str, Any]) -> Inventory:
    """The inventory of a template."""
    return read([("main.json", json.dumps(given))])


def said(inventory: Inventory) -> list[str]:
    """What the inventory says of its files."""
    return [finding.sentence for finding in inventory.findings]


def test_what_bicep_compiles_for_and_module_to_is_the_same_network() -> None:
    """Rules and subnets by loops, the NSG in a module whose id is taken from what the module puts out."""
    inventory = found(bicep())
    assert said(inventory) == []
    (rule_set,) = inventory.rule_sets
    assert [(rule.name, rule.priority, rule.destination_ports[0].first) for rule in rule_set.rules] == [
        ("allow-443", 100, 443), ("allow-8443", 110, 8443),
    ]  # fmt: skip
    (vnet,) = inventory.vnets
    assert [(subnet.name, subnet.prefixes[0].text, subnet.nsg_id) for subnet in vnet.subnets] == [
        ("web", "10.0.0.0/24", "/providers/Microsoft.Network/networkSecurityGroups/web_nsg"), ("db", "10.0.1.0/24", ""),
    ]  # fmt: skip


def test_a_loop_makes_resources_and_a_loop_within_it_their_properties() -> None:
    rule = {"access": "Deny", "direction": "Inbound", "protocol": "*", "sourceAddressPrefix": "*",
            "destinationAddressPrefix": "*", "destinationPortRange": "*",
            "priority": "[add(100, copyIndex('securityRules'))]"}  # fmt: skip
    loop = {"name": "securityRules", "count": "[variables('nsgs')[copyIndex()].rules]",
            "input": {"name": "[format('r{0}', copyIndex('securityRules', 1))]", "properties": rule}}  # fmt: skip
    inventory = found(template(
        {"type": NSG, "name": "[variables('nsgs')[copyIndex()].name]", "properties": {"copy": [loop]},
         "copy": {"name": "all", "count": "[length(variables('nsgs'))]"}},
        variables={"nsgs": [{"name": "a", "rules": 2}, {"name": "b", "rules": 0}]},
    ))  # fmt: skip
    assert said(inventory) == []
    assert {each.name: [rule.name for rule in each.rules] for each in inventory.rule_sets} == {
        "a": ["r1", "r2"],
        "b": [],
    }


def test_what_is_not_deployed_or_not_known_is_said_and_never_half_read() -> None:
    open_rule = {"name": "x", "properties": {"copy": [{"name": "y", "count": 1, "input": 1}]}}
    inventory = found(template(
        {"type": NSG, "name": "off", "condition": "[parameters('old')]", "properties": {"securityRules": []}},
        {"type": NSG, "name": "perhaps", "condition": "[parameters('nobody')]", "properties": {"securityRules": []}},
        {"type": NSG, "name": "looped", "properties": {"copy": [
            {"name": "securityRules", "count": "[parameters('nobody')]", "input": open_rule}]}},
        {"type": NSG, "name": "n", "copy": {"name": "l", "count": MOST_TURNS + 1}},
        {"type": VNET, "name": "[uniqueString('v')]", "properties": {}},
        {"type": VNET, "name": "hub", "location": "[resourceGroup().location]", "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            "subnets": [{"name": "web", "properties": {"addressPrefix": "10.0.0.0/24",
                                                       "networkSecurityGroup": {"id": "[parameters('nobody')]"}}}]}},
        {"type": "Microsoft.Resources/deployments", "name": "linked", "properties": {"templateLink": {"uri": "x"}}},
        parameters={"old": {"type": "bool", "defaultValue": False}, "nobody": {"type": "string"}},
    ))  # fmt: skip
    assert [(each.name, len(each.left_out)) for each in inventory.rule_sets] == [("perhaps", 0), ("looped", 1)]
    (vnet,) = inventory.vnets
    assert (vnet.location, vnet.subnets[0].nsg_id) == ("", "")
    for start in ("'off' is not deployed", "'perhaps' is deployed on a condition", "NSG 'looped': 'securityrules'",
                  "'n' stands in a loop", "The name [uniqueString('v')]", "'hub': what [parameters('nobody')] stands",
                  "'linked' deploys a template that is not in the file"):  # fmt: skip
        assert sum(sentence.startswith(start) for sentence in said(inventory)) == 1, start
    assert len(said(inventory)) == 7


@pytest.mark.parametrize(("scope", "wanted"), [("inner", "inner_nsg"), ("outer", "outer_nsg"), (None, "outer_nsg")])
def test_a_deployment_inside_knows_the_names_of_its_scope(scope: str | None, wanted: str) -> None:
    """Unless told otherwise Azure works the expressions of what is deployed inside out where the deployment stands."""
    inside = template({"type": NSG, "name": "[parameters('nsg_name')]", "properties": {}},
                      parameters={"nsg_name": {"type": "string"}})  # fmt: skip
    properties: dict[str, Any] = {"template": inside, "parameters": {"nsg_name": {"value": "inner_nsg"}}}
    if scope:
        properties["expressionEvaluationOptions"] = {"scope": scope}
    inventory = found(template({"type": "Microsoft.Resources/deployments", "name": "d", "properties": properties},
                               parameters={"nsg_name": {"defaultValue": "outer_nsg"}}))  # fmt: skip
    assert [each.name for each in inventory.rule_sets] == [wanted]
    assert said(inventory) == []


def test_what_may_be_left_out_is_null_and_null_handed_in_is_the_default() -> None:
    """As modules of Azure's registry declare their parameters, by a type of their own, and hand theirs on."""
    inside = template({"type": NSG, "name": "[parameters('name')]", "properties": {}},
                      parameters={"name": {"type": "string", "defaultValue": "by_default"}})  # fmt: skip
    handed = {"name": {"value": "[tryGet(coalesce(parameters('names'), createArray()), 0)]"}}
    deployed = {"expressionEvaluationOptions": {"scope": "inner"}, "parameters": handed, "template": inside}
    counted = {"type": "Microsoft.Resources/deployments", "name": "count", "condition": "[parameters('count')]",
               "properties": {"template": template()}}  # fmt: skip
    inventory = found(template(
        {"type": "Microsoft.Resources/deployments", "name": "[uniqueString('d')]", "properties": deployed}, counted,
        definitions={"names": {"type": "array", "nullable": True}},
        parameters={"names": {"$ref": "#/definitions/names"}, "count": {"type": "bool", "defaultValue": False}},
    ))  # fmt: skip
    assert ([each.name for each in inventory.rule_sets], said(inventory)) == (["by_default"], [])


@pytest.mark.parametrize("grows", ["[createArray({0}, {0})]", ["{0}", "{0}"], "[concat({0}, {0})]"])
def test_a_template_that_doubles_itself_comes_to_an_end(grows: Any) -> None:
    doubled = {f"v{at}": json.loads(json.dumps(grows).replace("{0}", f"variables('v{at - 1}')")) for at in range(1, 70)}
    if isinstance(grows, list):
        doubled = {name: [f"[{each}]" for each in value] for name, value in doubled.items()}
    variables = {"v0": ["x"] if "createArray" in str(grows) else "x" * 10, **doubled}
    inventory = found(template({"type": NSG, "name": "[string(variables('v69'))]"}, variables=variables))
    assert inventory.rule_sets == ()
    assert len(said(inventory)) == 1


ODD: tuple[Any, ...] = (
    None, True, -1, 10**30, 1.5, "", "[", "]", "[]", "[[", "\ud800", "[variables('\ud800')]", "[parameters('x')]",
    [], {}, [None], {"copy": {}}, {"copy": [{"name": "x"}]}, {"copy": [{"name": None, "count": "[length(1)]"}]},
    "[createArray()[0]]", "[if()]", "[map()]", "[lambda('x', 1)]", "[reference('nsg-module').outputs.id.value]",
)  # fmt: skip


def places(value: Any, before: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place within a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*before, key)
        yield from places(inner, (*before, key))


@pytest.mark.parametrize("seed", range(6))
def test_whatever_stands_in_a_template_is_read_or_said(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(100):
        given = json.loads(json.dumps(chance.choice([bicep(), network.arm()])))
        *way, last = chance.choice(list(places(given)))
        home = given
        for step in way:
            home = home[step]
        home[last] = chance.choice(ODD)
        inventory = found(given)
        assert not [sentence for sentence in said(inventory) if "our mistake" in sentence]
        assert (inventory.to_json() + "".join(said(inventory))).encode()
