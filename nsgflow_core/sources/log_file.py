"""One file on this machine, read from a cursor on: its bytes in parts, and what the system says when it will not."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from io import FileIO
from typing import BinaryIO, cast

from nsgflow_core.credentials import STORAGE
from nsgflow_core.errors import SourceDenied, SourceError, SourceMissing
from nsgflow_core.sources.base import CONTAINERS, READ_WHOLE, Cursor, refuse_too_large
from nsgflow_core.sources.fingerprint import (
    AROUND_THE_END,
    HEAD_BYTES,
    TAIL,
    ReadPart,
    Whole,
    head_of,
    is_closing,
    is_unchanged,
    recorded_head,
    whole_for,
)

_CHUNK = 1 << 20
_CLOSING = b"]}"
RANGE = 16 << 20
"""Bytes of a file that are read at a time; more where no record ends in them."""


def where_logs_come_from() -> str:
    """What to do when there is no log where one was looked for."""
    return (
        "Copy a container with azcopy or Storage Explorer, and name the folder that holds it: flow logs lie in "
        f"{CONTAINERS[0]} and {CONTAINERS[1]}. For a storage account write its URL, {STORAGE.example}"
    )


def read_new(location: str, cursor: Cursor | None) -> ReadPart | None:
    """What is new in a file since the cursor; None when nothing is. Raises SourceMissing, SourceDenied, SourceError."""
    try:
        with _open_regular(on_disk(location)) as file:
            status = os.fstat(file.fileno())
            etag = etag_of(status)
            if cursor is not None and cursor.etag == etag:
                return None
            if cursor is None or cursor.offset == 0:
                return _read_whole(file, location, status.st_size, etag)
            return _read_fresh(file, location, status.st_size, etag, cursor)
    except OSError as failure:
        raise explained(failure, location) from None


def begins_like(location: str, longer: str) -> bool:
    """True when two files begin alike, as far as the `head` of a fingerprint goes; also when either cannot be read:
    whoever reads the longer one says so."""
    try:
        with _open_regular(on_disk(location)) as file, _open_regular(on_disk(longer)) as other:
            first = file.read(HEAD_BYTES).rstrip(AROUND_THE_END)
            return other.read(len(first)) == first
    except OSError:
        return True


@dataclass
class FilePart(ReadPart):
    """Some of a file's bytes: a large one is read in parts, up to the size that it had at first."""

    location: str = ""
    size: int = 0

    @property
    def has_more(self) -> bool:
        """True when the file goes on behind these bytes."""
        return self.offset + len(self.data) < self.size

    def following(self, end: int) -> ReadPart:
        """What follows from `end` on. Raises SourceError when the file is another by now."""
        most = RANGE if end > self.offset else 2 * len(self.data)
        before = self.before_position(end)
        try:
            with _open_regular(on_disk(self.location)) as file:
                file.seek(max(end - len(before), 0))
                is_same_file = file.read(len(before)) == before
                fresh = file.read(min(self.size - end, most))
        except OSError as failure:
            raise explained(failure, self.location) from None
        if not is_same_file or not fresh:
            raise SourceError(f"{self.location} was rewritten while it was read.", "Import it again.")
        whole = self.hash_up_to(end)
        whole, head = whole.copy() if whole else None, self.head_before(end)
        return FilePart(fresh, end, self.etag, before, whole, head, self.location, self.size)


def _read_whole(file: BinaryIO, location: str, size: int, etag: str) -> ReadPart:
    """The file from its start, up to `size`."""
    refuse_too_large(size)
    first = file.read(min(size, RANGE))
    if first.startswith(READ_WHOLE):
        first += file.read(size - len(first))
    part = FilePart(first, 0, etag, whole=Whole(), location=location, size=size)
    if part.data.endswith(_CLOSING):  # worked out here, in a thread that reads, as far as a whole log is taken in
        part.fingerprint(len(part.data) - len(_CLOSING))
    return part


def _read_fresh(file: BinaryIO, location: str, size: int, etag: str, cursor: Cursor) -> ReadPart | None:
    """The bytes after the cursor when those before it are the ones recorded; the whole file otherwise."""
    if size >= cursor.offset:
        whole = whole_for(cursor.fingerprint)
        if whole is None:
            file.seek(max(cursor.offset - TAIL, 0))
        before = _hash_before(file, cursor.offset, whole)
        if is_unchanged(cursor.fingerprint, before, whole):
            refuse_too_large(size - cursor.offset)
            fresh = file.read(min(max(size - cursor.offset, 0), RANGE))
            if is_closing(fresh):
                return None
            head = recorded_head(cursor.fingerprint) or _head(file, cursor.offset)
            return FilePart(fresh, cursor.offset, etag, before, whole, head, location, size)
    file.seek(0)
    return _read_whole(file, location, size, etag)


def _head(file: BinaryIO, end: int) -> str:
    """That of a file whose ledger is of an older version."""
    file.seek(0)
    return head_of(file.read(min(HEAD_BYTES, end)), end)


def _hash_before(file: BinaryIO, end: int, whole: Whole | None) -> bytes:
    """Read on to `end`, hashing into `whole` when it is given; returns the last TAIL bytes before `end`."""
    last = b""
    while (left := end - file.tell()) > 0:
        chunk = file.read(min(left, _CHUNK))
        if not chunk:
            break
        if whole is not None:
            whole.update(chunk)
        last = (last + chunk)[-TAIL:]
    return last


class _Bytes(FileIO):
    """A file without a buffer beside it: its bytes are read once, and many at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        """So many bytes, fewer only at its end: a network drive may give some of them first."""
        found = super().read(size)
        while size is not None and 0 < len(found) < size and (more := super().read(size - len(found))):
            found += more
        return found


def _open_regular(location: str) -> BinaryIO:
    """Open a file for reading; raises OSError, also for a folder, and never waits for a pipe."""
    handle = os.open(location, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        return cast(BinaryIO, _Bytes(handle))
    except OSError:
        os.close(handle)
        raise


def on_disk(shown: str) -> str:
    """A location as the system spells it: bytes that are no UTF-8 in place of how a listing writes them."""
    if "\\udc" not in shown or os.path.lexists(shown):
        return shown
    return re.sub(r"\\udc([89a-f][0-9a-f])", lambda byte: chr(0xDC00 + int(byte[1], 16)), shown)


def etag_of(status: os.stat_result) -> str:
    """Stands in for Azure's ETag: changes with every write to the file."""
    return f"{status.st_size:x}-{status.st_mtime_ns:x}"


def explained(failure: Exception, location: str) -> SourceError:
    """Say what the operating system would not do, and what to do about it."""
    if isinstance(failure, PermissionError):
        return SourceDenied(
            f"{location} may not be read by this user.", "Change its permissions, or copy it to a folder of your own."
        )
    if isinstance(failure, FileNotFoundError | NotADirectoryError):
        return SourceMissing(f"There is no {location}.", "Check the spelling of the path. " + where_logs_come_from())
    if isinstance(failure, IsADirectoryError):
        return SourceMissing(f"{location} is a folder, not a log.", "Name a file, or let the folder be walked.")
    reason = failure.strerror if isinstance(failure, OSError) and failure.strerror else "it has no usable name"
    return SourceError(f"{location} cannot be read: {reason}.", "Check the disk, the link or the network drive.")
