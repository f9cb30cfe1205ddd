"""One estate, every engine, every question that a page or a command asks: equal rows, but for differences by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from nsgflow_core.analysis.question import Composed, Question
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.stores.base import FlowStore
from tests.stores.conformance.engines import ENGINES, Engine, Estate, estate
from tests.stores.conformance.questions import by_hand, named

START = datetime(2026, 1, 1, tzinfo=UTC)
SUBNET = "10.10.2.0/24"
FIRST, *OTHERS = ENGINES


def asked(since: datetime, until: datetime) -> dict[str, Question | Composed]:
    middle = since + (until - since) / 2
    window, earlier = FlowFilter(middle, until), FlowFilter(since, middle)
    every = named(window, earlier, SUBNET)
    by_name = {name: Question.of_flows(name, query) for name, query in by_hand(FlowFilter(since, until)).items()}
    return every | by_name


NAMES = tuple(asked(START, START + timedelta(hours=2)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return estate(tmp_path_factory.mktemp("conformance"))


@pytest.fixture(scope="module")
def stores(made: Estate) -> Iterator[Mapping[str, FlowStore]]:
    with ExitStack() as opened:
        yield {engine.name: opened.enter_context(engine.opened(made)) for engine in ENGINES}


def undone(engine: Engine, name: str, answer: pd.DataFrame) -> pd.DataFrame:
    for difference in engine.differences:
        answer = difference.undone(name, answer)
    return answer


@pytest.mark.parametrize("name", NAMES)
def test_every_question_has_the_same_answer(stores: Mapping[str, FlowStore], made: Estate, name: str) -> None:
    question = asked(made.since, made.until)[name]
    wanted = question.ask(stores[FIRST.name])
    for engine in OTHERS:
        found = question.ask(stores[engine.name])
        one, other = (undone(engine, name, frame) for frame in (found, wanted))
        pd.testing.assert_frame_equal(one, other, obj=f"{engine.name}: {name}")


def test_the_engines_hold_the_same_and_offer_the_same(stores: Mapping[str, FlowStore]) -> None:
    first = stores[FIRST.name]
    for engine in OTHERS:
        store = stores[engine.name]
        assert store.extent() == first.extent()
        for dimension in ("source", "dst_ip", "src_port", "port", "protocol", "nsg", "rule", "hour"):
            assert store.values(dimension, 20) == first.values(dimension, 20), dimension
