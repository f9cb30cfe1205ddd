"""What stays beside a draft and opens what it closes is asked of the whole path: who stops it today is told."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.decide.evaluate import Packet
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.decide.path_steps import explain_path
from nsgflow_core.rules.review.plan import Plan, plan
from nsgflow_core.rules.review.still_open import StillOpen
from nsgflow_core.words.vocabulary import Direction
from tests.rules.audit.test_along import of_name
from tests.rules.decide.test_path import (
    ADDRESSES,
    CLOSED_IN,
    CLOSED_OUT,
    IN,
    OUT,
    admin,
    estate,
    paths_of,
    random_estate,
)


def allow(name: str, port: int, source: str = "*", destination: str = "*", direction: Direction = IN) -> Rule:
    ports = (PortRange(port, port),)
    return Rule(name, 300 + port % 97, direction, Access.ALLOW, "Tcp", (source,), (destination,), ports)


DENY = Rule("close", 4000, IN, Access.DENY, "*", ("*",), ("*",), ANY_PORTS)


def planned(found: Inventory, name: str = "nsg-db", towards: Direction = IN) -> Plan:
    """A plan for an NSG that wants port 1433 alone, in the network of the files."""
    wanted = (allow("sql", 1433, direction=towards), replace(DENY, direction=towards))
    nsg, network = of_name(found, name), Network(found)
    return plan(nsg, replace(nsg, rules=wanted), towards, network.space(nsg), network)


def left(found: Inventory, rule: Rule, name: str = "nsg-db") -> tuple[StillOpen, ...]:
    return planned(found, name, rule.direction).still_open([rule])


@pytest.mark.parametrize(
    ("found", "rule", "stopped"),
    [
        pytest.param(estate(), allow("ssh", 22), "", id="all let it"),
        pytest.param(Inventory(estate().entries[2:]), allow("ssh", 22), "", id="no file tells where it is set"),
        pytest.param(estate([admin("no", 10, "Deny", "22")]), allow("ssh", 22), "admin rule no (10)", id="admin deny"),
        pytest.param(estate([admin("go", 5, "Allow", "22"), admin("no", 10, "Deny", "22")]), allow("ssh", 22), "",
            id="an admin allow ahead passes it on"),
        pytest.param(estate([admin("no", 10, "Deny", "22", direction="Outbound")]), allow("ssh", 22, "10.30.1.0/24"),
            "admin rule no (10)", id="admin deny at the far end"),
        pytest.param(estate(nic=CLOSED_IN), allow("ssh", 1434, destination="10.30.2.9"), "", id="its port is open"),
        pytest.param(estate(nic=CLOSED_IN), allow("ssh", 1434), "", id="the subnet's other hosts have no second NSG"),
        pytest.param(estate(app=CLOSED_OUT), allow("ssh", 1434), "", id="from elsewhere it gets in"),
    ],
)  # fmt: skip
def test_who_stops_what_still_opens(found: Inventory, rule: Rule, stopped: str) -> None:
    (one,) = left(found, rule)
    assert one.stopped == stopped
    assert (f"{stopped} stops it" in one.sentence) == bool(stopped)
    assert ("still opens some of what this draft closes" in one.sentence) == (not stopped)


def test_the_other_nsg_at_the_same_end_and_the_one_at_the_far_end_stop_it() -> None:
    closed = [{"name": "none", "priority": 100, "access": "Deny", "direction": "Inbound", "protocol": "*",
        "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*",
        "destinationPortRange": "*"}]  # fmt: skip
    (one,) = left(estate(nic=closed), allow("ssh", 22, destination="10.30.2.9"))
    assert one.stopped == "none (100) of nsg-nic on the NIC"
    out = [{**closed[0], "direction": "Outbound"}]
    (one,) = left(estate(app=out), allow("ssh", 22, "10.30.1.0/24"))
    assert one.stopped == "none (100) of the source subnet nsg-app"
    assert "10.30.1.0 -> " in one.packet
    (one,) = left(estate(db=closed), allow("ssh", 22, destination="10.30.2.9"), "nsg-nic")
    assert one.stopped == "none (100) of nsg-db on the subnet"


def test_what_admin_rules_always_allow_is_not_what_it_opens() -> None:
    assert left(estate([admin("open", 10, "AlwaysAllow", "22")]), allow("ssh", 22)) == ()


def test_what_is_told_is_what_the_path_says() -> None:
    """Random ends: a packet that gets through does, and not without the rule; one that is stopped is stopped."""
    rng, seen = random.Random(7), {True: 0, False: 0}
    for _ in range(60):
        found = random_estate(rng)
        name, towards = rng.choice(["nsg-db", "nsg-nic", "nsg-app"]), rng.choice([IN, OUT])
        rule = allow("old", rng.choice([22, 443]), rng.choice(["*", *ADDRESSES]), "*", towards)
        made = planned(found, name, towards)
        for one in made.still_open([rule]):
            if " if " in one.packet or not one.packet:
                continue
            source, _, destination, service, *_ = one.packet.split(" ")
            packet = Packet(source, destination, "TCP", int(service.partition("/")[2]), towards)
            with_it = _fate(found, made, packet, rule)
            assert (with_it == "Deny") == bool(one.stopped), (one.sentence, name)
            if not one.stopped:
                assert _fate(found, made, packet) != "Allow", one.sentence
            seen[bool(one.stopped)] += 1
    assert min(seen.values()) >= 5, seen


def _fate(found: Inventory, made: Plan, packet: Packet, *rules: Rule) -> str:
    wanted = [change.after for change in made.changes if change.after]
    tried: RuleSet = replace(made.existing, rules=(*wanted, *rules), directions=(made.direction,)).with_defaults()
    return explain_path(paths_of(found, tried), packet, tried).access
