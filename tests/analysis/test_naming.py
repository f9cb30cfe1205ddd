"""Any question can be asked with names: the same rows, and a column behind each thing that has a name."""

from __future__ import annotations

import pandas as pd
import pytest

from nsgflow_core.analysis import denied, required_ports, traffic
from nsgflow_core.analysis.compared import changes, news
from nsgflow_core.analysis.naming import with_names_behind
from nsgflow_core.analysis.question import Composed, Question
from nsgflow_core.analysis.services import with_service
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import RowsQuery

ALL = FlowFilter()
QUESTIONS: tuple[Question | Composed, ...] = (
    required_ports.services(ALL),
    required_ports.services(ALL, "address"),
    denied.by_rule_and_port(ALL),
    traffic.address_pairs(ALL),
    traffic.rows(RowsQuery()),
    news.services(ALL),
    changes.compare(ALL, ALL),
)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_the_service_stands_behind_the_port(question: Question | Composed) -> None:
    asked = with_names_behind(question)
    names = asked.shape.names
    assert names[names.index("service") - 1] in ("port", "dst_port")
    assert [each for each in names if each in question.shape.names] == list(question.shape.names)
    assert with_names_behind(asked).shape.names == names, "twice is once"


def test_what_tells_no_service_is_as_it_was() -> None:
    assert with_names_behind(traffic.by_decision(ALL)) == traffic.by_decision(ALL)
    pairs = pd.DataFrame({"source": ["a"], "port": [443]})
    assert with_service(pairs) is pairs


def test_missing_ports_and_other_protocols_have_no_name() -> None:
    rows = pd.DataFrame(
        {"protocol": ["TCP", "UDP", "ESP", "TCP"], "port": pd.array([443, 53, 0, None], dtype="Int64"), "flows": 1}
    )
    told = with_service(rows)
    assert list(told.columns) == ["protocol", "port", "service", "flows"]
    assert told["service"].tolist() == ["https", "domain", "", ""]
    assert with_service(rows.head(0))["service"].tolist() == []
