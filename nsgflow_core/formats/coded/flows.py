"""Flows as numbers, and the few texts that the numbers stand for: what a parse of many blobs gives, and a store keeps.

Texts are not made one for blobs or parts: the same address may stand in `addresses` twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nsgflow_core.ask.codes import STATE_CODES
from nsgflow_core.ask.columns import COLUMNS
from nsgflow_core.ask.parts import Held
from nsgflow_core.formats.coded.rows import CODED, COUNTERS, CodedColumns, CodedRows, Integers

STATE_NUMBERS: Mapping[str, int] = {word: code for code, word in STATE_CODES.items()}
"""The flow states and their codes; 0 is none (version 1 NSG logs)."""
CONTEXT_WORDS: tuple[str, ...] = tuple(
    column.key for column in COLUMNS.values() if column.single and column.sql.table is Held.CONTEXTS
)
"""The columns of FLOW_SCHEMA that are words about a group of rows; a row refers to them by its context."""
_CONTEXTS = pa.schema([(word, pa.string()) for word in CONTEXT_WORDS])


@dataclass(frozen=True)
class CodedFlows:
    """Rows, and what they refer to."""

    held: CodedRows
    addresses: pa.Array
    """Canonical texts."""
    contexts: pa.Table
    """A column for each of CONTEXT_WORDS."""

    def __len__(self) -> int:
        return len(self.held)

    @property
    def rows(self) -> pa.Table:
        """A table of CODED."""
        return self.held.table()

    def counted_from(self, first: int) -> CodedFlows:
        """The same with the numbers of blobs less by `first`."""
        return replace(self, held=self.held.counted_from(first))

    @classmethod
    def of(cls, flows: pa.Table, blobs: Integers) -> CodedFlows:
        """From rows of FLOW_SCHEMA and the number of each one's blob."""
        if not len(flows):
            return NO_FLOWS
        (sources, src), (destinations, dst) = (_dictionary_of(flows.column(end)) for end in ("src_ip", "dst_ip"))
        states, state = _dictionary_of(flows.column("flow_state"))
        contexts, context = _contexts_of(flows)
        columns = {
            "time": flows.column("time").cast(pa.timestamp("us")),
            "src": src,
            "dst": dst + np.int32(len(sources)),
            **{name: flows.column(name) for name in ("src_port", "dst_port", "protocol")},
            "state": np.array([STATE_NUMBERS[word] for word in states.to_pylist()], np.uint8)[state],
            **{name: flows.column(name) for name in COUNTERS},
            "context": context,
            "blob": blobs,
        }
        rows = pa.table([columns[name] for name in CODED.names], schema=CODED)
        return cls(CodedColumns(rows), pa.concat_arrays([sources, destinations]), contexts)

    @classmethod
    def joined(cls, parts: Sequence[CodedFlows]) -> CodedFlows:
        """Several as one."""
        if len(parts) <= 1:
            return parts[0] if parts else NO_FLOWS
        rows, addresses, contexts = [], 0, 0
        for part in parts:
            moved = part.rows
            for column, by in (("src", addresses), ("dst", addresses), ("context", contexts)):
                numbers = pc.add(moved.column(column), pa.scalar(by, pa.int32()))
                moved = moved.set_column(CODED.get_field_index(column), CODED.field(column), numbers)
            rows.append(moved)
            addresses += len(part.addresses)
            contexts += len(part.contexts)
        return cls(
            CodedColumns(pa.concat_tables(rows)),
            pa.concat_arrays([part.addresses for part in parts]),
            pa.concat_tables([part.contexts for part in parts]),
        )


NO_FLOWS = CodedFlows(CodedColumns(CODED.empty_table()), pa.array([], pa.string()), _CONTEXTS.empty_table())


def _dictionary_of(column: pa.ChunkedArray) -> tuple[pa.Array, Integers]:
    """A dictionary column's distinct values, and each row's position in them."""
    merged = column.unify_dictionaries().combine_chunks()
    if isinstance(merged, pa.ChunkedArray):
        merged = merged.chunk(0)
    return merged.dictionary, merged.indices.to_numpy(zero_copy_only=False)


def _contexts_of(flows: pa.Table) -> tuple[pa.Table, Integers]:
    """The distinct combinations of words, and the one of each row."""
    columns = [_dictionary_of(flows.column(word)) for word in CONTEXT_WORDS]
    code = np.zeros(len(flows), np.int64)
    size = 1
    for words, positions in columns:
        if size * max(len(words), 1) > 1 << 40:
            code, distinct = pd.factorize(code)
            code, size = code.astype(np.int64), len(distinct)
        code = code * max(len(words), 1) + positions
        size *= max(len(words), 1)
    numbers, _ = pd.factorize(code)
    example = np.zeros(int(numbers.max()) + 1, np.int64)
    example[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
    taken = [words.take(pa.array(positions[example])) for words, positions in columns]
    return pa.table(taken, schema=_CONTEXTS), numbers.astype(np.int32)
