"""The dossier: everything a board asks for is in it, both files say the same, and no name in it is more than text."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest

from nsgflow_core import COMMAND
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.text.zones import read_zone
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import Access, PortRange, Rule, RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.dossier import as_html, as_json, base
from nsgflow_core.rules.dossier.base import MOST_ROWS, Chapter, Dossier, Table
from nsgflow_core.rules.dossier.case import Case, command_for
from nsgflow_core.rules.dossier.chapters import CHAPTERS, dossier
from nsgflow_core.rules.draft.asking.answers import Choice
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.traffic import gather
from nsgflow_core.rules.export import default_target
from nsgflow_core.rules.replay.of_scope import replay_scope
from nsgflow_core.rules.review.applying import as_decided
from nsgflow_core.rules.review.decisions import Approval, Decisions, RuleDecision, answer_to, signed
from nsgflow_core.rules.review.plan import plan_frame
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.visible import visible
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of

IN = Direction.INBOUND
AT = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
DAYS = 4
"""Few, since a dossier leaves out each of them once."""
SSH, WEB = "allow-10.0.1.4-to-10.0.2.8-tcp-22", "allow-10.0.3.4-to-10.0.2.8-tcp-443"
HOSTILE = (
    "</td><script>alert(1)</script><img src=//psn.example onerror=x>\" ' & \u202egnp.exe\0\u2028<a href='javascript:1'>"
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    rows = daily("10.0.1.4", "10.0.2.8", 22, days=DAYS) + daily("10.0.3.4", "10.0.2.8", 443, days=DAYS)
    rows += daily("10.0.9.9", "10.0.2.8", 23, days=DAYS, decision="Denied", rule="no-telnet", kind="User")
    rows += daily("10.0.3.4", "10.0.2.8", 50_001, days=1, src_port=1433)
    return store_of(tmp_path_factory.mktemp("d") / "f.duckdb", rows, SUBNETS)


def case_of(
    store: LocalStore, *decided_on: RuleDecision, allow: bool = False, note: str = "why", nics: tuple[str, ...] = ()
) -> Case:
    deny = Rule("no-telnet", 200, IN, Access.DENY, "Tcp", ("10.0.9.0/24",), ("*",), (PortRange(23, 23),))
    old = Rule("old", 300, IN, Access.ALLOW, "*", ("*",), ("*",), (PortRange(0, 65535),))
    existing = RuleSet("app-nsg", (deny, old), subnets=("/x/subnets/app",), network_interfaces=nics).with_defaults()
    material = gather(store, FlowFilter(), Scope(nsg="app-nsg"), IN, existing=existing)
    decisions = Decisions().with_rules(*(signed(made, "Ann", AT) for made in decided_on))
    if allow:
        made = (answer_to(question, Choice.ALLOW, note) for question in material.asked)
        decisions = decisions.with_answers(*(signed(answer, "Bo", AT) for answer in made))
    decided = as_decided(material, 0.75, decisions, AT.date())
    draft = decided.draft
    space = AddressSpace.of(store.subnets)
    outcomes = replay_scope(store, draft.rule_set, FlowFilter(), draft.scope, IN, space, existing)
    command = command_for(draft, 0.75, FlowFilter())
    return Case(store, FlowFilter(), decided, space, Inventory(), outcomes, default_target(draft), command, AT)


@pytest.fixture(scope="module")
def made(store: LocalStore) -> Dossier:
    accepted = RuleDecision(WEB, Approval.ACCEPT, note="agreed", owner="Net", ticket="CHG-1", expires=date(2027, 3, 31))
    return dossier(case_of(store, accepted, RuleDecision(SSH, Approval.REJECT), allow=True))


@pytest.fixture(scope="module")
def past_case(store: LocalStore) -> Case:
    """Accepted until a day that is over, and told in local time."""
    accepted = RuleDecision(WEB, Approval.ACCEPT, note="agreed", owner="Net", expires=date(2026, 1, 1))
    return replace(case_of(store, accepted), zone=read_zone("Europe/Amsterdam"))


@pytest.fixture(scope="module")
def past(past_case: Case) -> Dossier:
    return dossier(past_case)


def chapter(made: Dossier, key: str) -> Chapter:
    return next(each for each in made.chapters if each.key == key)


def rows(made: Dossier, key: str, title: str) -> list[dict[str, Any]]:
    table = next(each for each in chapter(made, key).tables if each.title.startswith(title))
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def test_it_holds_what_a_board_asks_for(made: Dossier) -> None:
    assert len({each.key for each in made.chapters}) == len(CHAPTERS)
    facts = dict(chapter(made, "scope").facts)
    assert (facts["NSG"], facts["Direction"], facts["Set on"], facts["Days with traffic"]) == (
        "app-nsg",
        "Inbound",
        "app",
        DAYS,
    )
    decision = next(row for row in rows(made, "review", "Every") if row["Rule"] == WEB)
    assert list(decision.values()) == [
        WEB,
        "accept",
        "Net",
        "CHG-1",
        "2027-03-31",
        "Ann",
        "2026-11-26T10:00:00Z",
        "agreed",
    ]
    (answer,) = rows(made, "questions", "Answered")
    assert (answer["Answer"], answer["By"], answer["At"], answer["Note"]) == (
        "Allow",
        "Bo",
        "2026-11-26T10:00:00Z",
        "why",
    )
    assert {row["Action"] for row in rows(made, "plan", "Against")} == {"add", "remove", "keep"}
    (cut,) = rows(made, "replay", "Newly denied")
    assert (cut["Port"], cut["Source"]) == ("22", "10.0.1.4")
    assert "undo()" in chapter(made, "undo").code
    assert chapter(made, "made").code.startswith(f"{COMMAND} rules dossier --nsg app-nsg --direction Inbound")


def test_days_left_out_and_reasons_are_rows(past: Dossier, made: Dossier) -> None:
    days = rows(made, "proof", "Each day left out in turn")
    assert [each["Would have been cut"] for each in days] == [1, 0, 0, 0], "what a person let in was seen on one day"
    (apart,) = rows(past, "warnings", "Traffic that became no rule")
    assert (apart["Kinds"], apart["Flows"]) == (1, 1)
    assert apart["Why"].startswith("an answer logged as a flow of its own")
    assert not chapter(made, "warnings").tables, "a person let it in"


def test_what_speaks_against_signing_stands_first(made: Dossier, store: LocalStore) -> None:
    assert any(
        f"Newly denied: was allowed, and would be cut: {DAYS} flows of 1 service." in point
        for point in made.open_points
    )
    assert any("rules nobody accepted or rejected" in point for point in made.open_points)
    text = as_html.write(made)
    assert text.index("to settle before signing") < text.index("What this is about")
    drafted = case_of(store).decided.drafted
    both = [*drafted.to_decide, *case_of(store, allow=True).decided.drafted.to_decide]
    every = [RuleDecision(rule.name, Approval.ACCEPT, owner="Net", ticket="CHG-1") for rule in both]
    settled = dossier(case_of(store, *every, allow=True))
    assert {each.key for each in settled.chapters if each.open_points} <= {"proof"}, settled.open_points
    quiet = replace(settled, chapters=tuple(replace(each, open_points=()) for each in settled.chapters))
    assert "Nothing speaks against signing" in as_html.write(quiet)
    assert json.loads(as_json.write(quiet))["ready_to_sign"] is True


def test_a_day_that_is_over_and_no_ticket_speak_against_signing(past: Dossier) -> None:
    assert f"{WEB} was to end before today." in past.open_points
    unowned = f"1 accepted rule without ticket: {WEB}. '{COMMAND} rules decide NAME --ticket TEXT' gives it, or"
    assert [point for point in past.open_points if " without " in point] == [f"{unowned} the table of Rules › Draft."]


def test_both_files_belong_together_and_say_the_same(made: Dossier) -> None:
    text, document = as_html.write(made), json.loads(as_json.write(made))
    assert hashlib.sha256(as_json.write(made).encode()).hexdigest() in text
    assert as_json.fingerprint(replace(made, made_at="2026-11-26T10:00:01Z")) not in text
    read = Reader()
    read.feed(text)
    for each in document["chapters"]:
        for words in (each["title"], *each["sentences"], *each["open_points"], each["code"], *map(str, each["facts"])):
            assert squeezed(words) in squeezed(read.text), words
        for table in each["tables"]:
            for cell in (cell for row in table["rows"] for cell in row.values() if isinstance(cell, str)):
                assert squeezed(cell) in squeezed(read.text), cell


def test_every_field_of_it_is_text_whatever_it_holds(made: Dossier) -> None:
    poisoned = everywhere(made, HOSTILE)
    text = as_html.write(poisoned)
    read, clean = Reader(), Reader()
    read.feed(text)
    clean.feed(as_html.write(everywhere(made, "harmless")))
    mine, those = ([tag for tag, _ in each.tags if tag != "wbr"] for each in (read, clean))
    assert mine == those, "names break at other places, and nothing else is another tag"
    assert {name for _, names in read.tags for name in names} == {name for _, names in clean.tags for name in names}
    assert all(link.startswith("#") for link in read.links)
    assert "\u202e" not in text
    assert "\0" not in text
    assert squeezed(visible(HOSTILE.replace("\u2028", " "))) in squeezed(read.text)
    assert json.loads(as_json.write(poisoned))["title"] == HOSTILE


def test_nothing_in_it_comes_from_elsewhere_or_runs(made: Dossier) -> None:
    text = as_html.write(made)
    for word in ("<script", "http:", "https:", "url(", "@import", "<link", "<iframe", "<img"):
        assert word not in text.replace(chapter(made, "undo").code, "")


def test_a_long_table_says_what_it_left_out(made: Dossier) -> None:
    long = Table.of_traffic("many", ("n",), [(number,) for number in range(MOST_ROWS + 3)])
    text = as_html.write(replace(made, chapters=(Chapter("a", "b", tables=(long,)),)))
    assert "3 further rows left out." in text


def test_what_is_signed_is_never_cut(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind the 500th rule a board signed rules, removals and decisions that stood in neither file."""
    monkeypatch.setattr(base, "MOST_ROWS", 1)
    case = case_of(store, RuleDecision(SSH, Approval.REJECT), allow=True)
    long = replace(case, outcomes=pd.concat([case.outcomes] * 3, ignore_index=True))
    told = dossier(long)
    assert {each.key for each in told.chapters for table in each.tables if table.left_out} == {"replay"}
    assert case.plan is not None
    assert len(rows(told, "rules", "Rules in order")) == len(case.draft.own_rules) > 1
    assert len(rows(told, "plan", "Against")) == len(plan_frame(case.plan)) > 1


def test_the_command_names_what_was_chosen(store: LocalStore) -> None:
    asked = FlowFilter.from_params({"since": "2026-11-01", "port": "!443", "log_kind": "VNet"})
    options = DraftOptions(internet="never", allow_icmp=True)
    draft = as_decided(gather(store, asked, Scope(subnet="app"), IN, options=options), 0.4, Decisions()).draft
    words = command_for(draft, 0.4, asked, ["--store", "my flows.duckdb"])
    assert "--subnet app" in words
    for each in ("--since 2026-11-01T00:00:00Z", "--port '!443'", "--internet never --allow-icmp", '"my flows.duckdb"'):
        assert each in words, words
    assert "VNet" in words


class Reader(HTMLParser):
    """The tags of a page with their attributes' names, its links, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def everywhere(node: Any, words: str) -> Any:
    """The same model with every text in it replaced."""
    if is_dataclass(node) and not isinstance(node, type):
        return replace(node, **{each.name: everywhere(getattr(node, each.name), words) for each in fields(node)})
    if isinstance(node, tuple):
        return tuple(everywhere(each, words) for each in node)
    return words if isinstance(node, str) and node else node


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_its_times_are_of_the_zone_that_it_names_and_the_command_makes_it_again(past_case: Case, past: Dossier) -> None:
    document = as_json.write(past)
    assert past.made_at == "2026-11-26T11:00:00+01:00"
    assert json.loads(document)["time_zone"] == "Europe/Amsterdam"
    assert "Made 2026-11-26T11:00:00+01:00 (Europe/Amsterdam)" in as_html.write(past)
    scripts = [replace(each, code="") for each in past.chapters]
    assert not re.findall(r"\d\d:\d\d:\d\dZ", as_json.write(replace(past, chapters=tuple(scripts))))
    assert "--time-zone=Europe/Amsterdam" in command_for(past_case.draft, 0.75, FlowFilter(), zone=past_case.zone)


def test_what_speaks_against_signing_is_said_once_in_its_chapter() -> None:
    """The worst day of all that were left out stood in one chapter twice, below the list that begins the dossier."""
    chapter = Chapter(
        "proof", "Proof", ("A day would be cut.", "No Sunday was seen."), open_points=("A day would be cut.",)
    )
    shown = as_html.write(Dossier("t", "", "UTC", "1", (chapter,))).partition("id='proof'")[2]
    assert [shown.count(said) for said in ("A day would be cut.", "No Sunday was seen.")] == [1, 1]


def test_a_board_reads_what_is_denied_already(store: LocalStore) -> None:
    """By what and since when, in the rows and beside what is still to be cut; in both files."""
    case = case_of(store, RuleDecision(SSH, Approval.REJECT))
    cut = case.outcomes["outcome"] == "newly-denied"
    assert cut.any()
    assert (case.outcomes.loc[cut, "today"] == "").all()
    today = "denied by no-ssh since 2026-11-25 12:00 UTC"
    changed = replace(case, outcomes=case.outcomes.assign(today=case.outcomes["today"].mask(cut, today)))
    told = dossier(changed)
    assert {row["Today"] for row in rows(told, "replay", "Newly denied")} == {today}
    point = next(each for each in told.open_points if each.startswith("Newly denied"))
    assert ", and is so already: " in point
    assert f"today: {today}." in point
    assert "already" not in "".join(each for each in dossier(case).open_points if each.startswith("Newly denied"))
    assert all(today in text for text in (as_html.write(told), as_json.write(told)))
