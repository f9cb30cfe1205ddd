"""What a statement answers as Arrow, in its order, for one binding.

`sql` binds a statement for the names of its columns and again when it runs: a third of what a short question takes.
`execute` binds it once, but its Arrow comes in any order (DuckDB 2.0.1: 30 times of 30 with 2 M rows). What `sql` runs
in the end is a function of DuckDB's own package, so only versions are asked by it that were tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import duckdb
import pyarrow as pa

TRIED = {"2.0.1"}
"""Versions of DuckDB whose function is known; any other is asked by `sql`."""


def answer_of(connection: duckdb.DuckDBPyConnection, text: str, values: Mapping[str, Any]) -> pa.Table:
    """What a statement with these values answers, in its order. Raises duckdb.Error."""
    if duckdb.__version__ in TRIED:
        return _submit()(connection, text, dict(values) or None, "arrow").arrow_table()
    return connection.sql(text, params=dict(values)).to_arrow_table()


@cache
def _submit() -> Callable[..., Any]:
    found: Callable[..., Any] = import_module("duckdb._seam").submit
    return found
