"""Rows as the compiled pass writes them: each is one line of the processor's cache, and is put into columns once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, cast

import numpy as np
import pyarrow as pa
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from nsgflow_core.formats.coded.rows import (
    CODED,
    COUNTED,
    COUNTERS,
    Arranged,
    BlobSpans,
    Count,
    Integers,
    Longs,
    PairKey,
)
from nsgflow_core.formats.compiled.compiling import compiled, entry
from nsgflow_core.formats.compiled.sorting import DIGIT_BITS, make_keys, sort_keys
from nsgflow_core.formats.compiled.tables import ROW, Rows

Flags = NDArray[np.uint8]
Ports = NDArray[np.uint16]


class _Columns(NamedTuple):
    """The columns of CODED that are no counters."""

    time: Longs
    src: Integers
    dst: Integers
    src_port: Ports
    dst_port: Ports
    protocol: Flags
    state: Flags
    context: Integers
    blob: Integers


class _Counts(NamedTuple):
    """By number, how many rows have it: a field for each of COUNTED."""

    src: Integers
    dst: Integers
    src_port: Integers
    dst_port: Integers
    protocol: Integers
    state: Integers
    context: Integers


class _Numbers(NamedTuple):
    """What stands for the number of an address, a context or a blob."""

    src: Integers
    dst: Integers
    context: Integers
    blob: Integers


@dataclass(frozen=True)
class Packed:
    """A `CodedRows` of rows of ROW, in which blobs are counted from `first`."""

    held: Rows
    blobs: Longs
    """The numbers of blobs of which parts were read, one after the other."""
    parts: BlobSpans
    """What was read of each."""
    first: int = 0

    def __len__(self) -> int:
        return len(self.held)

    def table(self) -> pa.Table:
        """As columns of CODED, in the order in which they were read."""
        ends = int(max(self.held["src"].max(), self.held["dst"].max(), self.held["context"].max())) if len(self) else 0
        same, blobs = np.arange(ends + 1, dtype=np.int32), int(self.blobs.max(initial=self.first)) + 1 - self.first
        places = {"src": same, "dst": same, "context": same, "blob": np.arange(blobs, dtype=np.int32)}
        return self.arranged(np.arange(len(self)), places).rows

    def numbers(self, column: str) -> Longs:
        """A column without nulls as numpy has it; times are microseconds."""
        numbers: Longs = self.held[column].astype(np.int64)
        return numbers - self.first if column == "blob" else numbers

    def counted_from(self, first: int) -> Packed:
        """The same with the numbers of blobs less by `first`."""
        return replace(self, first=self.first + first)

    def spans(self, size: int) -> BlobSpans:
        """Of `size` blobs."""
        return BlobSpans.of(size, self.blobs - self.first, self.parts)

    def extent(self) -> tuple[int, int]:
        """The first and the last time."""
        return int(self.parts.first.min()), int(self.parts.last.max())

    def sorted_by(self, key: PairKey, ranks: Longs) -> Longs:
        """The places of rows sorted by their key."""
        room = np.empty((2, len(self)), np.int64)
        digits = -(-(2 * key.end_bits + key.time_bits) // DIGIT_BITS)
        starts = np.zeros((digits, 1 << DIGIT_BITS), np.int64)
        make_keys(self.held, ranks, key.end_bits, key.time_bits, key.place_bits, key.since, key.shift, room[0], starts)
        sort_keys(room, starts, key.place_bits)
        return room[digits % 2]

    def arranged(self, order: Longs, places: Mapping[str, Integers]) -> Arranged:
        """The rows at the places of `order`, with other numbers."""
        columns = _Columns(*(np.empty(len(order), ROW[name]) for name in _Columns._fields))
        counters = np.empty((len(COUNTERS), len(order)), np.int64)
        valid = np.zeros((len(COUNTERS), -(-len(order) // 8)), np.uint8)
        sizes = {name: len(places[name]) if name in places else 1 << 8 * ROW[name].itemsize for name in COUNTED}
        counts = _Counts(*(np.zeros(sizes[name], np.int32) for name in _Counts._fields))
        numbers = _Numbers(*(places[name] for name in _Numbers._fields))
        _arrange(self.held, order, self.first, numbers, columns, counts, counters, valid)
        arrays: dict[str, pa.Array] = {name: pa.array(column) for name, column in columns._asdict().items()}
        arrays["time"] = arrays["time"].view(CODED.field("time").type)
        arrays |= {name: _nullable(counters[at], valid[at]) for at, name in enumerate(COUNTERS)}
        rows = pa.table([arrays[name] for name in CODED.names], schema=CODED)
        return Arranged(rows, {name: _found(each, places.get(name)) for name, each in counts._asdict().items()})


def _nullable(values: Longs, valid: Flags) -> pa.Array:
    return pa.Array.from_buffers(pa.int64(), len(values), [pa.py_buffer(valid), pa.py_buffer(values)])


def _found(counts: Integers, numbers: Integers | None) -> Count:
    """What was counted: places by what they stand for, where they do."""
    found = np.flatnonzero(counts)
    return found if numbers is None else numbers[found], counts[found]


_declared: Any = cgutils.get_or_insert_function


def _prefetch(_typing: Any, rows: Any, _at: Any) -> Any:
    def fetch(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.bitcast(builder.gep(array.data, [arguments[1]]), ir.IntType(8).as_pointer())
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, flag, flag, flag])
        builder.call(_declared(builder.module, kind, "llvm.prefetch.p0i8"), [place, flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.void(rows, types.int64), fetch


fetch_ahead: Callable[[Rows, int], None] = cast(Any, intrinsic(_prefetch))
"""Begin to bring a row into the processor's cache: rows that are far apart take three times as long without it."""
_AHEAD = 12
"""Rows between the one that is fetched and the one that is put into columns."""


@compiled
def _put_counters(rows: Rows, place: int, at: int, counters: NDArray[np.int64], valid: Flags) -> None:
    row = rows[place]
    counters[0, at] = row.counter_0
    counters[1, at] = row.counter_1
    counters[2, at] = row.counter_2
    counters[3, at] = row.counter_3
    filled, bit, its_byte = ~row.nulls, at & 7, at >> 3
    valid[0, its_byte] |= (filled & 1) << bit
    valid[1, its_byte] |= (filled >> 1 & 1) << bit
    valid[2, its_byte] |= (filled >> 2 & 1) << bit
    valid[3, its_byte] |= (filled >> 3 & 1) << bit


@entry
def _arrange(
    rows: Rows,
    order: Longs,
    first: int,
    numbers: _Numbers,
    columns: _Columns,
    counts: _Counts,
    counters: NDArray[np.int64],
    valid: Flags,
) -> None:
    for at in range(len(order)):
        place = order[at]
        fetch_ahead(rows, order[min(at + _AHEAD, len(order) - 1)])
        row = rows[place]
        columns.time[at] = row.time
        columns.src[at] = numbers.src[row.src]
        columns.dst[at] = numbers.dst[row.dst]
        columns.src_port[at] = row.src_port
        columns.dst_port[at] = row.dst_port
        columns.protocol[at] = row.protocol
        columns.state[at] = row.state
        columns.context[at] = numbers.context[row.context]
        columns.blob[at] = numbers.blob[row.blob - first]
        _put_counters(rows, place, at, counters, valid)
        counts.src[row.src] += 1
        counts.dst[row.dst] += 1
        counts.src_port[row.src_port] += 1
        counts.dst_port[row.dst_port] += 1
        counts.protocol[row.protocol] += 1
        counts.state[row.state] += 1
        counts.context[row.context] += 1
