"""What an import tells: how far it is, and an honest report of what was taken and what was not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nsgflow_core.ask.times import format_time


@dataclass(frozen=True, slots=True)
class Failure:
    """A blob that could not be read, and why."""

    blob: str
    reason: str


@dataclass
class ImportReport:
    """What one run read and stored; nothing in it is of an earlier run."""

    blobs_seen: int = 0
    blobs_read: int = 0
    """Blobs with new bytes that were taken; one that has not grown is seen, not read."""
    blobs_failed: int = 0
    bytes_read: int = 0
    tuples: int = 0
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    failures: list[Failure] = field(default_factory=list)
    incomplete: int = 0
    """Blobs that end in the middle of a record; the rest is read when it is there."""
    cancelled: bool = False
    unlisted: bool = False
    """True when a source could not be listed or holds no flow log at all."""

    @property
    def exit_status(self) -> int:
        """0 all read, 1 some blob failed, 2 nothing could be read."""
        failed = self.blobs_failed or self.unlisted
        if not failed:
            return 0
        return 1 if self.blobs_seen > self.blobs_failed else 2

    def to_json(self) -> str:
        """One JSON object, with times in whole seconds like 2026-11-24T10:00:00Z."""
        names = ("blobs_seen", "blobs_read", "blobs_failed", "bytes_read", "tuples", "rejected")
        return json.dumps(
            {name: getattr(self, name) for name in names}
            | {end: _whole_seconds(getattr(self, end)) for end in ("first", "last")}
            | {"failures": [{"blob": failure.blob, "reason": failure.reason} for failure in self.failures]}
            | {"reasons": self.reasons, "incomplete": self.incomplete, "cancelled": self.cancelled},
            indent=1,
        )

    @classmethod
    def merged(cls, reports: Sequence[ImportReport]) -> ImportReport:
        """Several sources' reports as one."""
        whole = cls()
        for report in reports:
            for name in ("blobs_seen", "blobs_read", "blobs_failed", "bytes_read", "tuples", "rejected", "incomplete"):
                setattr(whole, name, getattr(whole, name) + getattr(report, name))
            whole.reasons = dict(Counter(whole.reasons) + Counter(report.reasons))
            whole.failures += report.failures
            whole.extend(report.first, report.last)
            whole.cancelled |= report.cancelled
            whole.unlisted |= report.unlisted
        return whole

    def extend(self, first: datetime | None, last: datetime | None) -> None:
        """Take in the first and last moment (UTC) of more tuples; None where there were none."""
        self.first = min((moment for moment in (self.first, first) if moment), default=None)
        self.last = max((moment for moment in (self.last, last) if moment), default=None)


def _whole_seconds(moment: datetime | None) -> str | None:
    return format_time(moment.replace(microsecond=0)) if moment else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. Bytes count as done when their rows are stored or the blob holds nothing new."""

    blobs_total: int
    blobs_done: int
    bytes_total: int
    bytes_done: int
    tuples: int
    rejected: int
    seconds: float

    @property
    def tuples_per_second(self) -> float:
        """Since the start of the import."""
        return self.tuples / self.seconds if self.seconds else 0.0
