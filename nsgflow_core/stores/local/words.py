"""Addresses and contexts of a batch: each distinct one gets a number, so that a flow row holds only numbers."""

from __future__ import annotations

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local.naming.labels import labels_of
from nsgflow_core.stores.local.naming.names import columns_of, saved_names
from nsgflow_core.stores.local.naming.registering import registered
from nsgflow_core.stores.local.tables import CONTEXT_WORDS
from nsgflow_core.words.prefixes import pack

Integers = npt.NDArray[np.int32]


def next_id(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """The first number that no row of the table has yet."""
    found = connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchall()
    return int(found[0][0])


def dictionary_of(column: pa.ChunkedArray) -> tuple[pa.Array, Integers]:
    """A dictionary column's distinct values, and each row's position in them."""
    merged = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(merged, pa.ChunkedArray):
        merged = merged.chunk(0)
    return merged.dictionary, merged.indices.to_numpy(zero_copy_only=False)


def address_ids(
    connection: duckdb.DuckDBPyConnection, flows: pa.Table, subnets: SubnetMap
) -> tuple[Integers, Integers]:
    """The ids of each row's two addresses; addresses met for the first time are added with their labels."""
    (sources, src_at), (destinations, dst_at) = (dictionary_of(flows.column(end)) for end in ("src_ip", "dst_ip"))
    texts = pa.concat_arrays([sources, destinations])
    batch = pa.table({"position": np.arange(len(texts), dtype=np.int32), "text": texts})
    with registered(connection, "batch_texts", batch):
        fresh = connection.execute(
            "SELECT DISTINCT text FROM batch_texts WHERE text NOT IN (SELECT text FROM addresses)"
        ).fetchall()
        _add_addresses(connection, sorted(text for (text,) in fresh), subnets)
        found = connection.execute(
            "SELECT b.position, a.id FROM batch_texts b JOIN addresses a ON a.text = b.text"
        ).fetchnumpy()
    ids = np.zeros(len(texts), np.int32)
    ids[found["position"]] = found["id"]
    return ids[: len(sources)][src_at], ids[len(sources) :][dst_at]


def _add_addresses(connection: duckdb.DuckDBPyConnection, texts: list[str], subnets: SubnetMap) -> None:
    if not texts:
        return
    first = next_id(connection, "addresses")
    packed = [pack(text) or b"" for text in texts]
    defaults = [subnets.default_label(address) for address in packed]
    labels = labels_of(packed, defaults, subnets)
    rows = pa.table(
        {
            "id": np.arange(first, first + len(texts), dtype=np.int32),
            "packed": pa.array(packed, pa.binary()),
            "text": texts,
            "default_label": defaults,
            "label": labels,
            **columns_of(saved_names(connection), packed),
        }
    )
    with registered(connection, "batch_addresses", rows):
        connection.execute("INSERT INTO addresses SELECT * FROM batch_addresses")


def context_ids(connection: duckdb.DuckDBPyConnection, flows: pa.Table) -> Integers:
    """The id of each row's context; combinations of words met for the first time are added."""
    columns = [dictionary_of(flows.column(word)) for word in CONTEXT_WORDS]
    code = np.zeros(len(flows), np.int64)
    size = 1
    for words, positions in columns:
        if size * max(len(words), 1) > 1 << 40:
            code, distinct = pd.factorize(code)
            code, size = code.astype(np.int64), len(distinct)
        code = code * max(len(words), 1) + positions
        size *= max(len(words), 1)
    numbers, _ = pd.factorize(code)
    count = int(numbers.max()) + 1
    example = np.zeros(count, np.int64)
    example[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
    batch = pa.table(
        {"position": np.arange(count, dtype=np.int32)}
        | {word: words.take(pa.array(at[example])) for word, (words, at) in zip(CONTEXT_WORDS, columns, strict=True)}
    )
    listed, same = ", ".join(CONTEXT_WORDS), " AND ".join(f"c.{word} = b.{word}" for word in CONTEXT_WORDS)
    with registered(connection, "batch_contexts", batch):
        connection.execute(
            f"""INSERT INTO contexts (id, {listed})
                SELECT {next_id(connection, "contexts")} + row_number() OVER () - 1, {listed}
                FROM batch_contexts b ANTI JOIN contexts c ON {same}"""
        )
        found = connection.execute(
            f"SELECT b.position, c.id FROM batch_contexts b JOIN contexts c ON {same}"
        ).fetchnumpy()
    ids = np.zeros(count, np.int32)
    ids[found["position"]] = found["id"]
    return ids[numbers]
