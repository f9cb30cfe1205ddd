"""What a draft asks a store: few statements, since each costs some milliseconds however few flows there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.draft.traffic import gather
from nsgflow_core.stores.local.answering import Answering
from nsgflow_core.stores.local.sql.columns_sql import Statement
from nsgflow_core.words.vocabulary import Direction
from tests.estates import planted
from tests.estates.flows import store_of
from tests.rules.draft.drafts import IN, OUT

QUESTIONS, LOOKS = 8, 5
"""Of a draft: evidence, days and rules, denials here and at two places elsewhere, ports that hosts serve and use, and
sometimes what came from service ports; and looks for what numbers stand for."""


@pytest.mark.parametrize("direction", [IN, OUT])
def test_a_draft_asks_few_statements(tmp_path: Path, direction: Direction, monkeypatch: pytest.MonkeyPatch) -> None:
    estate = planted.plant(3)
    store = store_of(tmp_path / "flows.duckdb", planted.rows_of(estate), estate.subnets)
    asked: list[str] = []
    answer = Answering.table

    def counted(self: Answering, statement: Statement) -> object:
        asked.append(statement.text)
        return answer(self, statement)

    monkeypatch.setattr(Answering, "table", counted)
    material = gather(store, FlowFilter(), Scope(nsg=estate.nsg), direction)
    looks = [text for text in asked if "unnest($numbers)" in text]
    assert 2 <= len(looks) <= LOOKS
    assert len(asked) - len(looks) <= QUESTIONS
    assert sum("FROM addresses WHERE" in text for text in looks) >= len(looks) - 1
    assert len(material.flows) or direction is OUT


def test_frames_of_a_draft_carry_nothing_that_each_step_would_copy(tmp_path: Path) -> None:
    estate = planted.plant(3)
    store = store_of(tmp_path / "flows.duckdb", planted.rows_of(estate), estate.subnets)
    material = gather(store, FlowFilter(), Scope(nsg=estate.nsg), IN)
    assert material.rule_names
    assert material.flows.attrs == material.set_apart.attrs == {}
