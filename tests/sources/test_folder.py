"""Folders and files: which blobs, in which window, and exactly which bytes at the second read."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nsgflow_core.errors import SourceMissing
from nsgflow_core.sources.base import NSG_CONTAINER, VNET_CONTAINER, BlobInfo, Cursor
from nsgflow_core.sources.fingerprint import TAIL, ReadPart
from nsgflow_core.sources.folder import FolderSource

HEAD, END = b'{"records":[', b"]}"
NSG_LOG = "resourceId=/SUBSCRIPTIONS/S1/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WEB-NSG"
VNET_LOG_SHORT = "flowLogResourceID=/S1_NETWORKWATCHERRG/NETWORKWATCHER_WESTEUROPE_HUB-FLOWLOG"
VNET_LOG_LONG = (
    "flowLogResourceID=/SUBSCRIPTIONS/S1/RESOURCEGROUPS/NETWORKWATCHERRG/PROVIDERS/MICROSOFT.NETWORK"
    "/NETWORKWATCHERS/NETWORKWATCHER_WESTEUROPE/FLOWLOGS/SPOKE-FLOWLOG"
)
MAC = "000D3AF87856"


def hour_path(log: str, day: int, hour: int, mac: str = MAC) -> str:
    return f"{log}/y=2026/m=11/d={day:02}/h={hour:02}/m=00/macAddress={mac}/PT1H.json"


def record(minute: int, padding: int = 0) -> bytes:
    return b'{"time":"2026-11-24T10:%02d:00Z","x":"%s"}' % (minute, b"p" * padding)


def blob_bytes(minutes: int, padding: int = 0) -> bytes:
    return HEAD + b",".join(record(minute, padding) for minute in range(minutes)) + END


def write(path: Path, content: bytes = HEAD + END) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def read_to_end(source: FolderSource, blob: BlobInfo, cursor: Cursor | None = None) -> tuple[ReadPart, Cursor]:
    """Read, and remember what an importer remembers: everything but the closing brackets."""
    part = source.read(blob, cursor)
    assert part is not None
    end = part.offset + len(part.data) - len(END)
    return part, Cursor(part.etag, end, part.fingerprint(end))


def only(source: FolderSource) -> BlobInfo:
    (blob,) = source.blobs()
    return blob


def test_all_three_path_forms_are_found_with_their_log_mac_and_hour(tmp_path: Path) -> None:
    write(tmp_path / NSG_CONTAINER / hour_path(NSG_LOG, 24, 19))
    write(tmp_path / VNET_CONTAINER / hour_path(VNET_LOG_SHORT, 24, 20))
    write(tmp_path / VNET_CONTAINER / hour_path(VNET_LOG_LONG, 24, 21))
    blobs = list(FolderSource(tmp_path).blobs())
    assert [(b.name, b.container, b.resource, b.mac, b.hour) for b in blobs] == [
        (
            hour_path(VNET_LOG_SHORT, 24, 20),
            VNET_CONTAINER,
            "NETWORKWATCHER_WESTEUROPE_HUB-FLOWLOG",
            MAC,
            datetime(2026, 11, 24, 20, tzinfo=UTC),
        ),
        (
            hour_path(VNET_LOG_LONG, 24, 21),
            VNET_CONTAINER,
            "SPOKE-FLOWLOG",
            MAC,
            datetime(2026, 11, 24, 21, tzinfo=UTC),
        ),
        (hour_path(NSG_LOG, 24, 19), NSG_CONTAINER, "WEB-NSG", MAC, datetime(2026, 11, 24, 19, tzinfo=UTC)),
    ]
    assert [b.location for b in blobs] == sorted(b.location for b in blobs)


def test_a_file_name_with_back_slashes_is_the_same_blob(tmp_path: Path) -> None:
    expected = hour_path(NSG_LOG, 24, 19)
    write(tmp_path / expected.replace("/", "\\"))
    assert only(FolderSource(tmp_path)).name == expected


def test_a_folder_inside_of_a_container_gives_the_same_identity(tmp_path: Path) -> None:
    path = write(tmp_path / NSG_CONTAINER / hour_path(NSG_LOG, 24, 19))
    assert only(FolderSource(path.parent)) == only(FolderSource(tmp_path)) == only(FolderSource(path))


@pytest.mark.parametrize("log", [NSG_LOG, VNET_LOG_SHORT, VNET_LOG_LONG])
def test_a_window_holds_its_own_hours_and_files_without_an_hour(tmp_path: Path, log: str) -> None:
    for day in (23, 24):
        for hour in range(24):
            write(tmp_path / hour_path(log, day, hour))
    write(tmp_path / "sample.json")
    since, until = datetime(2026, 11, 23, 22, 30, tzinfo=UTC), datetime(2026, 11, 24, 2, tzinfo=UTC)
    blobs = list(FolderSource(tmp_path).blobs(since, until))
    assert [(b.hour.day, b.hour.hour) for b in blobs if b.hour] == [(23, 22), (23, 23), (24, 0), (24, 1)]
    assert [Path(b.location).name for b in blobs if not b.hour] == ["sample.json"]


def test_the_longer_of_two_copies_is_listed_once(tmp_path: Path) -> None:
    write(tmp_path / "a" / hour_path(NSG_LOG, 24, 19), blob_bytes(1))
    longer = write(tmp_path / "b" / hour_path(NSG_LOG, 24, 19), blob_bytes(2))
    write(tmp_path / "c" / hour_path(NSG_LOG, 24, 19), blob_bytes(1))
    assert only(FolderSource(tmp_path)).location == str(longer)


def test_one_file_may_have_any_name(tmp_path: Path) -> None:
    source = FolderSource(write(tmp_path / "flows.log", blob_bytes(1)))
    part, _ = read_to_end(source, only(source))
    assert part.data == blob_bytes(1)


def test_nothing_new_reads_nothing_and_a_grown_file_gives_only_its_new_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "log.json", blob_bytes(2, padding=TAIL))
    source = FolderSource(path)
    part, cursor = read_to_end(source, only(source))
    assert (part.offset, part.data) == (0, blob_bytes(2, padding=TAIL))
    assert source.read(only(source), cursor) is None
    for minutes in (3, 4, 5):
        path.write_bytes(blob_bytes(minutes, padding=TAIL))
        part, cursor = read_to_end(source, only(source), cursor)
        assert part.data == b"," + record(minutes - 1, TAIL) + END
    assert source.read(only(source), cursor) is None


def test_a_touched_file_has_nothing_new(tmp_path: Path) -> None:
    path = write(tmp_path / "log.json", blob_bytes(3))
    source = FolderSource(path)
    _, cursor = read_to_end(source, only(source))
    os.utime(path, ns=(1, 1))
    assert source.read(only(source), cursor) is None


@pytest.mark.parametrize("position", [20, TAIL, 4 * TAIL - 200])
def test_an_edit_that_keeps_the_length_means_the_whole_file_again(tmp_path: Path, position: int) -> None:
    before = blob_bytes(4, padding=TAIL)
    path = write(tmp_path / "log.json", before)
    source = FolderSource(path)
    _, cursor = read_to_end(source, only(source))
    path.write_bytes(before[:position] + b"#" + before[position + 1 :])
    os.utime(path, ns=(1, 1))
    part, _ = read_to_end(source, only(source), cursor)
    assert (part.offset, part.data) == (0, path.read_bytes())


def test_a_shrunk_file_is_read_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "log.json", blob_bytes(5))
    source = FolderSource(path)
    _, cursor = read_to_end(source, only(source))
    path.write_bytes(blob_bytes(2))
    part, _ = read_to_end(source, only(source), cursor)
    assert (part.offset, part.data) == (0, blob_bytes(2))


def test_a_cursor_with_only_a_tail_goes_on_too(tmp_path: Path) -> None:
    path = write(tmp_path / "log.json", blob_bytes(2, padding=TAIL))
    source = FolderSource(path)
    _, cursor = read_to_end(source, only(source))
    from_account = Cursor("0x8DC", cursor.offset, cursor.fingerprint.partition("+")[0])
    assert source.read(only(source), from_account) is None
    path.write_bytes(blob_bytes(3, padding=TAIL))
    part, _ = read_to_end(source, only(source), from_account)
    assert part.data == b"," + record(2, TAIL) + END


@pytest.mark.parametrize("has_older_tail", [False, True])
def test_a_cursor_of_an_older_ledger_goes_on_and_still_sees_an_edit(tmp_path: Path, has_older_tail: bool) -> None:
    before = blob_bytes(3, padding=TAIL)
    path = write(tmp_path / "log.json", before)
    source = FolderSource(path)
    part, cursor = read_to_end(source, only(source))
    older = hashlib.blake2b(part.data[: cursor.offset], digest_size=16).hexdigest()
    older_tail = hashlib.blake2b(part.data[cursor.offset - TAIL : cursor.offset], digest_size=16).hexdigest()
    tail = older_tail if has_older_tail else cursor.fingerprint.partition("+")[0]
    kept = Cursor("older", cursor.offset, f"{tail}+{older}")
    end = part.data[cursor.offset :]
    path.write_bytes(blob_bytes(4, padding=TAIL))
    part, grown = read_to_end(source, only(source), kept)
    assert (part.offset, part.data) == (kept.offset, b"," + record(3, TAIL) + END)
    assert grown.fingerprint == read_to_end(source, only(source))[1].fingerprint
    path.write_bytes(before[:20] + b"#" + before[21:])
    assert read_to_end(source, only(source), kept)[0].offset == 0
    path.write_bytes(before[: cursor.offset - 1] + b"#" + end)
    of_account = Cursor("older", cursor.offset, tail)
    assert read_to_end(source, only(source), of_account)[0].offset == 0, "its tail alone tells as much"


def test_links_that_go_in_circles_and_broken_ones(tmp_path: Path) -> None:
    write(tmp_path / "logs" / "a.json", blob_bytes(1))
    (tmp_path / "logs" / "up").symlink_to(tmp_path)
    (tmp_path / "logs" / "self.json").symlink_to("self.json")
    (tmp_path / "logs" / "gone.json").symlink_to("nowhere")
    os.mkfifo(tmp_path / "logs" / "pipe.json")
    source = FolderSource(tmp_path)
    blobs = {Path(b.location).name: b for b in source.blobs()}
    assert set(blobs) == {"a.json", "self.json", "gone.json"}
    with pytest.raises(SourceMissing):
        source.read(blobs["gone.json"], None)
    with pytest.raises(Exception, match=r"self\.json cannot be read"):
        source.read(blobs["self.json"], None)


def test_each_folder_is_walked_once_however_many_links_lead_there(tmp_path: Path) -> None:
    """To one beside, to one elsewhere (twice, and one back from there), to one above, and to another link."""
    root, elsewhere = tmp_path / "logs", tmp_path / "elsewhere"
    for place in (root / "here" / "a.json", root / "top.json", elsewhere / "deep" / "b.json"):
        write(place, blob_bytes(1))
    for link, target in [
        (root / "beside", root / "here"),
        (root / "here" / "above", root),
        (root / "one", elsewhere),
        (root / "here" / "two", elsewhere / "deep"),
        (root / "three", root / "one"),
        (elsewhere / "deep" / "back", root),
    ]:
        link.symlink_to(target)
    listed = [Path(blob.location).resolve() for blob in FolderSource(root).blobs()]
    assert sorted(listed) == [elsewhere / "deep" / "b.json", root / "here" / "a.json", root / "top.json"]


def test_each_file_is_listed_once_however_many_links_lead_to_it(tmp_path: Path) -> None:
    """To one here, to one that has the path of its hour by a link alone, to one elsewhere, and hard ones."""
    root, blob = tmp_path / "logs", blob_bytes(1)
    here, of_an_hour = write(root / "here.json", blob), root / hour_path(NSG_LOG, 24, 19)
    outside, other = write(tmp_path / "outside.json", blob), write(tmp_path / "other.json", blob)
    of_an_hour.parent.mkdir(parents=True)
    of_an_hour.symlink_to(outside)
    for link, target in [("a.json", here), ("aa.json", root / "a.json"), ("b.json", outside), ("c.json", other)]:
        (root / link).symlink_to(target)
    (root / "d.json").hardlink_to(other)
    (root / "e.json").hardlink_to(other)
    write(root / "same.json", blob)
    listed = {Path(blob.location).relative_to(root) for blob in FolderSource(root).blobs()}
    assert listed == {of_an_hour.relative_to(root), *map(Path, ("d.json", "here.json", "same.json"))}


def test_what_may_not_be_read_is_listed_and_says_so(tmp_path: Path) -> None:
    write(tmp_path / "open.json", blob_bytes(1))
    write(tmp_path / "closed.json", blob_bytes(1)).chmod(0)
    (tmp_path / "shut").mkdir()
    (tmp_path / "shut").chmod(0)
    above = Path(tempfile.gettempdir())
    for folder in [tmp_path, *(each for each in tmp_path.parents if each.is_relative_to(above) and each != above)]:
        folder.chmod(0o755)
    script = """
import os, sys
from nsgflow_core.errors import SourceDenied
from nsgflow_core.sources.folder import FolderSource
if os.geteuid() == 0: os.setuid(65534)
source = FolderSource(sys.argv[1])
for blob in source.blobs():
    try: print(os.path.basename(blob.location), len(source.read(blob, None).data))
    except SourceDenied as denied: print(os.path.basename(blob.location), "denied")
"""
    shown = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines() == ["closed.json denied", f"open.json {len(blob_bytes(1))}", "shut denied"]
    (tmp_path / "shut").chmod(0o755)


def test_missing_and_empty_places_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="Check the spelling"):
        FolderSource(tmp_path / "nowhere")
    with pytest.raises(SourceMissing, match=r"no \.json file.*azcopy"):
        list(FolderSource(tmp_path).blobs())
    write(tmp_path / hour_path(NSG_LOG, 24, 19))
    nothing_in_window = FolderSource(tmp_path).blobs(datetime(2030, 1, 1, tzinfo=UTC))
    assert list(nothing_in_window) == []


def test_a_file_that_goes_away_after_listing_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "log.json", blob_bytes(1))
    source = FolderSource(tmp_path)
    blob = only(source)
    path.unlink()
    with pytest.raises(SourceMissing):
        source.read(blob, None)


def test_overview_counts_per_log_without_opening_files(tmp_path: Path) -> None:
    for hour, mac in ((1, MAC), (1, "000D3AF87857"), (3, MAC)):
        write(tmp_path / NSG_CONTAINER / hour_path(NSG_LOG, 24, hour, mac), b"x" * 100).chmod(0)
    write(tmp_path / VNET_CONTAINER / hour_path(VNET_LOG_LONG, 24, 5), b"y" * 7)
    vnet, nsg = FolderSource(tmp_path).overview()
    assert (nsg.container, nsg.log_kind, nsg.resource) == (NSG_CONTAINER, "NSG", "WEB-NSG")
    assert (nsg.blobs, nsg.hours, nsg.bytes) == (3, 2, 300)
    assert (nsg.first, nsg.last) == (datetime(2026, 11, 24, 1, tzinfo=UTC), datetime(2026, 11, 24, 3, tzinfo=UTC))
    assert (vnet.log_kind, vnet.resource, vnet.bytes) == ("VNet", "SPOKE-FLOWLOG", 7)
