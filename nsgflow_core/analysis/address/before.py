"""What "new" means in a window: not seen in as long a time before it; over all time, not seen until of late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.stores.base import Extent

_LENGTHS = (timedelta(days=7), timedelta(days=1))
"""Of the newest part of all time, of which the first that leaves something before it is what new services came in."""
_UNITS = (("week", 7 * 86_400), ("day", 86_400), ("hour", 3_600), ("minute", 60))


@dataclass(frozen=True, slots=True)
class Compared:
    """Services seen in [since, until) and not in [start, since) are new; UTC. Without a start, not at any time."""

    start: datetime | None
    since: datetime
    until: datetime

    @property
    def words(self) -> str:
        """The time before, as in "not seen in the week before"."""
        seconds = int((self.until - self.since).total_seconds())
        unit, size = next((each for each in _UNITS if seconds % each[1] == 0), ("second", 1))
        count = seconds // size
        length = unit if count == 1 else f"{count:,} {unit}s"
        return f"the {length} before" if self.start else f"all time before the last {length}"


def compared(part: FlowFilter, held: Extent) -> Compared | None:
    """The window of a filter and the same length of time before it. Where it has no start, the newest week, or day of a
    young store, and all that was before. None where the store holds nothing of that.
    """
    if held.first is None or held.until is None:
        return None
    until = part.until or held.until
    lengths = [until - part.since] if part.since else [each for each in _LENGTHS if held.first < until - each]
    if not lengths or lengths[0] <= timedelta() or held.first >= until - lengths[0]:
        return None
    since = until - lengths[0]
    return Compared(since - lengths[0] if part.since else None, since, until)
