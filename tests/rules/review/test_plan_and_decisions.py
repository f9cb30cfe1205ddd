"""Plans against an NSG as it is, and what people decide about drafted rules."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import BadRuleSet, RefusedByAzure
from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.rule import Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.things.rule_sets import read_rule_sets, write_rule_set
from nsgflow_core.rules.draft.draft import Draft, Scope, draft
from nsgflow_core.rules.export import export
from nsgflow_core.rules.review.applying import apply_decisions
from nsgflow_core.rules.review.decisions import Approval, Decisions, RuleDecision
from nsgflow_core.rules.review.kept import load_decisions, read_decisions, save_decisions
from nsgflow_core.rules.review.plan import Action, plan, plan_frame, plan_in_words
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of
from tests.rules.draft.drafts import let_in

IN = Direction.INBOUND
SSH, WEB = "allow-10.0.1.4-to-10.0.2.8-tcp-22", "allow-10.0.3.4-to-10.0.2.8-tcp-443"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    rows = daily("10.0.1.4", "10.0.2.8", 22) + daily("10.0.3.4", "10.0.2.8", 443)
    return store_of(tmp_path_factory.mktemp("d") / "f.duckdb", rows, SUBNETS)


@pytest.fixture(scope="module")
def made(store: LocalStore) -> Draft:
    return draft(store, FlowFilter(), Scope(nsg="app-nsg"), IN)


def old(name: str, priority: int, access: Access = Access.ALLOW) -> Rule:
    return Rule(name, priority, IN, access, "Tcp", ("*",), ("*",), (PortRange(1, 5),), description="old")


def test_a_plan_says_what_is_added_changed_removed_and_what_stays(made: Draft) -> None:
    ssh = next(rule for rule in made.own_rules if rule.name == SSH)
    same = replace(next(rule for rule in made.own_rules if rule.name == WEB), description="other words")
    existing = RuleSet(
        "app-nsg",
        (
            replace(ssh, name=SSH.upper(), sources=("10.0.1.4", "10.9.0.0/16"), priority=300),
            *(same, old("a", 200), old("no", 210, Access.DENY)),
        ),
    ).with_defaults()
    found = plan(existing, made.rule_set, IN)
    actions = {change.name: change.action for change in found.changes}
    assert actions[SSH] == Action.CHANGE
    assert actions[WEB] == Action.KEEP
    assert actions["a"] == Action.REMOVE
    assert actions["no"] == Action.KEEP
    assert [change.difference for change in found.of(Action.CHANGE)] == [
        (f"priority 300 -> {ssh.priority}", "sources: - 10.9.0.0/16")
    ]
    assert found.summary == "3 to add, 1 to change, 1 to remove, 2 stay"
    assert plan_frame(found)["action"].tolist().count("add") == 3
    assert not found.is_empty
    assert plan(made.rule_set, made.rule_set, IN).is_empty
    assert "AllowVnetInBound" not in actions


def test_a_plan_names_a_changed_rule_as_it_stands_and_the_words_of_a_person_that_go(made: Draft) -> None:
    ssh = next(rule for rule in made.own_rules if rule.name == SSH)
    for words, is_told in (("opened for Ann, CHG-7", True), ("nsgflow: 3 flows on 3 days.", False), ("", False)):
        before = replace(ssh, name=SSH.upper(), priority=300, description=words)
        (said,) = plan_in_words(plan(RuleSet("app-nsg", (before,)), RuleSet("app-nsg", (ssh,)), IN))[1:]
        gone = f"; the description '{words}' goes" if is_told else ""
        assert said == f"Replaces {SSH.upper()}: priority 300 -> {ssh.priority}{gone}."
        assert plan_frame(plan(RuleSet("n", (before,)), RuleSet("n", (ssh,)), IN))["name"].tolist() == [SSH.upper()]


def test_that_no_undo_brings_back_what_could_not_be_read_is_told() -> None:
    """A rule that the file spelled wrongly was overwritten by one of its name, and the undo deleted it."""
    existing = RuleSet("app-nsg", (), left_out=("NSG 'app-nsg', rule 'ssh': 'protocol' is 'tpc'.",))
    (said,) = plan_in_words(plan(existing, RuleSet("app-nsg", ()), IN))[1:]
    assert "1 of its rules could not be used: none of those comes back once a rule here has taken its name" in said


def test_no_rule_of_a_draft_takes_the_name_of_one_that_could_not_be_read(store: LocalStore) -> None:
    taken = (SSH.upper(), "deny-vnet-inbound-tcp")
    existing = RuleSet("app-nsg", (), left_out=("One.", "Two."), unread=taken)
    names = [r.name for r in draft(store, FlowFilter(), Scope(nsg="app-nsg"), IN, existing=existing).own_rules]
    assert WEB in names
    assert not {*map(str.casefold, taken)}.intersection(names)


@pytest.mark.parametrize("key", ["az", "terraform", "bicep", "arm"])
def test_a_plan_and_each_file_say_as_which_file_has_the_nsg(store: LocalStore, key: str) -> None:
    """Rules are replaced, and put back by an undo, as that file has them: whoever applies it later must know."""
    written = write_rule_set(RuleSet("app-nsg", (old("a", 200),)))
    (existing,) = read([("prod/nsg.json", written)], datetime(2026, 11, 20, 7, 30, tzinfo=UTC)).rule_sets
    made = draft(store, FlowFilter(), Scope(nsg="app-nsg"), IN, existing=existing)
    changes = plan(existing, made.rule_set, IN)
    said = "The NSG is as prod/nsg.json, read 2026-11-20 07:30 UTC, has it"
    assert said in plan_in_words(changes)[1]
    assert said in export(made, key, None, changes)
    assert not plan(RuleSet("app-nsg", ()), made.rule_set, IN).as_of


@pytest.mark.parametrize("direction", ["Inbound", "[parameters('towards')]"])
def test_nor_its_priority_which_azure_would_refuse(store: LocalStore, direction: str) -> None:
    """SecurityRuleConflict: the rule is there all the same, whatever of it the file spells in a way nobody can read."""
    now = draft(store, FlowFilter(), Scope(nsg="app-nsg"), IN).own_rules
    unread = [
        {"name": f"mine-{rule.priority}", "priority": rule.priority, "direction": direction, "protocol": "tpc"}
        for rule in now
    ]
    (existing,) = read_rule_sets(json.dumps({"name": "app-nsg", "securityRules": unread}))
    made = draft(store, FlowFilter(), Scope(nsg="app-nsg"), IN, existing=existing)
    assert [rule.name for rule in made.own_rules] == [rule.name for rule in now]
    assert not {rule.priority for rule in now}.intersection(rule.priority for rule in made.own_rules)
    assert not made.refused
    renamed = Decisions(rules=(RuleDecision(WEB, name="MINE-100"),))
    with pytest.raises(RefusedByAzure, match="'mine-100', a rule that could not be read"):
        apply_decisions(made, renamed)


@pytest.mark.parametrize("is_changed", [False, True])
def test_what_goes_is_told_to_its_end_however_many_ports_a_rule_has(is_changed: bool) -> None:
    """It was cut behind 300 letters, in the middle of the ports: from where to where nobody read."""
    ports = tuple(PortRange(2 * at, 2 * at) for at in range(1, 301))
    many = replace(old("many", 200), destination_ports=ports, sources=("10.1.0.0/16",), destinations=("10.2.0.4",))
    after = (replace(many, destination_ports=ports[:1], description=""),) if is_changed else ()
    found = plan(RuleSet("n", (many,)), RuleSet("n", after, directions=(IN,)), IN)
    (said,) = plan_in_words(found)[1:]
    ends = "and 291 more; the description 'old' goes." if is_changed else "and 292 more from 10.1.0.0/16 to 10.2.0.4."
    assert said.endswith(ends)
    assert ", 600" in plan_frame(found)["difference"].iloc[0] or "- 600" in plan_frame(found)["difference"].iloc[0]


def test_what_changes_in_a_list_is_told_by_number_and_as_it_is_written() -> None:
    """ "443, 80, 8080" and "10.0.10.0/24, 10.0.9.0/24" were sorted as text, and tags told in lower case."""
    before = Rule("web", 100, IN, Access.ALLOW, "Tcp", ("10.0.1.4",), ("*",), (PortRange(22, 22),))
    sources = ("Storage.WestEurope", "fd00::/64", "10.0.10.0/24", "10.0.9.0/24", "10.0.1.4/32", "AzureCloud")
    ports = tuple(PortRange(port, port) for port in (8080, 443, 80, 10_000, 22))
    after = replace(before, sources=sources, destination_ports=ports)
    (change,) = plan(RuleSet("n", (before,)), RuleSet("n", (after,)), IN).changes
    assert change.difference == (
        "sources: + 10.0.9.0/24, + 10.0.10.0/24, + fd00::/64, + AzureCloud, + Storage.WestEurope",
        "destination ports: + 80, + 443, + 8080, + 10000",
    )
    again = replace(before, sources=("storage.westeurope", *sources[1:]), destination_ports=ports)
    assert plan(RuleSet("n", (after,)), RuleSet("n", (again,)), IN).changes[0].action == Action.KEEP


def test_ports_and_prefixes_in_another_order_are_no_change(made: Draft) -> None:
    first = replace(
        old("a", 100), sources=("10.0.0.1", "10.0.0.2"), destination_ports=(PortRange(1, 2), PortRange(3, 3))
    )
    other = replace(first, sources=first.sources[::-1], destination_ports=(PortRange(1, 3),))
    assert plan(RuleSet("n", (first,)), RuleSet("n", (other,)), IN).is_empty


def test_decisions_are_laid_over_the_draft(made: Draft) -> None:
    decided = apply_decisions(
        made,
        Decisions().with_rules(
            RuleDecision(SSH, Approval.REJECT),
            RuleDecision(
                WEB,
                Approval.ACCEPT,
                "web-in",
                "agreed\nwith Kim",
                ("10.0.3.0/28",),
                ("VirtualNetwork",),
                ("80", "8000-8001"),
            ),
            RuleDecision("gone", Approval.ACCEPT),
        ),
    )
    assert [rule.name for rule in decided.rejected] == [SSH]
    assert [decision.rule for decision in decided.unmatched] == ["gone"]
    (rule,) = [rule for rule in decided.draft.own_rules if rule.name in decided.draft.openings]
    assert rule.name == "web-in"
    assert rule.description == "agreed with Kim"
    assert rule.sources == ("10.0.3.0/28",), "what the wider prefix covers goes"
    assert rule.destinations == ("VirtualNetwork",)
    assert [str(ports) for ports in rule.destination_ports] == ["80", "443", "8000-8001"]
    assert decided.draft.evidence["web-in"] == made.evidence[WEB]
    assert SSH not in decided.draft.evidence
    assert [r.name for r in decided.draft.own_rules if r.access is Access.DENY]
    said = " ".join(decided.draft.warnings)
    assert f"Rejected: {SSH}." in said
    assert f"over-permission: {WEB}." in said
    assert "gone" in said
    assert made.rule_set.towards(IN)[0].name == SSH, "the draft itself is untouched"


@pytest.mark.parametrize(
    "decision",
    [
        RuleDecision(WEB, name="no spaces"),
        RuleDecision(WEB, name=SSH.upper()),
        RuleDecision(WEB, sources=("web",)),
        RuleDecision(WEB, ports=("70000",)),
        RuleDecision(WEB, ports=("9-1",)),
        RuleDecision(WEB, ports=("x",)),
    ],
)
def test_a_decision_that_azure_would_refuse_is_refused(made: Draft, decision: RuleDecision) -> None:
    with pytest.raises(BadRuleSet):
        apply_decisions(made, Decisions((decision,)))


def test_decisions_are_kept_with_the_store_by_scope_and_direction(store: LocalStore) -> None:
    scope = Scope(nsg="app-nsg")
    assert load_decisions(store, scope, IN).is_empty
    first = Decisions().with_rules(RuleDecision(SSH, Approval.REJECT, note="nicht mehr nötig"))
    second = first.with_rules(RuleDecision(WEB, Approval.ACCEPT, ports=("80",)), RuleDecision(SSH, Approval.ACCEPT))
    save_decisions(store, scope, IN, second)
    assert load_decisions(LocalStore(Path(store.path)), scope, IN) == second
    assert [d.approval for d in second.rules] == [Approval.ACCEPT, Approval.ACCEPT]
    assert load_decisions(store, scope, Direction.OUTBOUND).is_empty
    assert load_decisions(store, Scope(subnet="app-nsg"), IN).is_empty


@pytest.mark.parametrize("text", ["{", "[1]", '[{"rule": "a", "verdict": "maybe"}]', '[{"name": "a"}]', "3"])
def test_damaged_decisions_are_reported(text: str) -> None:
    with pytest.raises(BadRuleSet):
        read_decisions(text)


def test_a_deny_of_the_nsg_that_moves_is_no_drafted_rule_to_decide_on(store: LocalStore) -> None:
    existing = RuleSet("app-nsg", (replace(old("no", 100, Access.DENY), destination_ports=(PortRange(22, 22),)),))
    moving = draft(store, FlowFilter().where("rule", "AllowVnetInBound"), Scope(nsg="app-nsg"), IN, existing=existing)
    assert "no" not in {rule.name for rule in moving.own_rules}, "the defaults admitted it, behind the deny"
    rows = daily("10.0.1.4", "10.0.2.8", 22, rule="removed-since")
    rows += daily("10.0.1.9", "10.0.2.8", 22, 1, decision="Denied", rule="no", kind="User")
    with_room = store_of(Path(store.path).with_name("moved.duckdb"), rows, SUBNETS)
    moving = let_in(draft(with_room, FlowFilter(), Scope(nsg="app-nsg"), IN, existing=existing))
    assert "no" in {rule.name for rule in moving.own_rules}
    assert "no" not in {rule.name for rule in moving.to_decide}
    rejected = apply_decisions(
        moving, Decisions().with_rules(*(RuleDecision(rule.name, Approval.REJECT) for rule in moving.own_rules))
    )
    assert [rule.name for rule in rejected.draft.own_rules] == ["no"]
    assert [decision.rule for decision in rejected.unmatched] == ["no"]
    renamed = apply_decisions(moving, Decisions((RuleDecision("deny-vnet-inbound-tcp", name="close-tcp"),)))
    assert "close-tcp" in renamed.draft.closing
    assert "deny-vnet-inbound-tcp" in moving.closing
