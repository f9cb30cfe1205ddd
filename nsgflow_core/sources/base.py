"""What every source must do: list blobs of a window, and read the bytes that a cursor has not seen.

Flow-log blobs only grow: Azure appends one block a minute just before the closing `]}`, so byte offsets of old
records never move (Microsoft Learn, "Read flow logs"). A source tells an appended blob from a rewritten one by a
fingerprint of the part already read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol, runtime_checkable

from nsgflow_core.ask.text.times import EARLIEST, LATEST
from nsgflow_core.errors import SourceError
from nsgflow_core.sources.logs import hour_start, log_labels, log_of, log_start
from nsgflow_core.words.vocabulary import LogKind

NSG_CONTAINER = "insights-logs-networksecuritygroupflowevent"
VNET_CONTAINER = "insights-logs-flowlogflowevent"
CONTAINERS = (NSG_CONTAINER, VNET_CONTAINER)

READ_WHOLE = b"PAR1"
"""How a file begins that is read from its end, Parquet: it comes in one part, whatever its size."""
MOST_NEW_BYTES = 2 << 30
"""Of one blob, since its bytes are held in memory: an hour of the largest records that are read, 32 MB a minute."""


def refuse_too_large(new_bytes: int) -> None:
    """Raise SourceError, before any byte is read, for more than MOST_NEW_BYTES."""
    if new_bytes > MOST_NEW_BYTES:
        raise SourceError(
            f"It has {new_bytes / 1e9:,.1f} GB to be read, over the limit of {MOST_NEW_BYTES / 1e9:,.1f} GB.",
            "The flow log of one NIC and hour is smaller: see what wrote it, or split the file between two records.",
        )


SETTLES_AFTER = timedelta(days=2)
"""So long after its hour began Azure may still write a blob: minutes as a rule, later where the account refused it."""


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """One blob as a listing shows it, before any byte of it is read."""

    name: str
    """Identity in the ledger: the blob's name from `resourceId=` or `flowLogResourceID=` on, otherwise its full path.

    So a blob read from a copied folder and again from the account is one blob. What begins otherwise is another
    (`intake/blobs/namesakes.py`)."""
    location: str
    """Where the source finds it: a path, or container/blob name. Never a secret."""
    size: int
    etag: str
    container: str = ""
    resource: str = ""
    """Name of the NSG or flow log that wrote it, from the path; "" when the path does not tell."""
    mac: str = ""
    hour: datetime | None = None
    """The UTC hour that it holds, from the path; None when the path does not tell."""
    account: str = ""
    """The storage account that holds it; "" on a disk."""

    def may_grow(self, now: datetime) -> bool:
        """True while Azure may still write it; a path that tells no hour tells nothing of that."""
        return self.hour is not None and now < self.hour + SETTLES_AFTER

    @property
    def origin(self) -> str:
        """The location as the ledger keeps it: with the account, since two may hold blobs of one name."""
        return f"{self.account}/{self.location}" if self.account else self.location


@dataclass(frozen=True, slots=True)
class LogOverview:
    """What a source holds of one flow log, as its listing shows it: nothing was downloaded for it."""

    container: str
    log_kind: str
    """NSG or VNet; "" when the path does not tell."""
    resource: str
    """What it is called (`log_labels`)."""
    blobs: int
    hours: int
    """Distinct UTC hours with a blob."""
    bytes: int
    first: datetime | None
    """Start of the first hour (UTC); None when the paths tell no hour."""
    last: datetime | None
    """Start of the last hour (UTC)."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """What the ledger remembers of a blob: read up to `offset`, when it had this ETag and fingerprint."""

    etag: str
    offset: int
    fingerprint: str
    origin: str = field(default="", compare=False)
    """Where it was read from last, see `BlobInfo.origin`; older ledgers leave the account out."""

    def is_of(self, blob: BlobInfo) -> bool:
        """True when it was read where this blob lies, as far as the ledger tells."""
        return self.origin in ("", blob.location, blob.origin)


@dataclass(frozen=True, slots=True)
class Place:
    """What opens a source again beside a way to sign in: a text for `open_source`, and containers. No secret."""

    text: str
    containers: tuple[str, ...] = ()


class BlobPart(Protocol):
    """Bytes of one blob from `offset` (0: the whole blob, either new or rewritten) to its end."""

    @property
    def data(self) -> bytes:
        """The bytes from `offset` on, or some MB of them."""
        ...

    @property
    def offset(self) -> int:
        """Where `data` starts in the blob; 0 means that rows stored for it before are to be replaced."""
        ...

    @property
    def etag(self) -> str:
        """The blob's ETag when these bytes were its content, without quotes."""
        ...

    @property
    def has_more(self) -> bool:
        """True when the blob goes on behind these bytes: a large one comes in parts."""
        ...

    def following(self, end: int) -> BlobPart:
        """What follows from `end` on, a position in this part; a longer part when `end` is where this one begins.

        Raises SourceError, also when the bytes before `end` are others by now.
        """
        ...

    def fingerprint(self, end: int) -> str:
        """A fingerprint of the blob's bytes before `end`, to recognise them at the next read."""
        ...


class Source(Protocol):
    """A place that holds flow-log blobs. Its methods raise SourceError, with what to do next."""

    @property
    def name(self) -> str:
        """Short words for people, without secrets."""
        ...

    @property
    def place(self) -> Place:
        """What opens it again, without secrets."""
        ...

    def blobs(self, since: datetime | None = None, until: datetime | None = None) -> Iterable[BlobInfo]:
        """The blobs whose hour overlaps [since, until), and those whose path tells no hour. Sorted by location.

        A `left_out.Listing` where files beside them may be left out.
        """
        ...

    def read(self, blob: BlobInfo, cursor: Cursor | None) -> BlobPart | None:
        """What is new in a blob since the cursor; None when nothing is. Safe to call from several threads."""
        ...


@runtime_checkable
class Settling(Protocol):
    """A source of which a blob no longer changes, and none comes, some time after the blob's hour."""

    @property
    def settles_after(self) -> timedelta:
        """So long after the hour began; far longer than logs take to arrive."""
        ...


_HOUR = re.compile(
    r"/y=(?P<y>\d{4})/m=(?P<m>\d\d)/d=(?P<d>\d\d)/h=(?P<h>\d\d)/m=\d\d/macAddress=(?P<mac>[0-9A-F-]{12,17})/[^/]+$",
    re.IGNORECASE,
)
_OF_VNET, _OF_NSG = "flowlogresourceid=", "resourceid="


_EXPORTED = re.compile(r"(?:^|/)day=(?P<day>\d{4}-\d\d-\d\d)/(?P<hour>\d\d)\.parquet$")


def in_any_case(name: str) -> str:
    """What names of one blob share: Azure writes ids in a path in upper case, and tools that copy may not."""
    return name.casefold() if _HOUR.search(name) else name


def describe_path(path: str) -> tuple[str, str, str, datetime | None]:
    """(identity, resource, mac, hour) of a blob path in either documented form; plain files keep their path.

    Source: Microsoft Learn, "NSG flow logs overview" and "VNet flow logs": one blob per log, NIC and UTC hour.
    """
    shown = path.replace("\\", "/")
    end = hour_start(shown)
    begin, resource = _log_before(shown[: max(end, 0)])
    found = _HOUR.match(shown, end) if begin >= 0 else None
    if not found:
        return path, "", "", _hour_of_export(path)
    mac, *hour = found.group("mac", "y", "m", "d", "h")
    return shown[begin:], resource, mac, _hour_of_path(*hour)


@lru_cache(1 << 12)
def _log_before(before: str) -> tuple[int, str]:
    """Where identities begin in what stands before the hour, and the resource; -1 where that is no log's."""
    begin = log_start(before)
    if begin < 0 or "\n" in before[begin:]:
        return -1, ""
    in_front = _OF_VNET if before[max(begin - len(_OF_VNET), 0) : begin].lower() == _OF_VNET else _OF_NSG
    return begin - len(in_front), before[begin:].rpartition("/")[2]


@lru_cache(1 << 12)
def _hour_of_path(year: str, month: str, day: str, hour: str) -> datetime | None:
    """One that there is, and that the store can hold."""
    try:
        found = datetime(int(year), int(month), int(day), int(hour), tzinfo=UTC)
    except ValueError:
        return None
    return found if EARLIEST <= found < LATEST else None


def _hour_of_export(path: str) -> datetime | None:
    """That of a file that `export` writes."""
    found = _EXPORTED.search(path.replace("\\", "/"))
    try:
        return datetime.strptime(f"{found['day']} {found['hour']} +0000", "%Y-%m-%d %H %z") if found else None
    except ValueError:
        return None


def overlaps(hour: datetime | None, since: datetime | None, until: datetime | None) -> bool:
    """True when the hour has a moment in [since, until), or is not known."""
    if hour is None:
        return True
    return (until is None or hour < until) and (since is None or hour + timedelta(hours=1) > since)


def log_kind_of(blob: BlobInfo) -> str:
    """NSG or VNet by container or path; "" when neither tells."""
    if blob.container == NSG_CONTAINER or blob.name.lower().startswith("resourceid="):
        return LogKind.NSG
    if blob.container == VNET_CONTAINER or blob.name.lower().startswith("flowlogresourceid="):
        return LogKind.VNET
    return ""


def summarize_logs(blobs: Iterable[BlobInfo]) -> list[LogOverview]:
    """One line per container and log, sorted; takes one pass over the listing."""
    logs: dict[tuple[str, str, str], list[BlobInfo]] = {}
    for blob in blobs:
        logs.setdefault((blob.container, log_kind_of(blob), log_of(blob.name)), []).append(blob)
    labels = log_labels(members[0].name for members in logs.values())
    overview = []
    for (container, kind, log), members in sorted(logs.items(), key=lambda each: (*each[0][:2], labels[each[0][2]])):
        hours = {blob.hour for blob in members if blob.hour}
        overview.append(
            LogOverview(
                container=container,
                log_kind=kind,
                resource=labels[log],
                blobs=len(members),
                hours=len(hours),
                bytes=sum(blob.size for blob in members),
                first=min(hours, default=None),
                last=max(hours, default=None),
            )
        )
    return overview
