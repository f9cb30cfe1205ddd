"""Every construct of the table runs to Kusto's answer or is refused by name; Microsoft's language service agrees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import pandas as pd
import pytest

from nsgflow_core.errors import InputError
from nsgflow_core.stores.kql_on_local import asking, worker
from nsgflow_core.stores.kql_on_local.engine import KqlOnLocal
from nsgflow_core.stores.kql_on_local.readable import readable
from nsgflow_core.stores.kql_on_local.tables.documented import DOCUMENTED
from nsgflow_core.stores.local.store import LocalStore
from tests.conftest import ROOT
from tests.parts.kql.checker import Checked, check_queries
from tests.stores.kql_on_local.constructs import CONSTRUCTS, Construct
from tests.stores.kql_on_local.page import page

MISSPELLED = "Misspelled or wrong"
RANDOM_NAMES = ("toscalar",)


@pytest.fixture(scope="module")
def tables(three_hours: LocalStore) -> tuple[KqlOnLocal, duckdb.DuckDBPyConnection]:
    engine = KqlOnLocal(three_hours)
    return engine, asking.open_locked(engine.tables)


@pytest.fixture(scope="module")
def checked() -> Mapping[str, Checked]:
    return check_queries({each.whole: each.whole for each in CONSTRUCTS}, DOCUMENTED)


def answer(tables: tuple[KqlOnLocal, duckdb.DuckDBPyConnection], construct: Construct) -> pd.DataFrame:
    """As the process that runs queries gives it."""
    return readable(worker.from_bytes(worker.to_bytes(asking.answer(tables[1], construct.whole))))


def as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None or value is pd.NA or value != value else str(value)


@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda each: each.kql[:60])
def test_a_construct_gives_kustos_answer_or_is_refused_by_name(
    construct: Construct, tables: tuple[KqlOnLocal, duckdb.DuckDBPyConnection]
) -> None:
    if construct.refusal:
        with pytest.raises(InputError) as refused:
            answer(tables, construct)
        assert construct.refusal in refused.value.message
        assert "Error:" not in refused.value.message
        return
    found = answer(tables, construct)
    rows = found.astype(object).itertuples(index=False, name=None)
    told = " / ".join(", ".join(map(as_text, row)) for row in rows).strip()
    assert (f"{len(found)} rows" if construct.answer.endswith(" rows") else told) == construct.answer


def test_the_language_service_reports_nothing_on_what_is_answered(checked: Mapping[str, Checked]) -> None:
    accepted = [each for each in CONSTRUCTS if not each.refusal]
    assert len(accepted) > 150
    reported = {each.kql: checked[each.whole].diagnostics for each in accepted}
    errors = {kql: found for kql, all_found in reported.items()
              if (found := [each for each in all_found if each["severity"] == "Error"])}  # fmt: skip
    assert errors == {}


def test_the_language_service_reports_what_is_refused_as_misspelled(checked: Mapping[str, Checked]) -> None:
    wrong = [each for each in CONSTRUCTS if each.group == MISSPELLED]
    assert len(wrong) > 15
    assert [each.kql for each in wrong if not checked[each.whole].diagnostics] == []


def test_columns_have_the_names_and_the_order_that_the_language_service_gives(
    checked: Mapping[str, Checked], tables: tuple[KqlOnLocal, duckdb.DuckDBPyConnection]
) -> None:
    different = {}
    for each in CONSTRUCTS:
        known = [column.rsplit(":", 1)[0] for column in checked[each.whole].columns]
        if not each.refusal and known and "evaluate" not in each.kql:
            found = list(answer(tables, each).columns)
            if found != known:
                different[each.kql] = (found, known)
    assert different == {}


def test_the_page_of_constructs_is_made_of_the_table() -> None:
    assert (ROOT / "docs" / "kql.md").read_text() == page()
