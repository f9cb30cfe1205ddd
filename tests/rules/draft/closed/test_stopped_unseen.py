"""A drafted rule is never wider than what the NSG lets by its denies: unseen packets that they stop stay stopped."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import AZURE_LOAD_BALANCER, Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.closed.stopped_unseen import StoppedUnseen
from nsgflow_core.rules.draft.dial import RUNGS, Opening
from nsgflow_core.rules.draft.draft import compose
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.traffic import gather
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.flows import START, row, store_of

INBOUND = Direction.INBOUND
WEB = Subnet("web", parse_prefix("10.1.1.0/24"), "v")
APP = Subnet("app", parse_prefix("10.1.2.0/24"), "v")
SUBNETS = SubnetMap((WEB, APP), (parse_prefix("10.1.0.0/16"),))


def rule(name: str, priority: int, access: Access, source: str, ports: tuple[int, int] = (0, 65_535)) -> Rule:
    return Rule(name, priority, INBOUND, access, "*", (source,), ("VirtualNetwork",), (PortRange(*ports),))


@pytest.mark.parametrize("denied", ["10.1.1.0/24", "VirtualNetwork", "*"], ids=["its subnet", "its VNet", "everything"])
def test_an_allow_ahead_of_a_deny_is_never_widened_over_it(tmp_path: Path, denied: str) -> None:
    """Hosts of the allow's block talk; the rest of their subnet never did, and the deny behind it stops it."""
    hosts = [f"10.1.1.{host}" for host in range(4, 20)]
    rows = [
        row((host, "10.1.2.4", "TCP", 443), START + timedelta(hours=hour), rule="allow-few", kind="UserRule")
        for host in hosts
        for hour in range(0, 72, 12)
    ]
    file = RuleSet(
        "app-nsg",
        (rule("allow-few", 200, Access.ALLOW, "10.1.1.0/27"), rule("deny-rest", 300, Access.DENY, denied)),
    )
    store = store_of(tmp_path / "f.duckdb", rows, SUBNETS)
    space = AddressSpace.of(SUBNETS)
    options = DraftOptions(subnet_threshold=1)
    material = gather(store, FlowFilter(), Scope(nsg="app-nsg"), INBOUND, options=options, existing=file, space=space)
    for rung in RUNGS:
        made = compose(material, rung.exactness)
        allowed = [each for each in made.own_rules if each.access is Access.ALLOW]
        opened = [each for each in allowed if each.sources != (AZURE_LOAD_BALANCER,)]
        assert opened, rung.name
        for each in opened:
            inside = [parse_prefix(text) for text in each.sources]
            assert all(parse_prefix("10.1.1.0/27").covers(prefix) for prefix in inside), (rung.name, each.sources)


def test_without_that_deny_the_subnet_stands_for_its_hosts(tmp_path: Path) -> None:
    """So the test above tests the deny."""
    rows = [
        row((f"10.1.1.{host}", "10.1.2.4", "TCP", 443), START + timedelta(hours=hour))
        for host in range(4, 20)
        for hour in range(0, 72, 12)
    ]
    store = store_of(tmp_path / "f.duckdb", rows, SUBNETS)
    options = DraftOptions(subnet_threshold=1)
    material = gather(store, FlowFilter(), Scope(nsg="app-nsg"), INBOUND, options=options)
    widest = compose(material, 0.4)
    assert ("10.1.1.0/24",) in [each.sources for each in widest.own_rules]


ADDRESSES = [f"10.0.0.{host}" for host in range(8)]
PORTS = range(1, 5)
ALL = ("10.0.0.0/29",)


def random_rule(rng: random.Random, name: str, priority: int) -> Rule:
    first = rng.choice(PORTS)
    return Rule(
        name,
        priority,
        INBOUND,
        rng.choice((Access.ALLOW, Access.DENY)),
        rng.choice(("Tcp", "Udp", "*")),
        sides(rng),
        sides(rng),
        (PortRange(first, rng.randint(first, PORTS[-1])),),
    )


def sides(rng: random.Random) -> tuple[str, ...]:
    held = rng.sample(("10.0.0.0/30", "10.0.0.4/30", "10.0.0.2", "10.0.0.5", "10.0.0.6/31"), rng.randint(1, 2))
    return ALL if rng.random() < 0.3 else tuple(held)


def holds(each: Rule, packet: tuple[str, str, int]) -> bool:
    """Protocols apart."""
    source, destination, port = packet
    return all(
        any(parse_prefix(text).covers(parse_prefix(address)) for text in texts)
        for texts, address in ((each.sources, source), (each.destinations, destination))
    ) and any(held.first <= port <= held.last for held in each.destination_ports)


@pytest.mark.parametrize("seed", range(30))
def test_it_is_what_trying_every_packet_says(seed: int) -> None:
    rng = random.Random(seed)
    rules = [random_rule(rng, f"r{at}", 100 + at) for at in range(rng.randint(2, 7))]
    stays = [each for each in rules if each.access is Access.DENY]
    if not stays:
        rules.append(Rule("last", 400, INBOUND, Access.DENY, "*", ALL, ALL, (PortRange(0, 65_535),)))
        stays = rules[-1:]
    stopped = StoppedUnseen(RuleSet("n", tuple(rules)), stays, INBOUND, AddressSpace())
    for _ in range(10):
        box = random_rule(rng, "", 0)
        place = rng.randrange(len(stays))
        behind = {each.name for each in stays[place:]}
        opening = Opening(box.protocol, (), (), (), 0, 4, stays[place].name, 0)
        protocols = ("Tcp", "Udp", "Icmp") if box.protocol == "*" else (box.protocol,)
        decided = (
            next((each for each in rules if each.protocol in ("*", protocol) and holds(each, packet)), None)
            for protocol in protocols
            for packet in product(ADDRESSES, ADDRESSES, PORTS)
            if holds(box, packet)
        )
        expected = any(each is not None and each.name in behind for each in decided)
        assert stopped.by([opening], [box], np.array([False]))[0] == expected
        assert not stopped.by([opening], [box], np.array([True]))[0]
