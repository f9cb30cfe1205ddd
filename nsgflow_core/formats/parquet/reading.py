"""The flows of one Parquet file with the columns that an export writes, for a store that takes them in.

A file is taken whole or not at all: a row that no flow log writes says that the file is another one's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nsgflow_core.ask.codes import STATE_CODES
from nsgflow_core.errors import FormatError
from nsgflow_core.formats.base import FLOW_SCHEMA
from nsgflow_core.formats.fields import COUNTER_FIELDS, LARGEST_COUNTER
from nsgflow_core.formats.parquet.form import META, columns, unfit
from nsgflow_core.words.prefixes import pack, unpack
from nsgflow_core.words.visible import without_nul
from nsgflow_core.words.vocabulary import Decision, Direction, LogKind, RuleKind, protocol_number

MAGIC = b"PAR1"
_COUNTERS = frozenset(name for name, _ in COUNTER_FIELDS)
MOST_ROWS = 20_000_000
"""Of one file, since its rows are held in memory; an hour of an export has far fewer."""
_SUFFIX = "Leave it out, or export the flows again."
_WORDS: Mapping[str, frozenset[str]] = {
    "decision": frozenset(Decision), "direction": frozenset(Direction), "log_kind": frozenset(LogKind),
    "rule_kind": frozenset(RuleKind), "flow_state": frozenset(STATE_CODES.values()),
}  # fmt: skip


def flows_of(content: bytes, own: str = "") -> pa.Table:
    """Rows of FLOW_SCHEMA. `own` tells the store that takes them in: what it wrote itself it holds.

    Raises FormatError for what is no Parquet of flows, whole.
    """
    try:
        with pq.ParquetFile(pa.BufferReader(content)) as opened:
            _check(opened, own)
            held = opened.read(columns=list(columns()))
    except (pa.ArrowException, OSError, ValueError):
        raise FormatError("It is no Parquet file, or not all of one.", "Copy or write it again.") from None
    try:
        made = [_made(field, held) for field in FLOW_SCHEMA]
    except (pa.ArrowInvalid, TypeError):
        made = [None]
    if any(column is None or (column.null_count and not field.nullable) for column, field in zip(made, FLOW_SCHEMA)):  # noqa: B905
        raise FormatError("It has rows that are no log entries.", _SUFFIX)
    return pa.table(made, schema=FLOW_SCHEMA)


def _check(opened: pq.ParquetFile, own: str) -> None:
    if reason := unfit(opened.schema_arrow):
        hint = "What Log Analytics exported is asked where it lies: --lake FOLDER, or Connect, Parquet folder."
        raise FormatError(f"It {reason}.", hint)
    if opened.metadata.num_rows > MOST_ROWS:
        raise FormatError(
            f"Its rows ({opened.metadata.num_rows:,}) are more than {MOST_ROWS:,}.", "Write it an hour a file."
        )
    written = json.loads((opened.schema_arrow.metadata or {}).get(META, b"{}"))
    if own and isinstance(written, dict) and written.get("store") == own:
        raise FormatError("This store wrote it, and holds its flows.", "Import it into another store.")


def _made(field: pa.Field, held: pa.Table) -> pa.ChunkedArray | None:
    """One column as a store takes it; with nulls where a value is none of its kind."""
    if field.name == "nsg":
        return _by_text(held.column("nsg_id"), lambda text: without_nul(text.rpartition("/")[2])).cast(field.type)
    column = held.column(field.name)
    if field.name in ("src_ip", "dst_ip"):
        return _by_text(column, _address).cast(field.type)
    if field.name == "protocol":
        numbers = _by_text(column, lambda text: str(number) if (number := protocol_number(text)) is not None else None)
        return numbers.cast(pa.string()).cast(field.type)
    if field.name in _WORDS:
        return _by_text(column, lambda text: text if text in _WORDS[field.name] else None).cast(field.type)
    if pa.types.is_dictionary(field.type):
        return _by_text(column, without_nul).cast(field.type)
    made = column.cast(field.type)
    return made if field.name not in _COUNTERS or _are_counters(made) else None


def _are_counters(column: pa.ChunkedArray) -> bool:
    """True where no number is one that a log entry cannot have."""
    least, most = pc.min_max(column).as_py().values()
    return (least or 0) >= 0 and (most or 0) <= LARGEST_COUNTER


def _by_text(column: pa.ChunkedArray, make: Callable[[str], str | None]) -> pa.ChunkedArray:
    """A column of text with another text for each, made once for those that are equal."""
    texts = column.cast(pa.string()) if not pa.types.is_dictionary(column.type) else column
    coded = pc.dictionary_encode(texts.cast(pa.string()))
    merged = coded.unify_dictionaries().combine_chunks()
    array = merged.chunk(0) if isinstance(merged, pa.ChunkedArray) else merged
    distinct = pa.array([None if text is None else make(text) for text in array.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([pc.dictionary_encode(distinct.take(array.indices))])


def _address(text: str) -> str | None:
    packed = pack(text)
    return None if packed is None else unpack(packed)
