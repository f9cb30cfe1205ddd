"""Which folders of a container, or of a copy of one, can hold blobs of a window.

Path order is log -> y= -> m= -> d= -> h= -> m=00 -> macAddress= (Microsoft Learn, "NSG flow logs overview" and "VNet
flow logs"). The part before `y=` has a different depth in the NSG form and in both VNet forms, so it is discovered,
never built: a walk goes down level by level and asks `may_hold` before it enters a folder.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_LOG_HOURS = re.compile(
    r"(?:resourceId|flowLogResourceID)=.*?"
    r"/y=(?P<y>\d{4})(?:/m=(?P<m>\d\d)(?:/d=(?P<d>\d\d)(?:/h=(?P<h>\d\d)(?P<rest>/.*)?)?)?)?/?$",
    re.IGNORECASE,
)


def span(prefix: str) -> tuple[datetime, datetime] | None:
    """The hours [first, end) that a folder holds, UTC; None when its path does not tell (yet)."""
    found = _LOG_HOURS.search(prefix.replace("\\", "/"))
    if not found:
        return None
    year, month, day, hour = (int(found[key]) if found[key] else None for key in "ymdh")
    try:
        first = datetime(year or 0, month or 1, day or 1, hour or 0, tzinfo=UTC)
        if hour is not None:
            return first, first + timedelta(hours=1)
        if day is not None:
            return first, first + timedelta(days=1)
        if month is not None:
            return first, (first + timedelta(days=31)).replace(day=1)
        return first, first.replace(year=first.year + 1)
    except (ValueError, OverflowError):
        return None


def may_hold(prefix: str, since: datetime | None, until: datetime | None) -> bool:
    """True when a folder can hold a blob of [since, until): its hours overlap it, or its path tells none."""
    if since is None and until is None:
        return True
    hours = span(prefix)
    if hours is None:
        return True
    return (until is None or hours[0] < until) and (since is None or hours[1] > since)


def lies_within(prefix: str, since: datetime | None, until: datetime | None) -> bool:
    """True when a folder lies below one log's `y=` and all of its hours are wanted: it can be listed in one go."""
    hours = span(prefix)
    if hours is None:
        return False
    one_hour = hours[1] - hours[0] <= timedelta(hours=1)  # a window that starts within the hour wants its blob too
    inside = (since is None or since <= hours[0]) and (until is None or hours[1] <= until)
    return one_hour or inside
