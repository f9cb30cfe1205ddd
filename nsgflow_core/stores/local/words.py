"""Addresses and contexts of a batch: each distinct one gets a number, so that a flow row holds only numbers."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from nsgflow_core.formats.coded.flows import CONTEXT_WORDS
from nsgflow_core.formats.coded.rows import Integers
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local.naming import spelled
from nsgflow_core.stores.local.naming.labels import labels_of
from nsgflow_core.stores.local.naming.names import columns_of, saved_names
from nsgflow_core.stores.local.naming.registering import registered
from nsgflow_core.words.prefixes import pack


def next_id(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """The first number that no row of the table has yet."""
    found = connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchall()
    return int(found[0][0])


def address_ids(connection: duckdb.DuckDBPyConnection, texts: pa.Array, subnets: SubnetMap) -> Integers:
    """The ids of addresses, of which some may be alike; those met for the first time are added with their labels."""
    batch = pa.table({"position": np.arange(len(texts), dtype=np.int32), "text": texts})
    with registered(connection, "batch_texts", batch):
        fresh = connection.execute(
            "SELECT DISTINCT text FROM batch_texts WHERE text NOT IN (SELECT text FROM addresses)"
        ).fetchall()
        _add_addresses(connection, sorted(text for (text,) in fresh), subnets)
        found = connection.execute(
            "SELECT b.position, a.id FROM batch_texts b JOIN addresses a ON a.text = b.text"
        ).fetchnumpy()
    return _by_position(found, len(texts))


def _by_position(found: dict[str, Any], size: int) -> Integers:
    ids = np.zeros(size, np.int32)
    ids[found["position"]] = found["id"]
    return ids


def _add_addresses(connection: duckdb.DuckDBPyConnection, texts: list[str], subnets: SubnetMap) -> None:
    if not texts:
        return
    first = next_id(connection, "addresses")
    rows = address_rows(connection, texts, subnets)
    rows = rows.add_column(0, "id", pa.array(np.arange(first, first + len(texts), dtype=np.int32)))
    with registered(connection, "batch_addresses", rows):
        connection.execute("INSERT INTO addresses SELECT * FROM batch_addresses")


def address_rows(connection: duckdb.DuckDBPyConnection, texts: list[str], subnets: SubnetMap) -> pa.Table:
    """The rows of `addresses` that canonical texts make, without their ids: by a subnet map and the names kept."""
    packed = [pack(text) or b"" for text in texts]
    defaults = [subnets.default_label(address) for address in packed]
    labels = labels_of(packed, defaults, subnets)
    return pa.table(
        {
            "packed": pa.array(packed, pa.binary()),
            "text": texts,
            "default_label": defaults,
            "label": labels,
            **columns_of(saved_names(connection), packed),
        }
    )


def has_one_kind(connection: duckdb.DuckDBPyConnection) -> bool:
    """True where all flows are of one kind of log. Raises duckdb.Error."""
    (kinds,) = connection.execute("SELECT count(DISTINCT coalesce(log_kind, '')) FROM contexts").fetchall()[0]
    return bool(kinds <= 1)


def context_ids(connection: duckdb.DuckDBPyConnection, contexts: pa.Table) -> Integers:
    """The ids of contexts, of which some may be alike; combinations of words met for the first time are added."""
    batch = contexts.append_column("position", pa.array(np.arange(len(contexts), dtype=np.int32)))
    words = ", ".join(CONTEXT_WORDS)
    same = " AND ".join(f"c.{spelled.LOGGED.get(word, word)} = b.{word}" for word in CONTEXT_WORDS)
    with registered(connection, "batch_contexts", batch):
        connection.execute(
            f"""INSERT INTO contexts (id, {", ".join(spelled.COLUMNS)})
                SELECT {next_id(connection, "contexts")} + row_number() OVER () - 1, {", ".join(spelled.GIVEN)}
                FROM (SELECT DISTINCT {words} FROM batch_contexts) b ANTI JOIN contexts c ON {same}"""
        )
        spelled.spell_alike(connection)
        found = connection.execute(
            f"SELECT b.position, c.id FROM batch_contexts b JOIN contexts c ON {same}"
        ).fetchnumpy()
    return _by_position(found, len(contexts))
