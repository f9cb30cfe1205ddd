"""Ports of management and data that strangers reach: found by arithmetic, however the rule is typed."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.things.rule_sets import read_rule_sets
from nsgflow_core.rules.audit.finding import FindingKind
from nsgflow_core.rules.audit.proved import proved_findings
from nsgflow_core.rules.decide.address_space import PRIVATE, AddressSpace
from nsgflow_core.rules.decide.evaluate import Packet, decide
from nsgflow_core.words.guarded_ports import BY_SERVICE, GUARDED_PORTS
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.public_space import PUBLIC_V4, PUBLIC_V6, public_share
from nsgflow_core.words.sets.spans import of_prefixes, union
from nsgflow_core.words.vocabulary import Direction

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
SPACE = AddressSpace((parse_prefix("10.9.0.0/16"),))
RDP = (PortRange(3389, 3389),)


def allow(name, priority, *sources, to=("10.9.0.4",), ports=RDP, protocol="Tcp", access=Access.ALLOW, direction=IN):
    return Rule(name, priority, direction, access, protocol, tuple(sources), tuple(to), ports)


def deny(name, priority, *sources, **more):
    return allow(name, priority, *sources, access=Access.DENY, **more)


def exposed(*rules, space=SPACE, kind=FindingKind.EXPOSED):
    """The findings of that kind by rule; each witness is decided again, by the rule that it names."""
    rule_set = RuleSet("nsg", rules).with_defaults()
    ordered = rule_set.towards(rules[0].direction)
    found = {}
    for rule, findings in zip(ordered, proved_findings(ordered, space), strict=True):
        of_kind = [each for each in findings if each.kind is kind]
        for each in of_kind:
            source, _, destination, service, *_ = each.witness.split(" ")
            protocol, _, port = service.partition("/")
            packet = Packet(source, destination, protocol, int(port), rules[0].direction, 50_000)
            assert " if " in each.witness or decide(rule_set, packet, space).rule == rule
        if of_kind:
            found[rule.name] = [each.words for each in of_kind]
    return found


@pytest.mark.parametrize(
    "sources",
    [
        ("*",),
        ("Internet",),
        ("0.0.0.0/0",),
        ("::/0",),
        ("0.0.0.0/1", "128.0.0.0/1"),
        ("2000::/3",),
        ("20.0.0.0/8",),
        tuple(f"{first}.{second}.0.0/16" for first in range(50, 54) for second in range(0, 256, 4)),
        ("AzureCloud",),
        ("azurecloud.westeurope",),
    ],
)
def test_a_source_is_wide_however_it_is_written(sources):
    to = ("*",) if ":" in sources[0] else ("10.9.0.4",)
    assert "3389 (RDP)" in exposed(allow("rdp", 100, *sources, to=to))["rdp"][0]


@pytest.mark.parametrize(
    "sources", [("10.0.0.0/8",), ("203.0.113.9",), ("20.1.0.0/16",), ("VirtualNetwork",), ("Sql",)]
)
def test_a_narrow_source_is_not(sources):
    assert not exposed(allow("rdp", 100, *sources))


def test_the_file_of_service_tags_decides_how_wide_a_tag_is():
    tags = {"wide": (parse_prefix("30.0.0.0/7"),), "narrow": (parse_prefix("30.0.0.0/20"),)}
    space = AddressSpace(SPACE.known, tags)
    assert exposed(allow("rdp", 100, "Wide"), space=space)
    assert not exposed(allow("rdp", 100, "Narrow"), space=space)


def test_rules_are_wide_together():
    halves = allow("low", 100, "0.0.0.0/1"), allow("high", 110, "128.0.0.0/1")
    found = exposed(*halves)
    assert set(found) == {"low", "high"}
    assert "and with high (110) to the whole Internet" in found["low"][0]
    slices = [allow(f"s{n}", 100 + n, f"{20 + n}.0.0.0/9") for n in range(4)]
    assert list(exposed(*slices)) == ["s0"], "each is narrow, all four are not"
    assert not exposed(slices[0])


@pytest.mark.parametrize(
    ("earlier", "is_exposed"),
    [
        ((deny("all", 90, "*"),), False),
        ((deny("udp", 90, "*", protocol="Udp"),), True),
        ((deny("other-host", 90, "*", to=("10.9.0.5",)),), True),
        ((deny("half", 90, "0.0.0.0/1"),), True),
        ((deny("low", 90, "0.0.0.0/1"), deny("high", 91, "128.0.0.0/1")), False),
        ((deny("tag", 90, "Internet"),), False),
        ((deny("ports", 90, "*", ports=(PortRange(3000, 4000),)),), False),
        ((allow("first", 90, "*", to=("*",)),), False),
        ((deny("unknown-tag", 90, "Storage"),), True),
    ],
)
def test_only_packets_that_reach_the_rule_count(earlier, is_exposed):
    assert ("rdp" in exposed(*earlier, allow("rdp", 100, "Internet"))) is is_exposed


@pytest.mark.parametrize("part", ["20.0.0.0/8", "2000::/5"])
@pytest.mark.parametrize("other", ["0.0.0.0/0", "::/0"])
def test_a_share_is_completed_by_rules_of_its_own_address_family_alone(part, other):
    found = exposed(allow("part", 100, part, to=("*",)), allow("other", 110, other, to=("*",)))
    is_completed = (":" in part) == (":" in other)
    assert ("with other (110) to the whole Internet" in found["part"][0]) is is_completed
    assert "of public addresses" in found["part"][0]
    assert "is open to the whole Internet" in found["other"][0] or is_completed


def test_ipv6_strangers_do_not_reach_ipv4_hosts():
    found = exposed(deny("v4", 90, "0.0.0.0/0"), allow("rdp", 100, "*"))
    assert not found, "what is left of the source is IPv6, and the host is not"


def test_a_public_destination_is_translated_before_the_nsg_sees_it():
    assert not exposed(allow("rdp", 100, "*", to=("20.50.60.70",)))
    assert exposed(allow("rdp", 100, "*", to=("20.50.60.70",)), space=AddressSpace((parse_prefix("20.50.60.0/24"),)))


def test_many_ports_of_a_kind_are_one_finding_that_names_them_all():
    words = exposed(allow("all", 100, "*", ports=ANY_PORTS, protocol="*"))["all"]
    assert len(words) == 2
    for row in GUARDED_PORTS:
        assert any(str(row) in each for each in words), row


def test_outbound_is_the_softer_finding_and_only_where_the_rule_names_the_port():
    rule = allow("smb-out", 100, "10.9.0.4", to=("Internet",), ports=(PortRange(445, 445),), direction=OUT)
    assert "TCP 445 (SMB)" in exposed(rule, kind=FindingKind.WAY_OUT)["smb-out"][0]
    wide = allow("out", 100, "*", to=("Internet",), ports=ANY_PORTS, direction=OUT)
    assert not exposed(wide, kind=FindingKind.WAY_OUT)


def test_what_the_shared_case_says():
    """Case 14: seven rules, and what strangers reach through each."""

    def rule(name, priority, protocol, sources, destination, ports, source_port="*"):
        return {
            "name": name, "priority": priority, "direction": "Inbound", "access": "Allow", "protocol": protocol,
            "sourceAddressPrefixes": sources, "sourcePortRange": source_port,
            "destinationAddressPrefix": destination, "destinationPortRanges": ports,
        }  # fmt: skip

    rules = [
        rule("rdp-any", 100, "Tcp", ["*"], "*", ["3389"]),
        rule("mgmt-plural", 110, "Tcp", ["Internet"], "10.9.0.4", ["22", "5985-5986"]),
        rule("sql-quad0", 120, "*", ["0.0.0.0/0"], "10.9.0.4", ["1433"]),
        rule("all-ports-one-host", 130, "*", ["Internet"], "10.9.0.4", ["*"]),
        rule("half-internet", 140, "*", ["0.0.0.0/1", "128.0.0.0/1"], "*", ["*"]),
        rule("to-public-ip", 150, "Tcp", ["Internet"], "20.50.60.70", ["443"]),
        rule("src-port", 160, "Tcp", ["10.1.0.0/24"], "10.9.0.4", ["1433"], "1433"),
    ]
    (rule_set,) = read_rule_sets(json.dumps({"name": "nsg-open", "securityRules": rules}))
    found = exposed(*rule_set.towards(IN), space=AddressSpace())
    assert list(found) == ["rdp-any", "mgmt-plural", "sql-quad0", "all-ports-one-host", "half-internet"]
    assert [words.split(" ")[1] for words in found["mgmt-plural"]] == ["22", "5985", "5986"]
    assert "TCP 1433" not in " ".join(found["all-ports-one-host"]), "sql-quad0 takes it"
    assert "TCP 1433" in " ".join(found["half-internet"]), "on the other hosts"
    assert "TCP 3389" not in " ".join(found["half-internet"]), "rdp-any takes it on every host"


def test_the_table_says_each_port_once_and_all_of_it():
    assert len(BY_SERVICE) == len(GUARDED_PORTS)
    kinds = [row.kind for row in GUARDED_PORTS]
    assert sum(a != b for a, b in pairwise(kinds)) == 1
    assert all(row.name and row.why and row.protocol in ("TCP", "UDP") for row in GUARDED_PORTS)


def test_shares_of_public_space():
    assert public_share(of_prefixes([parse_prefix("10.0.0.0/8")])) == 0
    assert public_share(of_prefixes([parse_prefix("0.0.0.0/0")])) == 1
    assert 0.004 < public_share(of_prefixes([parse_prefix("20.0.0.0/8")])) < 0.005


@pytest.mark.parametrize(
    ("ahead", "verb", "condition"),
    [
        ("Internet", "may be", " if a route that no file tells has {} in VirtualNetwork"),
        ("VirtualNetwork", "is", " if no route has {} in VirtualNetwork"),
        ("10.0.0.0/8", "is", ""),
    ],
)
def test_what_turns_on_a_gateways_routes_is_told_by_the_route(ahead, verb, condition):
    """Behind a gateway whose routes no file tells it was "is open ... if 1.0.0.0 is not in Internet"."""
    behind_a_gateway = replace(SPACE, open=union(PRIVATE, PUBLIC_V4, PUBLIC_V6))
    rules = (deny("first", 100, ahead, to=("*",), ports=ANY_PORTS, protocol="*"), allow("rdp", 200, "*"))
    ordered = RuleSet("nsg", rules).with_defaults().towards(IN)
    (found,) = [each for each in proved_findings(ordered, behind_a_gateway)[1] if each.kind is FindingKind.EXPOSED]
    assert found.words.startswith(f"TCP 3389 (RDP) {verb} open to the whole Internet")
    stranger = found.witness.split(" ")[0]
    assert found.witness.endswith(f"is allowed by rdp{condition.format(stranger)}")
