"""What the log names a default rule for is inside VirtualNetwork, or outside it, whatever the files lack or still tell.

A route table or a peering that no file has changes what a deny for VirtualNetwork stops. A flow that it stops is asked
about, and no rule that never decides anything is drafted behind the deny.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import ANY_PORTS, Access, Rule, RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.dial import RUNGS
from nsgflow_core.rules.draft.draft import compose
from nsgflow_core.rules.draft.traffic import gather
from nsgflow_core.rules.replay.replay import replay
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.flows import START, Key, row, store_of

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
SUBNETS = SubnetMap(
    (Subnet("app", parse_prefix("10.9.0.0/24"), "v"), Subnet("app6", parse_prefix("fd00:9::/64"), "v")),
    tuple(map(parse_prefix, ("10.9.0.0/16", "10.40.0.0/16", "fd00:9::/48", "fd00:40::/48"))),
)
SPACE = AddressSpace.of(SUBNETS)
VNET = ("VirtualNetwork",)
OWN = {4: "10.9.0.4", 6: "fd00:9::4"}
OUTSIDE = {4: "203.0.113.9", 6: "2a00:1450:4001::9"}
INSIDE = {4: "10.40.0.9", 6: "fd00:40::9"}


def key(direction: Direction, own: str, other: str) -> Key:
    return (own, other, "TCP", 8443) if direction is OUT else (other, own, "TCP", 8443)


def planted(path: Path, direction: Direction, flow: Key, rule: str) -> list[tuple[list[str], list[str]]]:
    """Under a deny for VirtualNetwork: of each rung what is asked, and what is drafted and what its replay cuts."""
    deny = Rule("deny-vnet", 400, direction, Access.DENY, "*", VNET, VNET, ANY_PORTS)
    existing = RuleSet("nsg-app", (deny,))
    moments = [START + timedelta(days=day) for day in range(3)]
    rows = [row(flow, moment, nsg="nsg-app", rule=rule, direction=str(direction)) for moment in moments]
    store = store_of(path / "f.duckdb", rows, SUBNETS)
    material = gather(store, FlowFilter(), Scope(nsg="nsg-app"), direction, existing=existing, space=SPACE)
    told = []
    for rung in RUNGS:
        made = compose(material, rung.exactness)
        outcomes = replay(store, replace(made.rule_set, name="nsg-app"), FlowFilter(), SPACE, as_it_is=existing)
        cut = outcomes.loc[outcomes["outcome"] == "newly-denied", "decided_by"].tolist()
        told.append(([question.kind for question in made.questions if question.deny], [*made.openings, *cut]))
    return told


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("direction", [IN, OUT])
def test_a_flow_that_the_log_shows_inside_is_closed_by_a_deny_for_inside(
    tmp_path: Path, family: int, direction: Direction
) -> None:
    flow = key(direction, OWN[family], OUTSIDE[family])
    rule = "AllowVnetInBound" if direction is IN else "AllowVnetOutBound"
    told = planted(tmp_path, direction, flow, rule)
    assert told == [(["denied-in-file"], ["deny-vnet"])] * len(RUNGS), "asked about; nothing drafted, the deny cuts it"


@pytest.mark.parametrize("family", [4, 6])
def test_a_flow_that_the_log_shows_outside_is_closed_by_no_deny_for_inside(tmp_path: Path, family: int) -> None:
    flow = key(OUT, OWN[family], INSIDE[family])
    told = planted(tmp_path, OUT, flow, "AllowInternetOutBound")
    assert all(kinds == [] and len(names) == 1 and names != ["deny-vnet"] for kinds, names in told), told
