"""Rows and cursors into the store, in one transaction: what was read of each blob, exactly once.

The ledger (`blobs`) says for every blob where its next reading starts. A reading is stored only when the ledger still
holds the cursor that it started from, so of two importers that read the same bytes one is stored, the other skipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.stores.local.naming import own_ends
from nsgflow_core.stores.local.naming.labels import relabel, saved_subnets
from nsgflow_core.stores.local.naming.names import name_by_mac
from nsgflow_core.stores.local.naming.nsgs import name_new_nsgs
from nsgflow_core.stores.local.naming.registering import registered
from nsgflow_core.stores.local.sql.columns_sql import Statement
from nsgflow_core.stores.local.tables import COUNTERS, FLOW_COLUMNS, STATE_NUMBERS
from nsgflow_core.stores.local.words import address_ids, context_ids, dictionary_of, next_id


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

    @classmethod
    def of(cls, stored: tuple[bool, ...], kept: Sequence[Reading]) -> Committed:
        """What was stored, and the readings that were."""
        ends = [span(reading.flows) for reading in kept]
        return cls(
            stored,
            tuples=sum(len(reading.flows) for reading in kept),
            rejected=sum(sum(reading.rejected.values()) for reading in kept),
            first=min((first for first, _ in ends if first), default=None),
            last=max((last for _, last in ends if last), default=None),
        )


BLOBS = Statement(
    "SELECT name, location, container, resource, mac, hour, bytes_read, tuples, rejected, first, last, "
    "read_at FROM blobs ORDER BY name"
)
REJECTIONS = Statement(
    "SELECT reason, sum(tuples)::BIGINT AS tuples FROM rejections GROUP BY reason ORDER BY tuples DESC, reason"
)
EXTENT = "SELECT min(first), max(last), coalesce(sum(tuples), 0)::BIGINT FROM blobs"
COVERAGE = Statement(
    "SELECT coalesce(hour, date_trunc('hour', first)) AS hour, resource, sum(tuples)::BIGINT AS tuples "
    "FROM blobs WHERE coalesce(hour, first) IS NOT NULL GROUP BY ALL ORDER BY ALL"
)
"""What the ledger tells: the columns are said by the methods of `LocalStore` that ask it."""


def read_cursors(connection: duckdb.DuckDBPyConnection) -> dict[str, Cursor]:
    """The cursor of every blob in the ledger, by blob name."""
    found = connection.execute("SELECT name, etag, next_byte, fingerprint FROM blobs").fetchall()
    return {name: Cursor(etag, offset, fingerprint) for name, etag, offset, fingerprint in found}


def read_fruitless(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """The blobs of which everything was rejected, by name, with their reasons and how often each."""
    found = connection.execute(
        """SELECT b.name, r.reason, sum(r.tuples)::BIGINT FROM blobs b JOIN rejections r ON r.blob = b.id
           WHERE b.tuples = 0 AND coalesce(b.retired, 0) = 0 GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    fruitless: dict[str, dict[str, int]] = {}
    for name, reason, count in found:
        fruitless.setdefault(name, {})[reason] = count
    return fruitless


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
    fresh_id = next_id(connection, "blobs")
    ids = []
    for reading in kept:
        row = known.get(reading.blob.name)
        ids.append(row[0] if row else fresh_id)
        fresh_id += not row
    dropped = _drop_replaced(connection, [blob for blob, reading in zip(ids, kept, strict=True) if reading.replaces])
    _write_ledger(connection, kept, ids)
    is_other = _write_flows(connection, kept, ids, subnets)
    if (dropped and own_ends.count_anew(connection)) or is_other:
        relabel(connection, saved_subnets(connection))
    name_by_mac(connection)
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


def _drop_replaced(connection: duckdb.DuckDBPyConnection, blobs: list[int]) -> bool:
    """True when there was something to drop."""
    known = connection.execute(
        "SELECT id FROM blobs WHERE id IN (SELECT unnest($blobs::INTEGER[]))", {"blobs": blobs}
    ).fetchall()
    if not known:
        return False
    given = {"blobs": [number for (number,) in known]}
    for table, column in (("flows", "blob"), ("rejections", "blob"), ("blobs", "id")):
        connection.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT unnest($blobs::INTEGER[]))", given)
    return True


def _write_ledger(connection: duckdb.DuckDBPyConnection, readings: Sequence[Reading], ids: Sequence[int]) -> None:
    """One row a blob: what this reading adds to what the ledger holds of it."""
    now = datetime.now(UTC)
    lines = pd.DataFrame([_ledger_line(number, reading, now) for number, reading in zip(ids, readings, strict=True)])
    arrow = pa.Table.from_pandas(lines, schema=_LEDGER, preserve_index=False)
    with registered(connection, "batch_blobs", arrow):
        connection.execute(
            """UPDATE blobs SET location = n.location, container = n.container, etag = n.etag,
                   next_byte = n.next_byte, fingerprint = n.fingerprint,
                   bytes_read = blobs.bytes_read + n.bytes_read, tuples = blobs.tuples + n.tuples,
                   rejected = blobs.rejected + n.rejected,
                   first = least(blobs.first, n.first), last = greatest(blobs.last, n.last), read_at = n.read_at
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
        with registered(connection, "batch_rejections", pa.Table.from_pylist(reasons)):
            connection.execute("INSERT INTO rejections SELECT blob, reason, tuples FROM batch_rejections")


_LEDGER = pa.schema(
    [("id", pa.int32())]
    + [(name, pa.string()) for name in ("name", "location", "container", "resource", "mac")]
    + [("hour", pa.timestamp("us")), ("etag", pa.string()), ("next_byte", pa.int64()), ("fingerprint", pa.string())]
    + [(name, pa.int64()) for name in ("bytes_read", "tuples", "rejected")]
    + [(name, pa.timestamp("us")) for name in ("first", "last", "read_at")]
)


def span(flows: pa.Table) -> tuple[datetime | None, datetime | None]:
    """First and last time of some flows (UTC)."""
    ends = pc.min_max(flows.column("time")).as_py() if len(flows) else {"min": None, "max": None}
    return ends["min"], ends["max"]


def _ledger_line(number: int, reading: Reading, now: datetime) -> dict[str, Any]:
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
        "read_at": _naive(now),
    }


def _naive(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=None) if moment else None


def _write_flows(
    connection: duckdb.DuckDBPyConnection, readings: Sequence[Reading], ids: Sequence[int], subnets: SubnetMap
) -> bool:
    """The rows as numbers, sorted by (source, destination, time): a pair's rows then lie together.

    True when they change which public space is inside.
    """
    flows = pa.concat_tables([reading.flows for reading in readings]).unify_dictionaries().combine_chunks()
    if not len(flows):
        return False
    src, dst = address_ids(connection, flows, subnets)
    columns: dict[str, Any] = {
        "time": flows.column("time").cast(pa.timestamp("us")),
        "src": src,
        "dst": dst,
        **{name: flows.column(name) for name in ("src_port", "dst_port", "protocol")},
        "state": _state_codes(flows.column("flow_state")),
        **{name: flows.column(name) for name in COUNTERS},
        "context": context_ids(connection, flows),
        "blob": np.repeat(np.array(ids, np.int32), [len(reading.flows) for reading in readings]),
    }
    rows = pa.table({name: columns[name] for name in FLOW_COLUMNS})
    with registered(connection, "batch_flows", rows):
        connection.execute("INSERT INTO flows SELECT * FROM batch_flows ORDER BY src, dst, time")
        name_new_nsgs(connection)
        return own_ends.add_ends(connection, "batch_flows")


def _state_codes(states: pa.ChunkedArray) -> npt.NDArray[np.uint8]:
    words, positions = dictionary_of(states)
    return np.array([STATE_NUMBERS[word] for word in words.to_pylist()], np.uint8)[positions]
