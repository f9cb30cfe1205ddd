"""Rounds by the server itself: of each remembered connection that is due, one after the other, while it runs.

It opens a connection with the server's own folders and identity where those are lent, asked anew for each round; it
has no browser to ask who reaches the server, so that is told from how the server was started. One that needs a secret
is read with the source that a session lent: opened there by a person who asked for the refresh, held in memory until
the connection is removed or changed, its rhythm is taken away, or the server stops. Another import of the store goes
first; the round is then due as soon as that ended.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nsgflow_core.errors import InputError, NsgflowError, StoreBusy, StoreError
from nsgflow_core.intake.job import ImportJob, desk_of
from nsgflow_core.intake.report import ImportReport
from nsgflow_core.intake.work import Work, unexpected
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.sources.base import Source
from nsgflow_core.stores.local.disk.file import store_file
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.watch import connections
from nsgflow_core.watch.connections import Connection
from nsgflow_core.watch.opening import Lends, check_lent, open_connection
from nsgflow_core.watch.rounds import Round
from nsgflow_core.watch.watcher import Watcher

LOOK = 5.0
"""Seconds between two looks for what is due."""
MINUTE = timedelta(minutes=1)


@dataclass
class _Held:
    """What the keeper holds of one connection, as long as it is remembered like that."""

    watcher: Watcher
    lent: Source | None = None
    last: Round | None = None
    due: float = 0.0


class Keeper:
    """The remembered connections of one store in this process. Safe to use from several threads."""

    def __init__(self, store: LocalStore, lends: Callable[[], Lends]) -> None:
        """`lends` is asked at each opening, from any thread, for what the server opens connections with by itself."""
        self._store = store
        self._lends = lends
        self._desk = desk_of(store.path)
        self._lock = threading.Lock()
        self._changing = threading.Lock()
        """Held while connections are written, or what is held is compared with what is written."""
        self._held: dict[tuple[str, ...], _Held] = {}
        self._has_looked = False
        self._work: Work[None] | None = None

    def begin(self) -> None:
        """Look from now on for what is due, if anything ever is. A store that cannot be read is left alone.

        Raises StoreBusy where somebody else has it open for long.
        """
        if self._has_looked:
            return
        try:
            is_needed = any(each.every for each in self.connections)
        except StoreBusy:
            raise
        except StoreError:
            return
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

        `settings` are the store's, in the name of whoever asks for it. Only what needs a secret is lent: the rest is
        opened anew for each round, where the server lends it. Raises SourceDenied for rounds that it would not.
        """
        if connection.every:
            check_lent(connection, self._lends())
        with self._changing:
            self._let_go(connections.change(settings, connection.name, (connection,)))
            with self._lock:
                held = self._of(connection)
                held.due = 0.0
                if connection.every and connection.needs and source is not None:
                    held.lent = source
                elif not connection.every:
                    held.lent = None
        if connection.every:
            self._begin()

    def forget(self, name: str, settings: Settings) -> None:
        """Remove a connection, and let go what was lent to it."""
        with self._changing:
            self._let_go(connections.change(settings, name, ()))

    def _of(self, connection: Connection) -> _Held:
        """What is held of it. Ask under the lock."""
        if connection.opens not in self._held:
            self._held[connection.opens] = _Held(Watcher(self._store, connection.place))
        return self._held[connection.opens]

    def _let_go(self, kept: Iterable[Connection]) -> None:
        """Hold nothing of what is remembered no more, also where another program wrote, or the file is another one."""
        remembered = {each.opens for each in kept}
        with self._lock:
            for key in self._held.keys() - remembered:
                del self._held[key]

    def waits_for(self, connection: Connection) -> str:
        """The secret without which its rounds cannot go on, in words; "" when they can."""
        with self._lock:
            held = self._held.get(connection.opens)
        return "" if held and held.lent else connection.needs

    def last(self, connection: Connection) -> Round | None:
        """Its last round since the server was started."""
        with self._lock:
            held = self._held.get(connection.opens)
        return held.last if held else None

    def start(
        self,
        connection: Connection,
        here: Source | None = None,
        *,
        store: LocalStore | None = None,
        lends: Lends | None = None,
        is_asked: bool = True,
    ) -> None:
        """Start a round of it, with the source that is open `here` if there is one.

        `store` is the store in the name of whoever asks for it, and `lends` what the server lends to them; a round of
        the server's own is in its name. Raises InputError for a connection that is remembered no more or otherwise,
        StoreBusy while an import runs, SourceError where it cannot be opened.
        """
        if connection.opens not in [each.opens for each in self.connections]:
            raise InputError(f"{connection.name} was changed or removed meanwhile.", "Look at it again.")
        with self._lock:
            held = self._of(connection)
            source = here or held.lent
        opened = source or open_connection(connection, lends or self._lends())
        window, watcher = connection.window, held.watcher

        def run(job: ImportJob) -> ImportReport:
            done = watcher.round(opened, window, job.tell, lambda: job.is_cancelled, store)
            held.last = done
            if done.error:
                raise NsgflowError(done.error)
            return done.report

        self._desk.start(opened.name, window, run, is_asked=is_asked)

    def _go_round(self, work: Work[None]) -> None:
        while not work.is_cancelled:
            try:
                self._look()
            except NsgflowError:
                pass  # the store is busy or away for a moment; the next look tries again
            except Exception as failure:
                unexpected(failure)  # in the log; rounds go on
            work.pause(LOOK)

    def _look(self) -> None:
        with self._changing:
            kept = self.connections
            self._let_go(kept)
        for connection in kept:
            if connection.every and not self.waits_for(connection):
                self._start_if_due(connection)

    def _start_if_due(self, connection: Connection) -> None:
        now = time.monotonic()
        with self._lock:
            held = self._of(connection)
        if now < held.due:
            return
        try:
            self.start(connection, is_asked=False)
        except StoreBusy:
            return
        except NsgflowError as error:
            held.last = failed(connection, error)
        except Exception as failure:
            held.last = failed(connection, unexpected(failure))
        held.due = now + (connection.every * MINUTE).total_seconds()


def failed(connection: Connection, error: NsgflowError) -> Round:
    """The round of a connection that could not be opened."""
    return Round(connection.place, datetime.now(UTC), ImportReport(unlisted=True), str(error))


_KEEPERS: dict[Path, Keeper] = {}
_KEEPERS_LOCK = threading.Lock()


def keeper_of(path: Path, lends: Callable[[], Lends]) -> Keeper:
    """The one keeper of this process for a store's file; `lends` as of whoever asks first."""
    key = store_file(path).path
    with _KEEPERS_LOCK:
        if key not in _KEEPERS:
            _KEEPERS[key] = Keeper(LocalStore(key), lends)
        return _KEEPERS[key]
