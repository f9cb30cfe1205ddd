"""Moments in text: ISO 8601, or as people say them; and the intervals that they lie in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from nsgflow_core.ask.text.moments import said_moment
from nsgflow_core.errors import BadFilter
from nsgflow_core.words.visible import in_short

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""The calendar of flow logs with room to spare: an hour or a week added to a time in it is still a time."""
A_MONDAY = datetime(2000, 1, 3, tzinfo=UTC)
"""Where intervals are counted from, so that those of seven days are ISO weeks."""
_LONGEST = 80
"""Letters of a phrase that are read."""
_HINT = "Write it like 19 Nov 03:00, yesterday 14:00, last monday, 2h ago, or 2026-11-24T10:00:00Z."


def parse_time(text: str | None, zone: tzinfo = UTC) -> datetime | None:
    """A moment in UTC, from ISO 8601 or as people say it (`text/moments.py`); a bare date is its midnight.

    What names no zone is in `zone`, which also has the days that are counted from now. None stays None. Raises
    BadFilter for what is no time, could be two days, or lies outside of the years 1970 to 2199.
    """
    if text is None or not text.strip():
        return None
    value = text.strip()
    quoted = in_short(value)
    try:
        moment = _from_iso(value) or said_moment(value[:_LONGEST], datetime.now(zone))
        if moment is None:
            raise BadFilter(f"'{quoted}' is not a time.", _HINT)
        utc = (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)
    except ValueError:
        raise BadFilter(f"'{quoted}' is no day or hour that there is.", _HINT) from None
    except OverflowError:
        utc = None
    if utc is None or not EARLIEST <= utc < LATEST:
        raise BadFilter(f"'{quoted}' lies outside of the calendar.", "Choose a time from 1970 to 2199.")
    return utc


def format_time(moment: datetime | None) -> str:
    """ISO 8601 in UTC with Z, as short as it is exact: to the minute's second, or to its fraction."""
    if moment is None:
        return ""
    utc = moment.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat() + "Z"


def zone_words(zone: tzinfo) -> str:
    """The name of a zone: "UTC", "Europe/Amsterdam" or "UTC+01:00"."""
    return getattr(zone, "key", "") or str(zone)


def moment_words(moment: datetime, zone: tzinfo = UTC) -> str:
    """To the minute, with its zone: "2026-11-19 03:00 UTC"."""
    return f"{minute_words(moment, zone)} {zone_words(zone)}"


def minute_words(moment: datetime, zone: tzinfo = UTC, form: str = "%Y-%m-%d %H:%M") -> str:
    """A moment on a zone's clock; which of two it is where clocks are put back: "2026-10-25 02:30 CET"."""
    shown = moment.astimezone(zone)
    comes_twice = shown.replace(fold=0).utcoffset() != shown.replace(fold=1).utcoffset()
    return shown.strftime(f"{form} %Z" if comes_twice else form)


def floor(moment: datetime, length: timedelta) -> datetime:
    """The start of the interval of this length that a moment lies in; weeks start on Monday, 00:00 UTC."""
    return A_MONDAY + (moment - A_MONDAY) // length * length


def _from_iso(value: str) -> datetime | None:
    """A moment of ISO 8601; None for what is written in another way."""
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
