"""Where drafted rules stand: room is made before a draft is refused, and no number leaves 100 to 4096."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import ANY_PORTS, MAX_PRIORITY, MIN_PRIORITY, Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.draft.evidence import Evidence
from nsgflow_core.rules.draft.placing.closing import Closing, rules_below
from nsgflow_core.rules.draft.placing.place import kept_denies, place, place_closing
from nsgflow_core.rules.draft.placing.priorities import Wanted, number
from nsgflow_core.rules.review.plan import Action, plan
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import daily
from tests.rules.draft.drafts import IN, OUT, drafted, made_of

BELOW = {
    direction: rules_below(direction, Closing(internet=True, icmp=True, load_balancer=True)) for direction in Direction
}
DRAFTED = "allow-10.0.1.4-to-10.0.2.8-tcp-443"


def rule(name: str, priority: int, access: Access = Access.DENY, direction: Direction = IN) -> Rule:
    return Rule(name, priority, direction, access, "Tcp", ("10.9.0.0/24",), ("*",), (PortRange(443, 443),))


def by(*names: str) -> Evidence:
    return Evidence(flows=1, admitted_by=names)


def test_a_deny_at_100_moves_down_for_what_was_allowed_ahead_of_it(tmp_path: Path) -> None:
    existing = RuleSet("app-nsg", (rule("first", 100), rule("second", 110)))
    made = made_of(tmp_path, daily("10.0.1.4", "10.0.2.8", 443, rule="removed-since"), existing=existing)
    order = [(r.name, r.priority) for r in made.rule_set.towards(IN)][:3]
    assert order == [(DRAFTED, 100), ("first", 101), ("second", 110)]
    assert made.kept == {"second"}
    assert "first" in {r.name for r in made.own_rules}
    assert any("first moves down to priority 101" in warning for warning in made.warnings)
    changes = {change.name: change for change in plan(existing, made.rule_set, IN).changes}
    assert changes["first"].action is Action.CHANGE
    assert changes["first"].difference == ("priority 100 -> 101",)


def test_numbers_of_allow_rules_that_go_are_taken_before_a_deny_moves() -> None:
    existing = RuleSet("n", (rule("by-hand", 100, Access.ALLOW), rule("no", 101)))
    placed = place({"a": by("by-hand")}, existing, IN)
    assert (placed.priorities, placed.moved) == ({"a": 100}, ())
    placed = place({"a": by("by-hand"), "b": by("by-hand")}, existing, IN)
    assert sorted(placed.priorities.values()) == [100, 101]
    assert [(r.name, r.priority) for r in placed.denies] == [("no", 102)]
    assert placed.moved == placed.denies


def test_a_free_number_is_taken_before_anything_is_renumbered() -> None:
    existing = RuleSet("n", (rule("a", 105, Access.ALLOW), rule("no", 110), rule("gone", 120, Access.ALLOW)))
    placed = place({"a": by("a"), "b": by("a"), "c": by("gone")}, existing, IN)
    assert placed.priorities["a"] == 105
    assert placed.priorities["b"] in range(106, 110)
    assert placed.priorities["c"] > 110
    assert 120 not in placed.priorities.values(), "Azure refuses a number that a rule still has"
    assert not placed.moved


def test_a_draft_that_has_no_room_at_all_is_refused() -> None:
    found = {f"r{n}": by("unknown") for n in range(3_900)}
    with pytest.raises(BadRuleSet, match="do not fit"):
        place(found, RuleSet("n", (rule("no", 100),)), IN)
    del found["r0"]
    placed = place(found, RuleSet("n", (rule("no", 100),)), IN)
    assert placed.denies[0].priority == 3_999


def test_probes_stand_ahead_of_the_deny_that_would_catch_them() -> None:
    existing = RuleSet("n", (rule("a", 100), rule("no-vnet", 200)))
    closing = BELOW[IN]
    early = place({}, existing, IN, closing, Evidence(flows=1, admitted_by=("gone",)))
    late = place({}, existing, IN, closing, Evidence(flows=1, admitted_by=("AllowAzureLoadBalancerInBound",)))
    balancer = closing[0].name
    assert early.priorities[balancer] < early.denies[0].priority
    assert late.priorities[balancer] == 4_000
    assert [early.priorities[r.name] for r in closing[1:]] == [late.priorities[r.name] for r in closing[1:]]


@settings(deadline=None)
@given(st.sampled_from(list(Direction)), st.sets(st.integers(3_990, MAX_PRIORITY)), st.booleans())
def test_closing_rules_are_numbered_once_each_in_order_up_to_4096(
    direction: Direction, taken: set[int], has_one: bool
) -> None:
    closing = BELOW[direction]
    own = [rule(f"own{number}", number, direction=direction) for number in taken]
    own += [replace(closing[-1], priority=4_096)] if has_one and 4_096 not in taken else []
    numbers = [place_closing(closing, RuleSet("n", tuple(own)), direction)[each.name] for each in closing]
    assert numbers == sorted(set(numbers) - taken)
    assert all(MIN_PRIORITY <= number <= MAX_PRIORITY for number in numbers)


def test_closing_rules_of_the_nsg_keep_their_numbers_in_any_spelling() -> None:
    had = tuple(replace(each, name=each.name.upper(), priority=each.priority + 3) for each in BELOW[OUT])
    assert list(place_closing(BELOW[OUT], RuleSet("n", had), OUT).values()) == [each.priority for each in had]
    ahead = (*had[:-1], replace(had[-1], priority=300))
    assert min(place_closing(BELOW[OUT], RuleSet("n", ahead), OUT).values()) >= 4_000, "drafted rules stand above"


def test_a_closing_rule_takes_the_nearest_free_number_behind_its_own() -> None:
    own = RuleSet("n", tuple(rule(f"r{number}", number) for number in range(4_050, 4_062)))
    assert list(place_closing(BELOW[IN], own, IN).values()) == [4_000, 4_010, 4_062, 4_063]


def test_an_nsg_without_a_free_number_is_refused() -> None:
    full = RuleSet("n", tuple(rule(f"r{number}", number) for number in range(MIN_PRIORITY, MAX_PRIORITY + 1)))
    with pytest.raises(BadRuleSet, match="closing rules"):
        place_closing(BELOW[IN], full, IN)


def test_drafted_rules_stand_above_closing_rules_that_had_to_go_below_4000() -> None:
    full = RuleSet("n", tuple(rule(f"r{number}", number) for number in range(4_000, MAX_PRIORITY + 1)))
    closing = BELOW[IN]
    placed = place({"a": by("AllowVnetInBound")}, full, IN, closing)
    assert placed.priorities["a"] < min(placed.priorities[each.name] for each in closing if each.access is Access.DENY)


def test_kept_denies_are_the_users_own_of_that_direction() -> None:
    rules = (rule("no", 300), rule("early", 200), rule("out", 100, direction=OUT), rule("yes", 400, Access.ALLOW))
    closing = (replace(BELOW[IN][-1], destination_ports=ANY_PORTS),)
    assert [r.name for r in kept_denies(RuleSet("n", (*rules, *closing)).with_defaults(), IN)] == ["early", "no"]
    assert kept_denies(None, IN) == ()


def test_only_probes_close_nothing(tmp_path: Path) -> None:
    made = made_of(tmp_path, daily("168.63.129.16", "10.0.2.8", 443))
    assert [(r.access, r.sources) for r in made.own_rules] == [(Access.ALLOW, ("AzureLoadBalancer",))]


def test_a_drafted_name_never_meets_that_of_a_deny_that_stays(tmp_path: Path) -> None:
    existing = RuleSet("app-nsg", (rule(DRAFTED.upper(), 300),))
    made = made_of(tmp_path, daily("10.0.1.4", "10.0.2.8", 443), existing=existing)
    (own,) = drafted(made)
    assert own.name.startswith(f"{DRAFTED}-")
    assert made.kept == {DRAFTED.upper()}
    names = [r.name.casefold() for r in made.rule_set.towards(IN)]
    assert len(set(names)) == len(names)


OWN = st.lists(
    st.tuples(st.integers(100, 110), st.sampled_from(list(Access))), unique_by=lambda own: own[0], max_size=8
)


@settings(deadline=None)
@given(OWN, st.lists(st.sampled_from(["r0", "r1", "r2", "gone", "AllowVnetInBound"]), max_size=12), st.booleans())
def test_whatever_the_nsg_has_every_rule_stands_among_its_denies_as_its_traffic_was_admitted(
    own: list[tuple[int, Access]], admitted: list[str], probed: bool
) -> None:
    rules = [rule(f"r{place_of}", *each) for place_of, each in enumerate(own)]
    existing = RuleSet("n", tuple(rules))
    found = {f"{'r' if n < 2 else 'd'}{n}": by(name) for n, name in enumerate(admitted)}
    taken = {each.name for each in rules if each.access is Access.DENY}
    found = {name: each for name, each in found.items() if name not in taken}
    probes = Evidence(flows=1, admitted_by=("gone",)) if probed else None
    placed = place(found, existing, IN, BELOW[IN], probes)
    denies = kept_denies(existing, IN)
    assert [each.name for each in placed.denies] == [each.name for each in denies]
    assert all(now.priority >= before.priority for now, before in zip(placed.denies, denies, strict=True))
    numbers = [*placed.priorities.values(), *(each.priority for each in placed.denies)]
    assert len(set(numbers)) == len(numbers) == len(found) + len(BELOW[IN]) + len(denies)
    assert all(MIN_PRIORITY <= number <= MAX_PRIORITY for number in numbers)
    at = {each.name: each.priority for each in rules} | {"gone": 100, "AllowVnetInBound": 65_000}
    for name, each in found.items():
        behind = sum(deny.priority < at.get(each.admitted_by[0], 100) for deny in denies)
        assert sum(deny.priority < placed.priorities[name] for deny in placed.denies) == behind
    if probed and denies:
        assert placed.priorities["allow-azure-load-balancer-inbound"] < placed.denies[0].priority


def test_a_new_rule_stands_halfway_between_its_neighbours_by_name() -> None:
    kept = {"a": 100, "c": 120, "e": 140}
    wanted = [Wanted(name) for name in ("a", "b", "c", "d", "e", "f")]
    assert number(wanted, kept, frozenset()) == {"a": 100, "b": 110, "c": 120, "d": 130, "e": 140, "f": 150}
