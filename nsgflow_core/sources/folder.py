"""A folder or a file on this machine: a container copied by azcopy or Storage Explorer, or single logs.

Folders are walked for `*.json`, without those whose path names another log (see `left_out`); one named file may have
any name. Paths may have back-slashes (Windows).
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from nsgflow_core.errors import SourceDenied, SourceError, SourceMissing
from nsgflow_core.sources.base import (
    CONTAINERS,
    BlobInfo,
    Cursor,
    LogOverview,
    Place,
    describe_path,
    overlaps,
    refuse_too_large,
    summarize_logs,
)
from nsgflow_core.sources.blob_storage.hour_prefixes import may_hold
from nsgflow_core.sources.cancelling import cancel_asked, refuse_cancelled
from nsgflow_core.sources.fingerprint import TAIL, ReadPart, has_whole, hasher, is_closing, is_same
from nsgflow_core.sources.left_out import Listing, count_reasons, describe_left_out, why_left_out
from nsgflow_core.words.visible import encodable

_CHUNK = 1 << 20
_CLOSING = b"]}"
RANGE = 16 << 20
"""Bytes of a file that are read at a time; more where no record ends in them."""
_WHERE_LOGS_COME_FROM = (
    "Copy a container with azcopy or Storage Explorer, and name the folder that holds it: flow logs lie in "
    f"{CONTAINERS[0]} and {CONTAINERS[1]}. For a storage account write its URL, https://ACCOUNT.blob.core.windows.net"
)


class FolderSource:
    """Flow logs in a folder (with all folders below it) or in one file. Raises SourceMissing when there is neither."""

    def __init__(self, path: Path | str) -> None:
        """Take a folder or a file; nothing is read yet."""
        self.path = Path(path).expanduser().absolute()
        self._check()

    def __repr__(self) -> str:
        return f"FolderSource({str(self.path)!r})"

    @property
    def name(self) -> str:
        """Short words for people."""
        return f"{'Folder' if self.path.is_dir() else 'File'} {self.path.name or self.path}"

    @property
    def place(self) -> Place:
        """Its whole path."""
        return Place(str(self.path))

    def blobs(self, since: datetime | None = None, until: datetime | None = None) -> Listing:
        """The files whose hour overlaps [since, until), and those whose path tells no hour; sorted by location.

        The same blob in two places (a copy of a copy) is listed once: the longer one, since blobs only grow.
        A folder or file that cannot be looked at is listed with size 0; reading it raises what is wrong with it.
        """
        self._check()
        if not self.path.is_dir():
            return Listing((_describe(str(self.path), _status(str(self.path))),))
        found = self._walk(since, until)
        left_out = count_reasons(found.left_out)
        if not found.logs and not found.is_outside:
            raise self._no_log(left_out)
        longest: dict[str, BlobInfo] = {}
        for location, status in found.logs:
            blob = _describe(location, status)
            if overlaps(blob.hour, since, until) and (blob.name not in longest or blob.size > longest[blob.name].size):
                longest[blob.name] = blob
        return Listing(tuple(sorted(longest.values(), key=lambda blob: blob.location)), left_out)

    def overview(self, since: datetime | None = None, until: datetime | None = None) -> list[LogOverview]:
        """What is there, per log, without reading any file."""
        return summarize_logs(self.blobs(since, until))

    def read(self, blob: BlobInfo, cursor: Cursor | None) -> ReadPart | None:
        """What is new in a file since the cursor; None when nothing is.

        The size is taken once, before reading: a file that grows meanwhile is read up to that size, under the ETag of
        that size, and the rest comes with the next read. Raises SourceMissing or SourceDenied.
        """
        try:
            with _open_regular(_as_on_disk(blob.location)) as file:
                status = os.fstat(file.fileno())
                etag = _etag(status)
                if cursor is None or cursor.offset == 0:
                    unchanged = cursor is not None and cursor.etag == etag
                    return None if unchanged else _read_whole(file, blob.location, status.st_size, etag)
                if cursor.etag == etag:
                    return None
                return _read_new(file, blob.location, status.st_size, etag, cursor)
        except OSError as failure:
            raise _explain(failure, blob.location) from None

    def _check(self) -> None:
        """Raise when the path is neither a folder nor a file."""
        try:
            mode = self.path.stat().st_mode
        except (OSError, ValueError) as failure:
            raise _explain(failure, str(self.path)) from None
        if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
            raise SourceMissing(f"{self.path} is neither a folder nor a file.", _WHERE_LOGS_COME_FROM)

    def _no_log(self, left_out: Mapping[str, int]) -> SourceMissing:
        if left_out:
            return SourceMissing(f"There is no flow log in {self.path}:", " ".join(describe_left_out(left_out)))
        return SourceMissing(f"There is no .json file in {self.path}.", _WHERE_LOGS_COME_FROM)

    def _walk(self, since: datetime | None, until: datetime | None) -> _Found:
        """All files below that the window can want."""
        is_cancelled, found = cancel_asked(), _Found()
        waiting = [str(self.path)]
        seen: set[tuple[int, int]] = set()
        while waiting:
            refuse_cancelled(is_cancelled)
            folder = waiting.pop()
            try:
                here = os.stat(folder)  # noqa: PTH116
                if (here.st_dev, here.st_ino) in seen:  # a link back up, or two links to one folder
                    continue
                seen.add((here.st_dev, here.st_ino))
                entries = list(os.scandir(folder))
            except OSError:
                found.logs.append((folder, None))
                continue
            for entry in entries:
                if _is_folder(entry):
                    if may_hold(entry.path, since, until):
                        waiting.append(entry.path)
                    else:
                        found.is_outside = True
                    continue
                status = _status(entry)
                if status is None or stat.S_ISREG(status.st_mode):
                    found.take(entry.path, status, why_left_out(entry.path[len(str(self.path)) :]))
        return found


@dataclass
class _Found:
    """What a walk met."""

    logs: list[tuple[str, os.stat_result | None]] = field(default_factory=list)
    """Locations of .json files, and of folders that cannot be looked into, with what the system says of each."""
    left_out: list[str] = field(default_factory=list)
    """The reason for each file that is left out."""
    is_outside: bool = False
    """True when a folder was outside the window."""

    def take(self, location: str, status: os.stat_result | None, why_not: str | None) -> None:
        """One file; what is neither a log nor left out for a reason is not of interest."""
        if why_not:
            self.left_out.append(why_not)
        elif location.lower().endswith(".json"):
            self.logs.append((location, status))


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
            with _open_regular(_as_on_disk(self.location)) as file:
                file.seek(max(end - len(before), 0))
                is_same_file = file.read(len(before)) == before
                fresh = file.read(min(self.size - end, most))
        except OSError as failure:
            raise _explain(failure, self.location) from None
        if not is_same_file or not fresh:
            raise SourceError(f"{self.location} was rewritten while it was read.", "Import it again.")
        whole = self.hash_up_to(end)
        return FilePart(fresh, end, self.etag, before, whole.copy() if whole else None, self.location, self.size)


def _read_whole(file: BinaryIO, location: str, size: int, etag: str) -> ReadPart:
    """The file from its start, up to `size`."""
    refuse_too_large(size)
    part = FilePart(file.read(min(size, RANGE)), 0, etag, whole=hasher(), location=location, size=size)
    if part.data.endswith(_CLOSING):  # hashed here, in a thread that reads, as far as a whole log will be taken in
        part.hash_up_to(len(part.data) - len(_CLOSING))
    return part


def _read_new(file: BinaryIO, location: str, size: int, etag: str, cursor: Cursor) -> ReadPart | None:
    """The bytes after the cursor when those before it are the ones recorded; the whole file otherwise."""
    if size >= cursor.offset:
        whole = hasher() if has_whole(cursor.fingerprint) else None
        if whole is None:
            file.seek(max(cursor.offset - TAIL, 0))
        before = _hash_before(file, cursor.offset, whole)
        if is_same(cursor.fingerprint, before, whole):
            refuse_too_large(size - cursor.offset)
            fresh = file.read(min(max(size - cursor.offset, 0), RANGE))
            if is_closing(fresh):
                return None
            return FilePart(fresh, cursor.offset, etag, before, whole, location, size)
    file.seek(0)
    return _read_whole(file, location, size, etag)


def _hash_before(file: BinaryIO, end: int, whole: object) -> bytes:
    """Read on to `end`, hashing into `whole` when it is given; returns the last TAIL bytes before `end`."""
    last = b""
    while (left := end - file.tell()) > 0:
        chunk = file.read(min(left, _CHUNK))
        if not chunk:
            break
        if whole is not None:
            whole.update(chunk)  # type: ignore[attr-defined]
        last = (last + chunk)[-TAIL:]
    return last


def _open_regular(location: str) -> BinaryIO:
    """Open a file for reading; raises OSError, also for a folder, and never waits for a pipe."""
    handle = os.open(location, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise IsADirectoryError(location)
        return os.fdopen(handle, "rb")
    except OSError:
        os.close(handle)
        raise


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _status(place: os.DirEntry[str] | str) -> os.stat_result | None:
    """What the system says of a file; None for a broken link, which is listed, and whose read says so."""
    try:
        return os.stat(place) if isinstance(place, str) else place.stat()  # noqa: PTH116
    except OSError:
        return None


def _describe(location: str, status: os.stat_result | None) -> BlobInfo:
    """A file as a listing shows it; size 0 and no ETag when it cannot be looked at."""
    shown = encodable(location)  # a name that is no UTF-8 must still fit the ledger
    name, resource, mac, hour = describe_path(shown)
    size, etag = 0, ""
    if status is not None:
        size, etag = status.st_size if stat.S_ISREG(status.st_mode) else 0, _etag(status)
    parts = shown.replace("\\", "/").split("/")
    container = next((part for part in reversed(parts) if part in CONTAINERS), "")
    return BlobInfo(name, shown, size, etag, container, resource, mac, hour)


def _as_on_disk(shown: str) -> str:
    """A location as the system spells it: bytes that are no UTF-8 in place of how `_describe` writes them."""
    if "\\udc" not in shown or os.path.lexists(shown):
        return shown
    return re.sub(r"\\udc([89a-f][0-9a-f])", lambda byte: chr(0xDC00 + int(byte[1], 16)), shown)


def _etag(status: os.stat_result) -> str:
    """Stands in for Azure's ETag: changes with every write to the file."""
    return f"{status.st_size:x}-{status.st_mtime_ns:x}"


def _explain(failure: Exception, location: str) -> SourceError:
    """Say what the operating system would not do, and what to do about it."""
    if isinstance(failure, PermissionError):
        return SourceDenied(
            f"{location} may not be read by this user.", "Change its permissions, or copy it to a folder of your own."
        )
    if isinstance(failure, FileNotFoundError | NotADirectoryError):
        return SourceMissing(f"There is no {location}.", "Check the spelling of the path. " + _WHERE_LOGS_COME_FROM)
    if isinstance(failure, IsADirectoryError):
        return SourceMissing(f"{location} is a folder, not a log.", "Name a file, or let the folder be walked.")
    reason = failure.strerror if isinstance(failure, OSError) and failure.strerror else "it has no usable name"
    return SourceError(f"{location} cannot be read: {reason}.", "Check the disk, the link or the network drive.")
