"""Time zones by the names that people give them: "Europe/Amsterdam", "+01:00", or "local" for that of this machine."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from nsgflow_core.errors import BadFilter
from nsgflow_core.words.apart import nearest
from nsgflow_core.words.visible import in_short

LOCAL = "local"
_DISTANCE = re.compile(r"(?:utc|gmt)?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?", re.IGNORECASE)
_MACHINES = Path("/etc/localtime")
"""On Linux and macOS a link to the zone's file in a folder `zoneinfo`."""


def read_zone(name: str) -> tzinfo:
    """The zone of that name. Raises BadFilter, naming what is near."""
    text = name.strip()
    if text.casefold() in ("utc", "z"):
        return UTC
    if text.casefold() == LOCAL:
        return machines_zone()
    if found := _DISTANCE.fullmatch(text):
        distance = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
        if distance < timedelta(hours=24):
            return timezone(-distance if found["sign"] == "-" else distance)
    known = {each.casefold(): each for each in available_timezones()}
    if text.casefold() not in known:
        near = nearest(text, known.values())
        hint = f"Did you mean {' or '.join(near)}?" if near else "Write it like Europe/Amsterdam, +01:00 or local."
        raise BadFilter(f"There is no time zone '{in_short(text)}'.", hint)
    return ZoneInfo(known[text.casefold()])


def machines_zone() -> tzinfo:
    """That of this machine; by its distance from UTC today where no name of it is known."""
    linked = str(_MACHINES.resolve()).partition("zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").removeprefix(":"), linked):
        try:
            return ZoneInfo(name)
        except (ValueError, OSError, LookupError):  # no name of a zone that this machine has
            continue
    return datetime.now().astimezone().tzinfo or UTC
