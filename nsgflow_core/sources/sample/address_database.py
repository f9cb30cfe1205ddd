"""A database of addresses in MaxMind's format, written: the sample estate brings one of its own.

Source: "MaxMind DB File Format Specification", version 2.0 (search tree of 24-bit records, data section, metadata).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nsgflow_core.words.prefixes import V4_MAPPED, Prefix

_MARK = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR = bytes(16)
_TYPES = {str: 2, dict: 7, list: 11}
_UINT32, _UINT16 = 6, 5


class Tree:
    """A binary tree of 128 bits; an IPv4 address lies in the first 96 zero bits, as the format has it."""

    def __init__(self) -> None:
        self.nodes: list[list[int | bytes | None]] = [[None, None]]

    def add(self, prefix: Prefix, record: bytes) -> None:
        """The record for a prefix; prefixes must not overlap."""
        number = int.from_bytes(
            bytes(12) + prefix.first[12:] if prefix.first[:12] == V4_MAPPED else prefix.first, "big"
        )
        length = 128 - (prefix.size.bit_length() - 1)
        at = 0
        for depth in range(length):
            bit = number >> (127 - depth) & 1
            if depth == length - 1:
                self.nodes[at][bit] = record
                return
            below = self.nodes[at][bit]
            if not isinstance(below, int):
                below = len(self.nodes)
                self.nodes.append([None, None])
                self.nodes[at][bit] = below
            at = below


def write_database(kind: str, built: int, records: Iterable[tuple[Prefix, Mapping[str, Any]]]) -> bytes:
    """The file: `kind` is its database type, `built` seconds since 1970, records are what is told of each prefix."""
    tree, data, places = Tree(), bytearray(), dict[bytes, int]()
    for prefix, record in records:
        encoded = _encoded(dict(record))
        if encoded not in places:
            places[encoded] = len(data)
            data += encoded
        tree.add(prefix, encoded)
    count = len(tree.nodes)
    written = bytearray()
    for node in tree.nodes:
        for below in node:
            value = count if below is None else below if isinstance(below, int) else count + 16 + places[below]
            written += value.to_bytes(3, "big")
    metadata = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": built,
        "database_type": kind,
        "description": {"en": kind},
        "ip_version": 6,
        "languages": ["en"],
        "node_count": count,
        "record_size": 24,
    }
    return bytes(written) + _SEPARATOR + bytes(data) + _MARK + _encoded(metadata)


def _encoded(value: Any) -> bytes:
    """A text, a whole number, a map or a list in the data section's encoding."""
    if isinstance(value, int):
        payload = value.to_bytes((value.bit_length() + 7) // 8, "big")
        return _control(_UINT32 if value > 0xFFFF else _UINT16, len(payload)) + payload
    if isinstance(value, str):
        text = value.encode()
        return _control(_TYPES[str], len(text)) + text
    if isinstance(value, dict):
        pairs = b"".join(_encoded(key) + _encoded(held) for key, held in value.items())
        return _control(_TYPES[dict], len(value)) + pairs
    return _control(_TYPES[list], len(value)) + b"".join(map(_encoded, value))


def _control(kind: int, size: int) -> bytes:
    """A type above 7 is written in a byte of its own; a size above 28 in one or two more."""
    extended = bytes([kind - 7]) if kind > 7 else b""
    head = 0 if kind > 7 else kind << 5
    if size < 29:
        return bytes([head | size]) + extended
    if size < 285:
        return bytes([head | 29]) + extended + bytes([size - 29])
    return bytes([head | 30]) + extended + (size - 285).to_bytes(2, "big")
