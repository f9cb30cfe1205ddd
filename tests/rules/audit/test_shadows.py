"""Shadowed and redundant rules agree with brute force: every packet of a small world, decided by the slow reference."""

import json
import random
from itertools import chain, combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule
from nsgflow_core.inventory.things.rule_sets import read_rule_sets
from nsgflow_core.rules.audit import shadows
from nsgflow_core.rules.audit.regions import RuleRegions, cut, meet
from nsgflow_core.rules.audit.shadows import Undecided, difference, takers, uncovered
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.reference import nsg as reference

TERMS = ["*", "0.0.0.0/0", "10.0.0.0/30", "10.0.0.0/31", "10.0.0.2", "10.0.0.4/30", "10.0.0.0/29", "fd00::/127"]
ADDRESSES = ["10.0.0.0", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.8", "fd00::1", "fd00::2"]
PORTS = ["*", "0-1", "1-2", "2", "2-65535", "3"]
OPEN_TERMS = ["*", "VirtualNetwork", "Internet", "Storage", "192.168.0.1", "10.0.0.0/30"]
OPEN_ADDRESSES = ["10.0.0.1", "192.168.0.1", "8.8.8.8"]


def random_rules(seed, terms, most):
    rng = random.Random(seed)

    def some(values, count=2):
        return rng.sample(values, rng.randint(1, count)) if rng.random() < 0.6 else ["*"]

    return [
        {
            "name": f"r{number}",
            "priority": 100 + number,
            "direction": "Inbound",
            "access": rng.choice(["Allow", "Deny"]),
            "protocol": rng.choice(["*", "*", "Tcp", "Udp", "Icmp"]),
            "sourceAddressPrefixes": some(terms),
            "destinationAddressPrefixes": some(terms),
            "sourcePortRange": rng.choice(["*", "*", "*", "0-1023"]),
            "destinationPortRanges": some(PORTS),
        }
        for number in range(rng.randint(1, most))
    ]


def all_packets(addresses, ports, protocols):
    for src, dst, port, protocol, src_port in product(addresses, addresses, ports, protocols, [0, 1024]):
        if (":" in src) != (":" in dst):
            continue  # a packet is of one family
        yield {
            "src_ip": src, "dst_ip": dst, "port": port, "protocol": protocol, "src_port": src_port,
            "direction": "Inbound",
        }  # fmt: skip


def ways(packet, rules, world):
    """Every way things may be for the two addresses of a packet: which open tags hold which of them."""
    names = {
        term for rule in rules for term in chain(rule["sourceAddressPrefixes"], rule["destinationAddressPrefixes"])
    }
    open_pairs = [
        (name.lower(), address)
        for name in sorted(names | {"VirtualNetwork"})
        for address in sorted({packet["src_ip"], packet["dst_ip"]})
        if reference.term_holds(name, address, world) is None
    ]
    sure = {
        name: [a for a in (packet["src_ip"], packet["dst_ip"]) if reference.term_holds(name, a, world) is True]
        for name in ("virtualnetwork", "internet", "storage")
    }
    for chosen in chain.from_iterable(combinations(open_pairs, size) for size in range(len(open_pairs) + 1)):
        tags = {name: held + [a for n, a in chosen if n == name] for name, held in sure.items()}
        if not set(tags["virtualnetwork"]) & set(tags["internet"]):
            yield {**world, "tags": tags}


def brute_force(rules, addresses, ports, protocols, world):
    """The names of the rules that decide some packet, and of those whose removal changes some decision."""
    deciding, needed = set(), set()
    for packet in all_packets(addresses, ports, protocols):
        for way in ways(packet, rules, world):
            hits = [r for r in sorted(reference.with_defaults(rules), key=lambda r: r["priority"])
                    if r["direction"] == "Inbound" and reference.rule_matches(r, packet, way)]  # fmt: skip
            deciding.add(hits[0]["name"])
            if len(hits) > 1 and hits[0]["access"] != hits[1]["access"]:
                needed.add(hits[0]["name"])
    return deciding, needed


def verdicts(rules, space):
    (rule_set,) = read_rule_sets(json.dumps({"name": "n", "securityRules": rules}))
    regions = RuleRegions(rule_set.with_defaults().towards(Direction.INBOUND), space)
    own = range(len(rules))
    names = [rule.name for rule in regions.rules]
    deciding = {names[place] for place in own if uncovered(regions, place) is not None}
    needed = {names[place] for place in own if difference(regions, place) is not None}
    return regions, deciding, needed


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_brute_force_agrees_where_every_address_is_known(seed):
    rules = random_rules(seed, TERMS, 6)
    world = {"known": ["0.0.0.0/0", "::/0"]}
    space = AddressSpace((parse_prefix("0.0.0.0/0"), parse_prefix("::/0")))
    _, deciding, needed = verdicts(rules, space)
    slow_deciding, slow_needed = brute_force(rules, ADDRESSES, [0, 1, 2, 3, 4], ["TCP", "UDP", "ICMP", "ESP"], world)
    own = {rule["name"] for rule in rules}
    assert deciding == slow_deciding & own
    assert needed == slow_needed & own


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_brute_force_agrees_over_every_way_open_names_may_be(seed):
    rules = random_rules(seed, OPEN_TERMS, 5)
    world = {"known": ["10.0.0.0/30"]}
    _, deciding, needed = verdicts(rules, AddressSpace((parse_prefix("10.0.0.0/30"),)))
    addresses = [*OPEN_ADDRESSES, "10.0.0.2", "172.16.0.1"]
    slow_deciding, slow_needed = brute_force(rules, addresses, [1, 2, 3], ["TCP", "ICMP"], world)
    own = {rule["name"] for rule in rules}
    assert slow_deciding & own <= deciding
    assert slow_needed & own <= needed


def a_rule(name, priority, access=Access.ALLOW, source="*", ports=ANY_PORTS):
    return Rule(name, priority, Direction.INBOUND, access, "Tcp", (source,), ("*",), ports)


def test_a_tag_shadows_itself_whatever_it_stands_for():
    regions = RuleRegions([a_rule("a", 100, source="Storage"), a_rule("b", 200, source="storage")], AddressSpace())
    assert uncovered(regions, 1) is None
    assert takers(regions, 1) == [0]


def test_two_halves_shadow_the_whole():
    halves = [a_rule("low", 100, source="10.0.0.0/25"), a_rule("high", 110, Access.DENY, "10.0.0.128/25")]
    regions = RuleRegions(
        [*halves, a_rule("other", 120, source="9.9.9.9"), a_rule("all", 200, source="10.0.0.0/24")], AddressSpace()
    )
    assert uncovered(regions, 3) is None
    assert takers(regions, 3) == [0, 1]


def test_a_region_that_remains_is_told_in_words():
    regions = RuleRegions(
        [a_rule("web", 100, Access.DENY, ports=(PortRange(0, 79),)), a_rule("tag", 110, source="Storage")],
        AddressSpace(),
    )
    region = uncovered(regions, 1)
    assert region is not None
    assert region is not Undecided.TOO_LONG
    assert "TCP/80" in regions.describe(region)
    assert "is in Storage" in regions.describe(region)


def test_cutting_leaves_disjoint_pieces_that_add_up():
    whole, away = (15, 15, 15, 15, 15), (3, 6, 1, 8, 12)
    pieces = cut(whole, away)
    assert not any(meet(piece, away) for piece in pieces)
    assert not any(meet(a, b) for a, b in combinations(pieces, 2))
    sizes = [(lambda b: b[0].bit_count() * b[1].bit_count() * b[2].bit_count() * b[3].bit_count() * b[4].bit_count())(b)
             for b in [*pieces, away]]  # fmt: skip
    assert sum(sizes) == 4**5


def test_a_search_that_takes_too_long_says_that_it_did_not_decide(monkeypatch):
    rules = [a_rule(f"r{number}", 100 + number, source=f"10.0.0.{number}") for number in range(20)]
    regions = RuleRegions([*rules, a_rule("all", 200, Access.DENY)], AddressSpace())
    assert uncovered(regions, 20) is not Undecided.TOO_LONG
    assert difference(regions, 20) is None
    monkeypatch.setattr(shadows, "MAX_STEPS", 10)
    assert uncovered(regions, 20) is Undecided.TOO_LONG
    assert difference(regions, 20) is Undecided.TOO_LONG
