"""Questions of ours are translated quickly, to the very text that duckdb-kql makes of them as it comes."""

from __future__ import annotations

from pathlib import Path

import duckdb_kql
import pytest
from antlr4.IntervalSet import IntervalSet
from duckdb_kql import lower, translate

from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.errors import StoreError
from nsgflow_core.stores.kusto.tables import TABLES, columns_read
from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.stores.lake.traffic_analytics.store import answering
from nsgflow_core.stores.lake.traffic_analytics.translating import quickly, sql_of
from tests.parts.exported_rows import as_lines
from tests.parts.workspace_rows import SUBNETS, cl, nta

TABLES_READ = {table.name: list(columns_read(table)) for table in TABLES}


def test_the_text_is_that_of_duckdb_kql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_lines(tmp_path / "lake", {"NTANetAnalytics": [nta()], "AzureNetworkAnalytics_CL": [cl()]})
    store = answering(LakeStore(tmp_path / "lake", index=tmp_path / "index.duckdb", subnets=SUBNETS))
    question = store.explain(FlowQuery(by=("source", "nsg", "rule", "mac"), measures=("flows",)))
    quick = sql_of(question, TABLES_READ)
    with quickly():
        once = translate.render_kql_tostring  # of our own: what a text is, is tested by the rows that workspaces give
    monkeypatch.setattr(translate, "render_kql_tostring", once)
    assert quick == duckdb_kql.to_sql(question, schema=TABLES_READ)
    assert len(quick) > 100_000


def test_afterwards_duckdb_kql_is_as_it_comes() -> None:
    before = translate.render_kql_tostring, lower._find_all, IntervalSet.__contains__
    with pytest.raises(StoreError):
        sql_of("T | where", {"T": ["a"]})
    with quickly():
        assert before[1] is not lower._find_all
    assert (translate.render_kql_tostring, lower._find_all, IntervalSet.__contains__) == before
