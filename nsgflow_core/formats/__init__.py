"""Blob bytes -> canonical flows. FORMATS is the registry: a new format is one module and one row here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from nsgflow_core.errors import Cancelled
from nsgflow_core.formats import nsg, vnet
from nsgflow_core.formats.base import FLOW_SCHEMA, LargeRecord, ParsedPart
from nsgflow_core.formats.groups import NO_FLOWS, Groups
from nsgflow_core.formats.head import check_delta, records_start
from nsgflow_core.formats.records import Stretch, whole_records
from nsgflow_core.formats.scan import RECORD_LIMIT, Scan
from nsgflow_core.formats.tuples import flows_of

BROKEN_RECORD = "broken record"
TOO_LARGE = "too large a record"

__all__ = ["FLOW_SCHEMA", "FORMATS", "RECORD_LIMIT", "Format", "LargeRecord", "ParsedPart", "parse"]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of flow log: how to tell its records, and how to gather their tuples."""

    name: str
    matches: Callable[[Mapping[str, Any]], bool]
    gather: Callable[[Mapping[str, Any], Groups], None]


FORMATS: tuple[Format, ...] = (
    Format("vnet", vnet.matches, vnet.gather),
    Format("nsg", nsg.matches, nsg.gather),
)


def parse(
    part: bytes | memoryview, *, at_start: bool, cancelled: Callable[[], bool] = lambda: False
) -> Iterator[ParsedPart]:
    """The flows of a blob, or of what was appended to it, some MB of whole records at a time.

    `at_start`: the bytes begin at the blob's first byte (`{"records":[`); otherwise at a cursor, that is at the
    `consumed` of an earlier part, and begin with `,{` or `{` or `]}`. Bytes that end inside a record give the whole
    records before it, and `consumed` stops there. Nothing is yielded when there is no whole record. One file may
    mix both kinds of log and all versions. Time is linear in the bytes, whatever they are, and a record of more than
    RECORD_LIMIT bytes is passed over and counted. `cancelled` is asked often, also inside a record.
    Raises FormatError (on the first step) for bytes that are no flow log, Cancelled when the work is to end.
    """

    def check() -> None:
        if cancelled():
            raise Cancelled("The reading was stopped.")

    scan = Scan(part, check)
    start = records_start(scan) if at_start else 0
    if not at_start:
        check_delta(scan)
    for stretch in whole_records(part, start, check):
        groups = Groups()
        groups.reject(BROKEN_RECORD, stretch.broken)
        groups.reject(TOO_LARGE, len(stretch.too_large))
        _gather(stretch.records, groups, check)
        stretch.records = []
        yield _parsed(groups, stretch, check)


def _gather(records: Sequence[Any], groups: Groups, check: Callable[[], None]) -> None:
    """Hand each record to the format that it has the shape of."""
    for record in records:
        check()
        if not isinstance(record, dict):
            groups.reject(NO_FLOWS)
            continue
        for kind in FORMATS:
            if kind.matches(record):
                kind.gather(record, groups)
                break
        else:
            groups.reject(NO_FLOWS)


def _parsed(groups: Groups, stretch: Stretch, check: Callable[[], None]) -> ParsedPart:
    rejected: Counter[str] = Counter(groups.rejected)
    tables = []
    for layout, batch in groups.batches.items():
        flows, faults = flows_of(layout, batch, check)
        tables.append(flows)
        rejected.update(faults)
    if len(tables) == 1:
        joined = tables[0]
    else:
        joined = pa.concat_tables(tables).unify_dictionaries().combine_chunks() if tables else FLOW_SCHEMA.empty_table()
    return ParsedPart(joined, stretch.end, dict(rejected), tuple(stretch.too_large))
