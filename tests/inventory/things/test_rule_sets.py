"""Rule files of every shape give the same rules; a bad file says where."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.rule import ANY_PORTS, DEFAULT_RULES, PROTOCOLS, Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.things.rule_sets import read_rule_sets, write_rule_set
from nsgflow_core.words.vocabulary import Direction

NSG_ID = "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Network/networkSecurityGroups/web-nsg"
FIELDS = {
    "priority": 100,
    "direction": "Inbound",
    "access": "Allow",
    "protocol": "TCP",
    "sourceAddressPrefix": "internet",
    "sourceAddressPrefixes": [],
    "sourcePortRange": "*",
    "sourcePortRanges": [],
    "destinationAddressPrefix": "",
    "destinationAddressPrefixes": ["10.0.1.0/24", "10.0.2.9/32"],
    "destinationPortRange": "8000-8100",
    "destinationPortRanges": ["443", "8443"],
    "description": "shop",
}
EXPECTED = Rule(
    "allow-https", 100, Direction.INBOUND, Access.ALLOW, "Tcp", ("Internet",), ("10.0.1.0/24", "10.0.2.9"),
    (PortRange(443, 443), PortRange(8443, 8443), PortRange(8000, 8100)), description="shop",
)  # fmt: skip
FLAT = {"name": "allow-https", **FIELDS}
NESTED = {"name": "allow-https", "properties": FIELDS}
DEFAULT = {
    "name": "AllowVnetInBound", "priority": 65000, "direction": "inbound", "access": "ALLOW", "protocol": "Any",
    "sourceAddressPrefix": "virtualNetwork", "sourcePortRange": "*", "destinationAddressPrefix": "VirtualNetwork",
    "destinationPortRange": "*",
}  # fmt: skip
TYPE = "Microsoft.Network/networkSecurityGroups"
CHILD = TYPE + "/securityRules"
PARAMETERS = {"networkSecurityGroups_web_nsg_name": {"defaultValue": "web-nsg", "type": "String"}}
NAMED = "parameters('networkSecurityGroups_web_nsg_name')"
FORMAT = f"[format('{{0}}/{{1}}', {NAMED}, 'allow-https')]"

SHAPES = {
    "az show": {"name": "web-nsg", "securityRules": [FLAT]},
    "az list": [{"name": "web-nsg", "securityRules": [FLAT]}],
    "REST": {"name": "web-nsg", "properties": {"securityRules": [NESTED]}},
    "REST page": {"value": [{"name": "web-nsg", "properties": {"securityRules": [NESTED]}}], "nextLink": None},
    "ARM inline": {
        "$schema": "x",
        "parameters": {},
        "resources": [
            {"type": "Microsoft.Compute/disks", "name": "d"},
            {"type": TYPE, "name": "web-nsg", "properties": {"securityRules": [NESTED]}},
        ],
    },
    "ARM child": {"resources": [{"type": CHILD, "name": "web-nsg/allow-https", "properties": FIELDS}]},
    "ARM nested child": {
        "resources": [
            {
                "type": TYPE,
                "name": "web-nsg",
                "properties": {},
                "resources": [{"type": "securityRules", "name": "allow-https", "properties": FIELDS}],
            }
        ]
    },
    "ARM export": {
        "parameters": PARAMETERS,
        "resources": [
            {"type": TYPE, "name": f"[{NAMED}]", "properties": {"securityRules": [{"id": "[resourceId()]", **NESTED}]}},
            {
                "type": CHILD,
                "name": f"[concat({NAMED}, '/allow-https')]",
                "dependsOn": ["x"],
                "properties": FIELDS,
            },
        ],
    },
    "ARM format": {
        "parameters": PARAMETERS,
        "resources": [
            {"type": CHILD, "name": FORMAT, "properties": FIELDS}
        ],
    },
    "az rule list": [{"id": NSG_ID + "/securityRules/allow-https", "type": CHILD, **FLAT}],
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_rule(shape):
    (rule_set,) = read_rule_sets(json.dumps(SHAPES[shape]))
    assert rule_set.name == "web-nsg"
    assert rule_set.rules == (EXPECTED,)


def test_identity_and_attachment_are_kept():
    document = {
        "id": NSG_ID, "name": "web-nsg", "resourceGuid": "guid-1", "securityRules": [FLAT],
        "defaultSecurityRules": [DEFAULT], "subnets": [{"id": "/s/web"}], "networkInterfaces": [{"id": "/n/1"}],
    }  # fmt: skip
    (rule_set,) = read_rule_sets(json.dumps(document).encode("utf-16"))
    assert (rule_set.nsg_id, rule_set.resource_guid) == (NSG_ID, "guid-1")
    assert (rule_set.subnets, rule_set.network_interfaces) == (("/s/web",), ("/n/1",))
    assert rule_set.rules[1] == DEFAULT_RULES[0]
    assert len(rule_set.with_defaults().rules) == 7
    assert rule_set.speaks_for == (Direction.INBOUND, Direction.OUTBOUND)


def test_several_groups_are_read_and_asgs_kept():
    asg = {**FLAT, "sourceAddressPrefix": None, "sourceApplicationSecurityGroups": [{"id": "/asg/app"}]}
    sets = read_rule_sets(json.dumps([{"name": "a", "securityRules": [asg]}, {"name": "b", "securityRules": []}]))
    assert [item.name for item in sets] == ["a", "b"]
    assert (sets[0].rules[0].sources, sets[0].rules[0].source_asgs) == ((), ("/asg/app",))


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"priority": 99}, ["'priority' is 99", "100 to 4096"]),
        ({"priority": "many"}, ["'priority' is 'many'"]),
        ({"priority": None}, ["'priority' is missing"]),
        ({"priority": True}, ["'priority' is true"]),
        ({"direction": "Sideways"}, ["'direction' is 'Sideways'", "Inbound, Outbound"]),
        ({"access": "Permit"}, ["'access' is 'Permit'", "Allow, Deny"]),
        ({"protocol": "SCTP"}, ["'protocol' is 'SCTP'", "Icmp"]),
        ({"protocol": ""}, ["'protocol' is missing"]),
        ({"sourceAddressPrefix": "10.0.0.0/33"}, ["'sourceAddressPrefix' is '10.0.0.0/33'", "CIDR"]),
        ({"sourceAddressPrefix": ""}, ["'sourceAddressPrefix' is missing"]),
        ({"destinationAddressPrefixes": "10.0.0.0/24"}, ["'destinationAddressPrefixes' is not a list"]),
        ({"destinationPortRange": "70000"}, ["'destinationPortRange' is '70000'", "443"]),
        ({"destinationPortRange": "90-80"}, ["'destinationPortRange' is '90-80'"]),
        ({"destinationPortRange": "", "destinationPortRanges": []}, ["'destinationPortRange' is missing"]),
        ({"destinationPortRange": "[parameters('p')]"}, ["ARM expression [parameters('p')]"]),
        ({"sourceApplicationSecurityGroups": ["x"]}, ["'sourceApplicationSecurityGroups'"]),
    ],
)
def test_a_bad_rule_is_left_out_and_says_where_and_what_is_right(change, parts):
    other = {**FLAT, "name": "other", "priority": 200}
    (rule_set,) = read_rule_sets(json.dumps({"name": "web-nsg", "securityRules": [{**FLAT, **change}, other]}))
    assert [rule.name for rule in rule_set.rules] == ["other"]
    (sentence,) = rule_set.left_out
    assert not rule_set.is_complete
    assert rule_set.unread == ("allow-https",)
    numbers = {number for _, number in rule_set.unread_places}
    assert numbers == (set() if "priority" in change else {100}), "its priority stays taken"
    towards = {direction for direction, _ in rule_set.unread_places}
    assert len(towards) == (0 if "priority" in change else 2 if "direction" in change else 1)
    assert read_rule_sets(write_rule_set(rule_set)) == (rule_set,)
    for part in ("NSG 'web-nsg', rule 'allow-https'", "left out", *parts):
        assert part in sentence


@pytest.mark.parametrize(
    ("rules", "part"),
    [
        ([1], "no object"),
        ("rules", "'securityrules' is not a list of rules"),
        ([{**FLAT, "name": ""}], "'name' is missing"),
        ([FLAT, {**FLAT, "name": "b"}], "both have priority 100"),
        ([FLAT, {**FLAT, "priority": 200}], "two rules named"),
    ],
)
def test_what_an_nsg_cannot_have_is_left_out(rules, part):
    (rule_set,) = read_rule_sets(json.dumps({"name": "n", "securityRules": rules}))
    assert len(rule_set.left_out) == 1
    assert part in rule_set.left_out[0]
    assert len(rule_set.rules) == (len(rules) - 1 if isinstance(rules, list) else 0)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("{", "not valid JSON"),
        (b"\x80\x81", "not UTF-8 or UTF-16"),
        ("3", "CSV does not name the columns"),
        ("[1]", "no object"),
        ('{"name": "x"}', "holds no network security group"),
        ('{"resources": []}', "holds no network security group"),
        ('{"securityRules": []}', "no 'name'"),
        (json.dumps({"resources": [{"type": TYPE, "name": "[uniqueString('x')]"}]}), "ARM expression"),
    ],
)
def test_a_bad_file_is_refused_by_name(text, part):
    with pytest.raises(BadInventory, match=part):
        read_rule_sets(text)


ports = st.tuples(st.integers(0, 65535), st.integers(0, 65535)).map(lambda ends: PortRange(min(ends), max(ends)))
terms = st.sampled_from(["*", "VirtualNetwork", "Storage.WestUS", "10.0.0.0/8", "10.1.2.3", "fd00::/64"])
some: dict[str, Any] = {"min_size": 1, "max_size": 3, "unique": True}


_NOT_NUL = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
"""A NUL is read as it is shown, so that it can be asked for."""


@st.composite
def rule_sets(draw):
    priorities = draw(st.lists(st.integers(100, 4096), max_size=4, unique=True))
    own = tuple(
        Rule(
            f"rule-{number}",
            priority,
            draw(st.sampled_from(Direction)),
            draw(st.sampled_from(Access)),
            draw(st.sampled_from(PROTOCOLS)),
            tuple(draw(st.lists(terms, **some))),
            tuple(draw(st.lists(terms, **some))),
            tuple(draw(st.lists(ports, **some))),
            source_ports=draw(st.one_of(st.just(ANY_PORTS), st.lists(ports, **some).map(tuple))),
            source_asgs=draw(st.sampled_from([(), ("/asg/a", "/asg/b")])),
            description=draw(st.text(_NOT_NUL, max_size=20)),
        )
        for number, priority in enumerate(priorities)
    )
    defaults = draw(st.sampled_from([(), DEFAULT_RULES]))
    directions = draw(st.sampled_from([(), (Direction.INBOUND,), tuple(Direction)]))
    return RuleSet("my-nsg", (*own, *defaults), NSG_ID, "guid", ("/s/1",), ("/n/1", "/n/2"), directions)


@settings(max_examples=50, deadline=None)
@given(rule_sets())
def test_what_is_written_reads_back_equal(rule_set):
    assert read_rule_sets(write_rule_set(rule_set)) == (rule_set,)
