"""Moments in text: ISO 8601 in UTC, or counted from now; and the intervals that they lie in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from nsgflow_core.errors import BadFilter

A_MONDAY = datetime(2000, 1, 3, tzinfo=UTC)
"""Where intervals are counted from, so that those of seven days are ISO weeks."""
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def parse_time(text: str | None) -> datetime | None:
    """A time in ISO 8601, taken as UTC where it names no zone; a bare date is its midnight. None stays None.

    `-7d`, `-24h`, `-30m` and `now` count from this minute.
    """
    if text is None or not text.strip():
        return None
    value = text.strip()
    if value == "now" or value.startswith("-"):
        return _parse_relative(value)
    try:
        if len(value) == len("2026-11-24"):
            day = date.fromisoformat(value)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise BadFilter(
            f"'{text}' is not a time.", "Write it like 2026-11-24, 2026-11-24T10:00:00Z, or -7d for seven days ago."
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


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
    if not number.isdigit() or unit not in _UNITS:
        raise BadFilter(f"'{value}' is not a time.", "Write -7d, -24h or -30m for days, hours or minutes ago.")
    try:
        return now - timedelta(**{_UNITS[unit]: int(number)})
    except OverflowError:
        raise BadFilter(f"'{value}' lies before the calendar starts.", "Choose a later time.") from None
