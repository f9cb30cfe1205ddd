"""A draft says what else stands on the paths of its flows: what stops them, and what passes whatever the NSG says."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.entry import Entry
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.inventory.things.vnet import Vnet, VnetSubnet
from nsgflow_core.rules.decide.evaluate import Packet
from nsgflow_core.rules.decide.evaluate import decide as decide_packet
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.decide.path_steps import explain_path
from nsgflow_core.rules.draft.seen.stopped import stopped
from nsgflow_core.rules.draft.traffic import Material, gather
from nsgflow_core.rules.review.applying import Decided, as_decided
from nsgflow_core.rules.review.decisions import Decisions
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import daily
from tests.estates.flows import store_of
from tests.estates.logged import LoggedRows
from tests.rules.audit.test_along import of_name
from tests.rules.decide.test_path import ADDRESSES, CLOSED_IN, CLOSED_OUT, IN, OUT, admin, estate, paths_of, rule
from tests.rules.decide.test_path import random_estate as an_estate

SQL = ("10.30.1.4", "10.30.2.9", 1433)
ELSEWHERE = ("10.30.1.4", "10.30.2.10", 1433)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    rows = [*daily(*SQL, nsg="nsg-db"), *daily(*ELSEWHERE, nsg="nsg-db")]
    store = store_of(tmp_path_factory.mktemp("stopped") / "flows.duckdb", rows, SubnetMap())
    return gather(store, FlowFilter(), Scope(nsg="nsg-db"), IN)


def decided(material: Material, found: Inventory) -> Decided:
    return as_decided(material.along(Network(found), LoggedRows([]), FlowFilter()), 1.0, Decisions())


ALL, ONE = "2 distinct flows", "1 distinct flow"


@pytest.mark.parametrize(
    ("found", "flows", "words", "review"),
    [
        pytest.param(estate(), "", "", "", id="all let it"),
        pytest.param(Inventory(), "", "", "", id="no files"),
        pytest.param(estate(db=CLOSED_IN), "", "", "", id="its own NSG as it is says nothing"),
        pytest.param(estate(nic=CLOSED_IN), ONE, "NSG nsg-nic (destination NIC) stops",
            "NSG nsg-nic (destination NIC) stops", id="the NIC's NSG"),
        pytest.param(estate(app=CLOSED_OUT), ALL, "NSG nsg-app (source subnet) stops",
            "NSG nsg-app (source subnet) stops all its flows", id="the far end's NSG"),
        pytest.param(estate([admin("no-sql", 10, "Deny", "1433")]), ALL, "Admin rule no-sql (10) denies",
            "admin rule no-sql (10) stops all its flows", id="admin deny"),
        pytest.param(estate([admin("out", 10, "Deny", "1433", direction="Outbound")]), ALL,
            "Admin rule out (10) denies", "admin rule out (10) stops", id="admin deny at the source"),
        pytest.param(estate([admin("open", 10, "AlwaysAllow", "1433")], nic=CLOSED_IN), ALL,
            "Admin rule open (10) always allows", "admin rule open (10) always allows all its flows",
            id="always allow"),
        pytest.param(estate([admin("pass", 10, "Allow", "1433"), admin("no-sql", 20, "Deny", "1433")]), "", "", "",
            id="an admin allow ahead passes it on"),
    ],
)  # fmt: skip
def test_what_decides_the_flows_of_a_draft_beside_its_nsg(
    material: Material, found: Inventory, flows: str, words: str, review: str
) -> None:
    made = decided(material, found).drafted
    told = [each for each in made.warnings if "distinct flow" in each]
    assert len(told) == (1 if words else 0)
    if words:
        (sentence,) = told
        assert sentence.startswith(words)
        assert flows in sentence
        assert "like 10.30.1.4 -> 10.30.2." in sentence
    looks = [each for own in made.evidence.values() for each in own.review if "whatever this NSG says" in each]
    assert bool(looks) is bool(review)
    assert all(each.startswith(review) for each in looks)


def test_rules_are_named_and_a_share_is_told(material: Material) -> None:
    made = decided(material, estate(nic=CLOSED_IN)).drafted
    (name,) = made.openings
    assert made.evidence[name].review == (
        "NSG nsg-nic (destination NIC) stops 8 of its 16 flows, whatever this NSG says",
    )
    (sentence,) = [each for each in made.warnings if "nsg-nic (destination NIC) stops" in each]
    assert sentence == (
        f"NSG nsg-nic (destination NIC) stops 1 distinct flow that {name} would admit, like 10.30.1.4 -> 10.30.2.9 "
        "TCP 1433, by no-sql (100). Where that is meant, leave them out here; where they are meant to pass, they need "
        "an inbound rule there too."
    )


def test_the_other_nsg_of_the_same_end_is_named_also_where_it_lets_all_pass(material: Material) -> None:
    said = "Where this NSG is set, packets need a rule in another one as well: nsg-nic (NIC)."
    assert said in decided(material, estate()).drafted.warnings
    assert not any("another one as well" in each for each in decided(material, Inventory()).drafted.warnings)


def test_admin_rules_of_an_nsg_that_no_file_places_are_said_to_be_left_out(material: Material) -> None:
    found = estate([admin("no-sql", 10, "Deny", "1433")])
    lost = Inventory(tuple(each for each in found.entries if each.kind != kinds.VNET))
    warnings = decided(material, lost).drafted.warnings
    assert any(each.startswith("No file tells where nsg-db is set, so the security admin rules") for each in warnings)


def test_what_admin_rules_always_allow_is_not_closed(material: Material) -> None:
    on_port_22 = admin("open", 10, "AlwaysAllow", "22")
    found = decided(material, estate([on_port_22]))
    (past,) = found.let_past
    assert past.who == "admin rule open (10)"
    assert past.sentence in found.draft.warnings
    source, _, destination, service, *_ = past.packet.split(" ")
    assert (destination.startswith("10.30.2."), service) == (True, "TCP/22")
    verdict = decide_packet(found.draft.rule_set, Packet(source, destination, "TCP", 22, IN), material.space)
    assert (str(verdict.access), verdict.decided_by) == ("Deny", past.denied_by)
    assert not decided(material, estate([admin("no", 5, "Deny", "22"), on_port_22])).let_past
    assert not decided(material, estate([on_port_22 | {"direction": "Outbound"}])).let_past
    only_drafted = admin("open", 10, "AlwaysAllow", "1433", sources=[{"addressPrefix": "10.30.1.4"}],
        destinations=[{"addressPrefix": "10.30.2.9"}])  # fmt: skip
    assert not decided(material, estate([only_drafted])).let_past


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["nsg-db", "nsg-nic", "nsg-app"]), st.sampled_from([IN, OUT]))
def test_all_flows_at_once_are_told_as_their_paths_are(seed: int, name: str, towards: Direction) -> None:
    """What is said of a flow is what its steps say, with the NSG of the draft letting everything pass."""
    rng = random.Random(seed)
    found = an_estate(rng)
    existing = of_name(found, name)
    rows = [(rng.choice(ADDRESSES), rng.choice(ADDRESSES), "TCP", rng.choice((80, 443, 8080)), 1) for _ in range(40)]
    flows = pd.DataFrame(rows, columns=["src_ip", "dst_ip", "protocol", "port", "flows"])
    told = stopped(flows, Scope(nsg=name), towards, existing, Network(found))
    opened: Any = of_name(estate(db=open_rules(), app=open_rules(), nic=open_rules()), name)
    opened = type(existing)(existing.name, opened.towards(towards), existing.nsg_id, directions=(towards,))
    for at, (source, destination, protocol, port, _) in enumerate(rows):
        steps = explain_path(paths_of(found, opened), Packet(source, destination, protocol, port, towards), opened)
        is_told = steps.access == "Deny" or (steps.access == "Allow" and steps.decided_at.startswith("admin rule"))
        assert bool(told.of_flow[at] >= 0) is is_told
        if is_told:
            stop = told.stops[int(told.of_flow[at])]
            assert (stop.where, stop.is_passing) == (steps.decided_at, steps.access == "Allow")


def open_rules() -> list[Any]:
    return [rule(f"{at}", 100, "Allow", direction=at) | {"protocol": "*"} for at in ("Inbound", "Outbound")]


def twins(*names: str) -> Inventory:
    """VNets with one address space, each with a subnet web, and a third one."""
    made = [(name, "10.30.0.0/16", "10.30.1.0/24") for name in names] + [("other", "10.40.0.0/16", "10.40.1.0/24")]
    held = [
        Vnet(name, f"/v/{name}", (parse_prefix(space),), (VnetSubnet("web", (parse_prefix(prefix),)),))
        for name, space, prefix in made
    ]
    return Inventory(tuple(Entry(kinds.VNET, each, "vnets.json", None) for each in held))


def test_that_the_other_end_may_be_of_several_vnets_is_said_with_their_names(material: Material) -> None:
    warnings = decided(material, twins("prod", "dev")).drafted.warnings
    assert (
        "1 address at the other end is of several VNets, like 10.30.1.4 (subnet web of prod or subnet web of dev): "
        "files do not tell which of them was met, and what the NSG of one denied may be asked about for the other."
    ) in warnings
    assert not any("several VNets" in each for each in decided(material, twins("prod")).drafted.warnings)


def test_vnets_of_one_name_are_told_apart(material: Material) -> None:
    held = twins("prod", "dev").entries
    ids = [f"/subscriptions/{at}/resourceGroups/RG/providers/Microsoft.Network/virtualNetworks/prod" for at in "AB"]
    named = [
        replace(each, item=replace(each.item, name="prod", vnet_id=at)) for each, at in zip(held, ids, strict=False)
    ]
    warnings = decided(material, Inventory((*named, *held[2:]))).drafted.warnings
    assert any("(subnet web of A/RG/prod or subnet web of B/RG/prod)" in each for each in warnings)
