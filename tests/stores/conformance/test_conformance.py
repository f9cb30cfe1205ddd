"""Every question that a page or a command asks gets the same rows from every engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pandas as pd
import pytest

from nsgflow_core.analysis.question import Composed, Question, asking
from nsgflow_core.ask.compared import ComparedQuery
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import UnsupportedDimension
from nsgflow_core.stores.base import FlowStore, Query
from tests.conftest import ROOT
from tests.stores.conformance.engines import ADDED_UP, ENGINES, Engine, Estate, differences, sample_estate
from tests.stores.conformance.questions import by_hand, filters, named


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return sample_estate(tmp_path_factory.mktemp("estate"), hours=2)


@pytest.fixture(scope="module")
def stores(estate: Estate) -> Iterator[list[FlowStore]]:
    with ExitStack() as opened:
        yield [opened.enter_context(engine.opened(estate)) for engine in ENGINES]


@pytest.fixture(scope="module")
def added_up(estate: Estate) -> Iterator[list[FlowStore]]:
    with ExitStack() as opened:
        yield [opened.enter_context(engine.opened(estate)) for engine in ADDED_UP]


def answer(store: FlowStore, asked: Query | Question | Composed) -> pd.DataFrame:
    if isinstance(asked, FlowQuery):
        return store.fetch(asked)
    if isinstance(asked, RowsQuery):
        return store.rows(asked)
    if isinstance(asked, ComparedQuery):
        return store.compared(asked)
    return asked.answered(asking(store))


def same(first: pd.DataFrame, other: pd.DataFrame) -> None:
    """The same columns, types and rows; the order of rows only as far as the question says it."""
    assert list(other.columns) == list(first.columns)
    told = [sorted(map(repr, frame.astype("object").itertuples(index=False, name=None))) for frame in (first, other)]
    assert told[0] == told[1]
    assert not other.attrs.get("partial")


def test_each_question_is_answered_alike(estate, stores):
    middle = estate.since + timedelta(hours=1)
    now, was = FlowFilter(middle, estate.until - timedelta(minutes=7)), FlowFilter(estate.since, middle)
    whole = FlowFilter(estate.since, estate.until)
    asked = {**by_hand(whole), **named(now, was, "web"), **filters(whole)}
    within_hours = by_hand(FlowFilter(estate.since + timedelta(minutes=7), estate.until))
    asked |= {f"{name}, from 8:07": within_hours[name] for name in ("by source", "by hour", "all measures by service")}
    assert len(asked) > 60
    first, *others = stores
    refused: dict[str, set[str]] = {}
    for name, question in asked.items():
        expected = answer(first, question)
        for engine, store in zip(ENGINES[1:], others, strict=True):
            try:
                found = answer(store, question)
            except UnsupportedDimension:
                refused.setdefault(engine.words, set()).add(name)
            else:
                same(expected, found)
    for engine in ENGINES[1:]:
        assert {f"by {key}" for key in engine.unknown} <= refused.get(engine.words, set())
        assert len(refused.get(engine.words, ())) < len(engine.unknown) + 12 * bool(engine.unknown) + 1


@pytest.mark.parametrize("engine", ENGINES[1:], ids=lambda engine: engine.words)
def test_pickers_and_extent_are_alike(stores, engine: Engine):
    first, other = stores[0], stores[ENGINES.index(engine)]
    assert other.extent() == first.extent()
    assert other.unsupported == engine.unknown
    for key in ("source", "src_ip", "port", "nsg", "rule", "flow_state", "hour", "weekday", "src_port"):
        assert set(other.values(key)) == set(first.values(key)), key


def test_exported_rows_are_asked_in_the_very_text_that_a_workspace_is(estate, added_up):
    whole = FlowFilter(estate.since, estate.until)
    asked = {**by_hand(whole), **filters(whole)}
    texts = [{name: text_of(store, question) for name, question in asked.items()} for store in added_up]
    for engine, told in zip(ADDED_UP, texts, strict=True):
        assert told == texts[0], engine.words
        assert {f"by {key}" for key in engine.unknown} & asked.keys() <= {name for name in told if told[name] == ""}
        assert sum(text == "" for text in told.values()) < len(engine.unknown) + 5


def text_of(store: FlowStore, question: Query) -> str:
    """What it asks; "" where it refuses by name."""
    try:
        return store.explain(question)
    except UnsupportedDimension:
        return ""


@pytest.fixture(scope="module")
def answered(estate, added_up) -> list[tuple[Query | Question | Composed, pd.DataFrame]]:
    """All rows, which every question begins with, and questions of each kind, as the workspace answers them."""
    middle = estate.since + timedelta(hours=1)
    whole = FlowFilter(estate.since, estate.until)
    made = named(FlowFilter(middle, estate.until), FlowFilter(estate.since, middle), "web")
    asked = (RowsQuery(whole, limit=None), by_hand(whole)["all measures by service"],
             made["denied.by_rule_and_port"], made["compared.changes.compare"])  # fmt: skip
    return [(each, answer(added_up[0], each)) for each in asked]


@pytest.mark.parametrize("place", range(1, len(ADDED_UP)), ids=lambda place: ADDED_UP[place].words)
def test_exported_rows_are_those_of_the_workspace(answered, added_up, place: int):
    first, other = added_up[0], added_up[place]
    for asked, expected in answered:
        assert len(expected) > 5
        same(expected, answer(other, asked))
    assert other.extent() == first.extent()
    assert other.values("nsg") == first.values("nsg")


def test_the_docs_have_the_differences():
    assert differences() in (ROOT / "docs" / "engines.md").read_text(encoding="utf-8")
