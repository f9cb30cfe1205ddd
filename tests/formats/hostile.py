"""Hostile bytes of any size: what a damaged disk, a wrong upload or a stranger could put where a flow log belongs."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.estates.records import LINE, nsg_record, vnet_record

HEAD = b'{"records":['
ONE = json.dumps(vnet_record([LINE]), separators=(",", ":")).encode()
OLD = json.dumps(nsg_record(2, []), separators=(",", ":")).encode()
AT, _, AFTER = ONE.partition(json.dumps([LINE])[1:-1].encode())
"""A record before and after its one tuple, which stands in a list of texts."""

Shape = Callable[[int], bytes]


def times(piece: bytes, size: int) -> bytes:
    """The piece again and again, about `size` bytes."""
    return piece * max(size // len(piece), 1)


def _in_list(piece: bytes) -> Shape:
    """Among records, with whole ones before and behind."""
    return lambda size: HEAD + ONE + b"," + times(piece, size) + b"," + ONE + b"]}"


def _at_end(piece: bytes) -> Shape:
    """After a whole record, and nothing behind."""
    return lambda size: HEAD + ONE + b"," + times(piece, size)


def _as_tuples(piece: bytes) -> Shape:
    """In the place of a record's tuples."""
    return lambda size: HEAD + AT + times(piece, size) + AFTER + b"," + ONE + b"]}"


def _cut(share: float) -> Shape:
    """A sound log that ends at that share of it, with one broken record before, so that nothing is quick."""
    return lambda size: (HEAD + b'{"time":},' + times(ONE + b",", size))[: int(size * share)]


def _many_groups(size: int) -> bytes:
    """One entry of half unknown keys, half empty groups: nothing may be looked up again for each group."""
    keys = b",".join(b'"k%d":0' % number for number in range(size // 20))
    groups = b",".join([b'{"rule":"r","flowTuples":[]}'] * (size // 60))
    return HEAD + b'{"flowRecords":{"flows":[{' + keys + b',"flowGroups":[' + groups + b"]}]}}]}"


def _long_name(size: int) -> bytes:
    """A resource id of half the size, shared by many rules."""
    line = b'"1764000000,10.0.0.4,10.0.0.5,50000,443,T,I,A"'
    rules = b",".join(
        b'{"rule":"r%d","flows":[{"mac":"00005E005301","flowTuples":[%s]}]}' % (number, line)
        for number in range(size // 200)
    )
    name = b"n" * (size // 2)
    return HEAD + b'{"resourceId":"' + name + b'","properties":{"Version":1,"flows":[' + rules + b"]}}]}"


SHAPES: dict[str, Shape] = {
    "a text of escapes without end": _at_end(rb"\"x"),
    "a head with a text of escapes without end": lambda size: b'{"a":"' + times(rb"\"", size),
    "a record with a text of escapes without end": lambda size: HEAD + b'{"time":"' + times(rb"\"a", size),
    "escaped escapes without end": lambda size: HEAD + b'{"time":"' + times(rb"\\\"", size),
    "escapes without end behind records": lambda size: HEAD + times(ONE, size) + b'{"time":"' + times(rb"\"", size),
    "texts without end in many records": _in_list(rb'{"time":"\"\"\"\",'),
    "a lone quote again and again": _in_list(b'",'),
    "only quotes": _at_end(b'"'),
    "only escapes": _at_end(b"\\"),
    "lists in lists": _in_list(b"["),
    "objects in objects": _in_list(b'{"a":'),
    "records in records": _in_list(b'{"time":'),
    "records in records that never end": _at_end(b'{"time":{"properties":'),
    "closed lists in lists": lambda size: HEAD + times(b"[", size // 2) + times(b"]", size // 2) + b"," + ONE + b"]}",
    "many commas": _in_list(b","),
    "commas and spaces": _in_list(b" ,\n"),
    "many words `records`": lambda size: b"{" + times(b'"records":', size),
    "many lists `records`": lambda size: b"{" + times(b'"records":[],', size) + b'"a":1}',
    "many heads": lambda size: times(HEAD, size),
    "heads and ends": lambda size: times(HEAD + b"]}", size),
    "closing braces and commas": _in_list(b"},"),
    "closing braces": _in_list(b"}"),
    "closing brackets and spaces": lambda size: HEAD + ONE + b"]" + times(b" ", size) + b"x",
    "closing brackets, braces and spaces": lambda size: HEAD + ONE + times(b"] } ", size) + b"x",
    "empty objects before damage": lambda size: HEAD + b"x," + times(b"{},", size),
    "empty objects and one brace too many": _in_list(b"{}},"),
    "empty objects and one brace too few": _in_list(b"{},{"),
    "empty lists before damage": lambda size: HEAD + b"x," + times(b"[],", size),
    "objects of one key before damage": lambda size: HEAD + b"x," + times(b'{"":0},', size),
    "plain words": _in_list(b"null,tru,1,"),
    "no bracket": lambda size: times(b"a long text ", size),
    "an endless number": _in_list(b"1"),
    "an endless number in a record": lambda size: HEAD + b'{"time":' + times(b"9", size) + b"}," + ONE + b"]}",
    "an endless exponent": lambda size: HEAD + b'{"time":1e' + times(b"9", size) + b"}," + ONE + b"]}",
    "endless digits after the point": lambda size: HEAD + b'{"time":0.' + times(b"01", size) + b"}," + ONE + b"]}",
    "lone surrogates": _as_tuples(rb'"\ud800",'),
    "surrogates in one text": lambda size: HEAD + AT + b'"' + times(rb"\ud83d\ude00", size) + b'"' + AFTER + b"]}",
    "NULs": _in_list(b"\0"),
    "NULs from the first byte": lambda size: times(b"\0", size),
    "byte order marks": lambda size: times(b"\xef\xbb\xbf", size),
    "byte order marks among records": _in_list(b"\xef\xbb\xbf"),
    "UTF-16": lambda size: (HEAD + times(ONE + b",", size // 2)).decode().encode("utf-16"),
    "UTF-16 among records": _in_list(ONE.decode().encode("utf-16-le") + b","),
    "spaces": lambda size: times(b" ", size),
    "spaces in the head": lambda size: b"{" + times(b" ", size) + b'"records"' + times(b" ", size),
    "spaces in a record start": _in_list(b'{                "time"                 '),
    "bytes that are no UTF-8": _in_list(b"\xff\xc3\x28"),
    "one huge tuple": lambda size: HEAD + AT + b'"' + times(LINE.encode(), size) + b'"' + AFTER + b"," + ONE + b"]}",
    "one tuple of line ends": lambda size: HEAD + AT + b'"' + times(rb"\n", size) + b'"' + AFTER + b"]}",
    "tuples of line ends": _as_tuples(rb'"\n\r\n",'),
    "one tuple of commas": lambda size: HEAD + AT + b'"' + times(b",", size) + b'"' + AFTER + b"]}",
    "one tuple of hexadecimal digits": lambda size: HEAD + AT + b'"1,' + times(b"f:", size) + b'"' + AFTER + b"]}",
    "broken tuples": _as_tuples(b'"1764000000000,10.0.1.4,nowhere",'),
    "empty tuples": _as_tuples(b'"",'),
    "tuples that are no text": _as_tuples(b"1,{},"),
    "tuples of many digits": _as_tuples(b'"1764000000000,' + b"1" * 200 + b'.2,x,1,2,6,I,B,NX,0,0,0,0",'),
    "empty groups": lambda size: HEAD + b'{"flowRecords":{"flows":[{"flowGroups":[' + times(b"{},", size) + b"1]}]}}]}",
    "many keys and many groups": _many_groups,
    "one long name and many rules": _long_name,
    "keys of one record": lambda size: HEAD + b"{" + times(b'"Time":1,', size) + b'"a":1},' + ONE + b"]}",
    "records without flows": _in_list(b'{"time":"x","properties":{}},'),
    "records without flows before damage": _in_list(b'{"time":"x","properties":{}},#,'),
    "damage after every record": _in_list(ONE + b",#,"),
    "a brace too few in every record": _in_list(ONE[:-1] + b","),
    "records torn in a text": _in_list(ONE[:-30] + b","),
    "logs joined": lambda size: times(HEAD + ONE + b"]}", size),
    "lines of JSON": lambda size: times(b'{"time":"x","category":"AuditEvent","properties":{"id":"x"}}\n', size),
    "other JSON": lambda size: b'{"value":[' + times(b'{"name":"x"},', size) + b"1]}",
    "HTML": lambda size: b"<html>" + times(b"<p>sign in</p>", size),
    "a page of HTML among records": _in_list(b'<a href="x">{sign in}</a>'),
    "cut in a name": _cut(0.501),
    "cut in a tuple": _cut(0.7503),
    "cut near the end": _cut(0.99),
    "one record larger than the limit": lambda size: HEAD + AT + times(json.dumps(LINE).encode() + b",", size)[:-1]
    + AFTER + b"," + ONE + b"]}",
    "one record larger than the limit, cut": lambda size: HEAD + AT + times(json.dumps(LINE).encode() + b",", size),
}  # fmt: skip
"""Name -> bytes of about the size asked for, most of them with a whole record somewhere."""
