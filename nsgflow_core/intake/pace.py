"""How long an import still takes, said only when it can be known."""

from __future__ import annotations

from collections import deque

from nsgflow_core.intake.report import Progress

LOOKED_BACK = 30.0
"""Seconds whose speed counts: blobs that hold nothing new fly past, and say nothing of those that do."""
NEEDED = 4.0
"""Seconds that must have been seen."""
APART = 0.25
"""Seconds between two looks; an import may tell thousands of times a second."""
STEADY = 2.5
"""How many times faster one half of these may have been than the other."""


class Pace:
    """The speed of one import over the last half minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._left: float | None = None

    def seconds_left(self, progress: Progress) -> float | None:
        """At the speed of late; None while that is not known, because it just began or is not steady."""
        if not self._seen or progress.seconds - self._seen[-1][0] >= APART:
            self._seen.append((progress.seconds, progress.bytes_done))
            while self._seen[-1][0] - self._seen[0][0] > LOOKED_BACK:
                self._seen.popleft()
            speed = self._steady_speed()
            self._left = None if speed is None else max(progress.bytes_total - progress.bytes_done, 0) / speed
        return self._left

    def _steady_speed(self) -> float | None:
        """Bytes a second; None when too little was seen, or its two halves differ."""
        (start, first), (now, last) = self._seen[0], self._seen[-1]
        if now - start < NEEDED or last <= first:
            return None
        half, done = min(self._seen, key=lambda seen: abs(seen[0] - (start + now) / 2))
        if not start < half < now:
            return None
        slow, fast = sorted(((done - first) / (half - start), (last - done) / (now - half)))
        return None if fast > STEADY * slow else (last - first) / (now - start)
