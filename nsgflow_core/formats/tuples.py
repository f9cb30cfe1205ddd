"""Tuples -> canonical Arrow rows, a column at a time: a flow tuple is a line of CSV.

Clean tuples never meet Python one by one. Numbers are read by pyarrow; addresses and codes are checked once per
distinct text; what a group's tuples share is spread by run lengths. Only when pyarrow refuses a batch, or its bytes
hold something that pyarrow would read more kindly than we do, are the lines looked at singly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from nsgflow_core.formats.base import FLOW_SCHEMA
from nsgflow_core.formats.fields import (
    COUNTER_FIELDS,
    END_SECOND,
    FIRST_SECOND,
    LARGEST_COUNTER,
    SECONDS_BELOW,
    Layout,
    canonical_address,
    encryption_code,
)
from nsgflow_core.formats.framing.scan import LOOKS_BETWEEN_CHECKS, never
from nsgflow_core.formats.groups import Batch, Rejected
from nsgflow_core.words.vocabulary import (
    DECISION_CODES,
    DIRECTION_CODES,
    NSG_STATE_CODES,
    PROTOCOL_CODES,
    VNET_STATE_CODES,
    Decision,
    FlowState,
    LogKind,
)

_DECISION_OF_STATE = {
    code: Decision.DENIED if state is FlowState.DENY else Decision.ALLOWED for code, state in VNET_STATE_CODES.items()
}

Mask = NDArray[np.bool_]


def flow_table(
    layout: Layout, batch: Batch, check: Callable[[], None] = never
) -> tuple[pa.Table, NDArray[np.int32], Rejected]:
    """The batch's clean tuples as rows of FLOW_SCHEMA, in order, with the blob of each, and the others by reason.

    `check` is called while lines are looked at singly; what it raises ends the work.
    """
    rejected: Rejected = {}
    lines: Sequence[Any] = batch.lines
    context_rows, blob_rows = batch.spread(batch.run_contexts), batch.spread(batch.run_blobs)
    fields = _read_all(layout, lines)
    if fields is None:
        kept = _clean_rows(layout, lines, blob_rows, rejected, check)
        lines = [lines[row] for row in kept]
        context_rows, blob_rows = context_rows[kept], blob_rows[kept]
        if not lines:
            return FLOW_SCHEMA.empty_table(), blob_rows, rejected
        fields = _read(layout, "\n".join(lines).encode())
    columns, bad = _columns(layout, fields)
    columns |= _context_columns([context.words() for context in batch.contexts], context_rows)
    flows = pa.Table.from_arrays([columns[name] for name in FLOW_SCHEMA.names], schema=FLOW_SCHEMA)
    if bad.any():
        for row in np.flatnonzero(bad).tolist():
            _reject(rejected, blob_rows[row], layout.fault(lines[row]) or "unreadable")
        flows, blob_rows = flows.filter(pa.array(~bad)), blob_rows[~bad]
    return (_forget_unused_words(flows) if rejected else flows), blob_rows, rejected


def _reject(rejected: Rejected, blob: np.int32, reason: str) -> None:
    rejected.setdefault(int(blob), Counter())[reason] += 1


def _read_all(layout: Layout, lines: Sequence[Any]) -> pa.Table | None:
    """The lines as typed columns, one row each; None when they must be looked at singly."""
    try:
        text = "\n".join(lines)
    except TypeError:
        return None
    if not text.isascii():
        return None
    buffer = text.encode()
    codes = np.frombuffer(buffer, np.uint8)
    if not _has_only_its_marks(layout, codes, len(lines)):
        return None
    try:
        fields = _read(layout, buffer)
    except pa.ArrowInvalid:
        return None
    return fields if fields.num_rows == len(lines) and not _was_read_kindly(layout, codes, fields) else None


def _has_only_its_marks(layout: Layout, codes: NDArray[np.uint8], rows: int) -> bool:
    """False when pyarrow may take what we do not (white space, signs, CRLF), or make rows of line ends within tuples.

    White space and signs sort before the point, and so do only the commas and line ends, whose number is known.
    """
    return bool(np.count_nonzero(codes < ord(".")) == rows * len(layout.fields) - 1)


def _was_read_kindly(layout: Layout, codes: NDArray[np.uint8], fields: pa.Table) -> bool:
    """True when pyarrow may have taken numbers in hexadecimal: an x belongs in the encryption field alone."""
    expected = 0
    if "encryption" in layout.names:
        column = fields.column("encryption").chunk(0)
        used = np.bincount(column.indices.to_numpy(), minlength=len(column.dictionary)).tolist()
        expected = sum(
            word.lower().count("x") * rows for word, rows in zip(column.dictionary.to_pylist(), used, strict=True)
        )
    return bool(np.count_nonzero(codes | 0x20 == ord("x")) != expected)


def _read(layout: Layout, buffer: bytes) -> pa.Table:
    """Lines as typed columns, each in one chunk (so with one dictionary). Raises pa.ArrowInvalid."""
    return csv.read_csv(
        pa.BufferReader(buffer),
        csv.ReadOptions(use_threads=False, column_names=layout.names, block_size=len(buffer) + 2),
        csv.ParseOptions(quote_char=False, double_quote=False, escape_char=False, ignore_empty_lines=False),
        csv.ConvertOptions(column_types=layout.column_types, null_values=[""], strings_can_be_null=False),
    )


def _clean_rows(
    layout: Layout, lines: Sequence[object], blobs: NDArray[np.int32], rejected: Rejected, check: Callable[[], None]
) -> list[int]:
    """Which lines can be read as columns; why the others cannot goes into `rejected`."""
    kept = []
    matches = layout.clean.fullmatch
    for row, line in enumerate(lines):
        if not row % LOOKS_BETWEEN_CHECKS:
            check()
        if not (isinstance(line, str) and matches(line)) and (reason := layout.fault(line)):
            _reject(rejected, blobs[row], reason)
        else:
            kept.append(row)
    return kept


def _columns(layout: Layout, fields: pa.Table) -> tuple[dict[str, pa.Array], Mask]:
    """The canonical columns that tuples give, and the rows that hold something bad."""
    read = {name: fields.column(name).chunk(0) for name in layout.names}
    rows = fields.num_rows
    bad = np.zeros(rows, bool)
    is_vnet = layout.log_kind is LogKind.VNET
    decided_by, decisions = ("state", _DECISION_OF_STATE) if is_vnet else ("decision", DECISION_CODES)
    states = VNET_STATE_CODES if is_vnet else NSG_STATE_CODES
    columns = {
        "time": _times(read["time"], bad),
        "src_ip": _respell(read["src_ip"], canonical_address, bad),
        "dst_ip": _respell(read["dst_ip"], canonical_address, bad),
        "src_port": _without_nulls(read["src_port"], bad),
        "dst_port": _without_nulls(read["dst_port"], bad),
        "protocol": _protocols(read["protocol"], layout, bad),
        "direction": _respell(read["direction"], DIRECTION_CODES.get, bad),
        "decision": _respell(read[decided_by], decisions.get, bad),
        "flow_state": _respell(read["state"], states.get, bad) if "state" in read else _same_word("", rows),
        "encryption": _respell(read["encryption"], encryption_code, bad) if is_vnet else _same_word("", rows),
    }
    for name, _ in COUNTER_FIELDS:
        columns[name] = _counters(read[name], bad) if name in read else pa.nulls(rows, pa.int64())
    return columns, bad


def _times(column: pa.Array, bad: Mask) -> pa.Array:
    """Epoch seconds or milliseconds as UTC; marks the rows outside the years that a flow log can have."""
    numbers = column.fill_null(0).to_numpy()
    is_seconds = numbers < SECONDS_BELOW
    is_sane = np.where(
        is_seconds,
        (numbers >= FIRST_SECOND) & (numbers < END_SECOND),
        (numbers >= FIRST_SECOND * 1000) & (numbers < END_SECOND * 1000),
    )
    bad |= ~is_sane
    microseconds = np.where(is_sane, numbers, 0) * np.where(is_seconds, 1_000_000, 1_000)
    return pa.array(microseconds).view(FLOW_SCHEMA.field("time").type)


def _counters(column: pa.Array, bad: Mask) -> pa.Array:
    """The column as it is; marks the rows with more than a flow can have moved."""
    if (pc.max(column).as_py() or 0) > LARGEST_COUNTER:
        bad |= pc.greater(column, LARGEST_COUNTER).fill_null(False).to_numpy(zero_copy_only=False)
    return column


def _without_nulls(column: pa.Array, bad: Mask) -> pa.Array:
    """The column with 0 for the empty fields, which are marked."""
    if column.null_count:
        bad |= column.is_null().to_numpy(zero_copy_only=False)
        return column.fill_null(0)
    return column


def _respell(column: pa.DictionaryArray, spell: Callable[[str], str | None], bad: Mask) -> pa.DictionaryArray:
    """The column in canonical words, one entry each; marks the rows whose text has none."""
    texts = column.dictionary.to_pylist()
    words = [spell(text) for text in texts]
    indices = column.indices.to_numpy()
    if None in words:
        bad |= np.array([word is None for word in words])[indices]
    elif words == texts:
        return column
    numbers: dict[str, int] = {}
    renumbered = np.array([numbers.setdefault(str(word or ""), len(numbers)) for word in words], np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(renumbered[indices]), pa.array(list(numbers), pa.string()))


def _protocols(column: pa.DictionaryArray, layout: Layout, bad: Mask) -> pa.Array:
    """IANA numbers; marks the rows with a code that the layout does not have."""
    holds = dict(layout.fields)["protocol"].holds
    numbers = [PROTOCOL_CODES.get(text) if holds(text) else None for text in column.dictionary.to_pylist()]
    indices = column.indices.to_numpy()
    if None in numbers:
        bad |= np.array([number is None for number in numbers])[indices]
    return pa.array(np.array([number or 0 for number in numbers], np.uint8)[indices])


def _same_word(word: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([word], pa.string()))


def _context_columns(contexts: Sequence[Mapping[str, str]], context_rows: NDArray[np.int32]) -> dict[str, pa.Array]:
    """The columns that are alike in a group, for the context number of each row."""
    columns = {}
    for name in contexts[0]:
        numbers: dict[str, int] = {}
        number_of_context = np.array([numbers.setdefault(words[name], len(numbers)) for words in contexts], np.int32)
        columns[name] = pa.DictionaryArray.from_arrays(
            pa.array(number_of_context[context_rows]), pa.array(list(numbers), pa.string())
        )
    return columns


def _forget_unused_words(flows: pa.Table) -> pa.Table:
    """The table with dictionaries of only the words that its rows use: rejected rows leave theirs behind."""
    columns = [
        pc.dictionary_encode(column.cast(pa.string())) if pa.types.is_dictionary(column.type) else column
        for column in flows.columns
    ]
    return pa.Table.from_arrays(columns, schema=FLOW_SCHEMA)
