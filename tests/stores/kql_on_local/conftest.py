"""Tests here ask in the process of the tests; the product installs what duckdb-kql lacks in one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from duckdb_kql import translate
from duckdb_kql.translate import functions as registry

from nsgflow_core.stores.kql_on_local.language import hooks


@pytest.fixture(autouse=True, scope="module")
def engine_is_as_it_was() -> Iterator[None]:
    """Afterwards: the stub workspace of other tests runs duckdb-kql as it comes."""
    tables: tuple[dict[str, Any], ...] = (
        translate._SPECIAL_FORMS,
        registry.SCALAR_FUNCTIONS,
        registry.AGGREGATE_FUNCTIONS,
    )
    rows = [dict(table) for table in tables]
    functions = [(module, name, getattr(module, name)) for module, name, _ in hooks.HOOKS]
    yield
    for table, held in zip(tables, rows, strict=True):
        table.clear()
        table.update(held)
    for module, name, function in functions:
        setattr(module, name, function)
    hooks.install.cache_clear()
