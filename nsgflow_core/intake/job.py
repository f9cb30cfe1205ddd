"""The imports of this process: one at a time for each store, whoever started it and whoever is still looking.

A job lives as long as the process, not as long as a browser's tab. It holds the source, and with it a credential,
only while it runs. Another process may import into the same file: commits take turns there
(`stores/local/disk/file.py`).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from nsgflow_core.errors import StoreBusy
from nsgflow_core.intake.pace import Pace
from nsgflow_core.intake.report import ImportReport, Progress
from nsgflow_core.intake.work import Work
from nsgflow_core.stores.local.disk.file import store_file

REMEMBERED = 20
"""Jobs of a store whose outcome can still be looked up."""


@dataclass(frozen=True)
class ImportWindow:
    """The part of a source to import, [since, until) in UTC; None is an open end."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def words(self) -> str:
        """Like "from 2026-11-24 10:00 to now"."""
        since = f"{self.since:%Y-%m-%d %H:%M}" if self.since else "the first hour"
        until = f"{self.until:%Y-%m-%d %H:%M} UTC" if self.until else "now"
        return f"from {since} to {until}"


@dataclass(frozen=True)
class HowFar:
    """What a running import last told."""

    progress: Progress
    seconds_left: float | None


class ImportJob(Work[ImportReport]):
    """One import: of what, how far it is, and in the end what it brought or why it failed."""

    def __init__(self, number: int, name: str, window: ImportWindow, is_asked: bool, task: ImportTask) -> None:
        """Start it. `name` says the source in words; `is_asked` is False for a round that the server does by itself."""
        self.number = number
        self.name = name
        self.window = window
        self.is_asked = is_asked
        self.how_far: HowFar | None = None
        self.ended: datetime | None = None
        self._pace = Pace()

        def run(_work: Work[ImportReport]) -> ImportReport:
            try:
                return task(self)
            finally:
                self.ended = datetime.now(UTC)

        super().__init__(name, run)

    def tell(self, progress: Progress) -> None:
        """Note how far it is; called from the thread that imports."""
        self.how_far = HowFar(progress, self._pace.seconds_left(progress))


ImportTask = Callable[[ImportJob], ImportReport]
"""What an import does: it tells the job how far it is, and looks whether it was cancelled."""


class ImportRuns(StoreBusy):
    """Another import, `job`, is in the way as long as it runs."""

    def __init__(self, job: ImportJob) -> None:
        super().__init__(
            f"An import of {job.name} is running, since {job.began:%H:%M} UTC.",
            "One runs at a time. Start this one when it has ended, or cancel it first: what it stored stays.",
        )
        self.job = job


class ImportDesk:
    """Where imports into one store are asked for. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: Iterator[int] = count(1)
        self._jobs: deque[ImportJob] = deque(maxlen=REMEMBERED)

    @property
    def running(self) -> ImportJob | None:
        """The one that runs now."""
        with self._lock:
            return self._running()

    @property
    def ended(self) -> ImportJob | None:
        """The last that somebody asked for and that has ended."""
        with self._lock:
            return next((job for job in reversed(self._jobs) if job.is_asked and job.is_done), None)

    @property
    def changes(self) -> int:
        """A number that grows whenever an import of any kind ended and had brought something."""
        with self._lock:
            done = [job for job in self._jobs if job.is_done and job.result and job.result.tuples]
            return max((job.number for job in done), default=0)

    def start(self, name: str, window: ImportWindow, task: ImportTask, *, is_asked: bool = True) -> ImportJob:
        """Start an import. Raises ImportRuns while another one runs."""
        with self._lock:
            if running := self._running():
                raise ImportRuns(running)
            job = ImportJob(next(self._numbers), name, window, is_asked, task)
            self._jobs.append(job)
            return job

    def cancel(self, number: int) -> None:
        """Ask the import of this number to stop, if it is still the one that runs."""
        running = self.running
        if running and running.number == number:
            running.cancel()

    def _running(self) -> ImportJob | None:
        return self._jobs[-1] if self._jobs and not self._jobs[-1].is_done else None


_DESKS: dict[Path, ImportDesk] = {}
_DESKS_LOCK = threading.Lock()


def desk_of(store: Path) -> ImportDesk:
    """The one desk of this process for a store's file, by whatever path it is named."""
    key = store_file(store).path
    with _DESKS_LOCK:
        return _DESKS.setdefault(key, ImportDesk())
