"""What an import tells: how far it is, and an honest report of what was taken and what was not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from nsgflow_core.ask.text.times import format_time
from nsgflow_core.formats import RECORD_LIMIT, LargeRecord
from nsgflow_core.sources.base import BlobInfo
from nsgflow_core.sources.left_out import OTHER_LOG
from nsgflow_core.words.numbers import counted

_AHEAD = timedelta(days=1)
_MET = ("incomplete", "namesakes", "counted_twice", "replaced")
_LISTED = ("failures", "rejected_blobs", "passed_over", "cut_short", "network_files")
_CUT_SHORT = (
    "It ends in the middle of a record, and no more is to come: what is whole was read. "
    "If this is a copy, copy it again."
)
_COUNTS = ("blobs_seen", "blobs_read", "blobs_failed", "bytes_read", "tuples", "rejected")


@dataclass(frozen=True, slots=True)
class Failure:
    """A blob that could not be read, or not wholly, and why."""

    blob: str
    reason: str


@dataclass
class ImportReport:
    """What one run read and stored; nothing in it is of an earlier run."""

    blobs_seen: int = 0
    blobs_read: int = 0
    """Blobs with new bytes that were taken; one that has not grown is seen, not read, and neither is one of which
    every tuple was rejected."""
    blobs_failed: int = 0
    bytes_read: int = 0
    tuples: int = 0
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    failures: list[Failure] = field(default_factory=list)
    blobs_rejected: int = 0
    """Blobs of which every tuple was rejected, now or when their bytes were new."""
    rejected_blobs: list[Failure] = field(default_factory=list)
    passed_over: list[Failure] = field(default_factory=list)
    """Records too large to read, each with its place; the rest of their blobs was read."""
    network_files: list[Failure] = field(default_factory=list)
    """Files that are no flow logs and describe the network, with what is in each: no failures."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Files beside the flow logs that were left out, by reason (see `sources.left_out`)."""
    other_logs: int = 0
    """Of them, those that their own records say to be of another log: they were read, and are not among the seen."""
    incomplete: int = 0
    """Blobs that end in the middle of a record; the rest is read when it is there."""
    cut_short: list[Failure] = field(default_factory=list)
    """Of them, those of which no more is to come, since their hour is long over."""
    namesakes: int = 0
    """Blobs that have the name of one from another place, and begin differently: both are kept."""
    counted_twice: int = 0
    """Blobs that begin like one of another name: of the two, one has not the path and name that Azure gave it."""
    replaced: int = 0
    """Tuples of earlier runs that went, since their blobs were rewritten or emptied."""
    cancelled: bool = False
    unlisted: bool = False
    """True when a source could not be listed or holds no flow log at all."""

    rebuilt: bool = False
    """True when a new store, filled by this run, took the old one's place."""
    kept_since: datetime | None = None
    """What is older (UTC) was not read, since the store keeps so many days; None where that left nothing out."""
    retired: int = 0
    """Tuples that went, of this run or earlier ones, since the store keeps so many days."""
    retired_before: datetime | None = None
    """They were logged before this moment (UTC)."""
    not_retired: str = ""
    """Why what should have gone could not go; it goes with the next import."""

    @property
    def namesakes_words(self) -> str:
        """The same in a sentence; "" for none."""
        if not self.namesakes:
            return ""
        begins = "begins" if self.namesakes == 1 else "begin"
        return (
            f"{counted(self.namesakes, 'blob')} with the flow log, NIC and hour of one from another place {begins} "
            "differently, so both are kept: the flow log wrote to two accounts in that hour, or its copies were edited."
        )

    @property
    def counted_twice_words(self) -> str:
        """The same in a sentence; "" for none."""
        if not self.counted_twice:
            return ""
        begins, its = ("begins", "its") if self.counted_twice == 1 else ("begin", "their")
        return (
            f"{counted(self.counted_twice, 'blob')} {begins} like one that was read under another name, so {its} flows "
            "count twice: a file is a renamed copy, or lies without the path of its container. Import a folder that "
            "keeps the paths and names, with --rebuild --drop-missing."
        )

    @property
    def replaced_words(self) -> str:
        """What went with what blobs held before, in a sentence; "" for nothing."""
        if not self.replaced:
            return ""
        return (
            f"{counted(self.replaced, 'log entry')} of earlier imports went with blobs that were rewritten or emptied "
            "since; what those hold now is stored."
        )

    def future_words(self, now: datetime) -> str:
        """That flows claim to be of the future, in a sentence; "" where none is a day or more ahead of `now` (UTC)."""
        if self.last is None or self.last < now + _AHEAD:
            return ""
        return (
            f"The newest flow says {self.last:%Y-%m-%d %H:%M} UTC, and this machine's clock {now:%Y-%m-%d %H:%M}: one "
            "of them is wrong. Windows like 7d count back from this clock; name both ends of one to look elsewhere."
        )

    @property
    def retention_words(self) -> list[str]:
        """What the store's retention did to this run, in sentences."""
        words = []
        if self.kept_since:
            words.append(
                f"Nothing from before {self.kept_since:%Y-%m-%d} (UTC) is read: the store keeps no older days."
            )
        if self.retired and self.retired_before:
            words.append(f"{counted(self.retired, 'log entry')} from before {self.retired_before:%Y-%m-%d} (UTC) went.")
        if self.not_retired:
            words.append(f"What the store no longer keeps could not go: {self.not_retired}")
        return words

    @property
    def exit_status(self) -> int:
        """0 all read, 1 some blob failed or was rejected whole, 2 nothing could be read."""
        unread = self.blobs_failed + self.blobs_rejected
        if self.other_logs and not self.blobs_seen:
            return 2
        if self.blobs_seen and self.blobs_seen == unread + len(self.network_files):
            return 2
        if not (unread or self.unlisted):
            return 0
        return 1 if self.blobs_seen > unread else 2

    def to_json(self) -> str:
        """One JSON object, with times in whole seconds like 2026-11-24T10:00:00Z."""
        return json.dumps(
            {name: getattr(self, name) for name in _COUNTS}
            | {end: _whole_seconds(getattr(self, end)) for end in ("first", "last")}
            | {"failures": [asdict(failure) for failure in self.failures]}
            | {name: getattr(self, name) for name in ("reasons", *_MET, "cancelled")}
            | {end: _whole_seconds(getattr(self, end)) for end in ("kept_since", "retired_before")}
            | {"rebuilt": self.rebuilt, "retired": self.retired, "not_retired": self.not_retired}
            | {"blobs_rejected": self.blobs_rejected, "left_out": self.left_out}
            | {name: [asdict(each) for each in getattr(self, name)] for name in _LISTED if name != "failures"},
            indent=1,
        )

    @classmethod
    def merged(cls, reports: Sequence[ImportReport]) -> ImportReport:
        """Several sources' reports as one."""
        whole = cls()
        for report in reports:
            for name in (*_COUNTS, *_MET, "blobs_rejected", "other_logs", "retired"):
                setattr(whole, name, getattr(whole, name) + getattr(report, name))
            for name in ("reasons", "left_out"):
                setattr(whole, name, dict(Counter(getattr(whole, name)) + Counter(getattr(report, name))))
            for name in _LISTED:
                setattr(whole, name, getattr(whole, name) + getattr(report, name))
            whole.extend(report.first, report.last)
            for name in ("kept_since", "retired_before", "not_retired"):
                setattr(whole, name, getattr(report, name) or getattr(whole, name))
            whole.cancelled |= report.cancelled
            whole.unlisted |= report.unlisted
        return whole

    def reject(self, location: str, reasons: Mapping[str, int]) -> None:
        """Every tuple of a blob was rejected, for these reasons."""
        self.blobs_rejected += 1
        words = ", ".join(f"{count:,} x {reason}" for reason, count in sorted(reasons.items()))
        self.rejected_blobs.append(Failure(location, f"All of it was rejected: {words}."))

    def end_early(self, blob: BlobInfo, now: datetime) -> None:
        """A blob ends in the middle of a record, at this moment (UTC)."""
        self.incomplete += 1
        if not blob.may_grow(now):
            self.cut_short.append(Failure(blob.location, _CUT_SHORT))

    @property
    def still_written(self) -> int:
        """Blobs that end in the middle of a record, and that Azure may still write."""
        return self.incomplete - len(self.cut_short)

    def leave_out(self, reasons: Mapping[str, int]) -> None:
        """Files that were not read, by reason."""
        self.left_out = dict(Counter(self.left_out) + Counter(reasons))

    def leave_out_another_log(self) -> None:
        """A blob has no flows, as its own records say."""
        self.blobs_seen -= 1
        self.other_logs += 1
        self.leave_out({OTHER_LOG: 1})

    def pass_over(self, location: str, records: Iterable[LargeRecord]) -> None:
        """Records of a blob are too large to be read."""
        for record in records:
            words = (
                f"A record of {record.size / 1e6:,.1f} MB at byte {record.start:,} is over the limit "
                f"of {RECORD_LIMIT / 1e6:,.1f} MB for one record; the rest of the blob was read."
            )
            self.passed_over.append(Failure(location, words))

    def extend(self, first: datetime | None, last: datetime | None) -> None:
        """Take in the first and last moment (UTC) of more tuples; None where there were none."""
        self.first = min((moment for moment in (self.first, first) if moment), default=None)
        self.last = max((moment for moment in (self.last, last) if moment), default=None)


def _whole_seconds(moment: datetime | None) -> str | None:
    return format_time(moment.replace(microsecond=0)) if moment else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. Bytes count as done when they were read, all of a blob that holds nothing new."""

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
