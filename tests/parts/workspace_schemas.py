"""Both Traffic Analytics tables with all their columns and Kusto types, as the product documents them."""

from __future__ import annotations

from collections.abc import Mapping

from nsgflow_core.stores.kql_on_local.tables.documented import CL, DOCUMENTED, DUCKDB_TYPES, NTA

__all__ = ["DUCKDB_TYPES", "SCHEMAS"]

SCHEMAS: dict[str, Mapping[str, str]] = {table: DOCUMENTED[table] for table in (NTA, CL)}
