"""Who is asked about as a jump host, and what a yes opens: all of a label, and nothing past a deny that stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nsgflow_core.inventory.rule import ANY, Access, PortRange, Rule
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.evaluate import decide_all
from nsgflow_core.rules.draft.asking.answering import answered
from nsgflow_core.rules.draft.asking.answers import Answer, Choice
from nsgflow_core.rules.draft.asking.kinds import JUMP_HOST
from nsgflow_core.rules.draft.asking.question import DraftQuestion
from nsgflow_core.rules.draft.asking.reasons import RARE_MANAGEMENT, SCAN
from nsgflow_core.rules.draft.draft import Draft, compose
from tests.estates.daily import SUBNETS, Rows
from tests.estates.flows import Key
from tests.rules.draft.asking.asked import APP, IN, JUMP, OUT, SHELLS, denied, more_hosts, nsg, shells, tcp
from tests.rules.draft.drafts import made_of

UNSEEN = "10.0.2.77"
SPACE = AddressSpace.of(SUBNETS)
SHELL = (PortRange(22, 22),)


def asked_of(made: Draft) -> list[DraftQuestion]:
    return [question for question in made.questions if question.kind == JUMP_HOST]


def said(made: Draft, choice: Choice, exactness: float = 0.75) -> Draft:
    """The same draft after each question about a jump host was answered so."""
    return compose(answered(made.material, [Answer(each.id, choice) for each in asked_of(made)]), exactness)


def admits(made: Draft, source: str, port: int, destination: str = APP) -> bool:
    key: Key = tcp(source, port, destination)
    packet = pd.DataFrame([key], columns=["src_ip", "dst_ip", "protocol", "port"])
    verdict = decide_all(made.rule_set, packet.assign(direction=str(made.direction)), SPACE)
    return bool((verdict["access"] == "Allow").all())


def in_app(*destinations: str, port: int = 22, source: str = JUMP) -> Rows:
    """A shell a day on these hosts of app, and on others elsewhere."""
    return more_hosts() + shells((*destinations, *SHELLS[2:]), port, source)


def test_the_question_says_what_was_seen_and_nothing_is_opened_before_it_is_answered(tmp_path: Path) -> None:
    made = made_of(tmp_path, in_app(*SHELLS[:2]))
    (question,) = asked_of(made)
    assert question.words == (
        "Is 10.0.9.4 a jump host, that may open TCP 22 (SSH) on every host of app? It did on 2 of them, and on 4 hosts "
        "elsewhere: in 3 subnets, 6 of 6 on one day alone, on 6 days in all. An intruder who moves on looks the same."
    )
    assert (question.standing, question.flows) == (Choice.LEAVE_OUT, 2)
    assert question.addresses == ((SHELLS[0], 1), (SHELLS[1], 1))
    for draft in (made, said(made, Choice.LEAVE_OUT)):
        assert [admits(draft, JUMP, 22, each) for each in (*SHELLS[:2], UNSEEN)] == [True, True, False]


def test_a_yes_lets_that_host_alone_in_on_that_port_alone_to_that_label_alone(tmp_path: Path) -> None:
    made = said(made_of(tmp_path, in_app(*SHELLS[:2])), Choice.ALLOW)
    assert admits(made, JUMP, 22, UNSEEN)
    assert admits(made, JUMP, 22, SHELLS[0])
    assert not admits(made, "10.0.9.5", 22, UNSEEN)
    assert not admits(made, JUMP, 3389, UNSEEN)
    assert not admits(made, JUMP, 22, "10.0.3.9")
    (rule,) = [rule for rule in made.own_rules if rule.sources == (JUMP,)]
    assert (rule.destinations, rule.destination_ports) == (("10.0.2.0/24",), SHELL)
    assert [answer.choice for answer in made.evidence[rule.name].let_in] == [Choice.ALLOW]


def test_a_yes_settles_what_was_asked_of_the_same_flows(tmp_path: Path) -> None:
    made = made_of(tmp_path, in_app(SHELLS[0]))
    assert RARE_MANAGEMENT.key in {each.kind for each in made.decisions_to_make}
    assert RARE_MANAGEMENT.key not in {each.kind for each in said(made, Choice.ALLOW).questions}


def test_exact_points_of_the_dial_ask_nothing_and_keep_to_what_was_seen(tmp_path: Path) -> None:
    made = made_of(tmp_path, in_app(*SHELLS[:2]))
    assert asked_of(compose(made.material, 1.0)) == []
    exact = said(made, Choice.ALLOW, 1.0)
    assert [admits(exact, JUMP, 22, each) for each in (SHELLS[0], UNSEEN)] == [True, False]


def test_a_yes_opens_nothing_that_a_deny_which_stays_keeps_it_from(tmp_path: Path) -> None:
    deny = Rule("no-vault", 200, IN, Access.DENY, "Tcp", (ANY,), ("10.0.2.64/26",), SHELL)
    made = said(made_of(tmp_path, in_app(*SHELLS[:2]), existing=nsg(deny)), Choice.ALLOW)
    assert [admits(made, JUMP, 22, each) for each in (SHELLS[0], UNSEEN)] == [True, False]


def test_a_yes_reopens_nothing_that_was_denied_last(tmp_path: Path) -> None:
    rows = in_app(*SHELLS[:2]) + [each | {"dst_ip": UNSEEN} for each in denied(JUMP, 22, 6, "gone")]
    made = said(made_of(tmp_path, rows), Choice.ALLOW)
    assert [admits(made, JUMP, 22, each) for each in (SHELLS[0], UNSEEN)] == [True, False]


def test_an_intruder_who_tries_all_in_one_day_is_told_as_one_and_stays_out_of_what_nobody_saw(tmp_path: Path) -> None:
    rows = [each | {"time": shells(SHELLS)[0]["time"]} for each in shells(SHELLS, 3389)]
    refused = [
        each | {"dst_ip": f"10.0.1.{90 + n}"} for n in range(3) for each in denied(JUMP, 3389, 0, "no", "web-nsg")
    ]
    made = made_of(tmp_path, more_hosts() + rows + refused)
    (question,) = asked_of(made)
    assert "and this speaks for one: all of it was on one day; 3 hosts denied it." in question.words
    assert question.holds is Choice.LEAVE_OUT
    assert not admits(made, JUMP, 3389, UNSEEN)


def test_hosts_that_never_answered_speak_against_it_where_others_did(tmp_path: Path) -> None:
    rows = shells(SHELLS)
    rows[3] |= {"dst_to_src_packets": 0, "dst_to_src_bytes": 0}
    (question,) = asked_of(made_of(tmp_path, more_hosts() + rows))
    assert question.words.endswith("and this speaks for one: 1 host never answered.")


def test_a_scan_is_asked_about_as_a_scan_and_as_nothing_else(tmp_path: Path) -> None:
    made = made_of(tmp_path, in_app(*(f"10.0.2.{n}" for n in range(20, 60)), port=3389))
    assert asked_of(made) == []
    assert SCAN.key in {each.kind for each in made.questions}


@pytest.mark.parametrize(
    ("why", "rows"),
    [
        ("four hosts", lambda: shells(SHELLS[1:5])),
        ("two places", lambda: shells((*SHELLS[:4], "10.0.2.12", "10.0.3.9"))),
        ("every day", lambda: [row for day in range(3) for row in shells(SHELLS, day=day * 6)]),
        ("no shell", lambda: shells(SHELLS, 443)),
        ("a stranger", lambda: shells(SHELLS, source="52.9.9.9")),
    ],
)
def test_nothing_is_asked_of(why: str, rows: Any, tmp_path: Path) -> None:
    assert asked_of(made_of(tmp_path, more_hosts() + rows())) == [], why


def test_nothing_is_asked_of_two_days_which_tell_nothing_of_days(tmp_path: Path) -> None:
    rows = [each | {"time": each["time"].replace(day=1 + place % 2)} for place, each in enumerate(shells(SHELLS))]  # type: ignore[attr-defined]
    assert asked_of(made_of(tmp_path, [each | {"dst_port": 22} for each in rows])) == []


def test_on_the_way_out_each_label_that_it_met_is_asked_about(tmp_path: Path) -> None:
    rows = [each | {"direction": "Outbound", "nsg": "jump-nsg", "nsg_id": "jump-nsg"} for each in shells(SHELLS)]
    made = made_of(tmp_path, more_hosts() + rows, OUT, Scope(nsg="jump-nsg"))
    assert {each.labels[0] for each in asked_of(made)} == {f"Every host of {name}" for name in ("app", "db", "web")}
    assert admits(said(made, Choice.ALLOW), JUMP, 22, UNSEEN)


def test_where_the_draft_opens_the_label_anyway_nothing_is_asked(tmp_path: Path) -> None:
    most = tuple(f"10.0.2.{n}" for n in range(8, 14))
    rows = [each | {"rule": "named", "rule_kind": "User"} for each in shells((*most, *SHELLS[2:]))]
    named = nsg(Rule("named", 300, IN, Access.ALLOW, "Tcp", (JUMP,), (ANY,), SHELL))
    made = made_of(tmp_path, more_hosts() + rows, existing=named)
    assert admits(made, JUMP, 22, UNSEEN)
    assert asked_of(made) == []
