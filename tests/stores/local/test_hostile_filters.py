"""What hostile values leave of a filter is answered by both languages: the local store runs it, KQL is written."""

from __future__ import annotations

import pytest

from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.operators import OPERATORS
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import BadFilter
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.folder import FolderSource
from nsgflow_core.stores.local.store import LocalStore
from tests.conftest import ROOT
from tests.hostile import VALUES


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    made = LocalStore(tmp_path_factory.mktemp("hostile") / "flows.duckdb")
    import_flows(FolderSource(str(ROOT / "tests" / "golden")), made)
    return made


@pytest.mark.parametrize("name", DIMENSIONS)
def test_the_local_store_answers_what_is_left(name: str, store: LocalStore) -> None:
    for operator in OPERATORS:
        values = [value for value in VALUES if _has_meaning(name, value, operator)]
        for value in values[:40:8]:
            _ask(store, FlowFilter().where(name, value, operator=operator))
        if values:
            _ask(store, FlowFilter().where(name, *values, operator=operator))


def _has_meaning(name: str, value: str, operator: str) -> bool:
    try:
        FlowFilter().where(name, value, operator=operator)
    except BadFilter:
        return False
    return True


def _ask(store: LocalStore, asked: FlowFilter) -> None:
    answer = store.fetch(FlowQuery(asked, measures=("tuples",)))
    assert list(answer.columns) == ["tuples"]
