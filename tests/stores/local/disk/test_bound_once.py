"""An answer that was bound once is what DuckDB's own two bindings give: its rows, their order, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from nsgflow_core.stores.local.disk import bound_once

ROWS = 1_000_000
"""So many that Arrow of `execute` comes in another order: 10 times of 10, of 300,000 4."""


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"preserve_insertion_order": False, "threads": 4}) as made:
        made.execute(f"CREATE TABLE t AS SELECT (range * 7919) % {ROWS} AS n FROM range({ROWS})")
        yield made


@pytest.fixture(params=["as it was tried", "any other version"])
def version(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    assert duckdb.__version__ in bound_once.TRIED, "try the new version here, then name it there"
    if request.param == "any other version":
        monkeypatch.setattr(bound_once, "TRIED", set())


@pytest.mark.usefixtures("version")
def test_a_long_answer_comes_in_its_order(connection: duckdb.DuckDBPyConnection) -> None:
    answer = bound_once.answer_of(connection, "SELECT n FROM t ORDER BY n", {})
    assert answer == pa.table({"n": np.arange(ROWS)})


@pytest.mark.usefixtures("version")
def test_values_have_their_types_and_names(connection: duckdb.DuckDBPyConnection) -> None:
    answer = bound_once.answer_of(connection, "SELECT $a + 1 AS a, $b AS b, [$b] AS c", {"a": 1, "b": "x"})
    assert answer.to_pylist() == [{"a": 2, "b": "x", "c": ["x"]}]


@pytest.mark.usefixtures("version")
@pytest.mark.parametrize(
    ("text", "error"),
    [("SELECT * FROM nothing", duckdb.CatalogException), ("SELECT error('no')", duckdb.InvalidInputException),
     ("SELECT $a", duckdb.InvalidInputException), ("SELEC", duckdb.ParserException)],
)  # fmt: skip
def test_what_cannot_be_answered_is_an_error_of_duckdb(
    connection: duckdb.DuckDBPyConnection, text: str, error: type[duckdb.Error]
) -> None:
    with pytest.raises(error):
        bound_once.answer_of(connection, text, {})
