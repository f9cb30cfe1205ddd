"""Blobs of other Azure logs: all diagnostic logs have one file name, and a copy may have lost the path that tells.

Resource logs say in each record what they are (`category`), metrics have a `metricName` (Microsoft Learn, "Common
schema of Azure resource logs", "Send Azure resource logs to Azure Storage"). Those of Application Insights have
neither, and the `resourceId` of what wrote them, which is no part of a network. They come as a list of records, or as
JSON lines.
"""

from __future__ import annotations

import re

import orjson

from nsgflow_core.errors import FormatError
from nsgflow_core.formats.framing.head import records_start
from nsgflow_core.formats.framing.scan import RECORD_LIMIT, Scan
from nsgflow_core.formats.groups import text_of
from nsgflow_core.words import arm_id

_FLOW_LOGS = frozenset({"networksecuritygroupflowevent", "flowlogflowevent"})
_NETWORK = "microsoft.network/"
"""Of what may write flow logs, or be written of in records that a tool has flattened."""
_TUPLES = re.compile(rb'"flowTuples?"', re.IGNORECASE)
_FIRST = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*+\[?[ \t\r\n]*+(?=\{)")

_RECORD = re.compile(rb"[ \t\r\n,]*+(?=\{)")


def is_of_another_log(content: bytes) -> bool:
    """True for the first bytes of a blob without a flow tuple whose first record says that it is of another log."""
    first = _FIRST.match(content)
    if first is None or _TUPLES.search(content):
        return False
    scan = Scan(content)
    try:
        start = records_start(scan)
    except FormatError:  # JSON lines are no list of records
        start = first.end()
    record_start = _RECORD.match(content, start)
    if record_start is None:
        return False
    start = record_start.end()
    end, is_whole = scan.value_extent(start)
    if end is None or not is_whole or end - start > RECORD_LIMIT:
        return False
    record = orjson.loads(content[start:end])
    if category := text_of(record, "category"):
        return category.lower() not in _FLOW_LOGS
    if text_of(record, "metricName"):
        return True
    of_type = arm_id.type_of(text_of(record, "resourceId"))
    return of_type.startswith("microsoft.") and not of_type.startswith(_NETWORK)
