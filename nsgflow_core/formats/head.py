"""Where a blob's records begin, or a clear word on what the file is instead."""

from __future__ import annotations

import re

from nsgflow_core.errors import FormatError
from nsgflow_core.formats.records import Bytes, first_flow_record, value_extent

_BOM = b"\xef\xbb\xbf"
_HEAD = b'{"records":['
_SPACE = rb"[ \t\r\n]*"
_USUAL_HEAD = re.compile(rb"\{" + _SPACE + rb'"records"' + _SPACE + rb":" + _SPACE + rb"\[", re.IGNORECASE)
_BARE = re.compile(rb"\[?" + _SPACE + rb"(?=\{)")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}\[\]"]', re.DOTALL)
_LIST = re.compile(_SPACE + rb":" + _SPACE + rb"\[")
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
_HINT = "Choose PT1H.json blobs of NSG or virtual network flow logs."


def records_start(part: Bytes) -> int:
    """Where the records of a whole blob begin (its length when there are none yet). Raises FormatError."""
    start = len(_BOM) if part[: len(_BOM)] == _BOM else 0
    found = _CONTENT.search(part, start)
    if found is None:
        return len(part)
    start = found.start()
    if head := _USUAL_HEAD.match(part, start):
        return head.end()
    beginning = bytes(part[start : start + 64])
    if _HEAD.startswith(re.sub(rb"[ \t\r\n]", b"", beginning)):  # the head itself is not yet whole
        return len(part)
    if beginning.startswith(b"{") and (end := _records_list(part, start)) is not None:
        return end
    if (bare := _BARE.match(part, start)) and first_flow_record(part, bare.end()) == bare.end():
        return bare.end()
    raise _no_flow_log(beginning)


def check_delta(part: Bytes) -> None:
    """Bytes from a cursor on must go on with records or the list's end. Raises FormatError."""
    found = _NEXT.search(part)
    if found is None or found[0] in (b"{", b"]", b"["):
        return
    if not value_extent(part, found.start())[1] and first_flow_record(part, found.start()) is None:
        raise FormatError(
            "What follows the part already read is not flow-log records.",
            "The blob was rewritten or damaged: import it again from its start.",
        )


def _records_list(part: Bytes, start: int) -> int | None:
    """Where the list under the key `records` of the outermost object begins."""
    depth = 0
    for token in _TOKEN.finditer(part, start):
        mark = token[0]
        if depth == 1 and bytes(mark).lower() == b'"records"' and (opened := _LIST.match(part, token.end())):
            return opened.end()
        depth += (mark in (b"{", b"[")) - (mark in (b"}", b"]"))
        if depth == 0:
            return None
    return None


def _no_flow_log(beginning: bytes) -> FormatError:
    for magic, what, hint in _MAGIC:
        if beginning.startswith(magic):
            return FormatError(f"This is not a flow log. {what}", hint)
    if beginning[:1] in (b"{", b"["):
        return FormatError("This is JSON, but not a flow log: it has no list of flow records.", _HINT)
    return FormatError("This is not a flow log: it is not JSON.", _HINT)
