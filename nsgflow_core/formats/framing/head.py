"""Where a blob's records begin, or a clear word on what the file is instead."""

from __future__ import annotations

import re

from nsgflow_core import COMMAND
from nsgflow_core.errors import FormatError
from nsgflow_core.formats.framing.scan import SPACE, Scan

_BOM = b"\xef\xbb\xbf"
HEAD = b'{"records":['
CLOSING = b"]}"
"""What Azure begins and ends a blob with."""
_USUAL_HEAD = re.compile(
    rb"(?:\[" + SPACE + rb")?+\{" + SPACE + rb'"records"' + SPACE + rb":" + SPACE + rb"\[", re.IGNORECASE
)
"""Also of an array of lists."""
_BARE = re.compile(rb"\[?" + SPACE + rb"(?=\{)")
_KEY = b'"records"'
_LIST = re.compile(SPACE + rb":" + SPACE + rb"\[")
_NEXT = re.compile(rb"[^ \t\r\n,]")
_CONTENT = re.compile(rb"[^ \t\r\n]")

_MAGIC = (
    (b"\x1f\x8b", "It is compressed with gzip.", "Decompress it first, then import the JSON file."),
    (b"PK\x03\x04", "It is a ZIP archive.", "Unpack it first, then import the folder."),
    (b"PAR1", "It is a Parquet file.", "Import the PT1H.json blobs that the storage account holds."),
    (b"\xff\xfe", "It is UTF-16 text.", "Save it as UTF-8, as Azure writes it."),
    (b"\xfe\xff", "It is UTF-16 text.", "Save it as UTF-8, as Azure writes it."),
    (
        b"<",
        "It is HTML or XML.",
        "It may be an error or sign-in page saved in the blob's place: download the blob again.",
    ),
)
_TUPLES = re.compile(rb'(\\?)"flowTuples?\\?"', re.IGNORECASE)
"""Also within a text, where quotation marks are escaped."""
_ADDED_UP, _LOOKED_INTO = b"FlowIntervalStartTime", 1 << 16
_TRAFFIC_ANALYTICS = (
    "This is not a flow log: these are rows of Traffic Analytics, which adds flows up.",
    "Ask the workspace (--workspace), or the folder of a data export rule or export job where it lies (--lake).",
)
_RECORDS = ".. | objects | select(.flowRecords or .properties.flows?)"
_WRAPPED = (
    "This JSON holds flow records inside of something else, and a flow log is a list of records.",
    f"Take them out: jq -s '{{records: [{_RECORDS}]}}' FILE > PT1H.json",
)
_WRAPPED_AS_TEXT = (
    "This JSON holds flow records as texts within it, and a flow log is a list of records.",
    f"Take them out: jq -s '{{records: [.. | strings | fromjson? | {_RECORDS}]}}' FILE > PT1H.json",
)
_HINT = "Choose PT1H.json blobs of NSG or virtual network flow logs."
_HINT_ON_JSON = f"{_HINT} What 'az network … list' wrote is read by '{COMMAND} inventory FILE --save', or on Connect."


def records_start(scan: Scan) -> int:
    """Where the records of a whole blob begin (its length when there are none yet). Raises FormatError."""
    part = scan.part
    if part[: len(HEAD)] == HEAD:
        return len(HEAD)
    start = len(_BOM) if part[: len(_BOM)] == _BOM else 0
    found = _CONTENT.search(part, start)
    if found is None:
        return len(part)
    start = found.start()
    if head := _USUAL_HEAD.match(part, start):
        return head.end()
    beginning = bytes(part[start : start + 64])
    if HEAD.startswith(re.sub(rb"[ \t\r\n]", b"", beginning)):  # the head itself is not yet whole
        return len(part)
    if beginning.startswith(b"{") and (end := _records_list(scan, start)) is not None:
        return end
    bare = _BARE.match(part, start)
    if bare and scan.next_start(bare.end()) == bare.end() and scan.is_flow_record_at(bare.end()):
        return bare.end()
    raise _no_flow_log(beginning, part)


def check_delta(scan: Scan) -> None:
    """Bytes from a cursor on must go on with records or the list's end. Raises FormatError."""
    found = _NEXT.search(scan.part)
    if found is None or found[0] in (b"{", b"]", b"["):
        return
    if not scan.value_extent(found.start())[1] and scan.first_flow_record(found.start()) is None:
        raise FormatError(
            "What follows the part already read is not flow-log records.",
            "The blob was rewritten or damaged: import it again from its start.",
        )


def _records_list(scan: Scan, start: int) -> int | None:
    """Where the list under the key `records` of the outermost object begins."""
    depth = 0
    for mark, begin, end in scan.tokens(start):
        is_key = depth == 1 and end - begin == len(_KEY) and bytes(scan.part[begin:end]).lower() == _KEY
        if is_key and (opened := _LIST.match(scan.part, end)):
            return opened.end()
        depth += (mark in b"{[") - (mark in b"}]")
        if depth == 0:
            return None
    return None


def _no_flow_log(beginning: bytes, part: bytes | bytearray | memoryview) -> FormatError:
    for magic, what, hint in _MAGIC:
        if beginning.startswith(magic):
            return FormatError(f"This is not a flow log. {what}", hint)
    if _ADDED_UP in bytes(part[:_LOOKED_INTO]):
        return FormatError(*_TRAFFIC_ANALYTICS)
    if beginning[:1] in (b"{", b"[") and (tuples := _TUPLES.search(part)):
        return FormatError(*(_WRAPPED_AS_TEXT if tuples[1] else _WRAPPED))
    if beginning[:1] in (b"{", b"["):
        return FormatError("This is JSON, but not a flow log: it has no list of flow records.", _HINT_ON_JSON)
    return FormatError("This is not a flow log: it is not JSON.", _HINT)
