"""Rows and cursors into the store, in one transaction: what was read of each blob, exactly once.

The ledger (`blobs`) says for every blob where its next reading starts. A reading is stored only when the ledger still
holds the cursor that it started from, so of two importers that read the same bytes one is stored, the other skipped.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nsgflow_core.prefixes import default_label, pack
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.stores.local_schema import CONTEXT_WORDS, COUNTERS, FLOW_COLUMNS, STATES
from nsgflow_core.subnets import SubnetMap

Integers = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Reading:
    """Some whole records of one blob, ready to store, and the cursor that goes with them."""

    blob: BlobInfo
    flows: pa.Table
    """Rows of FLOW_SCHEMA."""
    cursor: Cursor
    """Where the next reading of this blob starts."""
    started: Cursor | None = None
    """The ledger's cursor when this reading began; None when the blob was not known."""
    replaces: bool = False
    """True when rows stored for this blob before are dropped: the bytes were read from offset 0."""
    bytes_read: int = 0
    """Bytes fetched from the source for it."""
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Reason -> tuples that could not be taken."""


@dataclass(frozen=True)
class Committed:
    """What a commit stored."""

    stored: tuple[bool, ...]
    """For each reading: True when it was stored, False when another importer had been faster."""
    tuples: int = 0
    rejected: int = 0
    first: datetime | None = None
    """Earliest tuple stored (UTC)."""
    last: datetime | None = None
    """Latest tuple stored (UTC)."""


def read_cursors(connection: duckdb.DuckDBPyConnection) -> dict[str, Cursor]:
    """The cursor of every blob in the ledger, by blob name."""
    found = connection.execute("SELECT name, etag, next_byte, fingerprint FROM blobs").fetchall()
    return {name: Cursor(etag, offset, fingerprint) for name, etag, offset, fingerprint in found}


def store_readings(
    connection: duckdb.DuckDBPyConnection, readings: Sequence[Reading], subnets: SubnetMap
) -> tuple[bool, ...]:
    """Store the rows and cursors of readings of different blobs, inside the caller's transaction.

    Returns for each reading whether it was stored.
    """
    known = _known_blobs(connection, readings)
    stored = tuple(_starts_here(reading, known.get(reading.blob.name)) for reading in readings)
    kept = [reading for reading, is_kept in zip(readings, stored, strict=True) if is_kept]
    if not kept:
        return stored
    next_id = _next_id(connection, "blobs")
    ids = []
    for reading in kept:
        row = known.get(reading.blob.name)
        ids.append(row[0] if row else next_id)
        next_id += not row
    _drop_replaced(connection, [blob for blob, reading in zip(ids, kept, strict=True) if reading.replaces])
    _write_ledger(connection, kept, ids)
    _write_flows(connection, kept, ids, subnets)
    return stored


def _known_blobs(connection: duckdb.DuckDBPyConnection, readings: Sequence[Reading]) -> dict[str, tuple[int, Cursor]]:
    names = [reading.blob.name for reading in readings]
    found = connection.execute(
        "SELECT name, id, etag, next_byte, fingerprint FROM blobs WHERE name IN (SELECT unnest($names::VARCHAR[]))",
        {"names": names},
    ).fetchall()
    return {name: (number, Cursor(etag, offset, fingerprint)) for name, number, etag, offset, fingerprint in found}


def _starts_here(reading: Reading, known: tuple[int, Cursor] | None) -> bool:
    return (known[1] if known else None) == reading.started


def _next_id(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    found = connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchall()
    return int(found[0][0])


def _drop_replaced(connection: duckdb.DuckDBPyConnection, blobs: list[int]) -> None:
    known = connection.execute(
        "SELECT id FROM blobs WHERE id IN (SELECT unnest($blobs::INTEGER[]))", {"blobs": blobs}
    ).fetchall()
    if not known:
        return
    given = {"blobs": [number for (number,) in known]}
    for table, column in (("flows", "blob"), ("rejections", "blob"), ("blobs", "id")):
        connection.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT unnest($blobs::INTEGER[]))", given)


def _write_ledger(connection: duckdb.DuckDBPyConnection, readings: Sequence[Reading], ids: Sequence[int]) -> None:
    """One row a blob: what this reading adds to what the ledger holds of it."""
    lines = pd.DataFrame([_ledger_line(number, reading) for number, reading in zip(ids, readings, strict=True)])
    arrow = pa.Table.from_pandas(lines, schema=_LEDGER, preserve_index=False)
    with _registered(connection, "batch_blobs", arrow):
        connection.execute(
            """UPDATE blobs SET location = n.location, container = n.container, etag = n.etag,
                   next_byte = n.next_byte, fingerprint = n.fingerprint,
                   bytes_read = blobs.bytes_read + n.bytes_read, tuples = blobs.tuples + n.tuples,
                   rejected = blobs.rejected + n.rejected,
                   first = least(blobs.first, n.first), last = greatest(blobs.last, n.last)
               FROM batch_blobs n WHERE n.id = blobs.id"""
        )
        columns = ", ".join(_LEDGER.names)
        connection.execute(
            f"INSERT INTO blobs ({columns}) SELECT {columns} FROM batch_blobs WHERE id NOT IN (SELECT id FROM blobs)"
        )
    reasons = [
        {"blob": number, "reason": reason, "tuples": count}
        for number, reading in zip(ids, readings, strict=True)
        for reason, count in reading.rejected.items()
    ]
    if reasons:
        with _registered(connection, "batch_rejections", pa.Table.from_pylist(reasons)):
            connection.execute("INSERT INTO rejections SELECT blob, reason, tuples FROM batch_rejections")


_LEDGER = pa.schema(
    [("id", pa.int32())]
    + [(name, pa.string()) for name in ("name", "location", "container", "resource", "mac")]
    + [("hour", pa.timestamp("us")), ("etag", pa.string()), ("next_byte", pa.int64()), ("fingerprint", pa.string())]
    + [(name, pa.int64()) for name in ("bytes_read", "tuples", "rejected")]
    + [("first", pa.timestamp("us")), ("last", pa.timestamp("us"))]
)


def span(flows: pa.Table) -> tuple[datetime | None, datetime | None]:
    """First and last time of some flows (UTC)."""
    ends = pc.min_max(flows.column("time")).as_py() if len(flows) else {"min": None, "max": None}
    return ends["min"], ends["max"]


def _ledger_line(number: int, reading: Reading) -> dict[str, Any]:
    blob, cursor = reading.blob, reading.cursor
    first, last = span(reading.flows)
    return {
        "id": number,
        "name": blob.name,
        "location": blob.location,
        "container": blob.container,
        "resource": blob.resource,
        "mac": blob.mac,
        "hour": _naive(blob.hour),
        "etag": cursor.etag,
        "next_byte": cursor.offset,
        "fingerprint": cursor.fingerprint,
        "bytes_read": reading.bytes_read,
        "tuples": len(reading.flows),
        "rejected": sum(reading.rejected.values()),
        "first": _naive(first),
        "last": _naive(last),
    }


def _naive(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=None) if moment else None


def _write_flows(
    connection: duckdb.DuckDBPyConnection, readings: Sequence[Reading], ids: Sequence[int], subnets: SubnetMap
) -> None:
    """The rows as numbers, sorted by (source, destination, time): a pair's rows then lie together."""
    flows = pa.concat_tables([reading.flows for reading in readings]).unify_dictionaries().combine_chunks()
    if not len(flows):
        return
    src, dst = _address_ids(connection, flows, subnets)
    columns: dict[str, Any] = {
        "time": flows.column("time").cast(pa.timestamp("us")),
        "src": src,
        "dst": dst,
        **{name: flows.column(name) for name in ("src_port", "dst_port", "protocol")},
        "state": _state_codes(flows.column("flow_state")),
        **{name: flows.column(name) for name in COUNTERS},
        "context": _context_ids(connection, flows),
        "blob": np.repeat(np.array(ids, np.int32), [len(reading.flows) for reading in readings]),
    }
    rows = pa.table({name: columns[name] for name in FLOW_COLUMNS})
    with _registered(connection, "batch_flows", rows):
        connection.execute("INSERT INTO flows SELECT * FROM batch_flows ORDER BY src, dst, time")


def _dictionary(column: pa.ChunkedArray) -> tuple[pa.Array, Integers]:
    """A dictionary column's distinct values, and each row's position in them."""
    merged = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(merged, pa.ChunkedArray):
        merged = merged.chunk(0)
    return merged.dictionary, merged.indices.to_numpy(zero_copy_only=False)


def _state_codes(states: pa.ChunkedArray) -> npt.NDArray[np.uint8]:
    words, positions = _dictionary(states)
    return np.array([STATES.index(word) for word in words.to_pylist()], np.uint8)[positions]


def _address_ids(
    connection: duckdb.DuckDBPyConnection, flows: pa.Table, subnets: SubnetMap
) -> tuple[Integers, Integers]:
    """The ids of each row's two addresses; addresses met for the first time are added with their labels."""
    (sources, src_at), (destinations, dst_at) = (_dictionary(flows.column(end)) for end in ("src_ip", "dst_ip"))
    texts = pa.concat_arrays([sources, destinations])
    batch = pa.table({"position": np.arange(len(texts), dtype=np.int32), "text": texts})
    with _registered(connection, "batch_texts", batch):
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
    first = _next_id(connection, "addresses")
    packed = [pack(text) or b"" for text in texts]
    defaults = [default_label(address) for address in packed]
    labels = _labels(packed, defaults, subnets)
    rows = pa.table(
        {
            "id": np.arange(first, first + len(texts), dtype=np.int32),
            "packed": pa.array(packed, pa.binary()),
            "text": texts,
            "default_label": defaults,
            "label": labels,
        }
    )
    with _registered(connection, "batch_addresses", rows):
        connection.execute("INSERT INTO addresses SELECT * FROM batch_addresses")


def _labels(packed: Sequence[bytes], defaults: Sequence[str], subnets: SubnetMap) -> list[str]:
    starts, names = zip(*subnets.boundaries(), strict=True)
    found = [names[bisect.bisect_right(starts, address) - 1] if address else None for address in packed]
    return [default if name is None else name for name, default in zip(found, defaults, strict=True)]


def relabel(connection: duckdb.DuckDBPyConnection, subnets: SubnetMap) -> None:
    """Give every address the label that a subnet map says."""
    found = connection.execute("SELECT id, packed, default_label FROM addresses").fetchall()
    if not found:
        return
    ids, packed, defaults = zip(*found, strict=True)
    labels = pa.table({"id": pa.array(ids, pa.int32()), "label": _labels(packed, defaults, subnets)})
    with _registered(connection, "batch_labels", labels):
        connection.execute("UPDATE addresses SET label = n.label FROM batch_labels n WHERE n.id = addresses.id")


def _context_ids(connection: duckdb.DuckDBPyConnection, flows: pa.Table) -> Integers:
    """The id of each row's context; combinations of words met for the first time are added."""
    columns = [_dictionary(flows.column(word)) for word in CONTEXT_WORDS]
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
    same = " AND ".join(f"c.{word} = b.{word}" for word in CONTEXT_WORDS)
    with _registered(connection, "batch_contexts", batch):
        connection.execute(
            f"""INSERT INTO contexts SELECT {_next_id(connection, "contexts")} + row_number() OVER () - 1,
                {", ".join(CONTEXT_WORDS)} FROM batch_contexts b ANTI JOIN contexts c ON {same}"""
        )
        found = connection.execute(
            f"SELECT b.position, c.id FROM batch_contexts b JOIN contexts c ON {same}"
        ).fetchnumpy()
    ids = np.zeros(count, np.int32)
    ids[found["position"]] = found["id"]
    return ids[numbers]


@contextmanager
def _registered(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> Iterator[None]:
    """An Arrow table under a name in a connection, for the length of a block."""
    connection.register(name, table)
    try:
        yield
    finally:
        connection.unregister(name)
