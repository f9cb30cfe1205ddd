"""Rules that a service writes into an NSG: no draft touches them, and what they let in for a time is asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.draft.asking.answers import Choice
from nsgflow_core.rules.draft.asking.reasons import JUST_IN_TIME
from nsgflow_core.rules.draft.keeping import KEPT
from nsgflow_core.rules.review.plan import Action, plan_draft
from nsgflow_core.rules.special.owned import OWNERS, owner_of
from tests.estates.daily import daily
from tests.rules.draft.drafts import IN, drafted, made_of

SQL = "Microsoft.Sql-managedInstances_UseOnly_mi-"
DATABRICKS = "Microsoft.Databricks-workspaces_UseOnly_databricks-worker-to-worker-inbound"
JIT = "SecurityCenter-JITRule-1170687618-8C18BF8921F041989344B4F1E3A0C370"
OWNED = {
    SQL + "sqlmgmt-in-10-0-2-0-24-v11": ("SqlManagement", "10.0.2.0/24", (PortRange(9000, 9003),)),
    SQL + "corpsaw-in-10-0-2-0-24-v11": ("CorpNetSaw", "10.0.2.0/24", ANY_PORTS),
    SQL + "healthprobe-in-10-0-2-0-24-v11": ("AzureLoadBalancer", "10.0.2.0/24", ANY_PORTS),
    SQL + "internal-in-10-0-2-0-24-v11": ("10.0.2.0/24", "10.0.2.0/24", ANY_PORTS),
    DATABRICKS: ("VirtualNetwork", "VirtualNetwork", ANY_PORTS),
    "k8s-azure-lb_allow_IPv4_b5ae07e8a4177ea2d37162cdf2badf8b": ("Internet", "20.50.60.70", (PortRange(443, 443),)),
    JIT: ("10.0.1.9", "10.0.2.8", (PortRange(3389, 3389),)),
}


def rule(name: str, priority: int, access: Access = Access.ALLOW) -> Rule:
    source, destination, ports = OWNED[name]
    return Rule(name, priority, IN, access, "Tcp", (source,), (destination,), ports)


@pytest.mark.parametrize("name", [*OWNED, *map(str.upper, OWNED), "SecurityCenter-JITRule_-128294-D94F"])
def test_names_of_services_are_told(name: str) -> None:
    assert owner_of(name) is not None
    assert owner_of(f"my-{name}") is None


@pytest.mark.parametrize("priority", [100, 110, 500, 4050])
@pytest.mark.parametrize("name", OWNED)
def test_no_draft_touches_them_used_or_not_wherever_they_stand(tmp_path: Path, name: str, priority: int) -> None:
    """Azure refuses it (ConflictWithNetworkIntentPolicy), or they are written again beside what took their place."""
    hand = Rule("by-hand", 120, IN, Access.ALLOW, "*", ("*",), ("*",), ANY_PORTS)
    no_dev = Rule("no-dev", 101, IN, Access.DENY, "*", ("10.9.0.0/16",), ("*",), ANY_PORTS)
    existing = RuleSet("app-nsg", (rule(name, priority), hand, no_dev))
    rows = [each for port in range(1, 30) for each in daily("10.0.1.4", "10.0.2.8", 8000 + port, rule="by-hand")]
    made = made_of(tmp_path, rows, existing=existing)
    changes = plan_draft(existing, made)
    assert {each.name for each in changes.of(Action.KEEP)} == {name, "no-dev"}
    assert {each.name for each in changes.of(Action.REMOVE)} == {"by-hand"}
    assert not changes.of(Action.CHANGE)
    assert next(each for each in made.rule_set.rules if each.name == name) == rule(name, priority)
    owner = owner_of(name)
    assert owner is not None
    assert any(said.startswith(f"Not touched: {name}. {owner.says}") for said in made.warnings)


def test_without_traffic_nothing_is_closed_beside_them(tmp_path: Path) -> None:
    existing = RuleSet("app-nsg", tuple(rule(name, 100 + place) for place, name in enumerate(OWNED)))
    made = made_of(tmp_path, daily("10.9.9.9", "10.0.2.8", 53, nsg="other-nsg"), existing=existing)
    assert made.own_rules == ()
    assert not plan_draft(existing, made).of(Action.REMOVE)


def test_what_the_log_names_them_for_needs_no_rule_beside_them(tmp_path: Path) -> None:
    """The rule of Kubernetes names the public address of the load balancer, and the log the node's."""
    name = next(each for each in OWNED if each.startswith("k8s"))
    rows = [each for n in range(5) for each in daily(f"20.30.40.{n}", "10.0.2.8", 443, rule=name)]
    made = made_of(tmp_path, rows, existing=RuleSet("app-nsg", (rule(name, 500),)))
    assert set(made.set_apart["reason"]) == {KEPT}
    assert drafted(made) == []


@pytest.mark.parametrize("is_there", [True, False])
def test_what_just_in_time_access_let_in_is_no_rule_for_good(tmp_path: Path, is_there: bool) -> None:
    rows = daily("10.0.1.9", "10.0.2.8", 3389, rule=JIT, kind="User") + daily("10.0.1.9", "10.0.2.8", 443)
    existing = RuleSet("app-nsg", (rule(JIT, 100),) if is_there else ())
    made = made_of(tmp_path, rows, existing=existing)
    assert {str(port) for each in drafted(made) for port in each.destination_ports} == {"443"}
    assert list(made.set_apart["reason"]) == [KEPT if is_there else JUST_IN_TIME.words]
    asked = [each for each in made.questions if each.kind == JUST_IN_TIME.key]
    assert len(asked) == (0 if is_there else 1)
    assert all(each.standing is Choice.LEAVE_OUT for each in asked)


def test_what_a_rule_of_its_own_let_in_too_is_drafted(tmp_path: Path) -> None:
    rows = daily("10.0.1.9", "10.0.2.8", 3389, rule=JIT, kind="User", days=4)
    rows += daily("10.0.1.9", "10.0.2.8", 3389, rule="admins", kind="User")
    (only,) = drafted(made_of(tmp_path, rows, existing=RuleSet("app-nsg", ())))
    assert str(only.destination_ports[0]) == "3389"


def test_each_service_is_told_once_and_says_where_that_is_from() -> None:
    assert len({owner.key for owner in OWNERS}) == len(OWNERS)
    for name in OWNED:
        assert sum(owner.writes(name) for owner in OWNERS) == 1
    assert all(owner.source and owner.says for owner in OWNERS)
