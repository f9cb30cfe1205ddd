"""Rounds by the server itself: of each remembered connection that is due, one after the other, while it runs.

It opens a connection with the server's own identity. One that needs a secret is read with the source that a session
lent: opened there by a person who asked for the refresh, held in memory until the connection is removed, its rhythm
is taken away, or the server stops. Another import of the store goes first; the round is then due as soon as that ended.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nsgflow_core.errors import NsgflowError, StoreBusy
from nsgflow_core.intake.job import ImportJob, desk_of
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.sources.base import Source
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.watch import connections
from nsgflow_core.watch.connections import Connection
from nsgflow_core.watch.opening import open_connection
from nsgflow_core.watch.rounds import Round, Watcher

LOOK = 2.0
"""Seconds between two looks for what is due."""


class Keeper:
    """The remembered connections of one store in this process. Safe to use from several threads."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store
        self._desk = desk_of(store.path)
        self._lock = threading.Lock()
        self._lent: dict[str, Source] = {}
        self._rounds: dict[str, Round] = {}
        self._watchers: dict[str, Watcher] = {}
        self._due: dict[str, float] = {}
        self._kept: tuple[Connection, ...] | None = None
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Look from now on for what is due, if anything ever is."""
        with self._lock:
            if self._thread is None and any(each.every for each in self._connections()):
                self._thread = threading.Thread(target=self._go_round, name="nsgflow-keeper", daemon=True)
                self._thread.start()

    @property
    def connections(self) -> tuple[Connection, ...]:
        """All that are remembered, by name."""
        with self._lock:
            return self._connections()

    def remember(self, connection: Connection, source: Source | None = None) -> None:
        """Keep a connection in place of one of its name; `source` is lent to its rounds, with its credential."""
        with self._lock:
            others = [each for each in self._connections() if each.name.casefold() != connection.name.casefold()]
            self._save((*others, connection))
            self._due.pop(connection.name, None)
            if connection.every and source is not None:
                self._lent[connection.name] = source
            elif not connection.every:
                self._lent.pop(connection.name, None)
        self.begin()

    def forget(self, name: str) -> None:
        """Remove a connection, and let go what was lent to it."""
        with self._lock:
            self._save(tuple(each for each in self._connections() if each.name != name))
            for held in (self._lent, self._rounds, self._watchers, self._due):
                held.pop(name, None)

    def waits_for(self, connection: Connection) -> str:
        """The secret without which its rounds cannot go on, in words; "" when they can."""
        with self._lock:
            return "" if connection.name in self._lent else connection.needs

    def last(self, name: str) -> Round | None:
        """Its last round since the server was started."""
        with self._lock:
            return self._rounds.get(name)

    def start(self, connection: Connection, *, is_asked: bool = True) -> None:
        """Start a round of it. Raises StoreBusy while an import runs, SourceError where it cannot be opened."""
        with self._lock:
            source = self._lent.get(connection.name)
            watcher = self._watchers.setdefault(connection.name, Watcher(self._store, connection.place))
        opened = source or open_connection(connection)
        window = connection.window

        def run(job: ImportJob) -> ImportReport:
            done = watcher.round(opened, window, job.tell, lambda: job.is_cancelled)
            self._note(connection.name, done)
            if done.error:
                raise NsgflowError(done.error)
            return done.report

        self._desk.start(opened.name, window, run, is_asked=is_asked)

    def _note(self, name: str, done: Round) -> None:
        with self._lock:
            self._rounds[name] = done

    def _connections(self) -> tuple[Connection, ...]:
        if self._kept is None:
            self._kept = connections.load(self._store)
        return self._kept

    def _save(self, kept: tuple[Connection, ...]) -> None:
        connections.save(self._store, kept)
        self._kept = None

    def _go_round(self) -> None:
        while True:
            try:
                for connection in self.connections:
                    if connection.every and not self.waits_for(connection):
                        self._start_if_due(connection)
            except NsgflowError:
                pass  # the store is busy or away for a moment; the next look tries again
            time.sleep(LOOK)

    def _start_if_due(self, connection: Connection) -> None:
        now = time.monotonic()
        if now < self._due.get(connection.name, 0.0):
            return
        try:
            self.start(connection, is_asked=False)
        except StoreBusy:
            return
        except NsgflowError as error:
            self._note(connection.name, failed(connection, error))
        self._due[connection.name] = now + timedelta(minutes=connection.every).total_seconds()


def failed(connection: Connection, error: NsgflowError) -> Round:
    """The round of a connection that could not be opened."""
    return Round(connection.place, datetime.now(UTC), ImportReport(unlisted=True), str(error))


_KEEPERS: dict[Path, Keeper] = {}
_KEEPERS_LOCK = threading.Lock()


def keeper_of(path: Path) -> Keeper:
    """The one keeper of this process for a store's file."""
    key = path.expanduser().resolve()
    with _KEEPERS_LOCK:
        if key not in _KEEPERS:
            _KEEPERS[key] = Keeper(LocalStore(key))
        return _KEEPERS[key]
