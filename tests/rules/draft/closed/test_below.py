"""The allow rules below the drafted ones: each is judged alone, and what Azure asks for is not lost to a mere maybe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.rules.draft.draft import Draft, draft
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.special.base import Special
from nsgflow_core.rules.special.kinds import SUBNET_KINDS
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import Rows, daily
from tests.estates.flows import store_of

GATEWAY, SCANNER, PROBER = "10.5.0.4", "198.51.100.9", "168.63.129.16"
PLACES = SubnetMap((Subnet("agw", parse_prefix("10.5.0.0/24")), Subnet("back", parse_prefix("10.5.1.0/24"))))
OPTIONS = DraftOptions(special=(Special(SUBNET_KINDS["application-gateway"], "agw"),))
DENIED: dict[str, Any] = {"rule": "deny-all", "kind": "User", "decision": "Denied"}
ADMITTED: dict[str, Any] = {"rule": "allow-web", "kind": "User"}
SERVED: Rows = daily("10.5.1.7", GATEWAY, 443, **ADMITTED)
MANAGER, PROBES = "required-appgw-manager-in", "required-appgw-load-balancer-in"


def rule(name: str, priority: int, access: Access, source: str = "*", ports: tuple[PortRange, ...] = ANY_PORTS) -> Rule:
    return Rule(name, priority, Direction.INBOUND, access, "*", (source,), ("*",), ports)


WEB = rule("allow-web", 110, Access.ALLOW, ports=(PortRange(443, 443),))
DENY_ALL = rule("deny-all", 4_096, Access.DENY)
MANAGED = rule("allow-mgmt", 100, Access.ALLOW, "GatewayManager", (PortRange(65_200, 65_535),))


def drafted(path: Path, rows: Rows, *rules: Rule) -> Draft:
    existing = RuleSet("nsg", rules) if rules else None
    store = store_of(path / "f.duckdb", rows, PLACES)
    scope = Scope(nsg="app-nsg")
    return draft(store, FlowFilter(), scope, Direction.INBOUND, options=OPTIONS, existing=existing)


def told(made: Draft, name: str) -> list[str]:
    return [each for each in made.warnings if f"The rule {name} " in each]


@pytest.mark.parametrize("rules", [(), (WEB, DENY_ALL)], ids=["no file", "a deny that stays"])
def test_a_stranger_denied_at_a_managers_ports_costs_no_rule_that_azure_asks_for(
    tmp_path: Path, rules: tuple[Rule, ...]
) -> None:
    made = drafted(tmp_path, SERVED + daily(SCANNER, GATEWAY, 65_250, **DENIED), *rules)
    assert MANAGER in made.closing
    (said,) = told(made, MANAGER)
    assert "stays, as its subnet needs it" in said
    assert SCANNER in said


def test_a_rule_that_stays_is_not_said_to_be_left_out(tmp_path: Path) -> None:
    scanned = daily(SCANNER, GATEWAY, 65_250, **DENIED)
    managed = daily("20.30.40.10", GATEWAY, 65_200, rule="allow-mgmt", kind="User")
    made = drafted(tmp_path, SERVED + scanned + managed, MANAGED, WEB, DENY_ALL)
    assert "allow-mgmt" in {each.name for each in made.rule_set.own_rules}
    assert told(made, "allow-mgmt") == []


def test_no_second_rule_opens_what_the_first_was_left_out_for(tmp_path: Path) -> None:
    made = drafted(tmp_path, SERVED + daily(PROBER, GATEWAY, 443, **DENIED), WEB, DENY_ALL)
    assert made.closing.isdisjoint({"allow-azure-load-balancer-inbound", PROBES})
    assert all("is left out" in each for each in told(made, PROBES))
    assert [each for each in made.warnings if "no rule of this draft lets load balancer probes in" in each]
    assert not [each for each in made.warnings if "above it admits them" in each]
