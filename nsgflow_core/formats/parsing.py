"""One blob's bytes -> canonical flows, the careful way alone: what `gathering` agrees with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pyarrow as pa

from nsgflow_core.errors import Cancelled
from nsgflow_core.formats.base import FLOW_SCHEMA, ParsedPart
from nsgflow_core.formats.framing.head import check_delta, records_start
from nsgflow_core.formats.framing.records import Stretch, whole_records
from nsgflow_core.formats.framing.scan import Scan
from nsgflow_core.formats.groups import TupleGroups
from nsgflow_core.formats.kinds import take
from nsgflow_core.formats.tuples import flow_table


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
        groups = TupleGroups()
        take(stretch, groups, check)
        yield _parsed(groups, stretch, check)


def _parsed(groups: TupleGroups, stretch: Stretch, check: Callable[[], None]) -> ParsedPart:
    rejected: Counter[str] = Counter(groups.rejected.get(groups.blob))
    tables = []
    for layout, batch in groups.batches.items():
        flows, _, faults = flow_table(layout, batch, check)
        tables.append(flows)
        rejected.update(faults.get(groups.blob))
    if len(tables) == 1:
        joined = tables[0]
    else:
        joined = pa.concat_tables(tables).unify_dictionaries().combine_chunks() if tables else FLOW_SCHEMA.empty_table()
    return ParsedPart(joined, stretch.end, dict(rejected), tuple(stretch.too_large))
