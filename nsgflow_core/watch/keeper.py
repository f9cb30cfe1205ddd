"""Rounds by the server itself: of each remembered connection that is due, one after the other, while it runs.

It opens a connection with the server's own identity. One that needs a secret is read with the source that a session
lent: opened there by a person who asked for the refresh, held in memory until the connection is removed, its rhythm
is taken away, or the server stops. Another import of the store goes first; the round is then due as soon as that ended.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nsgflow_core.errors import NsgflowError, StoreBusy, StoreError
from nsgflow_core.intake.job import ImportJob, desk_of
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.intake.work import Work, unexpected
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.sources.base import Source
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.watch import connections
from nsgflow_core.watch.connections import Connection
from nsgflow_core.watch.opening import open_connection
from nsgflow_core.watch.rounds import Round
from nsgflow_core.watch.watcher import Watcher

LOOK = 5.0
"""Seconds between two looks for what is due."""
MINUTE = timedelta(minutes=1)


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
        self._has_looked = False
        self._work: Work[None] | None = None

    def begin(self) -> None:
        """Look from now on for what is due, if anything ever is. A store that cannot be read is left alone."""
        if self._has_looked:
            return
        with suppress(StoreError):
            is_needed = any(each.every for each in self.connections)
            self._has_looked = True
            if is_needed:
                self._begin()

    def _begin(self) -> None:
        with self._lock:
            if self._work is None:
                self._work = Work("rounds", self._go_round)

    @property
    def connections(self) -> tuple[Connection, ...]:
        """All that are remembered, by name. Raises StoreError where the store cannot be read."""
        return connections.load(self._store)

    def remember(self, connection: Connection, settings: Settings, source: Source | None = None) -> None:
        """Keep a connection in place of one of its name; `source` is lent to its rounds, with its credential.

        `settings` are the store's, in the name of whoever asks for it.
        """
        others = [each for each in self.connections if each.name.casefold() != connection.name.casefold()]
        connections.save(settings, (*others, connection))
        with self._lock:
            self._due.pop(connection.name, None)
            if connection.every and source is not None:
                self._lent[connection.name] = source
            elif not connection.every:
                self._lent.pop(connection.name, None)
        if connection.every:
            self._begin()

    def forget(self, name: str, settings: Settings) -> None:
        """Remove a connection, and let go what was lent to it."""
        connections.save(settings, [each for each in self.connections if each.name != name])
        with self._lock:
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

    def start(
        self,
        connection: Connection,
        here: Source | None = None,
        *,
        store: LocalStore | None = None,
        is_asked: bool = True,
    ) -> None:
        """Start a round of it, with the source that is open `here` if there is one.

        `store` is the store in the name of whoever asks for it; a round of the server's own is in its name.
        Raises StoreBusy while an import runs, SourceError where it cannot be opened.
        """
        with self._lock:
            source = here or self._lent.get(connection.name)
            watcher = self._watchers.setdefault(connection.name, Watcher(self._store, connection.place))
        opened = source or open_connection(connection)
        window = connection.window

        def run(job: ImportJob) -> ImportReport:
            done = watcher.round(opened, window, job.tell, lambda: job.is_cancelled, store)
            self._note(connection.name, done)
            if done.error:
                raise NsgflowError(done.error)
            return done.report

        self._desk.start(opened.name, window, run, is_asked=is_asked)

    def _note(self, name: str, done: Round) -> None:
        with self._lock:
            if name in self._watchers:  # not removed meanwhile
                self._rounds[name] = done

    def _go_round(self, work: Work[None]) -> None:
        while not work.is_cancelled:
            try:
                for connection in self.connections:
                    if connection.every and not self.waits_for(connection):
                        self._start_if_due(connection)
            except NsgflowError:
                pass  # the store is busy or away for a moment; the next look tries again
            work.pause(LOOK)

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
        except Exception as failure:
            self._note(connection.name, failed(connection, unexpected(failure)))
        self._due[connection.name] = now + (connection.every * MINUTE).total_seconds()


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
