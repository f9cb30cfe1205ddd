"""What a rule admits that a special subnet needs is asked about by no draft, and needs no other rule."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.rules.draft.asking.reasons import REQUIRED_RULE
from nsgflow_core.rules.draft.dial import RUNGS
from nsgflow_core.rules.draft.draft import Draft, compose
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.traffic import gather
from nsgflow_core.rules.replay.replay import replay
from nsgflow_core.rules.special.base import Special
from nsgflow_core.rules.special.kinds import SUBNET_KINDS
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import Rows, daily
from tests.estates.flows import store_of

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
NAME, BASTION, OTHER = "AzureBastionSubnet", "10.7.0.4", "10.7.7.4"
PLACES = SubnetMap((Subnet(NAME, parse_prefix("10.7.0.0/26")), Subnet("app", parse_prefix("10.7.7.0/24"))))
OPTIONS = DraftOptions(special=(Special(SUBNET_KINDS["bastion"], NAME),))
BY_RULE: dict[str, Any] = {"rule": "x", "kind": "User"}
STRANGERS = [f"203.0.113.{host}" for host in range(1, 26)]
COMING: dict[str, Rows] = {
    "required-bastion-https-in": [each for one in STRANGERS for each in daily(one, BASTION, 443, **BY_RULE)],
    "required-bastion-data-plane-in": daily(OTHER, BASTION, 8080),
}
GOING: dict[str, Rows] = {"required-bastion-ssh-rdp-out": daily(BASTION, OTHER, 22, direction="Outbound", days=1)}
RULES = {**COMING, **GOING}


def stored(path: Path, rows: Rows) -> LocalStore:
    return store_of(path / "f.duckdb", rows, PLACES)


def drafts(
    store: LocalStore, direction: Direction, existing: RuleSet | None = None, options: DraftOptions = OPTIONS
) -> list[Draft]:
    material = gather(store, FlowFilter(), Scope(nsg="app-nsg"), direction, options=options, existing=existing)
    return [compose(material, rung.exactness) for rung in RUNGS]


@pytest.mark.parametrize("name", RULES)
def test_the_required_rule_answers_for_what_it_admits(tmp_path: Path, name: str) -> None:
    store = stored(tmp_path, RULES[name])
    for made in drafts(store, IN if name in COMING else OUT):
        assert (list(made.openings), [each.words for each in made.questions if "way out" not in each.words]) == ([], [])
        assert made.set_apart["reason"].unique().tolist() == [REQUIRED_RULE.words]
        assert made.evidence[name].flows == len(RULES[name])
        as_tried = replace(made.rule_set, name="app-nsg")
        outcomes = replay(store, as_tried, FlowFilter(), made.material.space)
        assert outcomes[["outcome", "decided_by"]].drop_duplicates().values.tolist() == [["still-allowed", name]]


def test_what_no_required_rule_admits_is_drafted_and_asked_as_ever(tmp_path: Path) -> None:
    rows = [*COMING["required-bastion-https-in"], *daily(OTHER, BASTION, 22), *daily("203.0.113.9", OTHER, 443)]
    for made in drafts(stored(tmp_path, rows), IN):
        assert len(made.openings) == 2, "the Internet to another subnet of the NSG, and a port that Bastion needs not"


def test_a_deny_that_stays_ahead_of_it_leaves_the_flow_its_own_rule(tmp_path: Path) -> None:
    """The NSG lets it past its deny, behind which the required rule stands."""
    to_443 = Rule("https", 100, IN, Access.ALLOW, "Tcp", ("Internet",), ("*",), (PortRange(443, 443),))
    deny = Rule("rest", 4000, IN, Access.DENY, "*", ("*",), ("*",), ANY_PORTS)
    rows = [{**each, "rule": "https"} for each in COMING["required-bastion-https-in"]]
    store = stored(tmp_path, rows)
    for made in drafts(store, IN, RuleSet("app-nsg", (to_443, deny))):
        assert made.openings
        assert all(opening.ahead_of == "rest" for opening in made.openings.values())
    inside = [{**each, "rule": "AllowVnetInBound", "rule_kind": "Default"} for each in rows]
    assert all(made.openings for made in drafts(store_of(tmp_path / "i.duckdb", inside, PLACES), IN)), "no Internet"
    assert not any(made.openings for made in drafts(store, IN, RuleSet("app-nsg", (to_443,))))
    assert all(made.openings for made in drafts(store, IN, options=replace(OPTIONS, closing_deny=False)))
