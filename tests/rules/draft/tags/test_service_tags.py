"""Service tags in a draft: asked, written, and never where an address is in none or something closes one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import ANY_PORTS, Access, Rule, RuleSet
from nsgflow_core.rules.accepts.limits import Limits
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.asking.answers import Answer, Choice
from nsgflow_core.rules.draft.asking.question import DraftQuestion
from nsgflow_core.rules.draft.closed.proof import reopened
from nsgflow_core.rules.draft.dial import RUNGS
from nsgflow_core.rules.draft.draft import Draft, compose
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.tags.held import LEFT_OUT, TagsOfAddresses
from nsgflow_core.words.prefixes import FAMILIES, Family, parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import SUBNETS, Rows, daily
from tests.estates.flows import START, row
from tests.rules.draft.drafts import IN, OUT, drafted, made_of


def prefixes(*texts: str) -> tuple[Any, ...]:
    return tuple(map(parse_prefix, texts))


TAGS = {
    "AzureCloud": prefixes("20.0.0.0/8"),
    "AzureCloud.westeurope": prefixes("20.60.0.0/28"),
    "Storage": prefixes("20.60.0.0/16", "2603::/32"),
    "Storage.WestEurope": prefixes("20.60.0.0/24", "20.60.9.0/26", "2603:1020::/40"),
    "Sql": prefixes("20.70.0.0/24"),
}
ONE, OTHER, OUTSIDE = "20.60.0.4", "20.60.9.4", "52.1.2.3"
WHOLE = "Storage.WestEurope"


def outbound(*destinations: str, source: str = "10.0.2.4") -> Rows:
    return [each for ip in destinations for each in daily(source, ip, 443, direction="Outbound")]


def made(path: Path, rows: Rows, how: Any = "use", direction: Direction = OUT, **more: Any) -> Draft:
    space = AddressSpace.of(SUBNETS, service_tags=more.pop("tags", TAGS))
    options = DraftOptions(service_tags=how, **more.pop("options", {}))
    return made_of(path, rows, direction, options=options, space=space, **more)


def sides(found: Draft) -> list[tuple[str, ...]]:
    return sorted(rule.destinations for rule in drafted(found))


def asked(found: Draft) -> list[DraftQuestion]:
    return [each for each in found.questions if each.kind == "service-tag"]


def said(questions: Iterable[DraftQuestion], choice: Choice) -> tuple[Answer, ...]:
    return tuple(Answer(each.id, choice) for each in questions)


def denied(destination: str, source: str = "10.0.2.4", rule: str = "no-bad") -> dict[str, object]:
    key, moment = (source, destination, "TCP", 443), START + timedelta(days=7, hours=1)
    return row(key, moment, decision="Denied", rule=rule, kind="User", direction="Outbound")


def deny(priority: int, *destinations: str, name: str = "no-bad") -> Rule:
    return Rule(name, priority, OUT, Access.DENY, "*", ("*",), destinations, ANY_PORTS)


def test_a_tag_is_asked_about_and_the_rules_stay(tmp_path: Path) -> None:
    found = made(tmp_path, outbound(ONE, OTHER), "propose")
    (question,) = asked(found)
    assert question.words == (
        "TCP 443 from app: both public destinations lie in Storage.WestEurope (320 addresses). Write the tag instead?"
    )
    assert question.holds is Choice.LEAVE_OUT
    assert {address for address, _ in question.addresses} == {ONE, OTHER}
    assert sides(found) == [(ONE, OTHER)]


def test_the_answer_writes_it_and_takes_it_back_on_the_same_question(tmp_path: Path) -> None:
    rows = outbound(ONE, OTHER)
    (question,) = asked(made(tmp_path, rows, "propose"))
    for how in ("propose", "use"):
        for choice, side in ((Choice.ALLOW, (WHOLE,)), (Choice.LEAVE_OUT, (ONE, OTHER))):
            folder = tmp_path / f"{how}-{choice}"
            folder.mkdir()
            found = made(folder, rows, how, answers=said([question], choice))
            assert sides(found) == [side]
            (again,) = asked(found)
            assert (again.id, again.holds) == (question.id, choice)


def test_a_written_tag_is_counted_and_to_look_at(tmp_path: Path) -> None:
    found = made(tmp_path, outbound(ONE, OTHER))
    (rule,) = drafted(found)
    assert rule.destinations == (WHOLE,)
    assert rule.name == "allow-out-10.0.2.4-to-storage.westeurope-tcp-443"
    assert "the tag Storage.WestEurope opens 320 addresses, 2 were seen" in found.evidence[rule.name].review
    assert found.over_permission == 160
    assert not found.refused
    assert asked(found)[0].holds is Choice.ALLOW


@pytest.mark.parametrize(("exactness", "how"), [(1.0, "use"), (0.75, "never")])
def test_exact_and_never_write_no_tag_and_ask_nothing(tmp_path: Path, exactness: float, how: str) -> None:
    found = made(tmp_path, outbound(ONE, OTHER), how, exactness=exactness)
    assert all(WHOLE not in side for side in sides(found))
    assert not asked(found)


def test_on_every_other_point_of_the_dial_what_is_in_no_tag_keeps_its_address(tmp_path: Path) -> None:
    material = made(tmp_path, outbound(ONE, OTHER, OUTSIDE)).material
    for rung in RUNGS[1:]:
        found = compose(material, rung.exactness)
        assert sides(found) == [(OUTSIDE,), (WHOLE,)], rung.name
        assert "2 of the 3 public destinations lie in" in asked(found)[0].words


def test_two_tags_never_share_a_rule(tmp_path: Path) -> None:
    for rung in RUNGS[1:]:
        folder = tmp_path / str(rung.exactness)
        folder.mkdir()
        found = made(folder, outbound(ONE, "20.60.200.1", "20.70.0.1"), exactness=rung.exactness)
        assert sides(found) == [("Sql",), ("Storage",), (WHOLE,)], rung.name


def test_where_a_tag_stands_few_others_are_no_reason_for_the_internet(tmp_path: Path) -> None:
    many = [f"20.60.0.{host}" for host in range(30)]
    whole = made(tmp_path, outbound(*many, OUTSIDE), "propose")
    assert sides(whole) == [("Internet",)]
    folder = tmp_path / "answered"
    folder.mkdir()
    found = made(folder, outbound(*many, OUTSIDE), "propose", answers=said(asked(whole), Choice.ALLOW))
    assert sides(found) == [(OUTSIDE,), (WHOLE,)]


def test_a_tag_beside_the_internet_is_not_asked_about(tmp_path: Path) -> None:
    clients = [ONE, *(f"52.1.2.{host}" for host in range(20))]
    rows = [each for ip in clients for each in daily(ip, "10.0.2.4", 443, rule="web", kind="User")]
    for how in ("use", "propose"):
        folder = tmp_path / how
        folder.mkdir()
        found = made(folder, rows, how, direction=IN)
        assert [rule.sources for rule in drafted(found)] == [("Internet",)]
        assert not asked(found)
    folder = tmp_path / "listed"
    folder.mkdir()
    assert asked(made(folder, rows, direction=IN, options={"internet": "never"}))


def test_who_said_internet_is_not_asked_about_a_tag(tmp_path: Path) -> None:
    many = outbound(*(f"20.60.0.{host}" for host in range(30)))
    (whole,) = (each for each in made(tmp_path, many, "propose").questions if each.kind == "internet")
    ways: tuple[dict[str, Any], ...] = ({"answers": said([whole], Choice.ALLOW)}, {"options": {"internet": "always"}})
    for number, more in enumerate(ways):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert not asked(made(folder, many, "propose", **more))


def test_private_ends_get_a_rule_of_their_own_and_families_too(tmp_path: Path) -> None:
    rows = outbound(ONE, OTHER, "10.0.3.4") + daily("fd00::4", "2603:1020::5", 443, direction="Outbound")
    found = made(tmp_path, rows)
    assert sides(found) == [("10.0.3.4",), (WHOLE,), (WHOLE,)]
    assert len({name.casefold() for name in found.openings}) == 3
    assert not found.refused
    assert found.opened.v6.opened == 2**88


def test_inbound_sources_too(tmp_path: Path) -> None:
    rows = [each for ip in (ONE, OTHER) for each in daily(ip, "10.0.2.4", 443, rule="web", kind="User")]
    (rule,) = drafted(made(tmp_path, rows, direction=IN))
    assert (rule.sources, rule.destinations) == ((WHOLE,), ("10.0.2.4",))


def test_a_tag_never_opens_what_was_denied_last(tmp_path: Path) -> None:
    for how in ("use", "propose"):
        folder = tmp_path / how
        folder.mkdir()
        found = made(folder, [*outbound(ONE, OTHER), denied("20.60.0.77")], how)
        assert sides(found) == [(ONE, OTHER)]
        assert not asked(found)
        assert any("Storage.WestEurope does not stand for 2 addresses" in each for each in found.warnings) == (
            how == "use"
        )


def test_a_tag_stands_behind_the_deny_that_names_one_of_its_addresses(tmp_path: Path) -> None:
    existing = RuleSet("app-nsg", (deny(200, "20.60.0.77"),))
    found = made(tmp_path, [*outbound(ONE, OTHER), denied("20.60.0.77")], existing=existing)
    assert [rule.destinations for rule in found.rule_set.towards(OUT)][:2] == [("20.60.0.77",), (WHOLE,)]
    assert reopened(found.rule_set, OUT, found.material.closed, found.material.space).empty


@pytest.mark.parametrize(("named", "side"), [("20.60.0.0/25", (ONE,)), ("20.0.0.0/8", (ONE,)), ("0.0.0.0/0", (WHOLE,))])
def test_a_tag_stands_ahead_of_no_deny_that_names_some_of_it(tmp_path: Path, named: str, side: tuple[str, ...]) -> None:
    admitted = Rule("web", 100, OUT, Access.ALLOW, "Tcp", ("*",), (ONE,), ANY_PORTS)
    existing = RuleSet("app-nsg", (admitted, deny(200, named)))
    rows = daily("10.0.2.4", ONE, 443, direction="Outbound", rule="web", kind="User")
    assert sides(made(tmp_path, rows, existing=existing)) == [side]


def test_another_host_keeps_the_tag_where_one_was_denied(tmp_path: Path) -> None:
    rows = [*outbound(ONE, OTHER), *outbound(ONE, source="10.0.3.4"), denied("20.60.0.77")]
    found = made(tmp_path, rows)
    assert [(rule.sources, rule.destinations) for rule in drafted(found)] == [
        (("10.0.2.4",), (ONE, OTHER)),
        (("10.0.3.4",), (WHOLE,)),
    ]
    assert [each.words.partition(":")[0] for each in asked(found)] == ["TCP 443 from db"]


def test_a_limit_that_addresses_pass_a_tag_does_not(tmp_path: Path) -> None:
    rows = outbound(*(f"20.60.0.{2 * host}" for host in range(12)))
    options = {"limits": Limits(in_rule=10)}
    with pytest.raises(BadRuleSet, match="12 destinations in one rule"):
        made(tmp_path, rows, "propose", options=options)
    assert sides(made(tmp_path, rows, options=options)) == [(WHOLE,)]


def test_the_tag_of_a_region_stands_first_and_wide_ones_never() -> None:
    def written(*addresses: str, tags: Any = TAGS, family: Family = 4) -> dict[str, str]:
        found = TagsOfAddresses(tags, addresses)
        tag_of = found.to_write(Counter(found.held.values()), family)
        return {address: tag_of[places] for address, places in found.held.items()}

    assert written(ONE) == {ONE: WHOLE}
    assert written(ONE, "20.60.200.1", "20.70.0.1", "20.9.9.9") == {
        ONE: WHOLE, "20.60.200.1": "Storage", "20.70.0.1": "Sql",
    }  # fmt: skip
    assert written("2603:1020::5", family=6) == {"2603:1020::5": WHOLE}
    nested = {"Inner.West": prefixes("20.1.0.0/24"), "Outer.West": prefixes("20.1.0.0/16")}
    assert set(written("20.1.0.1", "20.1.0.2", tags=nested).values()) == {"Inner.West"}
    assert set(written("20.1.0.1", "20.1.9.2", tags=nested).values()) == {"Outer.West"}
    wide = dict.fromkeys([*LEFT_OUT, *(name.upper() for name in LEFT_OUT), "*", "10.0.0.0/8"], prefixes("20.0.0.0/8"))
    assert not any(TagsOfAddresses(wide, ["20.9.9.9"]).names[family] for family in FAMILIES)
