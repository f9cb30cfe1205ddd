"""Every kind of question that a draft asks, with every answer, from `rules questions` to the replay of the export.

The table is `tests/rules/draft/asking/asked.py`; a kind without a row there fails the first test.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from nsgflow_core.inventory.things.rule_sets import write_rule_set
from nsgflow_core.rules.draft.asking.kinds import (
    CLOSE_INTERNET,
    JUMP_HOST,
    NEW_PORTS,
    QUESTION_KINDS,
    SERVICE_TAG,
    WHOLE_INTERNET,
)
from nsgflow_core.rules.draft.asking.reasons import RARE
from tests.commands.conftest import Run
from tests.estates.daily import SUBNETS
from tests.estates.flows import Key, store_of
from tests.rules.draft.asking.asked import ASKED, TAGS

LEAVES_ALL_ADMITTED = {WHOLE_INTERNET, SERVICE_TAG, CLOSE_INTERNET, JUMP_HOST}
"""Whatever is answered, what was seen passes; the answer is about what was not."""


@dataclass(frozen=True)
class Desk:
    """The commands about one kind's draft."""

    run: Run
    kind: str
    folder: Path

    @property
    def of(self) -> list[object]:
        """What every command about the draft is told."""
        asked = ASKED[self.kind]
        words = ["--store", self.folder / "f.duckdb", "--nsg", "app-nsg", "--direction", asked.direction]
        words += ["--rules", self.folder / "nsg.json"] if asked.existing else []
        return words + (["--service-tags", self.folder / "tags.json"] if asked.tags else [])

    def told(self, *words: object) -> tuple[str, str]:
        """What a command that must work prints, and its notes."""
        status, printed, said = self.run(*words, *self.of)
        assert status == 0, said
        return printed, said

    def questions(self) -> list[dict[str, str]]:
        """Those of this kind as they stand."""
        printed, _ = self.told("rules", "questions", "--format", "json")
        return [each for each in json.loads(printed) if each["kind"] == self.kind]

    def admitted(self) -> set[Key]:
        """What a replay of the draft's JSON lets pass."""
        draft = self.folder / "draft.json"
        draft.write_text(self.told("rules", "draft", "--review", "kept", "--format", "json")[0])
        tags = ["--service-tags", self.folder / "tags.json"] if ASKED[self.kind].tags else []
        words = ("rules", "replay", "--store", self.folder / "f.duckdb", "--rules", draft, *tags)
        status, printed, said = self.run(*words)
        assert status == 0, said
        rows = csv.DictReader(io.StringIO(printed))
        return {
            (row["source_ip"], row["destination_ip"], row["protocol"], int(row["port"]))
            for row in rows
            if row["outcome"] in ("still-allowed", "newly-allowed")
        }


@pytest.fixture(params=sorted(QUESTION_KINDS))
def desk(request: pytest.FixtureRequest, tmp_path: Path, run: Run) -> Desk:
    """The commands about a draft that asks a question of each kind."""
    asked = ASKED[request.param]
    store_of(tmp_path / "f.duckdb", asked.rows(), SUBNETS)
    if asked.existing:
        (tmp_path / "nsg.json").write_text(write_rule_set(asked.existing))
    if asked.tags:
        (tmp_path / "tags.json").write_text(json.dumps(TAGS))
    return Desk(run, request.param, tmp_path)


def test_every_kind_has_traffic_that_makes_a_draft_ask_it() -> None:
    assert set(ASKED) == QUESTION_KINDS


def test_each_answer_holds_is_signed_and_does_what_it_says(desk: Desk) -> None:
    asked = ASKED[desk.kind]
    (question,) = desk.questions()
    unanswered = desk.admitted()
    for choice, is_allowed in (("--allow", True), ("--leave-out", False)):
        desk.told("rules", "answer", question["id"], choice, "--by", "Kim", "--note", f"note {choice}")
        admitted = desk.admitted()
        assert set(asked.stays) <= admitted
        is_in = is_allowed or desk.kind in LEAVES_ALL_ADMITTED
        assert set(asked.about) & admitted == (set(asked.about) if is_in else set())
        story = json.loads((desk.folder / "draft.json").read_text())["draft"]
        (answered,) = [each for each in story["answered"] if each["kind"] == desk.kind]
        assert (answered["id"], answered["answer"]) == (question["id"], choice.removeprefix("--"))
        assert (answered["by"], answered["at"][-1], answered["note"]) == ("Kim", "Z", f"note {choice}")
        assert question["id"] not in {each["id"] for each in story["decisions_to_make"]}
    desk.told("rules", "answer", question["id"], "--ask-again")
    (again,) = desk.questions()
    assert again["state"] == question["state"]
    assert (again["by"], again["at"], again["note"]) == ("", "", "")
    assert desk.admitted() == unanswered


@pytest.mark.parametrize("desk", [RARE.key, CLOSE_INTERNET, NEW_PORTS], indirect=True)
def test_an_answer_whose_question_is_asked_no_more_is_told_by_each_command_and_taken_back(desk: Desk) -> None:
    (question,) = desk.questions()
    desk.told("rules", "answer", question["id"], "--allow", "--by", "Kim")
    later = ("--since", "2026-11-20")
    waits = "An answer waits for a question that this draft does not ask: allow, by Kim on "
    for command in ("draft", "questions"):
        said = desk.told("rules", command, "--review", "kept", *later)[1]
        assert waits in said, command
        assert question["id"] in said
    desk.told("rules", "answer", question["id"], "--ask-again", *later)
    assert waits not in desk.told("rules", "draft", "--review", "kept", *later)[1]
