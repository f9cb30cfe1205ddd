"""Questions: one query that is asked, shown and kept, and an answer with its columns and types, also when empty."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from nsgflow_core.analysis import coverage, denied, required_ports, traffic
from nsgflow_core.analysis.compared import changes, news
from nsgflow_core.analysis.question import NUMBER, TEXT, Composed, Question, Shape, asking
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.log_analytics.store import LogAnalyticsStore
from tests.estates.flows import START, row, store_of
from tests.parts.stub_workspace import StubWorkspace

NOON = START + timedelta(hours=12)
NOBODY = FlowFilter().where("port", "1")


def every_question(asked: FlowFilter) -> list[Question | Composed]:
    """Each named question there is, about one part of the traffic."""
    rooms = (traffic, denied, required_ports, changes, coverage, news)
    made: dict[str, Any] = {
        "traffic.rows": lambda: traffic.rows(RowsQuery(asked)),
        **_compared(asked),
        "traffic.services": lambda: traffic.services(asked, 9),
        "traffic.between_hosts": lambda: traffic.between_hosts(asked, "10.0.1.0/24", 9),
        "denied.first_by_rule_and_port": lambda: denied.first_by_rule_and_port(asked, 3, 9),
        "coverage.by_nsg": coverage.by_nsg,
    }
    named = {
        f"{room.__name__.rsplit('.', 1)[1]}.{name}": make
        for room in rooms
        for name, make in vars(room).items()
        if not name.startswith("_") and getattr(make, "__annotations__", {}).get("return") in ("Question", "Composed")
    }
    questions = [made[name]() if name in made else make(asked) for name, make in named.items()]
    assert {question.name for question in questions} == set(named), "a question's name is where it is"
    assert len(questions) > 12
    return questions


def _compared(asked: FlowFilter) -> dict[str, Any]:
    """Those about two windows."""
    sides = asked.within(START, NOON), asked.within(NOON, None)
    asks = (changes.compare, changes.denied_sources, changes.logs, changes.nics)
    return {f"changes.{ask.__name__}": lambda ask=ask: ask(*sides) for ask in asks}


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    flows = [
        row(("10.0.1.4", "10.0.2.8", "TCP", port), START + timedelta(hours=hour), decision=decision)
        for hour, port, decision in ((0, 443, "Allowed"), (5, 443, "Denied"), (30, 8443, "Allowed"))
    ]
    flows[-1] |= {"mac": "00224871C206", "target": "vnet"}  # began on the second day
    return store_of(tmp_path_factory.mktemp("q") / "f.duckdb", flows, SubnetMap())


@pytest.fixture(scope="module", params=["local", "workspace"])
def store(request: pytest.FixtureRequest, local: LocalStore) -> Iterator[LocalStore | LogAnalyticsStore]:
    if request.param == "local":
        yield local
    else:
        other = {"SubType": "FlowLog", "SrcIp": "10.0.1.4", "DestIp": "10.0.2.8", "DestPort": 443}
        with pytest.MonkeyPatch.context() as environment, StubWorkspace({"NTANetAnalytics": [other]}) as stub:
            environment.setenv("NSGFLOW_LOGS_TOKEN", "stub")
            yield LogAnalyticsStore("ws", endpoint=stub.url)


def types_of(answer: pd.DataFrame) -> list[tuple[str, str]]:
    return [(str(name), str(kind)) for name, kind in answer.dtypes.items()]


@pytest.mark.parametrize("question", every_question(NOBODY), ids=lambda question: question.name)
def test_an_empty_answer_has_the_columns_and_types_too(store: Any, question: Question | Composed) -> None:
    answer = question.ask(store)
    if question.shape.is_open:
        declared = dict(question.shape.columns)
        assert {"time", "src_ip", "decision"} <= set(answer.columns)
        assert [each for each in types_of(answer) if each[0] in declared] == [
            each for each in question.shape.columns if each[0] in answer
        ]
    else:
        assert types_of(answer) == list(question.shape.columns)


@pytest.mark.parametrize("question", every_question(FlowFilter()), ids=lambda question: question.name)
def test_an_answer_has_its_columns_and_types(local: LocalStore, question: Question | Composed) -> None:
    answer = question.ask(local)
    assert types_of(answer) == list(question.shape.columns)
    assert len(answer)


def test_every_dimension_and_measure_has_a_type() -> None:
    assert Shape.of_groups(FlowQuery(by=tuple(DIMENSIONS), measures=tuple(MEASURES))).names == (*DIMENSIONS, *MEASURES)


def test_what_is_asked_is_what_is_shown_and_kept(local: LocalStore) -> None:
    """The queries of a question are all that its answer is made from."""
    for question in every_question(FlowFilter()):
        asked: list[Any] = []

        def answer(query: Any, asked: list[Any] = asked) -> pd.DataFrame:
            asked.append(query)
            return asking(local)(query)

        pd.testing.assert_frame_equal(question.answered(answer), question.ask(local))
        assert tuple(asked) == question.queries


def test_an_answer_made_of_a_part_says_so_once() -> None:
    whole, part = pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})
    part.attrs["partial"] = "Cut at 1 row."
    joined = Shape.of(lambda *frames: pd.concat(frames, ignore_index=True), a=NUMBER)
    assert joined.made(whole, part, part).attrs == {"partial": "Cut at 1 row."}
    assert "partial" not in joined.made(whole).attrs


def test_other_columns_are_dropped_and_a_missing_one_is_an_error() -> None:
    shape = Shape.of(b=TEXT, a=NUMBER)
    assert list(shape.made(pd.DataFrame({"a": [1.0], "more": [0], "b": ["x"]})).columns) == ["b", "a"]
    with pytest.raises(KeyError):
        shape.made(pd.DataFrame({"a": [1]}))
