"""Recognise the part of a blob that was already read, so that an appended blob is not read twice.

A fingerprint has up to three parts, `tail`, `tail+whole`, and `@head` behind either:

- `tail` is the CRC-32 of the last 16 KB before the cursor. Azure itself only inserts blocks before the closing `]}`
  (Microsoft Learn, "Read flow logs"), so any other content at that offset means that someone replaced the blob. The
  bytes there are record times and flow tuples, which differ between any two logs, hours and minutes; a blob of up to
  16 KB is covered to its first byte. It costs one small range, so a storage account is checked with it alone.
- `whole` is the CRC-32 of every byte before the cursor, 8 hexadecimal digits. On a local disk that is cheap (GB/s), and
  it also sees an edit in the middle of a large file that keeps every offset: one of up to four bytes always, any other
  but once in 4 thousand million times. Ledgers of older versions hold a BLAKE2b there and as their tail, 32 digits:
  known by its length.
- `head` tells blobs of one name apart: how many of the first bytes it covers, at most 4 KB, and their CRC-32. These
  never change while a blob grows, so a shorter copy has it too. Two flow logs, or one that began to write to another
  account within the hour, differ in it. Ledgers of older versions lack it.

Both sources write the same `tail` and `head`: a blob read from a copied folder goes on from the account, and the other
way round.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field

TAIL = 16 * 1024
"""How many bytes before the cursor the `tail` covers."""
AROUND_THE_END = b"]} \t\r\n"
"""What a blob ends with behind its last record."""
LEAST_NEWS = 64
"""Bytes after a cursor; in fewer there is no record."""
HEAD_BYTES = 4 * 1024
"""How many bytes at the blob's start the `head` covers at most: those before the first cursor."""


class Whole:
    """The running check of all bytes of a blob from its first on."""

    __slots__ = ("_crc", "_older")

    def __init__(self, recorded: str = "") -> None:
        """`recorded`: the fingerprint that the bytes are to be compared with, if any."""
        self._crc = 0
        self._older = _hasher() if len(_parts(recorded)[1]) == _OLDER_DIGITS else None

    def update(self, more: bytes | memoryview) -> None:
        """Go on with the bytes that follow."""
        self._crc = zlib.crc32(more, self._crc)
        if self._older is not None:
            self._older.update(more)

    def copy(self) -> Whole:
        """One that goes on from here; it needs no older hash, since nothing is compared with it."""
        made = Whole()
        made._crc = self._crc
        return made

    def digits(self) -> str:
        """As a fingerprint has it."""
        return f"{self._crc:08x}"

    def is_recorded(self, digits: str) -> bool:
        """True when the recorded digits are those of these bytes."""
        return digits == (self._older.hexdigest() if self._older is not None else self.digits())


_OLDER_DIGITS = 32


def _hasher() -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=_OLDER_DIGITS // 2)


def whole_for(fingerprint: str) -> Whole | None:
    """What compares all bytes with a recorded fingerprint; None for one that covers the last of them alone."""
    return Whole(fingerprint) if "+" in fingerprint else None


def tail_of(before: bytes | memoryview, recorded: str = "") -> str:
    """The `tail` of a blob whose last bytes before the cursor are `before` (at least TAIL of them, or all).

    As `recorded` spells it, a tail to compare it with, if any.
    """
    last = memoryview(before)[max(len(before) - TAIL, 0) :]
    if len(recorded) != _OLDER_DIGITS:
        return f"{zlib.crc32(last):08x}"
    digest = _hasher()
    digest.update(last)
    return digest.hexdigest()


def is_unchanged(recorded: str, before: bytes, whole: Whole | None = None) -> bool:
    """True when the bytes before the cursor are those of the recorded fingerprint."""
    tail, recorded_whole, _ = _parts(recorded)
    if not tail or tail != tail_of(before, tail):
        return False
    return not recorded_whole or whole is None or whole.is_recorded(recorded_whole)


def head_of(first: bytes | memoryview, end: int) -> str:
    """The `head` of a blob that begins with `first`, whose bytes before `end` were taken in."""
    covered = min(HEAD_BYTES, end, len(first))
    return f"{covered:x}.{zlib.crc32(first[:covered]):08x}"


def recorded_head(recorded: str) -> str:
    """The `head` of a fingerprint; "" where it has none."""
    return _parts(recorded)[2]


def begins_alike(recorded: str, first: bytes) -> bool | None:
    """Whether a blob that begins with `first` is the one of the recorded fingerprint; None when that does not tell."""
    head = recorded_head(recorded)
    if not head:
        return None
    covered = int(head.partition(".")[0], 16)
    return len(first) >= covered and head == head_of(first, covered)


BEGINNING = r" that begins [0-9a-f]{1,4}\.[0-9a-f]{8}$"
"""What `name_apart` puts behind a name."""


def name_apart(name: str, first: bytes) -> str:
    """The name of a blob that begins with `first`, where another blob has the name that its path gives."""
    return f"{name} that begins {head_of(first, HEAD_BYTES)}"


def _parts(recorded: str) -> tuple[str, str, str]:
    """(tail, whole, head) of a fingerprint; "" for each that it lacks."""
    hashes, _, head = recorded.partition("@")
    tail, _, whole = hashes.partition("+")
    return tail, whole, head


def is_closing(fresh: bytes) -> bool:
    """True when the bytes after a cursor only close the list: a blob that was copied or touched has no news."""
    return len(fresh) < LEAST_NEWS and not fresh.strip(AROUND_THE_END)


@dataclass
class ReadPart:
    """A BlobPart: the bytes read, and what is needed of the bytes before them to go on with the fingerprint."""

    data: bytes
    offset: int
    etag: str
    before: bytes = b""
    """The last bytes before `offset`: at least TAIL of them, or all there are."""
    whole: Whole | None = field(default=None, repr=False)
    """The check of all bytes before `offset`; None when this source does not keep one."""
    head: str = ""
    """The blob's `head`, where `offset` is not 0; "" when it is not known."""

    def __post_init__(self) -> None:
        self._hashed, self._known = self.offset, (-1, "")
        self._running = self.whole.copy() if self.whole else None

    def __repr__(self) -> str:
        return f"ReadPart({len(self.data)} bytes from {self.offset})"

    @property
    def has_more(self) -> bool:
        """True when the blob goes on behind these bytes."""
        return False

    def following(self, end: int) -> ReadPart:
        """What follows from `end` on, a position in this part."""
        raise ValueError(f"nothing follows behind {end}")

    def before_position(self, end: int) -> bytes:
        """The last bytes before a position within this part: at least TAIL of them, or all there are."""
        start = max(end - TAIL, 0)
        last = self.data[max(start - self.offset, 0) : end - self.offset]
        return self.before[len(self.before) - (self.offset - start) :] + last if start < self.offset else last

    def fingerprint(self, end: int) -> str:
        """The fingerprint of the blob's bytes before `end`, a position in the blob within or after this part.

        Raises ValueError when `end` lies outside the part.
        """
        if not self.offset <= end <= self.offset + len(self.data):
            raise ValueError(f"{end} is outside of the bytes {self.offset} to {self.offset + len(self.data)}")
        if self._known[0] != end:
            running = self.hash_up_to(end)
            whole, head = f"+{running.digits()}" if running else "", self.head_before(end)
            self._known = end, tail_of(self.before_position(end)) + whole + (f"@{head}" if head else "")
        return self._known[1]

    def head_before(self, end: int) -> str:
        """The blob's `head` when what comes before `end` was taken in."""
        return self.head or (head_of(memoryview(self.data), end) if end and not self.offset else "")

    def hash_up_to(self, end: int) -> Whole | None:
        """The check of all bytes before `end`; goes on from the last call when `end` moves forward, as it does."""
        if self._running is None or self.whole is None:
            return None
        if end < self._hashed:
            self._hashed, self._running = self.offset, self.whole.copy()
        self._running.update(memoryview(self.data)[self._hashed - self.offset : end - self.offset])
        self._hashed = end
        return self._running
