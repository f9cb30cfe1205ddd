"""Rules with groups or service tags stay as they are, and their traffic becomes no address rules beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from nsgflow_core.inventory.rule import ANY, ANY_PORTS, PROTOCOLS, Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.audit.finding import Finding, FindingKind
from nsgflow_core.rules.audit.usage import usage
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.draft.keeping import KEPT, stays_as_it_is
from nsgflow_core.rules.review.plan import Action, plan_draft
from tests.estates.daily import daily
from tests.rules.draft.drafts import IN, drafted, made_of

ASG = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/applicationSecurityGroups/web"
WEB = Rule(
    "web-to-app", 200, IN, Access.ALLOW, "Tcp", (), ("10.0.2.0/24",), (PortRange(8443, 8443),), source_asgs=(ASG,)
)
MANAGER = Rule("gw", 210, IN, Access.ALLOW, "Tcp", ("GatewayManager",), ("*",), (PortRange(65200, 65535),))
BROAD = Rule("cloud", 220, IN, Access.ALLOW, "*", ("AzureCloud",), ("*",), ANY_PORTS)
HAND = Rule("high", 230, IN, Access.ALLOW, "Tcp", ("10.0.0.0/16",), ("10.0.2.0/24",), (PortRange(50001, 50001),))
OLD = Rule("old", 240, IN, Access.ALLOW, "*", ("*",), ("*",), ANY_PORTS)
NO = Rule("no-dev", 150, IN, Access.DENY, "*", ("10.9.0.0/16",), ("*",), ANY_PORTS)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    rows = daily("10.0.1.4", "10.0.2.8", 8443, rule="web-to-app")
    rows += [r for n in range(12) for r in daily("20.30.40.1", "10.0.2.9", 65200 + n, 2, rule="gw")]
    rows += daily("10.0.1.9", "10.0.2.8", 50001, 1, rule="high")
    rows += daily("10.0.1.5", "10.0.2.8", 22, rule="old")
    existing = RuleSet("app-nsg", (WEB, MANAGER, BROAD, HAND, OLD, NO))
    return made_of(tmp_path_factory.mktemp("keeping"), rows, existing=existing)


def test_which_rules_stay() -> None:
    assert [rule.name for rule in (WEB, MANAGER, BROAD, HAND, OLD, NO) if stays_as_it_is(rule)] == ["web-to-app", "gw"]
    assert not stays_as_it_is(replace(MANAGER, sources=("internet",)))
    assert not stays_as_it_is(replace(WEB, access=Access.DENY))


def test_the_plan_keeps_them_and_their_traffic_is_no_address_rule(made: Draft) -> None:
    assert made.material.existing is not None
    changes = plan_draft(made.material.existing, made)
    assert {each.name for each in changes.of(Action.KEEP)} == {"web-to-app", "gw", "no-dev"}
    assert {each.name for each in changes.of(Action.REMOVE)} == {"cloud", "high", "old"}
    assert {port for rule in drafted(made) for port in map(str, rule.destination_ports)} == {"22", "50001"}
    assert set(made.set_apart.loc[made.set_apart["reason"] == KEPT, "port"]) == {8443, *range(65200, 65212)}
    assert made.evidence["gw"].flows == 24
    by_name = {rule.name: rule for rule in made.rule_set.rules}
    assert (by_name["web-to-app"], by_name["gw"]) == (WEB, MANAGER)
    assert made.refused == ()


@pytest.mark.parametrize("protocol", sorted(set(PROTOCOLS) - {"Tcp", "Udp"}))
def test_rules_of_what_no_log_shows_stay_and_are_not_called_unused(tmp_path: Path, protocol: str) -> None:
    """Nothing of a tunnel or a ping is logged, so that nothing was seen under its rule says nothing."""
    tunnel = Rule("tunnel", 250, IN, Access.ALLOW, protocol, ("203.0.113.9",), ("10.0.2.4",), ANY_PORTS)
    existing = RuleSet("app-nsg", (OLD, tunnel, replace(tunnel, name="no-tunnel", priority=260, access=Access.DENY)))
    made = made_of(tmp_path, daily("10.0.1.4", "10.0.2.8", 8443, rule="old"), existing=existing)
    assert made.material.existing is not None
    changes = plan_draft(made.material.existing, made)
    removed = {each.name: each.difference for each in changes.of(Action.REMOVE)}
    assert "ICMP, ESP and AH" in str(removed["old"]), "what of them it let in is closed, and that is said"
    assert ("tunnel" in removed) == (protocol == ANY)
    assert made.refused == ()
    never = Finding(FindingKind.NEVER_HIT, "no flow was logged under it today", "")
    hits = pd.DataFrame({"decision": [], "src_ip": [], "dst_ip": [], "protocol": [], "port": []})
    said = list(usage(tunnel, hits, "today", AddressSpace()))
    assert said == ([never] if protocol == ANY else [])


def test_only_kept_traffic_still_closes_the_rest(tmp_path: Path) -> None:
    rows = daily("10.0.1.4", "10.0.2.8", 8443, rule="web-to-app")
    alone = made_of(tmp_path, rows, existing=RuleSet("app-nsg", (WEB, OLD)))
    assert drafted(alone) == []
    assert {"deny-vnet-inbound-tcp", "deny-vnet-inbound-udp"} <= {rule.name for rule in alone.own_rules}
    assert alone.material.existing is not None
    changes = plan_draft(alone.material.existing, alone)
    assert [each.name for each in changes.of(Action.REMOVE)] == ["old"]
    assert changes.still_open() == ()
