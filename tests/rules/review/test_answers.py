"""Questions of a draft that people answer: what each answer does, from one draft to the next, and who gave it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import Access, PortRange, Rule, RuleSet
from nsgflow_core.rules.draft.asking.answers import Answer, Choice, Signature
from nsgflow_core.rules.draft.asking.question import DraftQuestion
from nsgflow_core.rules.draft.dial import RUNGS, Rung
from nsgflow_core.rules.draft.draft import Scope
from nsgflow_core.rules.draft.traffic import Material, gather
from nsgflow_core.rules.review.applying import Decided, as_decided
from nsgflow_core.rules.review.decisions import Approval, Decisions, RuleDecision, answer_to, changed_words, signed
from nsgflow_core.rules.review.kept import load_decisions, read_decisions, save_decisions, write_decisions
from nsgflow_core.rules.review.tables import draft_json, question_record, questions_frame
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.prefixes import is_prefix, parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import SUBNETS, Rows, daily
from tests.estates.flows import store_of

IN, OUT = Direction.INBOUND, Direction.OUTBOUND
WEB = "allow-10.0.1.4-to-10.0.2.8-tcp-443"
AT = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
TODAY = AT.date()
SET_APART = daily("10.0.3.4", "10.0.2.8", 50_001, days=1, src_port=1433) + [
    r for n in range(12) for r in daily(f"10.0.1.{4 + n}", "10.0.2.9", 50_100 + n, days=1)
]
"""An answer logged as a flow, and twelve ports of a dynamic range."""
PUBLIC = [r for n in range(25) for r in daily(f"52.0.0.{n * 2}", "10.0.2.8", 443)]


def material_of(folder: Path, rows: Rows, direction: Direction = IN) -> Material:
    store = store_of(folder / "flows.duckdb", rows, SUBNETS)
    return gather(store, FlowFilter(), Scope(nsg="app-nsg"), direction)


@pytest.fixture(scope="module")
def inbound(tmp_path_factory: pytest.TempPathFactory) -> Material:
    rows = daily("10.0.1.4", "10.0.2.8", 443) + SET_APART + PUBLIC
    return material_of(tmp_path_factory.mktemp("in"), rows)


@pytest.fixture(scope="module")
def outbound(tmp_path_factory: pytest.TempPathFactory) -> Material:
    rows = daily("10.0.2.8", "52.1.2.3", 443, direction="Outbound")
    return material_of(tmp_path_factory.mktemp("out"), rows, OUT)


def decided(material: Material, *decisions: Answer | RuleDecision, exactness: float = 0.75) -> Decided:
    answers = [made for made in decisions if isinstance(made, Answer)]
    rules = [made for made in decisions if isinstance(made, RuleDecision)]
    return as_decided(material, exactness, Decisions().with_answers(*answers).with_rules(*rules), TODAY)


def asked(material: Material, kind: str) -> DraftQuestion:
    return next(question for question in decided(material).draft.questions if question.kind == kind)


def ann(question: DraftQuestion, choice: Choice, note: str = "") -> Answer:
    return signed(answer_to(question, choice, note), "Ann", AT)


def test_every_question_says_who_is_concerned_and_what_each_answer_does(inbound: Material) -> None:
    found = {question.kind: question for question in decided(inbound).draft.questions}
    assert set(found) == {"internet", "dynamic-range", "answer"}
    for question in found.values():
        assert all((question.words, question.yes, question.no, question.addresses, question.flows)), question
        assert question.answer is None
    dynamic = found["dynamic-range"]
    assert "10.0.2.9 was met on 12 TCP ports between 50100 and 50111 by 12 sources:" in dynamic.words
    assert (len(dynamic.addresses), dynamic.total, dynamic.flows) == (10, 12, 12)


def test_a_question_is_the_same_one_from_one_draft_to_the_next(inbound: Material, tmp_path: Path) -> None:
    more = material_of(tmp_path, SET_APART[::-1] + daily("10.0.1.40", "10.0.2.9", 50_103, days=1) + PUBLIC)
    for kind in ("internet", "dynamic-range", "answer"):
        assert asked(more, kind).id == asked(inbound, kind).id
    assert len({question.id for question in decided(inbound).draft.questions}) == 3


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.name)
def test_what_is_let_in_becomes_rules_of_its_own_that_say_who_decided(inbound: Material, rung: Rung) -> None:
    question = asked(inbound, "dynamic-range")
    made = decided(inbound, ann(question, Choice.ALLOW), exactness=rung.exactness).draft
    let_in = [found for found in made.evidence.values() if found.let_in]
    assert {answer.signature.by for found in let_in for answer in found.let_in} == {"Ann"}
    assert sum(found.flows for found in let_in) == 12
    assert all("let in by Ann on 2026-11-26T10:00:00Z" in found.sentence for found in let_in)
    assert "10.0.2.9" not in set(made.set_apart["dst_ip"])
    assert question.id not in {each.id for each in made.decisions_to_make}


@pytest.mark.parametrize("answer", [None, Choice.LEAVE_OUT])
def test_unanswered_is_left_out(inbound: Material, answer: Choice | None) -> None:
    question = asked(inbound, "dynamic-range")
    made = decided(inbound, *([ann(question, answer)] if answer else [])).draft
    assert not any(found.let_in for found in made.evidence.values())
    assert set(made.set_apart["question"]) == {question.id, asked(inbound, "answer").id}
    assert made.rule_set == decided(inbound).draft.rule_set
    assert (question.id in {each.id for each in made.decisions_to_make}) == (answer is None)


def test_public_addresses_are_listed_where_a_person_wants_it_and_it_can_be_taken_back(inbound: Material) -> None:
    question = asked(inbound, "internet")
    assert question.rule.startswith("allow-internet-to-10.0.2.8")
    listed = decided(inbound, ann(question, Choice.LEAVE_OUT)).draft
    assert not any("Internet" in rule.sources for rule in listed.own_rules)
    assert any(len(rule.sources) >= 25 for rule in listed.own_rules)
    (again,) = [each for each in listed.questions if each.kind == "internet"]
    assert again.id == question.id
    assert again.answer is not None
    kept = decided(inbound, ann(question, Choice.ALLOW)).draft
    assert kept.rule_set == decided(inbound).draft.rule_set
    assert not kept.decisions_to_make or "internet" not in {each.kind for each in kept.decisions_to_make}


def test_the_way_out_is_closed_by_an_answer(outbound: Material) -> None:
    question = asked(outbound, "close-internet")
    assert question.words.endswith("1 service to 1 public address was seen. Leave it open for all others?")
    closed = decided(outbound, ann(question, Choice.LEAVE_OUT)).draft
    assert any(rule.name == "deny-internet-outbound-tcp" for rule in closed.own_rules)
    assert [each.answer is not None for each in closed.questions] == [True]
    opened = decided(outbound, ann(question, Choice.ALLOW)).draft
    assert not any(rule.name == "deny-internet-outbound-tcp" for rule in opened.own_rules)


def test_questions_of_rejected_rules_are_asked_no_more_and_those_of_renamed_ones_follow(inbound: Material) -> None:
    question = asked(inbound, "internet")
    rejected = decided(inbound, RuleDecision(question.rule, Approval.REJECT)).draft
    assert question.id not in {each.id for each in rejected.questions}
    renamed = decided(inbound, RuleDecision(question.rule, name="web-from-anywhere")).draft
    assert next(each for each in renamed.questions if each.id == question.id).rule == "web-from-anywhere"


def test_answers_to_what_is_not_asked_wait_and_change_nothing(inbound: Material) -> None:
    made = decided(inbound, Answer("0" * 12, Choice.ALLOW, about="once"))
    assert [answer.about for answer in made.unasked] == ["once"]
    assert made.draft.rule_set == decided(inbound).draft.rule_set


DECISIONS = Decisions(
    (
        RuleDecision("a", Approval.ACCEPT, "n", "why\nso", ("10.0.0.0/8",), ("*",), ("80",), "Net", "CHG-1",
                     date(2027, 3, 31), Signature("Ann", AT)),
        RuleDecision("b", Approval.REJECT),
    ),
    (Answer("abcdefabcdef", Choice.ALLOW, "näher", "about?", Signature("Bo", AT)), Answer("f" * 12, Choice.LEAVE_OUT)),
)  # fmt: skip


def test_decisions_and_answers_go_round_through_a_file_and_the_store(tmp_path: Path) -> None:
    assert read_decisions(write_decisions(DECISIONS)) == DECISIONS
    store, scope = LocalStore(tmp_path / "f.duckdb"), Scope(nsg="app-nsg")
    save_decisions(store, scope, IN, DECISIONS)
    assert load_decisions(store, scope, IN) == DECISIONS
    told = str(store.history()["about"].iloc[0])
    for words in ("a accept (named n; owner Net; ticket CHG-1; until 2027-03-31;", "b reject", "about about?"):
        assert words in told


def test_files_of_earlier_versions_are_read() -> None:
    old = '[{"rule": "a", "verdict": "accept", "name": "", "note": "n", "sources": ["10.0.0.0/8"]}]'
    (made,) = read_decisions(old).rules
    assert made == RuleDecision("a", Approval.ACCEPT, note="n", sources=("10.0.0.0/8",))


@pytest.mark.parametrize(
    "text",
    [
        '{"decisions": [{"rule": "a", "expires": "31.3.2027"}]}',
        '{"decisions": [{"rule": "a", "at": "soon"}]}',
        '{"answers": [{"question": "a", "choice": "perhaps"}]}',
        '{"answers": [{"choice": "allow"}]}',
        '{"answers": 3}',
    ],
)
def test_damaged_answers_and_days_are_refused(text: str) -> None:
    with pytest.raises(BadRuleSet):
        read_decisions(text)


def test_a_day_that_is_over_is_warned_of(inbound: Material) -> None:
    def warned(expires: date, approval: Approval = Approval.ACCEPT) -> bool:
        made = decided(inbound, RuleDecision(WEB, approval, owner="Net", expires=expires)).draft
        return any(f"{WEB} was to end on {expires:%Y-%m-%d} (Net)" in warning for warning in made.warnings)

    assert warned(date(2026, 11, 25))
    assert not warned(TODAY)
    assert not warned(date(2026, 11, 25), Approval.REJECT)


def test_what_changed_is_told_without_what_did_not(inbound: Material) -> None:
    later = DECISIONS.with_rules(RuleDecision("b", signature=Signature("Bo", AT))).without_answers(["f" * 12])
    assert changed_words(DECISIONS, later) == "b forgotten, question ffffffffffff forgotten"
    resigned = DECISIONS.with_rules(signed(DECISIONS.rules[0], "Bo"))
    assert changed_words(DECISIONS, resigned) == "as before"
    questions = decided(inbound, ann(asked(inbound, "answer"), Choice.ALLOW, "CHG-2")).draft.questions
    states, (record,) = questions_frame(questions), [question_record(each) for each in questions if each.answer]
    assert [record[name] for name in ("answer", "by", "at", "note")] == [
        "allow",
        "Ann",
        "2026-11-26T10:00:00Z",
        "CHG-2",
    ]
    row = states[states["kind"] == "answer"].to_dict("records")[0]
    assert (row["state"], row["by"], row["at"], row["note"]) == ("allow", "Ann", "2026-11-26T10:00:00Z", "CHG-2")
    assert states[states["kind"] == "dynamic-range"]["state"].tolist() == ["open (leave-out until answered)"]


def moment(value: object) -> datetime:
    assert isinstance(value, datetime)
    return value


@pytest.fixture(scope="module")
def denied_since(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Dev was allowed for three days, and a deny that was added in front has stopped it since; web goes on."""
    folder = tmp_path_factory.mktemp("denied")
    rows = daily("10.0.4.4", "10.0.2.8", 443, days=3, rule="old", kind="User")
    later = [
        {**row, "time": moment(row["time"]) + timedelta(days=4)} for row in daily("10.0.4.4", "10.0.2.8", 443, days=3)
    ]
    rows += [{**row, "decision": "Denied", "rule": "no-dev", "rule_kind": "User"} for row in later]
    rows += daily("10.0.1.4", "10.0.2.8", 443, rule="old", kind="User")
    deny = Rule("no-dev", 400, IN, Access.DENY, "Tcp", ("10.0.4.0/24",), ("*",), (PortRange(0, 65535),))
    old = Rule("old", 500, IN, Access.ALLOW, "*", ("*",), ("*",), (PortRange(0, 65535),))
    store = store_of(folder / "flows.duckdb", rows, SUBNETS)
    existing = RuleSet("app-nsg", (deny, old)).with_defaults()
    return gather(store, FlowFilter(), Scope(nsg="app-nsg"), IN, existing=existing)


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.name)
@pytest.mark.parametrize("choice", [None, *Choice])
def test_a_deny_is_undone_by_an_answer_alone_for_its_flows_alone_and_never_silently(
    denied_since: Material, rung: Rung, choice: Choice | None
) -> None:
    (question,) = [each for each in decided(denied_since).draft.questions if each.deny]
    assert question.deny == "no-dev"
    made = decided(denied_since, *([ann(question, choice)] if choice else []), exactness=rung.exactness).draft
    opens = [
        rule
        for rule in made.rule_set.towards(IN)
        if rule.priority < next(each.priority for each in made.rule_set.rules if each.name == "no-dev")
        and any(parse_prefix(source).covers(parse_prefix("10.0.4.4")) for source in rule.sources if is_prefix(source))
    ]
    said = [warning for warning in made.warnings if warning.startswith("Undoes the deny no-dev for ")]
    if choice is not Choice.ALLOW:
        assert (opens, said) == ([], [])
        return
    assert [(rule.sources, rule.destinations) for rule in opens] == [(("10.0.4.4",), ("10.0.2.8",))]
    assert "decided by Ann on 2026-11-26T10:00:00Z" in said[0]
    assert made.evidence[opens[0].name].let_in[0].question == question.id


def test_json_has_what_was_answered_apart_from_what_is_to_decide_and_nothing_answered_waits(inbound: Material) -> None:
    """Mutants that took all answers for unasked, or told the open questions as answered, passed this room's tests."""
    internet = asked(inbound, "internet")
    made = decided(inbound, ann(internet, Choice.ALLOW))
    assert made.unasked == ()
    told = json.loads(draft_json(made.draft))["draft"]
    assert [each["id"] for each in told["answered"]] == [internet.id]
    assert sorted(each["kind"] for each in told["decisions_to_make"]) == ["answer", "dynamic-range"]
