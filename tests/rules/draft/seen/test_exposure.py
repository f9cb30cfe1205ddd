"""Traffic that a draft asks about: what stays out until somebody answers, and what is drafted and waits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nsgflow_core.inventory.rule import Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.draft.asking import reasons
from nsgflow_core.rules.draft.asking.answering import answered
from nsgflow_core.rules.draft.asking.answers import Choice
from nsgflow_core.rules.draft.asking.kinds import WHOLE_INTERNET
from nsgflow_core.rules.draft.dial import RUNGS
from nsgflow_core.rules.draft.draft import Draft, compose
from nsgflow_core.rules.draft.seen.evidence import UNANSWERED
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.rules.review.decisions import answer_to
from tests.estates.daily import Rows, daily
from tests.rules.draft.drafts import IN, OUT, drafted, made_of, material_of

USER: dict[str, Any] = {"rule": "x", "kind": "User"}
BASE = daily("10.0.1.4", "10.0.2.8", 443)
"""A week of an ordinary service, so that the window has days."""


def apart(made: Draft) -> dict[tuple[str, int], str]:
    flows = made.set_apart
    keys = zip(flows["src_ip"], flows["port"], strict=True)
    return dict(zip(keys, flows["reason"], strict=True))


def asked(made: Draft) -> dict[str, Choice]:
    return {each.kind: each.holds for each in made.questions}


def ports_of(made: Draft) -> set[int]:
    return {
        port
        for rule in drafted(made)
        for ports in rule.destination_ports
        for port in range(ports.first, ports.last + 1)
    }


def many(row: Rows, times: int) -> Rows:
    return [each for each in row for _ in range(times)]


@pytest.fixture(scope="module")
def case_14(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Three flows each, on one day, from one public address, by a rule that the NSG does not have."""
    rows = [
        r for port in (3389, 22, 5985, 1433, 9999) for r in many(daily("203.0.113.9", "10.0.2.8", port, 1, **USER), 3)
    ]
    return material_of(tmp_path_factory.mktemp("case"), rows)


@pytest.mark.parametrize("exactness", [rung.exactness for rung in RUNGS])
def test_no_flow_of_the_shared_case_becomes_a_rule(case_14: Material, exactness: float) -> None:
    made = compose(case_14, exactness)
    assert not drafted(made)
    assert {port: reason for (_, port), reason in apart(made).items()} == {
        **dict.fromkeys((3389, 22, 5985, 1433), reasons.EXPOSED.words),
        9999: reasons.RARE_STRANGER.words,
    }


def test_a_stranger_on_a_guarded_port_is_asked_about_however_often_it_came(tmp_path: Path) -> None:
    rows = BASE + many(daily("203.0.113.9", "10.0.2.8", 22, **USER), 5) + daily("2001:db8::9", "fd00::9", 5432)
    made = made_of(tmp_path, rows)
    assert apart(made) == dict.fromkeys((("203.0.113.9", 22), ("2001:db8::9", 5432)), reasons.EXPOSED.words)
    assert ports_of(made) == {443}


@pytest.mark.parametrize(
    ("strangers", "days", "times", "is_asked"),
    [(1, 1, 3, True), (1, 1, 9, True), (3, 1, 9, False), (1, 2, 1, True), (1, 2, 9, False), (40, 8, 1, False)],
)
def test_a_rare_stranger_is_asked_about_and_a_public_service_is_not(
    tmp_path: Path, strangers: int, days: int, times: int, is_asked: bool
) -> None:
    rows = BASE + [
        r for n in range(strangers) for r in many(daily(f"203.0.113.{n + 1}", "10.0.2.8", 8443, days), times)
    ]
    made = made_of(tmp_path, rows)
    assert set(apart(made).values()) == ({reasons.RARE_STRANGER.words} if is_asked else set())
    assert (8443 in ports_of(made)) is not is_asked


def test_a_rule_that_names_who_may_come_was_meant(tmp_path: Path) -> None:
    rows = BASE + daily("203.0.113.9", "10.0.2.8", 8443, 1, rule="partner", kind="User")

    def existing(*sources: str) -> RuleSet:
        rule = Rule("Partner", 200, IN, Access.ALLOW, "Tcp", sources, ("*",), (PortRange(8443, 8443),))
        return RuleSet("app-nsg", (rule,))

    for number, (sources, is_asked) in enumerate(
        [(("203.0.113.0/24",), False), (("*",), True), (("0.0.0.0/1", "128.0.0.0/1"), True)]
    ):
        (tmp_path / str(number)).mkdir()
        made = made_of(tmp_path / str(number), rows, existing=existing(*sources))
        assert bool(apart(made)) is is_asked, sources


def test_a_quiet_job_inside_stays_a_rule_that_is_marked(tmp_path: Path) -> None:
    made = made_of(tmp_path, BASE + daily("10.0.3.4", "10.0.2.8", 1433, 1) + daily("10.0.3.4", "10.0.2.9", 7000, 1))
    assert not apart(made)
    assert ports_of(made) == {443, 1433, 7000}
    marked = {rule.name: rule for rule in drafted(made) if made.evidence[rule.name].review}
    assert {ports.first for rule in marked.values() for ports in rule.destination_ports} == {1433, 7000}
    assert asked(made) == {reasons.RARE.key: Choice.ALLOW}
    assert {question.rule for question in made.questions} == set(marked)


@pytest.mark.parametrize(("days", "by", "is_asked"), [(1, {}, True), (2, {}, False), (1, USER, False)])
def test_a_rare_shell_inside_that_nobody_meant_is_asked_about(
    tmp_path: Path, days: int, by: dict[str, Any], is_asked: bool
) -> None:
    made = made_of(tmp_path, BASE + daily("10.0.3.4", "10.0.2.8", 3389, days, **by))
    waiting = [rule for rule in drafted(made) if UNANSWERED in made.evidence[rule.name].review]
    assert [rule.name for rule in waiting] == ["allow-unanswered-10.0.3.4-to-10.0.2.8-tcp-3389"] * is_asked
    assert (reasons.RARE_MANAGEMENT.key in asked(made)) is is_asked


@pytest.fixture(scope="module")
def rare_shells(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Among hosts of which half do something else together, so that rungs below exact would widen the rule."""
    rows = BASE + [r for n in (4, 5) for r in daily(f"10.0.3.{n}", "10.0.2.8", 3389, 1)]
    return material_of(tmp_path_factory.mktemp("shells"), rows + daily("10.0.3.4", "10.0.2.8", 1433))


@pytest.mark.parametrize("exactness", [rung.exactness for rung in RUNGS])
@pytest.mark.parametrize("choice", [None, *Choice])
def test_a_rare_shell_inside_waits_in_an_exact_rule_and_a_no_takes_it_out(
    rare_shells: Material, exactness: float, choice: Choice | None
) -> None:
    (question,) = [each for each in rare_shells.asked if each.kind == reasons.RARE_MANAGEMENT.key]
    made = compose(answered(rare_shells, [answer_to(question, choice)] if choice else []), exactness)
    shells = [rule for rule in drafted(made) if any(ports.holds(3389) for ports in rule.destination_ports)]
    if choice is Choice.LEAVE_OUT:
        assert not shells
        assert set(apart(made).values()) == {reasons.RARE_MANAGEMENT.words}
        return
    (rule,) = shells
    assert not apart(made)
    if choice is Choice.ALLOW:
        assert "unanswered" not in rule.name
        assert made.evidence[rule.name].let_in
        return
    assert (rule.sources, rule.destinations) == (("10.0.3.4/31",), ("10.0.2.8",))
    assert rule.destination_ports == (PortRange(3389, 3389),)
    assert rule.description.startswith("nsgflow: UNANSWERED, is it meant? 2 flows on 1 day")
    assert any("waits for an answer" in warning and rule.name in warning for warning in made.warnings)
    assert {each.id for each in made.decisions_to_make if each.rule == rule.name} == {question.id}


def test_regular_strangers_that_only_an_open_rule_let_in_are_asked_about_and_drafted(tmp_path: Path) -> None:
    """Once: where it is asked whether the whole Internet may use the service, nothing else is asked of it."""
    open_rule = RuleSet("app-nsg", (Rule("any", 100, IN, Access.ALLOW, "Tcp", ("*",), ("*",), (PortRange(0, 65535),)),))
    few, many_clients = [daily(f"203.0.113.{n}", "10.0.2.8", 8443, rule="any", kind="User") for n in range(5)], []
    many_clients = [daily(f"198.51.100.{n}", "10.0.2.9", 443, rule="any", kind="User") for n in range(25)]
    rows = [r for each in (*few, *many_clients) for r in each]
    made = made_of(tmp_path, rows, existing=open_rule)
    assert not apart(made)
    assert ports_of(made) == {443, 8443}
    assert asked(made) == {WHOLE_INTERNET: Choice.ALLOW, reasons.UNNAMED_STRANGER.key: Choice.ALLOW}
    assert "TCP 8443 of 10.0.2.8 served 5 sources in the Internet" in made.questions[-1].words
    (tmp_path / "exact").mkdir()
    exact = made_of(tmp_path / "exact", rows, existing=open_rule, exactness=1.0)
    assert [each.kind for each in exact.questions] == [reasons.UNNAMED_STRANGER.key] * 2


@pytest.mark.parametrize(
    ("port", "rule", "is_asked"),
    [(1433, "AllowVnetInBound", True), (8080, "AllowVnetInBound", False), (1433, "named", False)],
)
def test_a_guarded_port_inside_that_no_rule_names_is_asked_about_and_drafted(
    tmp_path: Path, port: int, rule: str, is_asked: bool
) -> None:
    named = Rule("named", 100, IN, Access.ALLOW, "Tcp", ("10.0.3.0/24",), ("*",), (PortRange(1433, 1433),))
    rows = daily("10.0.3.4", "10.0.2.8", port, rule=rule, kind="User" if rule == "named" else "Default")
    made = made_of(tmp_path, rows, existing=RuleSet("app-nsg", (named,)))
    assert (reasons.UNNAMED_GUARDED.key in asked(made)) is is_asked
    assert ports_of(made) == {port}
    assert not apart(made)


def test_a_no_to_what_is_drafted_takes_all_of_it_out(tmp_path: Path) -> None:
    rows = BASE + daily("10.0.3.4", "10.0.2.8", 1433) + daily("10.0.1.4", "10.0.2.9", 1433)
    material = material_of(tmp_path, rows)
    (question,) = material.asked
    made = compose(answered(material, [answer_to(question, Choice.LEAVE_OUT)]))
    assert ports_of(made) == {443}
    assert set(made.set_apart["question"]) == {question.id}
    kept = compose(answered(material, [answer_to(question, Choice.ALLOW)]))
    assert kept.own_rules == compose(material).own_rules


def test_a_scan_that_nobody_meant_is_asked_about(tmp_path: Path) -> None:
    rows = BASE + [r for n in range(30) for r in daily("10.0.1.9", "10.0.2.8", 300 + 2 * n, 1)]
    made = made_of(tmp_path, rows)
    assert set(apart(made).values()) == {reasons.SCAN.words}
    assert ports_of(made) == {443}


@pytest.mark.parametrize(
    ("src_port", "port", "is_answer"),
    [
        (443, 1024, True),
        (1433, 2000, True),
        (443, 1023, False),
        (5060, 5060, False),
        (51_000, 2000, False),
        (700, 2049, False),
        (700, 2000, False),
    ],
)
def test_an_answer_to_a_low_port_becomes_no_rule(tmp_path: Path, src_port: int, port: int, is_answer: bool) -> None:
    """From a service's own port to one of 1024 up that no service listens on: SNAT hands those out."""
    made = made_of(tmp_path, BASE + daily("10.0.3.4", "10.0.2.8", port, src_port=src_port))
    assert set(apart(made).values()) == ({reasons.REPLY.words} if is_answer else set())


@pytest.mark.parametrize(("of_service", "of_client", "is_answer"), [(1, 1, True), (2, 3, False)])
def test_an_answer_is_what_came_from_a_services_port_at_least_half_the_time(
    tmp_path: Path, of_service: int, of_client: int, is_answer: bool
) -> None:
    rows = many(daily("10.0.3.4", "10.0.2.8", 2000, src_port=443), of_service)
    rows += many(daily("10.0.3.4", "10.0.2.8", 2000, src_port=51_000), of_client)
    made = made_of(tmp_path, BASE + rows)
    assert set(apart(made).values()) == ({reasons.REPLY.words} if is_answer else set())


def test_an_unusual_service_port_answers_where_it_was_met_the_other_way(tmp_path: Path) -> None:
    answer = daily("10.0.3.4", "10.0.2.8", 2000, src_port=700)
    asked = daily("10.0.2.8", "10.0.3.4", 700, direction="Outbound")
    made = made_of(tmp_path, BASE + answer + asked)
    assert set(apart(made).values()) == {reasons.REPLY.words}


def test_strangers_are_those_who_come_in(tmp_path: Path) -> None:
    rows = daily("10.0.2.8", "203.0.113.9", 22, direction="Outbound", rule="AllowInternetOutBound")
    made = made_of(tmp_path, rows, OUT)
    assert not apart(made)
    assert ports_of(made) == {22}


@pytest.mark.parametrize(("port", "is_scan"), [(443, False), (22, True)])
def test_a_client_of_many_public_servers_is_no_scan_unless_their_port_is_guarded(
    tmp_path: Path, port: int, is_scan: bool
) -> None:
    rule = "AllowInternetOutBound"
    rows = [r for n in range(30) for r in daily("10.0.2.8", f"52.0.{n}.9", port, 2, direction="Outbound", rule=rule)]
    made = made_of(tmp_path, rows + daily("10.0.2.8", "52.1.0.9", 80, direction="Outbound", rule=rule), OUT)
    assert set(apart(made).values()) == ({reasons.SCAN.words} if is_scan else set())


def test_a_scan_of_the_ports_of_public_addresses_is_one(tmp_path: Path) -> None:
    rows = [r for n in range(30) for r in daily("10.0.2.8", "52.0.0.9", 300 + n, 2, direction="Outbound")]
    assert set(apart(made_of(tmp_path, rows, OUT)).values()) == {reasons.SCAN.words}
