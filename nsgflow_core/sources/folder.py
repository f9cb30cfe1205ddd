"""A folder or a file on this machine: a container copied by azcopy or Storage Explorer, or single logs.

Folders are walked for `*.json`, without those whose path names another log (see `left_out`), and for Parquet of an
export where there are none; one named file may have any name. Paths may have back-slashes (Windows).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from pathlib import Path

from nsgflow_core.errors import SourceMissing
from nsgflow_core.sources.base import (
    CONTAINERS,
    BlobInfo,
    Cursor,
    LogOverview,
    Place,
    describe_path,
    in_any_case,
    overlaps,
    summarize_logs,
)
from nsgflow_core.sources.blob_storage.hour_prefixes import may_hold
from nsgflow_core.sources.cancelling import cancel_asked, refuse_cancelled
from nsgflow_core.sources.fingerprint import ReadPart
from nsgflow_core.sources.left_out import (
    IS_TABLE,
    PARQUET,
    Listing,
    count_reasons,
    describe_left_out,
    is_log,
    why_left_out,
)
from nsgflow_core.sources.log_file import begins_like, etag_of, explained, read_new, where_logs_come_from
from nsgflow_core.sources.logs import hour_start
from nsgflow_core.words.visible import encodable, written_path

_FOLDERS = [(each, f"/{each}/") for each in CONTAINERS]
_MAY_LOOP = os.name == "nt"
"""Windows has folders that lead elsewhere and are no symbolic links."""


class FolderSource:
    """Flow logs in a folder (with all folders below it) or in one file. Raises SourceMissing when there is neither."""

    def __init__(self, path: Path | str) -> None:
        """Take a folder or a file; nothing is read yet."""
        self.path = written_path(path).absolute()
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

        The same blob in two places (a copy of a copy) is listed once: the longer one, since blobs only grow. Blobs of
        one name that begin differently are listed each.
        A folder or file that cannot be looked at is listed with size 0; reading it raises what is wrong with it.
        """
        self._check()
        if not self.path.is_dir():
            return Listing((_described(str(self.path), _status(str(self.path))),))
        found = self._walk(since, until)
        left_out = count_reasons(found.left_out)
        if not found.logs and found.flows:
            found.logs = found.flows
        else:
            left_out = count_reasons([*found.left_out, *(IS_TABLE for _ in found.flows)])
        if not found.logs and not found.is_outside:
            raise self._no_log(left_out)
        wanted = _each_file_once((blob for blob in found.logs if overlaps(blob.hour, since, until)), found.linked)
        kept = _without_copies(wanted)
        return Listing(tuple(sorted(kept, key=attrgetter("location"))), left_out)

    def overview(self, since: datetime | None = None, until: datetime | None = None) -> list[LogOverview]:
        """What is there, per log, without reading any file."""
        return summarize_logs(self.blobs(since, until))

    def read(self, blob: BlobInfo, cursor: Cursor | None) -> ReadPart | None:
        """What is new in a file since the cursor; None when nothing is.

        The size is taken once, before reading: a file that grows meanwhile is read up to that size, under the ETag of
        that size, and the rest comes with the next read. Raises SourceMissing or SourceDenied.
        """
        return read_new(blob.location, cursor)

    def _check(self) -> None:
        """Raise when the path is neither a folder nor a file."""
        try:
            mode = self.path.stat().st_mode
        except (OSError, ValueError) as failure:
            raise explained(failure, str(self.path)) from None
        if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
            raise SourceMissing(f"{self.path} is neither a folder nor a file.", where_logs_come_from())

    def _no_log(self, left_out: Mapping[str, int]) -> SourceMissing:
        if left_out:
            return SourceMissing(f"There is no flow log in {self.path}:", " ".join(describe_left_out(left_out)))
        return SourceMissing(f"There is no .json file in {self.path}.", where_logs_come_from())

    def _walk(self, since: datetime | None, until: datetime | None) -> _Found:
        """All files below that the window can want; what links lead to last, since only they need a look at each."""
        is_cancelled, found = cancel_asked(), _Found()
        folders, links, walked = [str(self.path)], list[str](), list[str]()
        seen: set[tuple[int, int]] | None = None
        while folders or links:
            refuse_cancelled(is_cancelled)
            if not folders:
                folders, seen = links, set(filter(None, map(_identity, walked)))
            folder = folders.pop()
            if seen is None:
                walked.append(folder)
            elif (identity := _identity(folder)) in seen:  # no link back up, no second way to a folder
                continue
            elif identity:
                seen.add(identity)
            self._look_into(folder, found, folders, links, since, until)
        return found

    def _look_into(
        self, folder: str, found: _Found, folders: list[str], links: list[str], since: datetime | None,
        until: datetime | None,
    ) -> None:  # fmt: skip
        """One folder: its files into `found`, its folders into `folders`, those that may lie elsewhere into `links`."""
        try:
            entries = list(os.scandir(folder))
        except OSError:
            found.logs.append(_described(folder, None))
            return
        for entry in entries:
            if _is_folder(entry):
                if may_hold(entry.path, since, until):
                    (links if _MAY_LOOP or entry.is_symlink() else folders).append(entry.path)
                else:
                    found.is_outside = True
                continue
            status = _status(entry)
            if status is None or stat.S_ISREG(status.st_mode):
                found.take(entry.path, status, why_left_out(entry.path[len(str(self.path)) :]))
                if status and (status.st_nlink > 1 or entry.is_symlink()):
                    found.linked.add(encodable(entry.path))


def _each_file_once(blobs: Iterable[BlobInfo], linked: Set[str]) -> Iterable[BlobInfo]:
    """All but links to a file that is there without one; of several links to one file that whose path tells more."""
    if not linked:
        return blobs
    ways: dict[bool, list[BlobInfo]] = {False: [], True: []}
    for blob in blobs:
        ways[blob.location in linked].append(blob)
    kept = ways[False]
    seen = {_identity(blob.location) for blob in kept}
    for blob in sorted(ways[True], key=_how_little_its_path_tells):
        identity = _identity(blob.location)
        if identity is None or identity not in seen:
            kept.append(blob)
            seen.add(identity)
    return kept


def _how_little_its_path_tells(blob: BlobInfo) -> tuple[bool, bool, str]:
    return blob.hour is None, Path(blob.location).is_symlink(), blob.location


def _without_copies(blobs: Iterable[BlobInfo]) -> Iterator[BlobInfo]:
    """All but those that a longer one of their name begins like; of equal ones the first by location stays."""
    of_name: dict[str, BlobInfo] = {}
    alike: dict[str, list[BlobInfo]] = {}
    for blob in blobs:
        name = in_any_case(blob.name)
        if (first := of_name.setdefault(name, blob)) is not blob:
            alike.setdefault(name, [first]).append(blob)
    yield from (blob for name, blob in of_name.items() if name not in alike)
    for each in alike.values():
        yield from _longest(each)


def _longest(blobs: Iterable[BlobInfo]) -> list[BlobInfo]:
    """Of the blobs of one name those that begin like no longer one; of equal ones the first by location."""
    kept: list[BlobInfo] = []
    for blob in sorted(blobs, key=lambda blob: (-blob.size, blob.location)):
        if not any(begins_like(blob.location, longer.location) for longer in kept):
            kept.append(blob)
    return kept


@dataclass
class _Found:
    """What a walk met."""

    logs: list[BlobInfo] = field(default_factory=list)
    """Files of .json, and folders that cannot be looked into."""
    flows: list[BlobInfo] = field(default_factory=list)
    """Parquet files, which are read where there is no log: beside logs they may hold what these hold."""
    left_out: list[str] = field(default_factory=list)
    """The reason for each file that is left out."""
    linked: set[str] = field(default_factory=set)
    """Locations of files that have another way to them, or may: symbolic links and hard ones."""
    is_outside: bool = False
    """True when a folder was outside the window."""

    def take(self, location: str, status: os.stat_result | None, why_not: str | None) -> None:
        """One file; what is neither a log nor left out for a reason is not of interest."""
        if location.endswith(PARQUET):
            self.flows.append(_described(location, status))
        elif why_not:
            self.left_out.append(why_not)
        elif is_log(location):
            self.logs.append(_described(location, status))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _identity(place: str) -> tuple[int, int] | None:
    """The same for each way to a folder or file; None when it cannot be looked at."""
    status = _status(place)
    return (status.st_dev, status.st_ino) if status and status.st_ino else None


def _status(place: os.DirEntry[str] | str) -> os.stat_result | None:
    """What the system says of a file; None for a broken link, which is listed, and whose read says so."""
    try:
        return os.stat(place) if isinstance(place, str) else place.stat()  # noqa: PTH116
    except OSError:
        return None


def _described(location: str, status: os.stat_result | None) -> BlobInfo:
    """A file as a listing shows it; size 0 and no ETag when it cannot be looked at."""
    shown = encodable(location)  # a name that is no UTF-8 must still fit the ledger
    name, resource, mac, hour = describe_path(shown)
    size, etag = 0, ""
    if status is not None:
        size, etag = status.st_size if stat.S_ISREG(status.st_mode) else 0, etag_of(status)
    return BlobInfo(name, shown, size, etag, _container(shown), resource, mac, hour)


def _container(location: str) -> str:
    """The container that a path names last; "" for none."""
    path = location.replace("\\", "/")
    end = max(hour_start(path), 0)
    return _named_last(path if "/insights-" in path[end:] else path[:end] or path)


@lru_cache(1 << 12)
def _named_last(path: str) -> str:
    path = f"/{path}/"
    at, container = max([(path.rfind(folder), each) for each, folder in _FOLDERS])
    return container if at >= 0 else ""
