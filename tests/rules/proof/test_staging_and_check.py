"""Closing in stages, and what is cut after it: by hand, on one NSG whose days are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.draft.draft import Draft, draft
from nsgflow_core.rules.proof.check import ALLOWED_BEFORE, NEVER_SEEN, denied_since
from nsgflow_core.rules.proof.staging import DraftStage, closing_denies, count_falling, drafted_allows, due
from nsgflow_core.rules.review.plan import Action, plan_draft
from nsgflow_core.rules.review.stages import WAITS, at_stage, not_yet_allowed, plan_at
from nsgflow_core.stores.local.store import LocalStore
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import START, row, store_of
from tests.rules.draft.drafts import IN

SCOPE, ALL = Scope(nsg="app-nsg"), FlowFilter()
OLD = Rule("old", 300, IN, Access.ALLOW, "*", ("*",), ("*",), ANY_PORTS)
AS_IT_WAS = RuleSet("app-nsg", (OLD,))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    """SSH on four days, web from the third on, which a first draft of two days has not seen."""
    rows = daily("10.0.1.4", "10.0.2.8", 22, days=4) + daily("10.0.3.4", "10.0.2.8", 443, days=4)[2:]
    return store_of(tmp_path_factory.mktemp("flows") / "flows.duckdb", rows, SUBNETS)


def drafted(store: LocalStore, existing: RuleSet | None = None, days: int = 4) -> Draft:
    return draft(store, ALL.within(START, START + timedelta(days=days)), SCOPE, IN, existing=existing)


def applied(made: Draft, *more: Rule) -> RuleSet:
    return RuleSet("app-nsg", (OLD, *drafted_allows(made), *more))


def test_allow_rules_first_and_the_old_ones_stay(store: LocalStore) -> None:
    made = drafted(store, AS_IT_WAS)
    first, whole = at_stage(made, DraftStage.ALLOW), plan_draft(AS_IT_WAS, made)
    assert closing_denies(made) == {"deny-vnet-inbound-tcp", "deny-vnet-inbound-udp"}
    assert not closing_denies(first)
    assert all(rule.access is Access.ALLOW for rule in first.own_rules)
    assert first.warnings[0].startswith("Stage allow: nothing is closed")
    plan = plan_at(whole, made, DraftStage.ALLOW)
    assert [(c.name, c.difference) for c in plan.of(Action.KEEP)] == [("old", (WAITS,))]
    assert not plan.of(Action.REMOVE)
    assert {c.name for c in plan.of(Action.ADD)} == {rule.name for rule in first.own_rules}


def test_then_the_deny_alone(store: LocalStore) -> None:
    made = drafted(store, AS_IT_WAS)
    last, whole = at_stage(made, DraftStage.CLOSE), plan_draft(AS_IT_WAS, made)
    assert {rule.name for rule in last.own_rules} == closing_denies(made)
    plan = plan_at(whole, made, DraftStage.CLOSE)
    assert {c.name for c in plan.of(Action.ADD)} == closing_denies(made)
    assert [c.name for c in plan.of(Action.REMOVE)] == ["old"]
    assert "3 rules of the stage allow not in app-nsg" in not_yet_allowed(whole, made)[0]
    there = applied(made)
    assert not not_yet_allowed(plan_draft(there, drafted(store, there)), made)
    assert at_stage(made, DraftStage.BOTH) is made
    assert plan_at(whole, made, DraftStage.BOTH) is whole


def test_which_stage_is_due_follows_what_would_fall(store: LocalStore) -> None:
    unknown = drafted(store)
    assert due(None, unknown, count_falling(store, ALL, unknown)).stage is DraftStage.ALLOW
    before = drafted(store, AS_IT_WAS)
    assert due(AS_IT_WAS, before, count_falling(store, ALL, before)).sentence == (
        "app-nsg has none of the 3 drafted allow rules yet: apply them first, they close nothing."
    )
    short = applied(drafted(store, AS_IT_WAS, days=2))
    later = drafted(store, short)
    falling = count_falling(store, ALL, later)
    assert falling.frame()["flows"].tolist() == [0, 0, 1, 1]
    assert falling.rows[["source_ip", "port"]].drop_duplicates().values.tolist() == [["10.0.3.4", 443]]
    not_yet = due(short, later, falling)
    assert not_yet.stage is DraftStage.ALLOW
    assert not_yet.sentence == (
        "Not yet: on Wednesday 2026-11-04 1 flow of 1 service would still have fallen to the closing deny, 0 on Sunday "
        "2026-11-01. 1 rule of this draft would admit more."
    )
    whole = applied(later)
    made = drafted(store, whole)
    falling = count_falling(store, ALL, made)
    assert (falling.quiet_days, due(whole, made, falling).stage) == (4, DraftStage.CLOSE)
    denies = [rule for rule in later.own_rules if rule.name.casefold() in closing_denies(later)]
    half = applied(later, denies[0])
    made = drafted(store, half)
    assert due(half, made, count_falling(store, ALL, made)).stage is DraftStage.CLOSE
    closed = applied(later, *denies)
    made = drafted(store, closed)
    assert due(closed, made, count_falling(store, ALL, made)).stage is None


NO_TELNET = Rule("no-telnet", 150, IN, Access.DENY, "Tcp", ("*",), ("*",), (PortRange(23, 23),))


@pytest.mark.parametrize(
    ("denial", "in_file", "falling"),
    [
        pytest.param({"rule": "no-telnet"}, [NO_TELNET], [0, 0, 0, 0], id="by a deny of the NSG"),
        pytest.param({"rule": "no-telnet", "nsg": "nic-nsg"}, [], [0, 0, 0, 0], id="by another NSG at the same end"),
        pytest.param({"rule": "no-telnet"}, [], [0, 1, 1, 0], id="by a rule that is gone since"),
        pytest.param({"rule": "deny-vnet-inbound-tcp"}, [], [0, 1, 1, 0], id="by the closing deny, tried for a day"),
        pytest.param(None, [NO_TELNET], [0, 0, 0, 0], id="by a deny that nobody met yet"),
    ],
)
def test_what_is_denied_by_now_falls_to_no_closing_deny(
    tmp_path: Path, denial: dict[str, Any] | None, in_file: list[Rule], falling: list[int]
) -> None:
    telnet = ("10.0.3.4", "10.0.2.8", "TCP", 23)
    rows = daily("10.0.1.4", "10.0.2.8", 22, days=4) + [
        row(telnet, START + timedelta(days=day), rule="AllowVnetInBound", nsg="app-nsg") for day in (1, 2)
    ]
    if denial:
        rows.append(row(telnet, START + timedelta(days=3), **{"nsg": "app-nsg", "decision": "Denied", **denial}))
    store = store_of(tmp_path / "f.duckdb", rows, SUBNETS)
    made = drafted(store, applied(drafted(store, AS_IT_WAS, days=1), *in_file))
    assert count_falling(store, ALL, made).frame()["flows"].tolist() == falling


def test_nothing_logged_is_no_leave_to_close(store: LocalStore) -> None:
    there = applied(drafted(store, AS_IT_WAS))
    made = drafted(store, there)
    quiet = count_falling(store, ALL.within(START + timedelta(days=9), None), made)
    assert due(there, made, quiet).stage is DraftStage.ALLOW
    assert quiet.sentence.startswith("No traffic was logged")


def test_denials_that_appeared_since_with_the_rule_that_caused_them(tmp_path: Path) -> None:
    ours: dict[str, Any] = {"decision": "Denied", "rule": "DENY-vnet-inbound-tcp", "kind": "User"}
    at = START + timedelta(days=4)
    rows = daily("10.0.1.4", "10.0.2.8", 22, days=4) + daily("fd00::1", "fd00::2", 443, days=4)
    rows += daily("10.0.1.9", "10.0.2.8", 23, days=6, decision="Denied", rule="no-telnet", kind="User")
    rows += daily("10.0.1.5", "10.0.2.8", 80, days=1) + daily("10.0.1.5", "10.0.2.8", 80, days=6, **ours)[2:]
    rows += [row(("10.0.1.4", "10.0.2.8", "TCP", 22), at + timedelta(hours=h), **ours) for h in (1, 2)]
    rows += [
        row(("fd00::1", "fd00::2", "TCP", 443), at, **ours),
        row(("10.0.9.9", "10.0.2.8", "TCP", 5985), at, **ours),
    ]
    store = store_of(tmp_path / "f.duckdb", rows, SUBNETS)
    found = denied_since(store, ALL, at)
    assert found.cut[["before", "rule", "source_ip", "port", "flows", "allowed_by"]].values.tolist() == [
        [ALLOWED_BEFORE, "DENY-vnet-inbound-tcp", "10.0.1.4", 22, 2, "AllowVnetInBound"],
        [ALLOWED_BEFORE, "DENY-vnet-inbound-tcp", "fd00::1", 443, 1, "AllowVnetInBound"],
    ], "port 80 was denied before, and so was telnet"
    assert found.strangers[["before", "port"]].values.tolist() == [[NEVER_SEEN, 5985]]
    assert found.sentence == (
        "Since 2026-11-05 00:00 UTC, 2 services that had been allowed before met a deny: "
        "DENY-vnet-inbound-tcp (3 flows)."
    )
    assert len(found.frame(everything=True)) == 3
    earlier = denied_since(store, ALL, START + timedelta(days=1))
    assert earlier.cut["port"].tolist() == [80, 22, 443]
    quiet = denied_since(store, ALL.where("port", "9"), at)
    assert (len(quiet.cut), quiet.strangers_sentence, quiet.is_clean) == (0, "", False)
    assert quiet.sentence.startswith("No flow of these was logged before 2026-11-05 00:00 UTC")


def test_a_renamed_closing_deny_is_still_the_one(store: LocalStore) -> None:
    made = drafted(store)
    renamed = {name: f"x-{name}" for name in made.closing}
    rules = tuple(replace(rule, name=renamed.get(rule.name, rule.name)) for rule in made.rule_set.rules)
    other = replace(
        made, rule_set=replace(made.rule_set, rules=rules), closing=frozenset(renamed.values()), evidence={}
    )
    assert closing_denies(other) == {"x-deny-vnet-inbound-tcp", "x-deny-vnet-inbound-udp"}


def test_what_the_far_end_denied_all_along_appeared_in_no_window(tmp_path: Path) -> None:
    """The near end logs each attempt as allowed, a moment after the far end denied it: that is no change."""
    at, a_moment = START + timedelta(days=4), timedelta(minutes=1)
    retried, cut = ("10.0.1.4", "10.0.2.8", "TCP", 1433), ("10.0.1.5", "10.0.2.8", "TCP", 1433)
    denied: dict[str, Any] = {"decision": "Denied", "rule": "no-sql", "kind": "User", "nsg": "data-nsg"}
    days = [START + timedelta(days=day) for day in range(6)]
    rows = [row(retried, day, **denied) for day in days]
    rows += [row(cut, day, **(denied if day >= at else {"nsg": "data-nsg"})) for day in days]
    rows += [row(key, day + a_moment, direction="Outbound") for key in (retried, cut) for day in days]
    found = denied_since(store_of(tmp_path / "f.duckdb", rows, SUBNETS), ALL, at)
    assert found.cut[["source_ip", "rule", "flows"]].values.tolist() == [["10.0.1.5", "no-sql", 2]]
