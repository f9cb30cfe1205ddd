"""Where drafted rules stand: on their side of each deny, and no number leaves 100 to 4096 or is taken twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import ANY_PORTS, MAX_PRIORITY, MIN_PRIORITY, Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.placing.closing import Closing, Standing, rules_below, standing
from nsgflow_core.rules.draft.placing.place import Placing, place
from nsgflow_core.rules.draft.placing.priorities import Post, post_numbers
from nsgflow_core.rules.review.plan import Action, plan
from nsgflow_core.rules.special.base import Special
from nsgflow_core.rules.special.kinds import SUBNET_KINDS
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import daily
from tests.rules.draft.drafts import IN, OUT, drafted, let_in, made_of

BELOW = {
    direction: rules_below(direction, Closing(internet=True, icmp=True, load_balancer=True)) for direction in Direction
}
BALANCER = BELOW[IN][0].name
DRAFTED = "allow-10.0.1.4-to-10.0.2.8-tcp-443"


def rule(name: str, priority: int, access: Access = Access.DENY, direction: Direction = IN) -> Rule:
    return Rule(name, priority, direction, access, "Tcp", ("10.9.0.0/24",), ("*",), (PortRange(443, 443),))


def placed(ahead_of: dict[str, str], *rules: Rule, closing: Sequence[Rule] = (), probes: str = "") -> Placing:
    existing = RuleSet("n", rules)
    return place(ahead_of, existing, IN, standing(existing, IN, closing), probes)


def test_a_deny_at_100_moves_down_for_what_is_let_in_over_it(tmp_path: Path) -> None:
    first = replace(rule("first", 100), sources=("10.0.1.0/24",))
    existing = RuleSet("app-nsg", (first, rule("second", 110)))
    rows = daily("10.0.1.9", "10.0.2.8", 443, 1, decision="Denied", rule="first", kind="User")
    asked = made_of(tmp_path, rows + daily("10.0.1.4", "10.0.2.8", 443, rule="removed-since"), existing=existing)
    made = let_in(asked)
    order = [(r.name, r.priority) for r in made.rule_set.towards(IN)][:3]
    assert order == [(DRAFTED, 100), ("first", 101), ("second", 110)]
    assert made.kept == {"second"}
    assert "first" in {r.name for r in made.own_rules}
    assert any("first moves down from priority 100 to 101" in warning for warning in made.warnings)
    changes = {change.name: change for change in plan(existing, made.rule_set, IN).changes}
    assert changes["first"].action is Action.CHANGE
    assert changes["first"].difference == ("priority 100 -> 101",)


def test_numbers_of_allow_rules_that_go_are_taken_before_a_deny_moves() -> None:
    own = (rule("by-hand", 100, Access.ALLOW), rule("no", 101))
    assert (placed({"a": "no"}, *own).priorities, placed({"a": "no"}, *own).moved) == ({"a": 100}, ())
    two = placed({"a": "no", "b": "no"}, *own)
    assert sorted(two.priorities.values()) == [101, 102], "the deny moves either way, so 100 need not be taken at once"
    assert [(r.name, r.priority) for r in two.denies] == [("no", 103)]
    assert two.moved == two.denies


def test_a_free_number_is_taken_before_anything_is_renumbered() -> None:
    own = (rule("a", 105, Access.ALLOW), rule("no", 110), rule("gone", 120, Access.ALLOW))
    found = placed({"a": "no", "b": "no", "c": ""}, *own)
    assert found.priorities["a"] == 105
    assert found.priorities["b"] in range(106, 110)
    assert found.priorities["c"] > 110
    assert 120 not in found.priorities.values(), "Azure refuses a number that a rule still has"
    assert not found.moved


def test_a_draft_is_refused_only_when_there_is_no_room_at_all() -> None:
    everything = {f"r{n}": "no" for n in range(MAX_PRIORITY - MIN_PRIORITY)}
    found = placed(everything, rule("no", 100))
    assert found.denies[0].priority == MAX_PRIORITY
    with pytest.raises(BadRuleSet, match="3,998 priorities"):
        placed({**everything, "one-more": "no"}, rule("no", 100))


def test_two_thousand_rules_among_denies_at_both_ends() -> None:
    denies = [rule(f"no{n}", n) for n in (*range(100, 150), *range(4_000, MAX_PRIORITY + 1))]
    sides = {f"r{n}": denies[n % len(denies)].name if n % 3 else "" for n in range(1_850)}
    found = placed(sides, *denies, closing=BELOW[IN])
    _check(found, sides, denies, BELOW[IN])


def test_a_deny_at_4096_moves_up_for_what_stands_behind_it() -> None:
    found = placed({"a": ""}, rule("all", MAX_PRIORITY), closing=BELOW[IN])
    assert found.moved[0].priority < found.priorities["a"] < found.priorities["deny-vnet-inbound-tcp"] <= MAX_PRIORITY
    nothing_behind = placed({"a": "all"}, rule("all", MAX_PRIORITY), closing=BELOW[IN])
    assert not nothing_behind.moved
    assert [nothing_behind.priorities[each.name] for each in BELOW[IN]] == [each.priority for each in BELOW[IN]]


def test_probes_stand_ahead_of_the_deny_that_would_catch_them() -> None:
    own = (rule("a", 100), rule("no-vnet", 200))
    early, late = placed({}, *own, closing=BELOW[IN], probes="a"), placed({}, *own, closing=BELOW[IN])
    assert early.priorities[BALANCER] < early.denies[0].priority
    assert late.priorities[BALANCER] == 4_000
    assert [early.priorities[r.name] for r in BELOW[IN][1:]] == [late.priorities[r.name] for r in BELOW[IN][1:]]


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(list(Direction)), st.sets(st.integers(3_990, MAX_PRIORITY)), st.booleans())
def test_closing_rules_are_numbered_once_each_in_order_up_to_4096(
    direction: Direction, taken: set[int], has_one: bool
) -> None:
    own = [rule(f"own{number}", number, direction=direction) for number in taken]
    own += [replace(BELOW[direction][-1], priority=4_096)] if has_one and 4_096 not in taken else []
    existing = RuleSet("n", tuple(own))
    found = place({}, existing, direction, standing(existing, direction, BELOW[direction]))
    numbers = [found.priorities[each.name] for each in BELOW[direction]]
    assert numbers == sorted(set(numbers) - taken)
    assert all(MIN_PRIORITY <= number <= MAX_PRIORITY for number in numbers)
    assert not found.moved


def test_closing_rules_of_the_nsg_keep_their_numbers_and_spelling() -> None:
    had = tuple(replace(each, name=each.name.upper(), priority=each.priority + 3) for each in BELOW[OUT])
    beside = standing(RuleSet("n", had), OUT, BELOW[OUT])
    assert (beside.stays, beside.closing) == ((), had)
    assert place({}, RuleSet("n", had), OUT, beside).priorities == {each.name: each.priority for each in had}


@pytest.mark.parametrize(
    "own",
    [
        rule("Deny-VNet-Inbound-TCP", 300),
        replace(BELOW[IN][-1], name="Deny-VNet-Inbound-TCP", priority=300),
        rule("deny-vnet-inbound-tcp", 300, direction=OUT),
    ],
    ids=["another deny of that name", "the same with an allow rule behind it", "of the other direction"],
)
def test_a_rule_of_the_user_that_has_the_name_of_a_closing_rule_stays_and_has_it_alone(own: Rule) -> None:
    existing = RuleSet("n", (own, rule("late", 400, Access.ALLOW)))
    beside = standing(existing, IN, BELOW[IN])
    assert [deny.name for deny in beside.stays] == [own.name] * (own.direction is IN)
    names = [each.name.casefold() for each in (*beside.closing, own)]
    assert len(set(names)) == len(names)
    again = RuleSet("n", (own, *beside.closing))
    assert standing(again, IN, BELOW[IN]).closing == beside.closing, "found again, under the name that was free"


def test_closing_denies_that_this_draft_does_not_make_stay() -> None:
    with_internet = rules_below(OUT, Closing(internet=True))
    beside = standing(RuleSet("n", with_internet), OUT, rules_below(OUT, Closing(internet=False)))
    assert [deny.name for deny in beside.stays] == ["deny-internet-outbound-tcp", "deny-internet-outbound-udp"]


def test_an_nsg_without_a_free_number_is_refused() -> None:
    full = [rule(f"r{number}", number) for number in range(MIN_PRIORITY, MAX_PRIORITY + 1)]
    with pytest.raises(BadRuleSet, match="3,997 are free"):
        placed({}, *full, closing=BELOW[IN])


def test_kept_denies_are_the_users_own_of_that_direction() -> None:
    rules = (rule("no", 300), rule("early", 200), rule("out", 100, direction=OUT), rule("yes", 400, Access.ALLOW))
    closing = (replace(BELOW[IN][-1], destination_ports=ANY_PORTS),)
    held = standing(RuleSet("n", (*rules, *closing)).with_defaults(), IN, BELOW[IN])
    assert [r.name for r in held.stays] == ["early", "no"]
    assert standing(None, IN, BELOW[IN]) == Standing((), BELOW[IN])


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


def _check(found: Placing, sides: dict[str, str], denies: Sequence[Rule], closing: Sequence[Rule]) -> None:
    """Each number once, from 100 to 4096, each drafted rule on its side, and closing denies behind all of them."""
    assert [each.name for each in found.denies] == [each.name for each in denies]
    numbers = [*found.priorities.values(), *(each.priority for each in found.denies)]
    assert len(set(numbers)) == len(numbers) == len(sides) + len(closing) + len(denies)
    assert all(MIN_PRIORITY <= number <= MAX_PRIORITY for number in numbers)
    at = {each.name: each.priority for each in found.denies}
    order = [each.name for each in denies]
    for name, deny in sides.items():
        before = order.index(deny) if deny else len(order)
        assert sum(at[each] < found.priorities[name] for each in order) == before
    last = max((found.priorities[name] for name in sides), default=0)
    assert all(found.priorities[each.name] > last for each in closing if each.access is Access.DENY)


OWN = st.lists(
    st.tuples(st.sampled_from([*range(100, 106), *range(4_090, 4_097)]), st.sampled_from(list(Access))),
    unique_by=lambda own: own[0],
    max_size=8,
)


@settings(deadline=None, max_examples=60)
@given(OWN, st.lists(st.integers(0, 8), max_size=12), st.booleans())
def test_whatever_the_nsg_has_every_rule_stands_on_its_side_of_each_deny(
    own: list[tuple[int, Access]], sides: list[int], probed: bool
) -> None:
    rules = sorted((rule(f"r{at}", *each) for at, each in enumerate(own)), key=lambda each: each.priority)
    denies = [each for each in rules if each.access is Access.DENY]
    names = [*(each.name for each in denies), ""]
    ahead_of = {f"{'r' if n < 2 else 'd'}{n}": names[side % len(names)] for n, side in enumerate(sides)}
    ahead_of = {name: deny for name, deny in ahead_of.items() if name not in names}
    found = placed(ahead_of, *rules, closing=BELOW[IN], probes=names[0] if probed else "")
    _check(found, ahead_of, denies, BELOW[IN])
    if probed and denies:
        assert found.priorities[BALANCER] < found.denies[0].priority


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 2)), max_size=6), st.integers(0, 3))
def test_as_few_posts_as_possible_leave_their_numbers(wanted: list[tuple[int, int]], behind: int) -> None:
    posts, free = [Post(number, 1, ahead) for number, ahead in wanted], range(12)
    needed = behind + sum(post.ahead + 1 for post in posts)
    if needed > len(free):
        with pytest.raises(BadRuleSet):
            post_numbers(posts, behind, free)
        return
    numbers = post_numbers(posts, behind, free)
    fitting = [chosen for chosen in combinations(free, len(posts)) if _fits(chosen, posts, behind)]
    assert tuple(numbers) in fitting
    kept = [sum(map(int.__eq__, chosen, (post.number for post in posts))) for chosen in fitting]
    assert sum(map(int.__eq__, numbers, (post.number for post in posts))) == max(kept)


def _fits(numbers: Sequence[int], posts: Sequence[Post], behind: int) -> bool:
    gaps = zip([-1, *numbers], numbers, posts, strict=False)
    return all(number - above > post.ahead for above, number, post in gaps) and 11 - max([-1, *numbers]) >= behind


def test_a_new_rule_stands_halfway_between_its_neighbours_by_name() -> None:
    own = [rule(name, 100 + 20 * place, Access.ALLOW) for place, name in enumerate("ace")]
    found = placed(dict.fromkeys("abcdef", ""), *own)
    assert found.priorities == {"a": 100, "b": 110, "c": 120, "d": 130, "e": 140, "f": 150}


@pytest.mark.parametrize("direction", [IN, OUT])
@pytest.mark.parametrize("special", [(), (Special(SUBNET_KINDS["bastion"], "AzureBastionSubnet"),)])
@pytest.mark.parametrize("numbers", [(100, 101), (100, 200)])
def test_what_is_said_of_a_deny_names_the_number_that_the_draft_gives_it(
    numbers: tuple[int, int], special: tuple[Special, ...], direction: Direction, tmp_path: Path
) -> None:
    """Of denies that had to move the notes named the numbers that the NSG has, and the exports others."""
    denies = [replace(rule(name, at, direction=direction), protocol="*", sources=("*",), destination_ports=ANY_PORTS)
              for name, at in zip(("first", "second"), numbers, strict=True)]  # fmt: skip
    rows = daily("10.0.1.4", "10.0.2.8", 443, rule="removed-since", kind="User", direction=str(direction))
    rows += daily(
        "10.0.1.9", "10.0.2.8", 443, 1, decision="Denied", rule="first", kind="User", direction=str(direction)
    )
    existing, options = RuleSet("app-nsg", tuple(denies)), DraftOptions(special=special)
    made = let_in(made_of(tmp_path, rows, direction, existing=existing, options=options))
    written = {each.name: each.priority for each in made.rule_set.rules}
    said = [named for words in made.warnings for named in re.findall(r"\b(first|second) \((\d+)\)", words)]
    assert said
    assert {(name, int(number)) for name, number in said} <= set(written.items())
    assert {each.name: each.priority for each in denies}.items() - written.items(), "a deny had to move"
