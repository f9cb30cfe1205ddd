"""First match by priority with three-valued matches, checked by hand and against the slow reference."""

import json
import random
from dataclasses import asdict

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.subnet_map import read_subnet_map
from nsgflow_core.inventory.things.rule_sets import read_rule_sets
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.evaluate import Packet, decide, decide_all
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates import rule_sets as estates
from tests.reference import nsg as reference
from tests.reference.aggregate import packed

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
SPACE = AddressSpace((parse_prefix("10.0.0.0/16"),))


def a_rule(name, priority, access, source="*", destination="*", port=None, protocol="*", direction=IN, **more):
    ports = (PortRange(port, port),) if port is not None else ANY_PORTS
    return Rule(name, priority, direction, access, protocol, (source,), (destination,), ports, **more)


def a_packet(source, destination="10.0.1.4", port=443, protocol="TCP", direction=IN, src_port=None):
    return Packet(source, destination, protocol, port, direction, src_port)


def verdict(rules, packet, space=SPACE):
    found = decide(RuleSet("n", tuple(rules)), packet, space)
    return found.access, found.decided_by


ALLOW, DENY = Access.ALLOW, Access.DENY


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (a_packet("10.0.2.4"), (ALLOW, "AllowVnetInBound")),
        (a_packet("168.63.129.16"), (ALLOW, "AllowVnetInBound")),  # the host's address is part of the tag
        (a_packet("168.63.129.16", "8.8.8.8"), (ALLOW, "AllowAzureLoadBalancerInBound")),
        (a_packet("8.8.8.8"), (DENY, "DenyAllInBound")),
        (a_packet("192.168.1.1"), (None, "AllowVnetInBound")),  # may be on-premises
        (a_packet("10.9.0.1"), (None, "AllowVnetInBound")),
        (a_packet("10.0.1.4", "10.0.2.4", direction=OUT), (ALLOW, "AllowVnetOutBound")),
        (a_packet("10.0.1.4", "8.8.8.8", direction=OUT), (ALLOW, "AllowInternetOutBound")),
        (a_packet("10.0.1.4", "192.168.1.1", direction=OUT), (None, "AllowVnetOutBound")),
        (a_packet("10.0.1.4", "2001:db8::1", direction=OUT), (ALLOW, "AllowInternetOutBound")),
    ],
)
def test_the_default_rules(packet, expected):
    assert verdict([], packet) == expected


def test_without_an_address_space_every_private_address_is_open():
    assert verdict([], a_packet("10.0.2.4"), AddressSpace()) == (None, "AllowVnetInBound")
    assert verdict([], a_packet("8.8.8.8"), AddressSpace()) == (DENY, "DenyAllInBound")


def test_an_unknown_match_that_changes_nothing_leaves_the_access_certain():
    same = [a_rule("tag", 100, ALLOW, "Storage"), a_rule("sure", 200, ALLOW, "8.8.8.0/24")]
    assert verdict(same, a_packet("8.8.8.8")) == (ALLOW, "sure")
    other = [a_rule("tag", 100, DENY, "Storage"), a_rule("sure", 200, ALLOW, "8.8.8.0/24")]
    assert verdict(other, a_packet("8.8.8.8")) == (None, "tag")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param([], None, id="the default rules alone"),
        pytest.param([("Internet", DENY)], DENY, id="denied as Internet, and by default"),
        pytest.param([("Internet", ALLOW)], None, id="allowed as Internet, denied by default"),
        pytest.param([("VirtualNetwork", ALLOW), ("Internet", DENY)], DENY, id="of VirtualNetwork it is none"),
        pytest.param([("Internet", ALLOW), ("10.2.0.0/16", ALLOW)], ALLOW, id="allowed in any case"),
        pytest.param([("Storage", DENY)], None, id="another name"),
    ],
)
@pytest.mark.parametrize("direction", Direction)
def test_a_private_address_of_another_network_is_of_the_internet_or_of_none(rules, expected, direction):
    """A spoke behind the hub: a deny of Internet was "indeterminate" for it, which no rule would have let pass."""
    end = "source" if direction is IN else "destination"
    held = [
        a_rule(f"r{at}", 100 + at, access, **{end: term}, direction=direction)
        for at, (term, access) in enumerate(rules)
    ]
    own, far = "10.0.1.4", "10.2.1.4"
    packet = a_packet(far, own) if direction is IN else a_packet(own, far, direction=OUT)
    spoke = AddressSpace((parse_prefix("10.0.0.0/16"),), open=())
    found, _ = verdict(held, packet, spoke)
    denied_anyway = direction is IN and not any(access is ALLOW for _, access in rules)  # by DenyAllInBound
    assert found == (DENY if denied_anyway else expected)
    row = pd.DataFrame([{**asdict(packet), "direction": str(direction)}])
    assert list(decide_all(RuleSet("n", tuple(held)), row, spoke)["access"]) == [str(found or "indeterminate")]


def test_a_loaded_tag_is_certain_in_any_case():
    space = AddressSpace(service_tags={"storage.westus": (parse_prefix("8.8.0.0/16"),)})
    rules = [a_rule("tag", 100, ALLOW, "STORAGE.WestUS")]
    assert verdict(rules, a_packet("8.8.8.8"), space) == (ALLOW, "tag")
    assert verdict(rules, a_packet("9.9.9.9"), space) == (DENY, "DenyAllInBound")


def test_asgs_are_known_for_listed_nics_only():
    space = AddressSpace(
        SPACE.known, nics={packed("10.0.0.4"): frozenset({"/asg/web"}), packed("10.0.0.5"): frozenset()}
    )
    rules = [Rule("asg", 100, IN, DENY, "*", (), ("*",), ANY_PORTS, source_asgs=("/asg/Web",))]
    assert verdict(rules, a_packet("10.0.0.4"), space) == (DENY, "asg")
    assert verdict(rules, a_packet("10.0.0.5"), space) == (ALLOW, "AllowVnetInBound")
    assert verdict(rules, a_packet("10.0.0.6"), space) == (None, "asg")
    assert verdict(rules, a_packet("8.8.8.8"), space) == (DENY, "DenyAllInBound")


def test_a_prefix_holds_its_own_family_only():
    v4, v6 = [a_rule("all", 100, ALLOW, "0.0.0.0/0")], [a_rule("all", 100, ALLOW, "::/0")]
    assert verdict(v4, a_packet("8.8.8.8")) == verdict(v6, a_packet("2001:db8::1")) == (ALLOW, "all")
    assert verdict(v4, a_packet("2001:db8::1")) == verdict(v6, a_packet("8.8.8.8")) == (DENY, "DenyAllInBound")


def test_source_ports_count_where_the_packet_has_one():
    rules = [a_rule("dns", 100, ALLOW, source_ports=(PortRange(53, 53),))]
    assert verdict(rules, a_packet("8.8.8.8", src_port=53)) == (ALLOW, "dns")
    assert verdict(rules, a_packet("8.8.8.8", src_port=54)) == (DENY, "DenyAllInBound")
    assert verdict(rules, a_packet("8.8.8.8")) == (None, "dns")


def test_icmp_v6_is_open_under_an_icmp_rule():
    rules = [a_rule("ping", 100, ALLOW, protocol="Icmp")]
    assert verdict(rules, a_packet("8.8.8.8", protocol="ICMP")) == (ALLOW, "ping")
    assert verdict(rules, a_packet("8.8.8.8", protocol="ICMPv6")) == (None, "ping")


def test_peerings_belong_to_the_space():
    vnet = {
        "name": "hub",
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        "subnets": [{"name": "web", "addressPrefix": "10.0.1.0/24"}],
        "virtualNetworkPeerings": [{"remoteAddressSpace": {"addressPrefixes": ["10.7.0.0/16"]}}],
    }
    space = AddressSpace.of(read_subnet_map(json.dumps([vnet])))
    assert verdict([], a_packet("10.7.0.4"), space) == (ALLOW, "AllowVnetInBound")
    assert verdict([], a_packet("10.8.0.4"), space) == (None, "AllowVnetInBound")


def both_answers(seed, packets):
    """Answers of decide_all, decide and the reference on one random rule set."""
    rng = random.Random(seed)
    rules, world = estates.rules(rng), rng.choice(estates.WORLDS)
    rows = [estates.packet(rng) for _ in range(packets)]
    (rule_set,) = read_rule_sets(json.dumps({"name": "n", "securityRules": rules}))
    space = AddressSpace(
        tuple(parse_prefix(text) for text in world["known"]),
        {name: tuple(parse_prefix(text) for text in texts) for name, texts in world["tags"].items()},
        {packed(ip): frozenset(g.casefold() for g in groups) for ip, groups in world["nics"].items()},
    )
    fast = decide_all(rule_set, pd.DataFrame(rows), space)
    together = [
        (None if access == "indeterminate" else access, name)
        for access, name in zip(fast["access"], fast["decided_by"], strict=True)
    ]
    single = [decide(rule_set, Packet(**{**row, "direction": Direction(row["direction"])}), space) for row in rows]
    alone = [(item.access and str(item.access), item.decided_by) for item in single]
    return together, alone, [reference.decide(rules, row, world) for row in rows]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_the_slow_reference_agrees(seed):
    together, alone, slow = both_answers(seed, 200)
    assert together == slow
    assert alone == slow


def test_random_cases_meet_every_kind_of_answer():
    answers = [answer for seed in range(20) for answer in both_answers(seed, 100)[2]]
    assert {access for access, _ in answers} == {"Allow", "Deny", None}
    assert sum(name.startswith("r") for _, name in answers) > len(answers) / 4


def test_an_empty_frame_has_an_empty_answer():
    packets = pd.DataFrame({name: [] for name in ("src_ip", "dst_ip", "protocol", "port", "direction")})
    assert decide_all(RuleSet("n", ()), packets, SPACE).columns.tolist() == ["decided_by", "priority", "access"]


def test_the_index_is_kept_and_an_unreadable_address_is_open():
    packets = pd.DataFrame(
        {"src_ip": ["", "10.0.0.4"], "dst_ip": "10.0.0.5", "protocol": "TCP", "port": 22, "direction": "Inbound"},
        index=[7, 3],
    )
    verdicts = decide_all(RuleSet("n", ()), packets, SPACE)
    assert verdicts["access"].to_dict() == {7: "indeterminate", 3: "Allow"}
    assert verdicts["priority"].to_dict() == {7: 65000, 3: 65000}
