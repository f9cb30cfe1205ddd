"""The rows of a batch as columns, in one pass over them: each row is one line of the processor's cache."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from nsgflow_core.formats.coded import COUNTERS, Integers
from nsgflow_core.formats.compiled.compiling import entry
from nsgflow_core.formats.compiled.tables import ROW, Rows

Flags = NDArray[np.uint8]
_PLAIN = ("time", "src", "dst", "src_port", "dst_port", "protocol", "state", "context")


class Columns:
    """What `rows` hold by field, and which addresses and contexts they refer to."""

    def __init__(self, rows: Rows, addresses: int, contexts: int) -> None:
        """Of tables with so many addresses and contexts."""
        self.plain: dict[str, NDArray[Any]] = {name: np.empty(len(rows), ROW[name]) for name in _PLAIN}
        self.counters = np.empty((len(COUNTERS), len(rows)), np.int64)
        self._valid = np.zeros((len(COUNTERS), -(-len(rows) // 8)), np.uint8)
        self.used_addresses, self.used_contexts = np.zeros(addresses, np.uint8), np.zeros(contexts, np.uint8)
        _split(
            rows,
            counters=self.counters,
            valid=self._valid,
            used_addresses=self.used_addresses,
            used_contexts=self.used_contexts,
            **self.plain,
        )

    def counter(self, place: int) -> pa.Array:
        """A column of COUNTERS, null where the log left it empty."""
        values, valid = self.counters[place], self._valid[place]
        return pa.Array.from_buffers(pa.int64(), len(values), [pa.py_buffer(valid), pa.py_buffer(values)])


@entry
def _split(
    rows: Rows,
    time: NDArray[np.int64],
    src: Integers,
    dst: Integers,
    src_port: NDArray[np.uint16],
    dst_port: NDArray[np.uint16],
    protocol: Flags,
    state: Flags,
    context: Integers,
    counters: NDArray[np.int64],
    valid: Flags,
    used_addresses: Flags,
    used_contexts: Flags,
) -> None:
    for at in range(len(rows)):
        row = rows[at]
        time[at] = row.time
        src[at] = row.src
        dst[at] = row.dst
        src_port[at] = row.src_port
        dst_port[at] = row.dst_port
        protocol[at] = row.protocol
        state[at] = row.state
        context[at] = row.context
        counters[0, at] = row.counter_0
        counters[1, at] = row.counter_1
        counters[2, at] = row.counter_2
        counters[3, at] = row.counter_3
        filled, bit, place = ~row.nulls, at & 7, at >> 3
        valid[0, place] |= (filled & 1) << bit
        valid[1, place] |= (filled >> 1 & 1) << bit
        valid[2, place] |= (filled >> 2 & 1) << bit
        valid[3, place] |= (filled >> 3 & 1) << bit
        used_addresses[row.src] = 1
        used_addresses[row.dst] = 1
        used_contexts[row.context] = 1
