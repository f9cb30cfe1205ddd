"""A draft of a few rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.draft.asking.answering import answered
from nsgflow_core.rules.draft.asking.answers import Answer, Choice
from nsgflow_core.rules.draft.draft import Draft, Scope, compose, draft
from nsgflow_core.rules.draft.traffic import Material, gather
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import SUBNETS, Rows
from tests.estates.flows import store_of

IN, OUT = Direction.INBOUND, Direction.OUTBOUND


def made_of(path: Path, rows: Rows, direction: Direction = IN, scope: Scope | None = None, **more: Any) -> Draft:
    store = store_of(path / "flows.duckdb", rows, SUBNETS)
    return draft(store, FlowFilter(), scope or Scope(nsg="app-nsg"), direction, **more)


def material_of(path: Path, rows: Rows) -> Material:
    """What drafts of these rows at any exactness are made from, for tests that make several."""
    return gather(store_of(path / "flows.duckdb", rows, SUBNETS), FlowFilter(), Scope(nsg="app-nsg"), IN)


def drafted(made: Draft) -> list[Rule]:
    return [rule for rule in made.own_rules if rule.name in made.openings]


def let_in(made: Draft) -> Draft:
    """The same draft, with a yes to all that it asks of a deny."""
    yes = [Answer(question.id, Choice.ALLOW) for question in made.questions if question.deny]
    return compose(answered(made.material, yes))
