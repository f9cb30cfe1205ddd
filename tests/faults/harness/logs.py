"""Blobs of some days, one NIC and one hour a day, which grow by minutes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.estates.records import vnet_record, whole_blob

DAYS = 10
LAST_DAY = DAYS - 1
LINES = 6
_FIRST = datetime(2026, 11, 10, tzinfo=UTC)
_PATH = (
    "insights-logs-flowlogflowevent/flowLogResourceID=/S_NETWORKWATCHERRG/NETWORKWATCHER_X_LOG/"
    "y={0:%Y}/m={0:%m}/d={0:%d}/h={0:%H}/m=00/macAddress={1}/PT1H.json"
)


def day_of(number: int) -> datetime:
    """Midnight of a day; negative numbers count back from the last."""
    return _FIRST + timedelta(days=number if number >= 0 else LAST_DAY + number)


def tuples_at(minutes: int) -> int:
    return LINES * minutes


def write_days(folder: Path, *, days: int = DAYS, minutes: int = 1) -> Path:
    for day in range(days):
        write_hour(folder, day, minutes=minutes)
    return folder


def write_hour(
    folder: Path, day: int, *, minutes: int, path: Path | None = None, more: Sequence[int] = (), bad: int = 0
) -> Path:
    """The blob of ten o'clock of a day, with so many minutes of it; `more` days in the same file."""
    hour = day_of(day) + timedelta(hours=10)
    mac = f"000D3A0000{day:02X}"
    place = path or folder / _PATH.format(hour, mac)
    place.parent.mkdir(parents=True, exist_ok=True)
    records = [_record(each, minute, bad if not minute else 0) for each in (day, *more) for minute in range(minutes)]
    place.write_bytes(whole_blob(records))
    return place


def _record(day: int, minute: int, bad: int) -> dict[str, object]:
    start = int((day_of(day) + timedelta(hours=10, minutes=minute)).timestamp() * 1000)
    ends = [(f"10.0.1.{4 + n % 3}", f"10.0.2.{day + 1}", 50000 + minute, (443, 5432, 22)[n % 3]) for n in range(LINES)]
    lines = [f"{start + n},{src},{dst},{out},{port},6,I,B,NX,0,0,0,0" for n, (src, dst, out, port) in enumerate(ends)]
    lines += [f"{start},10.0.1.4,nowhere,50000,443,6,I,B,NX,0,0,0,0"] * bad
    written: dict[str, object] = vnet_record(lines, rule=f"UserRule_Day{day}", macAddress=f"000D3A0000{day:02X}")
    return written
