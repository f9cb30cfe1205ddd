"""What the page can decide, the command line can: questions listed and answered, rules decided on, all of it signed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shlex
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nsgflow_core import COMMAND
from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.rule import Access, PortRange, Rule
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.roles import os_user
from nsgflow_core.rules.draft.traffic import Material, gather
from nsgflow_core.rules.review.decisions import Approval, Decisions, RuleDecision
from nsgflow_core.rules.review.kept import load_decisions, read_decisions, save_decisions
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.rules.drafting.editor import decision_of
from nsgflow_core.words.vocabulary import Direction
from tests.commands.conftest import Run
from tests.estates.daily import SUBNETS, daily
from tests.estates.flows import store_of

OF = ("--nsg", "app-nsg", "--direction", "Inbound")
SSH = "allow-10.0.1.4-to-10.0.2.8-tcp-22"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    rows = daily("10.0.1.4", "10.0.2.8", 22, days=4, rule="ssh-of-ops", kind="User")
    rows += daily("10.0.3.4", "10.0.2.8", 50_001, days=1, src_port=1433)
    store_of(tmp_path / "f.duckdb", rows, SUBNETS)
    return tmp_path / "f.duckdb"


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_question_is_listed_answered_and_asked_again(store: Path, run: Run) -> None:
    status, printed, said = run("rules", "questions", "--store", store, *OF)
    (question,) = table(printed)
    assert (status, question["kind"], question["state"]) == (0, "answer", "open (leave-out until answered)")
    assert "1 question to answer." in said
    answer = ("rules", "answer", question["id"][:6], "--store", store, *OF)
    status, printed, said = run(*answer, "--allow", "--note", "CHG-7", "--by", "Kim")
    (answered,) = table(printed)
    assert (status, answered["state"], answered["by"], answered["note"]) == (0, "allow", "Kim", "CHG-7")
    assert answered["at"].endswith("Z")
    drafted = run("rules", "draft", "--store", store, *OF, "--decisions", "kept")[1]
    (rule,) = [row for row in table(drafted) if row["ports"] == "50001"]
    assert rule["let_in"] == f"by Kim on {answered['at']}"
    assert "50001" not in run("rules", "draft", "--store", store, *OF)[1], "without the decisions it is left out"
    told = str(LocalStore(store).history()["about"].iloc[0])
    assert question["id"] in told
    assert "CHG-7" in told
    assert table(run(*answer, "--ask-again")[1])[0]["state"].startswith("open")
    assert load_decisions(LocalStore(store), Scope(nsg="app-nsg"), Direction.INBOUND).is_empty


def test_what_another_decides_while_a_command_gathers_its_draft_stays(
    store: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = Scope(nsg="app-nsg")

    def and_another_decides(*asked: Any, **options: Any) -> Material:
        theirs = Decisions((RuleDecision(SSH, Approval.REJECT, owner="Kim"),))
        save_decisions(LocalStore(store), scope, Direction.INBOUND, theirs)
        return gather(*asked, **options)

    question = table(run("rules", "questions", "--store", store, *OF)[1])[0]["id"]
    monkeypatch.setattr("nsgflow_core.commands.rules.decided.gather", and_another_decides)
    assert run("rules", "answer", question, "--store", store, *OF, "--allow")[0] == 0
    kept = load_decisions(LocalStore(store), scope, Direction.INBOUND)
    assert kept.on(SSH).owner == "Kim"
    assert [answer.question for answer in kept.answers] == [question]


@pytest.mark.parametrize(("word", "why"), [("zzzz", "no question"), ("a", "")])
def test_an_id_that_names_no_question_is_refused(word: str, why: str, store: Path, run: Run) -> None:
    status, printed, said = run("rules", "answer", word, "--allow", "--store", store, *OF)
    assert (status, printed) == (2, "")
    assert why in said
    assert "'rules questions' lists their ids" in said


def test_a_rule_gets_an_owner_a_ticket_and_an_end(store: Path, run: Run) -> None:
    decide = ("rules", "decide", "--store", store, *OF)
    about = ("--owner", "Net team", "--ticket", "CHG-1", "--expires", "2027-03-31", "--note", "agreed")
    status, printed, _ = run(*decide, SSH, "--accept", *about)
    row = next(row for row in table(printed) if row["rule"] == SSH)
    kept = ("accept", "Net team", "CHG-1", "2027-03-31", "agreed", os_user().person.name)
    assert (status, *(row[name] for name in ("decision", "owner", "ticket", "expires", "note", "by"))) == (0, *kept)
    run(*decide, SSH, "--ports", "2222", "--rename", "ssh-in")
    of = (Scope(nsg="app-nsg"), Direction.INBOUND)
    held = load_decisions(LocalStore(store), *of)
    over = held.with_rules(replace(held.on(SSH), expires=date(2020, 1, 31)))
    save_decisions(LocalStore(store), *of, over)
    printed, said = run("rules", "draft", "--store", store, *OF, "--decisions", "kept")[1:]
    assert "ssh-in was to end on 2020-01-31 (Net team)" in said
    (row,) = [row for row in table(printed) if row["name"] == "ssh-in"]
    assert row["ports"] == "22, 2222"
    owned = ("accept", "Net team", "CHG-1", "2020-01-31", os_user().person.name)
    assert tuple(row[name] for name in ("decision", "owner", "ticket", "expires", "decided_by")) == owned
    document = json.loads(run("rules", "draft", "--store", store, *OF, "--decisions", "kept", "--format", "json")[1])
    assert [(each["rule"], each["owner"]) for each in document["draft"]["decided"]] == [("ssh-in", "Net team")]
    assert {row["decision"] for row in table(run(*decide, "--all-open", "--accept")[1])} == {"accept"}
    assert {row["decision"] for row in table(run(*decide, "--forget-all")[1])} == {"open"}
    assert {row["owner"] for row in table(run(*decide)[1])} == {""}, "without a change it lists"


@pytest.mark.parametrize(
    "words",
    [
        ("none-such", "--accept"),
        (SSH, "--expires", "31.3.2027"),
        (SSH, "--expires", "2020-01-31"),
        (SSH, "--rename", "a b"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_nothing_is_kept(words: tuple[str, ...], store: Path, run: Run) -> None:
    status, printed, said = run("rules", "decide", "--store", store, *OF, *words)
    assert (status, printed) == (2, "")
    assert "Traceback" not in said
    assert load_decisions(LocalStore(store), Scope(nsg="app-nsg"), Direction.INBOUND).is_empty


def test_the_page_refuses_a_last_day_that_is_over_as_well() -> None:
    rule = Rule(SSH, 200, Direction.INBOUND, Access.ALLOW, "Tcp", ("10.0.1.4",), ("10.0.2.8",), (PortRange(22, 22),))
    with pytest.raises(BadFilter, match="2020-01-31 is over"):
        decision_of(rule, RuleDecision(SSH), {"expires": "2020-01-31"})


def test_decisions_can_be_made_in_a_file_that_is_not_there_yet(store: Path, tmp_path: Path, run: Run) -> None:
    file = tmp_path / "made.json"
    status, _, _ = run("rules", "decide", "--store", store, *OF, "--decisions", file, SSH, "--reject")
    assert status == 0
    assert [made.rule for made in read_decisions(file.read_bytes()).rules] == [SSH]
    assert load_decisions(LocalStore(store), Scope(nsg="app-nsg"), Direction.INBOUND).is_empty
    nowhere = tmp_path / "no" / "folder.json"
    assert run("rules", "decide", "--store", store, *OF, "--decisions", nowhere, SSH, "--accept")[0] == 2
    assert run("rules", "questions", "--store", store, *OF, "--decisions", nowhere)[0] == 2


def test_the_dossier_is_written_as_both_files_that_belong_together(store: Path, tmp_path: Path, run: Run) -> None:
    html, document = tmp_path / "d.html", tmp_path / "d.json"
    words = ("rules", "dossier", "--store", store, *OF)
    run("rules", "decide", SSH, "--accept", "--owner", "<b>Net</b>", "--store", store, *OF)
    status, printed, said = run(*words, "-o", html, "-o", document)
    assert (status, printed.splitlines()) == (0, [str(html), str(document)])
    assert "1 question nobody answered." in said
    assert hashlib.sha256(document.read_bytes()).hexdigest() in html.read_text(encoding="utf-8")
    assert "&lt;b&gt;Net" in html.read_text(encoding="utf-8")
    made = {chapter["key"]: chapter for chapter in json.loads(document.read_bytes())["chapters"]}
    begun = f"{COMMAND} rules dossier "
    assert made["made"]["code"].startswith(begun)
    again = shlex.split(made["made"]["code"].removeprefix(begun))
    assert run("rules", "dossier", *again[:-1], tmp_path / "again.html")[0] == 0
    assert run(*words, "-o", tmp_path / "d.pdf")[0] == 2
    assert run(*words, "-o", tmp_path / "no" / "d.html")[0] == 2
