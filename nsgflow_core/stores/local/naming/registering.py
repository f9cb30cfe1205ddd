"""Arrow tables under a name in a connection, for as long as a statement needs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa


@contextmanager
def registered(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> Iterator[None]:
    """An Arrow table under a name in a connection, for the length of a block."""
    connection.register(name, table)
    try:
        yield
    finally:
        connection.unregister(name)
