"""Rows of numbers, a row a tuple, in two forms: columns, and (`compiled.packed`) what the compiled pass wrote.

Whoever keeps rows wants them sorted and numbered otherwise. So a form is asked for that in one step (`arranged`), and
what was read in one order is never put into columns of that order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from nsgflow_core.ask.columns import COLUMNS
from nsgflow_core.ask.kinds import NUMBER

COUNTERS: tuple[str, ...] = tuple(column.key for column in COLUMNS.values() if column.kind is NUMBER)

CODED = pa.schema(
    [("time", pa.timestamp("us")), ("src", pa.int32()), ("dst", pa.int32())]
    + [("src_port", pa.uint16()), ("dst_port", pa.uint16()), ("protocol", pa.uint8()), ("state", pa.uint8())]
    + [(counter, pa.int64()) for counter in COUNTERS]
    + [("context", pa.int32()), ("blob", pa.int32())]
)
"""A row a tuple. Times are UTC; `src` and `dst` are places in `addresses`, `context` one in `contexts`; `blob` is the
number that whoever gathered gave to the blob."""
COUNTED = ("src", "dst", "src_port", "dst_port", "protocol", "state", "context")
"""Columns of which `Arranged` tells how often each number is there."""

Integers = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Count = tuple[npt.NDArray[Any], npt.NDArray[Any]]
"""Numbers, and how many rows have each."""
_DENSE = 4_000_000
"""Numbers that lie within so many are counted in one array."""
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class BlobSpans:
    """Of each blob, by its number: how many rows it has, and their first and last time in microseconds UTC; where it
    has none, a first time after all others and a last one before them."""

    tuples: Longs
    first: Longs
    last: Longs

    @classmethod
    def of(cls, size: int, blobs: npt.NDArray[Any], parts: BlobSpans) -> BlobSpans:
        """Of so many blobs, from parts of them: `blobs` are the numbers of whose part each is."""
        tuples, first, last = np.zeros(size, np.int64), np.full(size, _NEVER), np.full(size, -_NEVER)
        np.add.at(tuples, blobs, parts.tuples)
        np.minimum.at(first, blobs, parts.first)
        np.maximum.at(last, blobs, parts.last)
        return cls(tuples, first, last)


@dataclass(frozen=True)
class PairKey:
    """A number of 63 bits for a row: source, destination, time since `since` without its `shift` lowest bits, place."""

    end_bits: int
    time_bits: int
    place_bits: int
    since: int
    shift: int


@dataclass(frozen=True)
class Arranged:
    """Rows in an order, with the numbers that a store gives."""

    rows: pa.Table
    """Of CODED."""
    counts: Mapping[str, Count]
    """Of each of COUNTED; a number may be there twice."""


class CodedRows(Protocol):
    """Rows of CODED."""

    def __len__(self) -> int: ...

    def table(self) -> pa.Table:
        """As columns of CODED, in the order in which they were read."""
        ...

    def numbers(self, column: str) -> Longs:
        """A column without nulls as numpy has it; times are microseconds."""
        ...

    def counted_from(self, first: int) -> CodedRows:
        """The same with the numbers of blobs less by `first`."""
        ...

    def spans(self, size: int) -> BlobSpans:
        """Of `size` blobs."""
        ...

    def extent(self) -> tuple[int, int]:
        """The first and the last time of rows, of which there is one at least."""
        ...

    def sorted_by(self, key: PairKey, ranks: Longs) -> Longs:
        """The places of rows sorted by their key; `ranks` has the numbers that stand for addresses in it."""
        ...

    def arranged(self, order: Longs, places: Mapping[str, Integers]) -> Arranged:
        """The rows at the places of `order`; src, dst, context and blob are looked up in `places` of that name."""
        ...


@dataclass(frozen=True)
class CodedColumns:
    """Rows of CODED as a table of it."""

    held: pa.Table

    def __len__(self) -> int:
        return len(self.held)

    def table(self) -> pa.Table:
        """The table itself."""
        return self.held

    def numbers(self, column: str) -> Longs:
        """A column without nulls as numpy has it; times are microseconds."""
        held = self.held.column(column)
        return _int64((held.cast(pa.int64()) if column == "time" else held).to_numpy())

    def counted_from(self, first: int) -> CodedColumns:
        """The same with the numbers of blobs less by `first`."""
        moved = pc.subtract(self.held.column("blob"), pa.scalar(first, pa.int32()))
        return CodedColumns(self.held.set_column(CODED.get_field_index("blob"), CODED.field("blob"), moved))

    def spans(self, size: int) -> BlobSpans:
        """Of `size` blobs."""
        times = self.numbers("time")
        return BlobSpans.of(size, self.numbers("blob"), BlobSpans(np.ones(len(times), np.int64), times, times))

    def extent(self) -> tuple[int, int]:
        """The first and the last time."""
        times = self.numbers("time")
        return int(times.min()), int(times.max())

    def sorted_by(self, key: PairKey, ranks: Longs) -> Longs:
        """The places of rows sorted by their key."""
        src, dst = (ranks[self.numbers(end)] for end in ("src", "dst"))
        times = self.numbers("time") - key.since >> key.shift
        ends = (src << key.end_bits | dst) << key.time_bits
        keys = (ends | times) << key.place_bits | np.arange(len(times))
        keys.sort()
        return _int64(keys & (1 << key.place_bits) - 1)

    def arranged(self, order: Longs, places: Mapping[str, Integers]) -> Arranged:
        """The rows at the places of `order`, with other numbers."""
        rows = self.held.combine_chunks().take(pa.array(order))
        numbered = {name: numbers[rows.column(name).to_numpy()] for name, numbers in places.items()}
        rows = pa.table([numbered.get(name, rows.column(name)) for name in CODED.names], schema=CODED)
        return Arranged(rows, {name: count_each(rows.column(name).to_numpy()) for name in COUNTED})


def count_each(numbers: npt.NDArray[np.integer]) -> Count:
    """The distinct ones, and how often each is there."""
    lowest = int(numbers.min()) if len(numbers) else 0
    if len(numbers) and int(numbers.max()) - lowest < _DENSE:
        counts = np.bincount(numbers - lowest)
        found = np.flatnonzero(counts)
        return found + lowest, counts[found]
    return np.unique(numbers, return_counts=True)


def _int64(numbers: Any) -> Longs:
    made: Longs = numbers
    return made
