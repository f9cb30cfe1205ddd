"""Rows and cursors into the store, in one transaction: what was read of each blob, exactly once.

The ledger (`blobs`) says for every blob where its next reading starts. A reading is stored only when the ledger still
holds the cursor that it started from, so of two importers that read the same bytes one is stored, the other skipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from nsgflow_core.formats.coded.flows import NO_FLOWS, CodedFlows
from nsgflow_core.formats.coded.rows import CodedColumns
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.sources.base import BlobInfo, Cursor
from nsgflow_core.stores.local import tally
from nsgflow_core.stores.local.cells.making import flows_came, flows_went
from nsgflow_core.stores.local.inserting import write_flows
from nsgflow_core.stores.local.naming import own_ends
from nsgflow_core.stores.local.naming.labels import label_anew
from nsgflow_core.stores.local.naming.names import name_by_mac
from nsgflow_core.stores.local.naming.registering import registered
from nsgflow_core.stores.local.sql.columns_sql import Statement
from nsgflow_core.stores.local.words import next_id


@dataclass(frozen=True, slots=True)
class Advance:
    """How far one blob was read, and the cursor that goes with what was read of it."""

    blob: BlobInfo
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
class Reading:
    """Some whole records of one blob, ready to store: an `Advance`, and its rows."""

    blob: BlobInfo
    flows: pa.Table
    """Rows of FLOW_SCHEMA."""
    cursor: Cursor
    started: Cursor | None = None
    replaces: bool = False
    bytes_read: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)

    @property
    def advance(self) -> Advance:
        """The same without its rows."""
        return Advance(self.blob, self.cursor, self.started, self.replaces, self.bytes_read, self.rejected)


class BlobBatch:
    """What was read of different blobs, ready to store in one transaction."""

    def __init__(self, advances: Sequence[Advance], flows: CodedFlows) -> None:
        """`flows.rows` has in `blob` the place in `advances`."""
        self.advances = tuple(advances)
        self.flows = flows
        spans = flows.held.spans(len(self.advances))
        self.tuples = spans.tuples
        """Rows of each blob."""
        self.first, self.last = spans.first, spans.last
        """Their ends, in microseconds UTC, where there are any."""

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> BlobBatch:
        """Readings of different blobs."""
        coded = [
            CodedFlows.of(reading.flows, np.full(len(reading.flows), place, np.int32))
            for place, reading in enumerate(readings)
        ]
        return cls([reading.advance for reading in readings], CodedFlows.joined(coded))

    def hand_over(self) -> CodedFlows:
        """Its rows, which it holds no longer: whoever sorts them needs as much memory again."""
        flows, self.flows = self.flows, NO_FLOWS
        return flows

    def only(self, kept: Sequence[bool]) -> BlobBatch:
        """Without the blobs that are not kept."""
        if all(kept):
            return self
        mask = np.array(kept, bool)
        rows = self.flows.rows
        blobs, place = rows.column("blob").to_numpy(), rows.schema.get_field_index("blob")
        rows = rows.filter(pa.array(mask[blobs]))
        renumbered = (np.cumsum(mask, dtype=np.int32) - 1)[blobs[mask[blobs]]]
        rows = rows.set_column(place, rows.schema.field(place), pa.array(renumbered))
        advances = [advance for advance, is_kept in zip(self.advances, kept, strict=True) if is_kept]
        return BlobBatch(advances, CodedFlows(CodedColumns(rows), self.flows.addresses, self.flows.contexts))


@dataclass(frozen=True)
class Committed:
    """What a commit stored."""

    stored: tuple[bool, ...]
    """For each blob: True when what was read of it was stored, False when another importer had been faster."""
    tuples: int = 0
    rejected: int = 0
    first: datetime | None = None
    """Earliest tuple stored (UTC)."""
    last: datetime | None = None
    """Latest tuple stored (UTC)."""
    replaced: int = 0
    """Tuples of earlier readings that went, since their blobs were rewritten."""

    @classmethod
    def of(cls, stored: tuple[bool, ...], kept: BlobBatch, replaced: int) -> Committed:
        """Which blobs were stored, and what of them."""
        tuples = int(kept.tuples.sum())
        return cls(
            stored,
            tuples=tuples,
            rejected=sum(sum(advance.rejected.values()) for advance in kept.advances),
            first=_EPOCH + timedelta(microseconds=int(kept.first.min())) if tuples else None,
            last=_EPOCH + timedelta(microseconds=int(kept.last.max())) if tuples else None,
            replaced=replaced,
        )


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

BLOBS = Statement(
    "SELECT name, location, container, resource, mac, hour, bytes_read, tuples, rejected, first, last, "
    "read_at FROM blobs ORDER BY name"
)
REJECTIONS = Statement(
    "SELECT reason, sum(tuples)::BIGINT AS tuples FROM rejections GROUP BY reason ORDER BY tuples DESC, reason"
)
EXTENT = "SELECT min(first), max(last), coalesce(sum(tuples), 0)::BIGINT FROM blobs"
"""What the ledger tells: the columns are said by the methods of `LocalStore` that ask it."""


def read_cursors(connection: duckdb.DuckDBPyConnection) -> dict[str, Cursor]:
    """The cursor of every blob in the ledger, by blob name."""
    found = connection.execute("SELECT name, etag, next_byte, fingerprint, location FROM blobs").fetchall()
    return {name: Cursor(*cursor) for name, *cursor in found}


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


def store_batch(connection: duckdb.DuckDBPyConnection, batch: BlobBatch, subnets: SubnetMap) -> Committed:
    """Store the rows and cursors of a batch, inside the caller's transaction."""
    known = _known_blobs(connection, batch)
    stored = tuple(_starts_here(advance, known.get(advance.blob.name)) for advance in batch.advances)
    kept = batch.only(stored)
    if not kept.advances:
        return Committed(stored)
    fresh_id = next_id(connection, "blobs")
    ids = []
    for advance in kept.advances:
        row = known.get(advance.blob.name)
        ids.append(row[0] if row else fresh_id)
        fresh_id += not row
    replaced = [blob for blob, advance in zip(ids, kept.advances, strict=True) if advance.replaces]
    dropped = _drop_replaced(connection, replaced)
    (flows_went if dropped else flows_came)(connection)
    _write_ledger(connection, kept, ids)
    is_other = write_flows(connection, kept.hand_over(), ids, subnets)
    if (dropped and own_ends.count_anew(connection)) or is_other:
        label_anew(connection)
    name_by_mac(connection)
    return Committed.of(stored, kept, sum(dropped))


def _known_blobs(connection: duckdb.DuckDBPyConnection, batch: BlobBatch) -> dict[str, tuple[int, Cursor]]:
    names = [advance.blob.name for advance in batch.advances]
    found = connection.execute(
        "SELECT name, id, etag, next_byte, fingerprint FROM blobs WHERE name IN (SELECT unnest($names::VARCHAR[]))",
        {"names": names},
    ).fetchall()
    return {name: (number, Cursor(etag, offset, fingerprint)) for name, number, etag, offset, fingerprint in found}


def _starts_here(advance: Advance, known: tuple[int, Cursor] | None) -> bool:
    return (known[1] if known else None) == advance.started


def _drop_replaced(connection: duckdb.DuckDBPyConnection, blobs: list[int]) -> list[int]:
    """How many tuples each blob had that was dropped; none when there was nothing to drop."""
    known = connection.execute(
        "SELECT id, tuples FROM blobs WHERE id IN (SELECT unnest($blobs::INTEGER[]))", {"blobs": blobs}
    ).fetchall()
    if not known:
        return []
    given = {"blobs": [number for number, _ in known]}
    tally.count_off(connection, given["blobs"])
    for table, column in (("flows", "blob"), ("rejections", "blob"), ("blobs", "id")):
        connection.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT unnest($blobs::INTEGER[]))", given)
    return [tuples for _, tuples in known]


def _write_ledger(connection: duckdb.DuckDBPyConnection, batch: BlobBatch, ids: Sequence[int]) -> None:
    """One row a blob: what this reading adds to what the ledger holds of it."""
    with registered(connection, "batch_blobs", _ledger_lines(batch, ids)):
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
        for number, advance in zip(ids, batch.advances, strict=True)
        for reason, count in advance.rejected.items()
    ]
    if reasons:
        with registered(connection, "batch_rejections", pa.Table.from_pylist(reasons)):
            connection.execute("INSERT INTO rejections SELECT blob, reason, tuples FROM batch_rejections")


_OF_BLOB = {"name": "name", "location": "origin", "container": "container", "resource": "resource", "mac": "mac"}
"""Column -> what it holds of a blob."""
_LEDGER = pa.schema(
    [("id", pa.int32())]
    + [(name, pa.string()) for name in _OF_BLOB]
    + [("hour", pa.timestamp("us")), ("etag", pa.string()), ("next_byte", pa.int64()), ("fingerprint", pa.string())]
    + [(name, pa.int64()) for name in ("bytes_read", "tuples", "rejected")]
    + [(name, pa.timestamp("us")) for name in ("first", "last", "read_at")]
)


def _ledger_lines(batch: BlobBatch, ids: Sequence[int]) -> pa.Table:
    blobs = [advance.blob for advance in batch.advances]
    cursors = [advance.cursor for advance in batch.advances]
    is_empty = batch.tuples == 0
    now = datetime.now(UTC).replace(tzinfo=None)
    columns: dict[str, Any] = {
        "id": ids,
        **{column: [getattr(blob, name) for blob in blobs] for column, name in _OF_BLOB.items()},
        "hour": [blob.hour.replace(tzinfo=None) if blob.hour else None for blob in blobs],
        "etag": [cursor.etag for cursor in cursors],
        "next_byte": [cursor.offset for cursor in cursors],
        "fingerprint": [cursor.fingerprint for cursor in cursors],
        "bytes_read": [advance.bytes_read for advance in batch.advances],
        "tuples": batch.tuples,
        "rejected": [sum(advance.rejected.values()) for advance in batch.advances],
        "first": pa.array(batch.first, pa.int64(), mask=is_empty).cast(pa.timestamp("us")),
        "last": pa.array(batch.last, pa.int64(), mask=is_empty).cast(pa.timestamp("us")),
        "read_at": [now] * len(blobs),
    }
    return pa.table(
        [pa.array(columns[name], kind) for name, kind in zip(_LEDGER.names, _LEDGER.types, strict=True)], schema=_LEDGER
    )
