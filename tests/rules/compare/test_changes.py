"""What two rule sets decide differently is what asking about each packet of a small world says."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.things.rule_sets import read_rule_sets
from nsgflow_core.rules.compare import partition
from nsgflow_core.rules.compare.changes import (
    CHANGES,
    NEWLY_ALLOWED,
    NEWLY_DENIED,
    PacketChange,
    changes,
    changes_frame,
    summary,
)
from nsgflow_core.rules.decide.address_space import AddressSpace, Home
from nsgflow_core.rules.decide.evaluate import Packet, decide
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.sets.spans import of_prefixes
from nsgflow_core.words.vocabulary import Direction
from tests.rules.audit.test_shadows import OPEN_TERMS, TERMS, random_rules

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
WORLD = AddressSpace((parse_prefix("10.0.0.0/28"), parse_prefix("fd00::/124")))
V4 = ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.7", "10.0.0.8", "9.9.9.9", "192.168.0.1"]
V6 = ["fd00::", "fd00::1", "fd00::2", "2001:db8::1"]
PORTS = [0, 1, 2, 3, 65_535]


def rule_set(rules: list[dict[str, Any]]) -> RuleSet:
    (made,) = read_rule_sets(json.dumps({"name": "n", "securityRules": rules}))
    return made


def packets() -> Iterator[Packet]:
    for addresses in (V4, V6):
        for source, destination in product(addresses, addresses):
            for protocol, port, origin in [*product(("TCP", "UDP"), PORTS, (0, 1024)), ("ICMP", 0, 0), ("GRE", 0, 0)]:
                yield Packet(source, destination, protocol, port, IN, origin)


def by_brute_force(old: RuleSet, new: RuleSet, space: AddressSpace) -> set[tuple[str, str]]:
    """The pairs of rules that decide some packet with another access, asked one by one."""
    found = set()
    for packet in packets():
        before, after = decide(old, packet, space), decide(new, packet, space)
        if before.access and after.access and before.access is not after.access:
            found.add((before.decided_by, after.decided_by))
    return found


def pairs(found: list[PacketChange]) -> set[tuple[str, str]]:
    return {(each.old.name, each.new.name) for each in found}


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32))
def test_brute_force_agrees_where_every_address_is_known(seed: int) -> None:
    everything = AddressSpace((parse_prefix("0.0.0.0/0"), parse_prefix("::/0")))
    old, new = rule_set(random_rules(seed, TERMS, 5)), rule_set(random_rules(seed + 1, TERMS, 5))
    found = changes(old, new, everything)
    assert by_brute_force(old, new, everything) <= pairs(found)
    for each in found:
        assert each.is_certain
        for source_port in _source_ports(each):
            assert _decided(old, new, each, everything, source_port) == (each.old.access, each.new.access)
    assert not changes(old, replace(old, name="other"), everything)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32))
def test_a_certain_change_is_one_whatever_open_names_stand_for(seed: int) -> None:
    rng = random.Random(seed)
    old = rule_set(random_rules(seed, OPEN_TERMS, 4))
    new = rule_set(random_rules(seed + 1, OPEN_TERMS, 4))
    found = changes(old, new, WORLD)
    sure = {(each.old.access, each.new.access) for each in found if each.is_certain}
    for _, _ in by_brute_force(old, new, WORLD):
        assert sure
        break
    tags = {"storage": (parse_prefix(rng.choice(["9.9.9.0/24", "192.168.0.0/16", "10.0.0.0/30"])),)}
    closed = replace(WORLD, service_tags=tags)
    known = {(a.old.name, a.new.name) for a in changes(old, new, closed) if a.is_certain}
    assert known <= pairs(found), "what is so in one way things may be was said to be possible"


def _source_ports(change: PacketChange) -> tuple[int, ...]:
    """Those of the witness: the one that it names, or any; 0 is that of a protocol without ports."""
    if change.witness.port is None:
        return (0,)
    return (1, 1023, 1024, 65_535) if change.witness.source_port is None else (change.witness.source_port,)


def _decided(
    old: RuleSet, new: RuleSet, each: PacketChange, space: AddressSpace, source_port: int
) -> tuple[Access | None, Access | None]:
    seen = each.witness
    protocol = "GRE" if seen.protocol == "others" else seen.protocol  # one of those that no rule can name
    packet = Packet(seen.source, seen.destination, protocol, seen.port or 0, each.direction, source_port)
    return decide(old, packet, space).access, decide(new, packet, space).access


def allow(name: str, priority: int, source: str, ports: tuple[PortRange, ...] = ANY_PORTS, **more: Any) -> Rule:
    made = Rule(name, priority, IN, Access.ALLOW, "Tcp", (source,), ("10.0.0.4",), ports)
    return replace(made, **more)


def of(*rules: Rule, **more: Any) -> RuleSet:
    return RuleSet("nsg", rules, **more)


def test_a_change_names_both_rules_a_packet_and_how_large_it_is() -> None:
    web = (PortRange(443, 443),)
    old = of(allow("web", 100, "9.0.0.0/24", web), allow("ssh", 110, "9.0.0.1", (PortRange(22, 22),)))
    new = of(allow("web-wider", 200, "9.0.0.0/23", (PortRange(443, 444),)))
    found = changes(old, new, WORLD)
    assert [(each.kind, each.old.name, each.new.name, each.packets) for each in found] == [
        (NEWLY_ALLOWED, "DenyAllInBound", "web-wider", 256 + 512),
        (NEWLY_DENIED, "ssh", "DenyAllInBound", 1),
    ]
    assert str(found[1].witness) == "9.0.0.1 -> 10.0.0.4 TCP/22"
    frame = changes_frame(found)
    assert list(frame.columns) == list(CHANGES.names)
    assert frame["ports"].tolist() == ["443-444", "22"]


@pytest.mark.parametrize(
    ("ports", "words"),
    [
        (((1024, 65535),), " from port 1"),
        (((0, 1023),), " from port 1024"),
        (((1, 65535),), " from port 0"),
        (((0, 52), (54, 49999)), " from port 50000"),
        (((0, 65535),), ""),
    ],
)
def test_a_change_by_source_port_is_told_with_a_packet_from_such_a_port(
    ports: tuple[tuple[int, int], ...], words: str
) -> None:
    """The packet from port 0 was told without its port: sent from a client's, nothing was decided differently."""
    https = (PortRange(443, 443),)
    old = of(allow("web", 100, "9.0.0.1", https))
    from_ports = tuple(PortRange(*each) for each in ports)
    other = allow("ssh", 90, "9.0.0.2", (PortRange(22, 22),), source_ports=(PortRange(7, 7),))
    new = of(replace(old.rules[0], source_ports=from_ports), *((other,) if not words else ()))
    found = [each for each in changes(old, new, WORLD) if each.new.name != "ssh"]
    assert [str(each.witness) for each in found] == ([f"9.0.0.1 -> 10.0.0.4 TCP/443{words}"] if words else [])
    for each in found:
        for source_port in _source_ports(each):
            assert _decided(old, new, each, WORLD, source_port) == (Access.ALLOW, Access.DENY)
    wider = of(allow("web", 100, "9.0.0.1", (PortRange(443, 444),)), other)
    (change,) = [each for each in changes(old, wider, WORLD) if each.new.name == "web"]
    assert str(change.witness) == "9.0.0.1 -> 10.0.0.4 TCP/444"


@pytest.mark.parametrize(
    "new",
    [
        of(allow("other-name", 300, "9.0.0.0/24", (PortRange(80, 81),))),
        of(allow("a", 100, "9.0.0.0/25", (PortRange(80, 81),)), allow("b", 101, "9.0.0.128/25", (PortRange(80, 81),))),
        of(allow("a", 100, "9.0.0.0/24", (PortRange(80, 80),)), allow("b", 101, "9.0.0.0/24", (PortRange(81, 81),))),
        of(allow("a", 100, "9.0.0.0/24", (PortRange(80, 81),)), allow("b", 101, "9.0.0.9", (PortRange(80, 80),))),
        of(
            allow("never", 90, "fd00::/16", access=Access.DENY, sources=("fd00::/16",)),
            allow("a", 100, "9.0.0.0/24", (PortRange(80, 81),)),
        ),
    ],
)
def test_no_difference_however_it_is_written(new: RuleSet) -> None:
    """Other names, two halves, ports apart, a rule that never acts, a family that the destination is not of."""
    assert not changes(of(allow("web", 100, "9.0.0.0/24", (PortRange(80, 81),))), new, WORLD)


def test_an_unknown_tag_is_equal_to_itself_and_else_a_change_that_may_be() -> None:
    tagged = of(allow("tag", 100, "Storage"))
    assert not changes(tagged, of(allow("x", 300, "storage")), WORLD)
    (found,) = changes(of(), tagged, WORLD)
    assert not found.is_certain
    assert "is in Storage" in found.witness.condition
    assert changes_frame([found])["certain"].tolist() == ["may be"]


USUAL = [parse_prefix(each) for each in ("10.0.0.0/8", "1.0.0.0/8", "2000::/3", "fc00::/7")]


@pytest.mark.parametrize(
    ("old", "new"),
    [("0.0.0.0/0", "*"), ("*", "2000::/3"), ("10.1.0.0/16", "10.1.0.0/17"), ("::/0", "0.0.0.0/0"), ("*", "Internet")],
)
@pytest.mark.parametrize("known", [(), ("10.9.0.0/16", "fd77::/48")])
def test_an_example_has_addresses_that_somebody_has(old: str, new: str, known: tuple[str, ...]) -> None:
    """A class of addresses lies in many places: `::fffe:ffff:ffff` and `9.255.255.255` were the first of them."""
    space = AddressSpace(tuple(parse_prefix(each) for each in known))
    before, after = (of(replace(allow("a", 100, source), destinations=("*",))) for source in (old, new))
    found = changes(before, after, space)
    assert found
    for end in (end for each in found for end in (each.witness.source, each.witness.destination)):
        assert any(usual.covers(parse_prefix(end)) for usual in USUAL), end


def test_only_directions_that_both_speak_for_are_compared() -> None:
    draft = of(allow("web", 100, "9.0.0.1"), directions=(IN,))
    whole = of(allow("web", 100, "9.0.0.1"), allow("out", 100, "9.0.0.1", direction=OUT), directions=(IN, OUT))
    assert not changes(whole, draft, WORLD)


def test_a_source_port_counts_by_its_share() -> None:
    narrow = allow("ntp", 100, "9.0.0.1", (PortRange(123, 123),), source_ports=(PortRange(0, 32_767),))
    (found,) = changes(of(), of(narrow), WORLD)
    assert found.packets == 0.5


def test_what_cannot_be_told_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition, "MOST_WAYS", 3)
    with pytest.raises(BadRuleSet, match="not known"):
        changes(of(), of(allow("a", 100, "Storage"), allow("b", 101, "Sql")), WORLD)


@pytest.mark.parametrize("named", [(), ("Storage", "Sql")], ids=["all known", "with names that nobody knows"])
def test_rows_in_parts_are_the_same_rows(named: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    sources = (*(f"9.0.{n}.0/24" for n in range(6)), *named)
    old = of(*(allow(f"r{n}", 100 + n, each) for n, each in enumerate(sources)))
    new = of(allow("one", 100, "9.0.2.0/23"), *(allow(f"s{n}", 200 + n, each) for n, each in enumerate(named[1:])))
    whole = changes(old, new, WORLD)
    monkeypatch.setattr(partition, "MOST_CELLS", 2)
    assert changes(old, new, WORLD) == whole


@pytest.mark.parametrize("direction", [IN, OUT])
@pytest.mark.parametrize(
    ("near", "witness_at"),
    [
        ("*", "10.0.1."),
        ("10.0.0.0/16", "10.0.1."),
        ("VirtualNetwork", "10.0.1."),
        ("10.0.1.64/26", "10.0.1.64"),
        ("10.0.2.0/24", None),
        ("9.9.9.0/24", None),
    ],
)
def test_an_example_is_a_packet_that_meets_the_nsg_where_there_is_one(
    near: str, witness_at: str | None, direction: Direction
) -> None:
    """Where files tell the subnet that the NSG guards, a packet to another one is decided by it in no network."""
    own, vnet = (of_prefixes([parse_prefix(each)]) for each in ("10.0.1.0/24", "10.0.0.0/16"))
    home = Home("app", own, vnet, AddressSpace((parse_prefix("10.0.0.0/16"),)))
    space = AddressSpace((parse_prefix("10.0.0.0/16"),), homes=(home,))
    ends = (("10.9.0.4",), (near,)) if direction is IN else ((near,), ("10.9.0.4",))
    deny = Rule("no", 200, direction, Access.DENY, "*", ("*",), ("*",), ANY_PORTS)
    (change,) = changes(of(deny), of(Rule("new", 100, direction, Access.ALLOW, "Tcp", *ends, ANY_PORTS), deny), space)
    met = change.witness.destination if direction is IN else change.witness.source
    assert met.startswith(witness_at or near.rsplit(".", 1)[0])
    assert change.witness.never_met is (witness_at is None)
    assert str(change.witness).endswith(" (outside of what files say that the NSG guards)") is (witness_at is None)
    assert ("1 of them only outside of what" in summary([change])) is (witness_at is None)
    (untold,) = changes(of(deny), of(Rule("new", 100, direction, Access.ALLOW, "Tcp", *ends, ANY_PORTS), deny), WORLD)
    assert not untold.witness.never_met, "no file says what it guards"
