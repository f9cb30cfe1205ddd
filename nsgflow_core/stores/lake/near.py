"""A container's files of flows, brought near: those of a window are fetched into a folder of this machine, once.

A blob is fetched again when its ETag is another one. It is kept under a name of our own, so that no name of a blob
leads anywhere. What was not asked for longest goes when the folder is full.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.errors import Cancelled, InputError, SourceError, SourceMissing, StoreFull, StoreMissing
from nsgflow_core.sources.base import BlobInfo, Source
from nsgflow_core.sources.cancelling import cancelled_by, refuse_cancelled
from nsgflow_core.sources.left_out import Listing
from nsgflow_core.stores.lake.destination import Folder
from nsgflow_core.stores.local.disk.location import default_store_path

MOST_BYTES = 20 << 30
"""Of what one look fetches, and of what is kept for one container."""
_LIST = "_near.json"
_INGESTED = timedelta(days=1)
"""How much later than its flows a file of Log Analytics may be dated: by ingestion."""
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Near:
    """A blob that is kept: its file's name, ETag and size, and when it was last asked for (seconds)."""

    file: str
    etag: str
    size: int
    asked: float
    hour: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a look brought: bytes, and the blobs that could not be had, with why."""

    bytes: int
    missing: Mapping[str, str]


def folder_for(source: Source) -> Path:
    """Where the files of a source are kept: beside the local store, by its place, which has no secret."""
    told = hashlib.sha256(source.place.text.encode()).hexdigest()[:16]
    return default_store_path().parent / "lakes" / f"near-{told}"


def fetch(
    source: Source,
    near: Path,
    window: FlowFilter,
    *,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
    cancelled: Callable[[], bool] = lambda: False,
    most: int = MOST_BYTES,
) -> Brought:
    """Bring what a window needs near. `tell` gets how many bytes of how many came.

    Raises StoreMissing where there is nothing, InputError for more than `most`, StoreFull, SourceError, Cancelled.
    """
    with cancelled_by(cancelled):
        wanted = _wanted(source, window)
        if not wanted:
            none = f"There is no Parquet of this window in {source.name}."
            raise StoreMissing(none, "Choose another window, or its folder's URL.")
        place = Folder(near)
        with place.working():
            known = _known(place)
            fresh = [each for each in wanted if not _is_near(known.get(each.location), each, near)]
            size = sum(each.size for each in fresh)
            _check_room(size, most, near)
            kept, missing, done = dict(known), dict[str, str](), 0
            tell(0, size)
            try:
                for each, content in _contents(source, fresh):
                    refuse_cancelled(cancelled)
                    if isinstance(content, bytes):
                        kept[each.location] = _put(place, each, content)
                    else:
                        missing[each.location] = content.message
                    done += each.size
                    tell(done, size)
            except Cancelled:
                raise Cancelled("Fetching was stopped.", "What was fetched is kept; the next look goes on.") from None
            finally:
                _keep(place, near, _bounded(kept, wanted, window, most))
    return Brought(size, missing)


def _wanted(source: Source, window: FlowFilter) -> Sequence[BlobInfo]:
    until = window.until and window.until + _INGESTED
    listing = Listing.of(source.blobs(window.since, until))
    return [each for each in listing.tables if _may_hold(each.hour, each.location, window)]


def _may_hold(hour: datetime | None, location: str, window: FlowFilter) -> bool:
    """Our own files are dated by their flows, those of Log Analytics by ingestion."""
    is_ours = "/day=" in location and "/hour=" not in location
    return not (hour and is_ours and window.until and hour >= window.until)


def _is_near(held: Near | None, blob: BlobInfo, near: Path) -> bool:
    return held is not None and held.etag == blob.etag and (near / held.file).is_file()


def _check_room(size: int, most: int, near: Path) -> None:
    if size > most:
        raise InputError(
            f"{size / 1e9:,.1f} GB would be fetched, over the limit of {most / 1e9:,.1f} GB.",
            "Choose a shorter window (--since), or the URL of a folder of it.",
        )
    if shutil.disk_usage(near).free < size:
        raise StoreFull(f"{size / 1e9:,.1f} GB would be fetched, and the disk has less.", "Choose a shorter window.")


def _contents(source: Source, blobs: Sequence[BlobInfo]) -> Iterator[tuple[BlobInfo, bytes | SourceMissing]]:
    """Each blob with what it holds, several fetched at a time, in their order."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from zip(blobs, pool.map(lambda blob: _content(source, blob), blobs), strict=True)


def _content(source: Source, blob: BlobInfo) -> bytes | SourceMissing:
    """What a blob holds; one that is gone, or has a name that no request can have, is its own matter."""
    try:
        part = source.read(blob, None)
    except SourceMissing as gone:
        return gone
    if part is None:
        raise SourceError(f"{blob.location} did not come.", "Try again.")
    pieces = [part.data]
    while part.has_more:
        part = part.following(part.offset + len(part.data))
        pieces.append(part.data)
    return b"".join(pieces)


def _put(place: Folder, blob: BlobInfo, content: bytes) -> Near:
    name = blob.location
    told = "".join(each if each.isascii() and (each.isalnum() or each in ".-") else "-" for each in name)[-60:]
    file = f"{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:24]}-{told.lstrip('.')}"
    place.put(file, lambda opened: _write(opened, content))
    return Near(file, blob.etag, len(content), time.time(), blob.hour.isoformat() if blob.hour else "")


def _bounded(kept: Mapping[str, Near], wanted: Sequence[BlobInfo], window: FlowFilter, most: int) -> dict[str, Near]:
    """What stays: all that is wanted, and of the rest what was asked for last. What is gone there goes here."""
    listed = {each.location for each in wanted}
    now = time.time()
    is_all = window.since is None and window.until is None
    found = {name: Near(**asdict(held) | {"asked": now}) for name, held in kept.items() if name in listed}
    room = most - sum(held.size for held in found.values())
    others = [(name, held) for name, held in kept.items() if name not in listed and not is_all]
    others = [(name, held) for name, held in others if not _is_gone(held, window)]
    for name, held in sorted(others, key=lambda pair: -pair[1].asked):
        room -= held.size
        if room >= 0:
            found[name] = held
    return found


def _is_gone(held: Near, window: FlowFilter) -> bool:
    """True for what would have been listed in this window, and was not."""
    if not held.hour:
        return False
    hour = datetime.fromisoformat(held.hour)
    return (window.since is None or hour >= window.since) and (window.until is None or hour < window.until)


def _known(place: Folder) -> dict[str, Near]:
    try:
        return {name: Near(**held) for name, held in json.loads(place.kept(_LIST) or b"{}").items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _keep(place: Folder, near: Path, kept: Mapping[str, Near]) -> None:
    written = json.dumps({name: asdict(held) for name, held in kept.items()}).encode()
    place.put(_LIST, lambda opened: _write(opened, written))
    files = {held.file for held in kept.values()}
    for path in near.iterdir():
        if path.is_file() and path.name != _LIST and path.name not in files and not path.name.startswith("."):
            path.unlink(missing_ok=True)


def _write(opened: BinaryIO, content: bytes) -> None:
    opened.write(content)
