"""Which clock a page shows: UTC, as the logs are written, or that of the browser; the link says which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import streamlit as st

from nsgflow_core.ask.text.times import zone_words

KEY, LOCAL = "time", "local"
"""The parameter of a link, and its one value; UTC is not written."""
SWITCH = "local_time"
"""The key of the switch in the session."""


def is_local() -> bool:
    """True when times are shown and read as the browser's clock has them."""
    return bool(st.session_state.get(SWITCH))


def zone() -> tzinfo:
    """The zone that times are shown and read in."""
    return _browsers() if is_local() else UTC


def words() -> str:
    """The name of that zone, for headings and sentences: "UTC", "Europe/Amsterdam" or "UTC+01:00"."""
    return zone_words(zone())


def column_zone() -> str:
    """The same as a table's column takes it: a name, or a distance like "+01:00"."""
    return words().removeprefix("UTC") or "UTC"


def naive(moment: datetime | None) -> datetime | None:
    """A moment as the shown clock has it, without a zone: what date and time inputs take."""
    return moment.astimezone(zone()).replace(tzinfo=None) if moment else None


def aware(shown: datetime | None) -> datetime | None:
    """The moment, in UTC, of what a date and time input gives."""
    return shown.replace(tzinfo=zone()).astimezone(UTC) if shown else None


def browsers_words() -> str:
    """The name of the browser's own zone."""
    return zone_words(_browsers())


def _browsers() -> tzinfo:
    """By its name; by its distance from UTC where this machine does not know the name; UTC where it says neither."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ValueError, OSError, LookupError):  # a name of no zone that this machine has, or no name at all
        behind = st.context.timezone_offset
        return timezone(-timedelta(minutes=behind)) if behind and abs(behind) < 24 * 60 else UTC
