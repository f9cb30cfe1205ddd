"""What pages ask of all that a large store holds is at hand before they are opened, and asked once."""

from __future__ import annotations

import time

import pandas as pd
import pytest

from nsgflow_core.ask.compared import ComparedQuery
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.local.answering import Answering
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.memory.ahead import Ahead
from nsgflow_core.ui.memory.answers import KeptAnswers
from nsgflow_core.ui.parts.pictures import over_time, trends
from tests.ui.reading import Opened


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[FlowQuery | ComparedQuery]:
    """What the store is asked from now on, where nothing is at hand."""
    answers, found = KeptAnswers(1 << 28), list[FlowQuery | ComparedQuery]()
    monkeypatch.setattr(session, "_ANSWERS", answers)
    monkeypatch.setattr(session, "AHEAD", Ahead(answers, rest=0))
    for name in ("fetch", "compared"):
        ask = getattr(Answering, name)

        def noted(store: Answering, query: FlowQuery | ComparedQuery, ask=ask) -> pd.DataFrame:
            found.append(query)
            answer: pd.DataFrame = ask(store, query)
            return answer

        monkeypatch.setattr(Answering, name, noted)
    return found


def wait_for_calm() -> None:
    end = time.monotonic() + 120
    while session.AHEAD._thread is not None:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_page_of_all_traffic_finds_its_answers_at_hand(
    opened: Opened, asked: list[FlowQuery | ComparedQuery], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (over_time, trends):
        monkeypatch.setattr(module, "DEAR", 1)
    opened("connect")
    wait_for_calm()
    ahead = list(asked)
    assert len(ahead) > 10
    assert len(set(ahead)) == len(ahead), "each is asked once"
    for page, params in (
        ("overview", {}),
        ("denied", {}),
        ("denied", {"told": "story"}),
        ("required_ports", {}),
        ("flows", {}),
    ):
        opened(page, **params)
        wait_for_calm()
    since = [query for query in asked[len(ahead) :] if not (isinstance(query, FlowQuery) and not query.by)]
    assert since == []


def test_a_small_store_is_asked_nothing_ahead(opened: Opened, asked: list[FlowQuery | ComparedQuery]) -> None:
    opened("connect")
    wait_for_calm()
    assert asked == []


def test_overview_and_denied_ask_once_for_rules_and_ports(
    opened: Opened, asked: list[FlowQuery | ComparedQuery]
) -> None:
    for page in ("overview", "denied"):
        opened(page)
    rules = [query for query in asked if isinstance(query, FlowQuery) and {"rule", "port"} <= set(query.by)]
    assert len({query for query in rules if query.limit == 2_000}) == 1
    assert len([query for query in rules if query.limit == 2_000]) == 1
    shown = [each.value for each in opened("overview").dataframe]
    assert [len(table) for table in shown if {"nsg", "direction"} <= set(table)] == [8]
