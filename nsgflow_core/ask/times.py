"""Moments in text: ISO 8601 in UTC, or counted from now; and the intervals that they lie in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from nsgflow_core.errors import BadFilter
from nsgflow_core.words.numbers import whole_number
from nsgflow_core.words.visible import in_short

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""The calendar of flow logs with room to spare: an hour or a week added to a time in it is still a time."""
A_MONDAY = datetime(2000, 1, 3, tzinfo=UTC)
"""Where intervals are counted from, so that those of seven days are ISO weeks."""
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_MOST_UNITS = 10**9


def parse_time(text: str | None) -> datetime | None:
    """A time in ISO 8601, taken as UTC where it names no zone; a bare date is its midnight. None stays None.

    `-7d`, `-24h`, `-30m` and `now` count from this minute. Raises BadFilter for what is no time, and outside of the
    years 1970 to 2199.
    """
    if text is None or not text.strip():
        return None
    value = text.strip()
    try:
        if value == "now" or value.startswith("-"):
            moment = _parse_relative(value)
        elif len(value) == len("2026-11-24"):
            moment = datetime.combine(date.fromisoformat(value), time(), UTC)
        else:
            moment = datetime.fromisoformat(value)
        utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except ValueError:
        hint = "Write it like 2026-11-24, 2026-11-24T10:00:00Z, or -7d for seven days ago."
        raise BadFilter(f"'{in_short(value)}' is not a time.", hint) from None
    except OverflowError:
        utc = None
    if utc is None or not EARLIEST <= utc < LATEST:
        raise BadFilter(f"'{in_short(value)}' lies outside of the calendar.", "Choose a time from 1970 to 2199.")
    return utc


def format_time(moment: datetime | None) -> str:
    """ISO 8601 in UTC with Z, as short as it is exact: to the minute's second, or to its fraction."""
    if moment is None:
        return ""
    utc = moment.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat() + "Z"


def floor(moment: datetime, length: timedelta) -> datetime:
    """The start of the interval of this length that a moment lies in; weeks start on Monday, 00:00 UTC."""
    return A_MONDAY + (moment - A_MONDAY) // length * length


def _parse_relative(value: str) -> datetime:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    if value == "now":
        return now
    number, unit = value[1:-1], value[-1]
    count = whole_number(number, _MOST_UNITS)
    if unit not in _UNITS or not (number.isascii() and number.isdigit()):
        quoted = f"'{in_short(value)}'"
        raise BadFilter(f"{quoted} is not a time.", "Write -7d, -24h or -30m for days, hours or minutes ago.")
    if count is None:
        raise OverflowError
    return now - timedelta(**{_UNITS[unit]: count})
