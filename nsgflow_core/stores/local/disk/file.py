"""The store's DuckDB file, opened only as long as it is needed, on an engine that is there already (`engines.py`).

DuckDB lets many processes read a file or one process write it. So a question opens the file read-only and a commit
opens it read-write, both for moments (`staying.py`: for pages and commands also for some after a question), and
whoever comes at the wrong one tries again for some seconds. Inside one process all threads share one `StoreFile` per
path: questions run on cursors of whatever connection is open, also the writer's, and a writer waits until running
questions have ended.

After a crash DuckDB's write-ahead log lies beside the file; both kinds of opening replay it (checked with 2.0.1).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import duckdb

from nsgflow_core.errors import Cancelled, StoreBusy, StoreError, StoreMissing
from nsgflow_core.stores.local.disk.aside import Aside
from nsgflow_core.stores.local.disk.engines import AttachedFile, OneState
from nsgflow_core.stores.local.disk.failures import IMPORT_FIRST, as_our_errors, look_at, translated
from nsgflow_core.stores.local.disk.leaving import inside
from nsgflow_core.stores.local.disk.location import FileState, state_of_file, which_file
from nsgflow_core.stores.local.disk.opening import PATIENCE, incompatible, make_folder, opened
from nsgflow_core.stores.local.disk.staying import Staying
from nsgflow_core.stores.local.upkeep.copying import (
    discard,
    discard_leftovers,
    discard_unborn,
    make_durable,
    take_place,
)
from nsgflow_core.stores.stopping import OF_PROCESS


class StoreFile:
    """One store file of this process. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._state = threading.Condition()
        self._writer = threading.Lock()
        self._open_file: AttachedFile | None = None
        self._writable = False
        self._switching = False
        self._users = 0
        self._holds = threading.local()
        self._opened_as: FileState | None = None
        self._staying = Staying(self._close_unused)

    def stay_open(self, seconds: float) -> None:
        """From now on, for so long after each question, so that the next finds in memory what it read."""
        self._staying.seconds = seconds

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that sees the last commit. Raises StoreError, in words, for whatever DuckDB cannot do inside."""
        with as_our_errors(self.path), self._reading() as cursor:
            yield cursor

    @contextmanager
    def held(self) -> Iterator[None]:
        """The file stays open for the questions that this thread asks inside, which see one commit. Where there is
        none, nothing is held."""
        with ExitStack() as reading:
            around = self._held_here
            try:
                with as_our_errors(self.path):
                    file = reading.enter_context(self._using())
                    self._holds.state = around or reading.enter_context(file.one_state())
            except StoreMissing:
                yield
                return
            try:
                yield
            finally:
                self._holds.state = around

    @property
    def aside(self) -> Aside | None:
        """Where a question of this thread's block finds rows that earlier ones set aside, or sets some aside itself."""
        return self._held_here.aside if self._held_here else None

    @property
    def _held_here(self) -> OneState | None:
        state: OneState | None = getattr(self._holds, "state", None)
        return state

    @contextmanager
    def _reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._using() as file, (self._held_here or file).asked() as cursor:
            yield cursor

    @contextmanager
    def _using(self) -> Iterator[AttachedFile]:
        """The open file, which stays so to the block's end."""
        with inside(), self._used() as file:
            yield file

    @contextmanager
    def _used(self) -> Iterator[AttachedFile]:
        with self._state:
            if not self._held_here:  # else a writer who waits for this thread's block to end would wait for ever
                self._wait_for(lambda: not self._switching)
            if not self._users and not self._writable and self._opened_as != state_of_file(self.path):
                self._close()  # it stayed open, and another file took its place, or was copied over it
            if self._open_file is None:
                self._open_file, self._opened_as = self._open(writable=False), state_of_file(self.path)
                self._staying.opened()
            file = self._open_file
            self._users += 1
        try:
            yield file
        except BaseException:
            file.sound = False
            raise
        finally:
            with self._state:
                self._users -= 1
                if self._users == 0 and not self._writable and not (file.sound and self._staying.begins()):
                    self._close()
                self._state.notify_all()

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The one writing connection, inside a transaction that commits when the block ends without an error.

        Makes the file when there is none. Inside another of this thread it is a part of that one's transaction.
        Raises StoreError, in words, for whatever DuckDB cannot do inside.
        """
        around: duckdb.DuckDBPyConnection | None = getattr(self._holds, "written", None)
        if around is not None:
            yield around
            return
        with as_our_errors(self.path), self._writing() as connection:
            self._holds.written = connection
            try:
                yield connection
            finally:
                self._holds.written = None

    @contextmanager
    def _writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with inside(), self._alone():
            file = self._become_writer()
            connection = file.connection
            try:
                with file.working(), OF_PROCESS.ends(connection.interrupt):
                    connection.begin()
                    try:
                        yield connection
                    except BaseException:
                        with suppress(duckdb.Error):  # a damaged or full file refuses this as well
                            connection.rollback()
                        raise
                    connection.commit()
            except BaseException:
                file.sound = False
                raise
            finally:
                self._end_writer()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer of this process at a time."""
        if not self._writer.acquire(timeout=PATIENCE * 3):
            raise _busy(self.path)
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def replacing(self, new: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        """The writing connection, for a block that makes a file `new`, which takes this one's place at its end.

        Questions of this process go on meanwhile; other processes wait. When the block or the change of places fails,
        this file stays as it was. Raises StoreError, in words, also for what the disk cannot do.
        """
        with as_our_errors(self.path), self._replacing(new) as connection:
            yield connection

    @contextmanager
    def _replacing(self, new: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        with inside(), self._alone():
            file, made = self._become_writer(), None
            try:
                with file.working(), OF_PROCESS.ends(file.connection.interrupt):
                    file.connection.execute("CHECKPOINT")  # no log may lie beside the file that comes
                    yield file.connection
                make_durable(new)
                made = new
            except BaseException as failure:
                file.sound = False
                discard(new)
                if isinstance(failure, OSError):
                    raise translated(failure, self.path) from failure
                raise
            finally:
                self._end_writer(made)

    def _become_writer(self) -> AttachedFile:
        with self._state:
            self._switching = True
            try:
                self._wait_for(lambda: self._users == 0)
                self._close()
                self._open_file = self._open(writable=True)
                self._writable = True
            finally:
                self._switching = False
                self._state.notify_all()
            return self._open_file

    def _end_writer(self, new: Path | None = None) -> None:
        """Readers keep the writer's file open until their answer is there; then it closes, which checkpoints it.

        A new file takes its place while it is still held, so that no other process can write to the old one after
        the new one was made. Windows replaces no open file: there it is closed first.
        """
        with self._state:
            self._switching = True
            try:
                self._state.wait_for(lambda: self._users == 0)
                if new is not None and os.name != "nt":
                    take_place(new, self.path)
                self._close()
                if new is not None and os.name == "nt":
                    take_place(new, self.path)
            except OSError as failure:
                if new is not None:
                    discard(new)
                raise translated(failure, self.path) from failure
            finally:
                self._close()
                self._writable = False
                self._switching = False
                self._state.notify_all()

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        if not self._state.wait_for(condition, timeout=PATIENCE * 3):
            raise _busy(self.path)

    def _close_unused(self, is_over: Callable[[], bool]) -> None:
        with suppress(Cancelled), inside(), self._state:
            if is_over() and self._users == 0 and not self._writable:
                self._close()

    def _close(self) -> None:
        file, self._open_file = self._open_file, None
        if file is not None:
            file.close()

    def _open(self, *, writable: bool) -> AttachedFile:
        if writable:
            make_folder(self.path.parent)
        found = look_at(self.path)
        if found is None and not writable:
            raise StoreMissing(f"There is no store at {self.path}.", IMPORT_FIRST)
        was = which_file(self.path)
        try:
            file = opened(self.path, writable)
        except StoreError as error:
            if was is None and not isinstance(error, StoreBusy):
                discard_unborn(self.path)
            raise
        if file is None:
            self._open(writable=True).close()
            file = opened(self.path, writable)
        if file is None:
            raise incompatible(self.path)
        if was is not None and which_file(self.path) != was:  # another process put a new file in its place meanwhile
            file.close()
            return self._open(writable=writable)
        if writable:
            discard_leftovers(self.path)
        return file


_FILES: dict[Path, StoreFile] = {}
_FILES_LOCK = threading.Lock()


def store_file(path: Path) -> StoreFile:
    """The one `StoreFile` of this process for a path."""
    try:
        key = path.expanduser().resolve()
        str(key).encode()
    except (OSError, RuntimeError, ValueError) as failure:
        raise translated(failure, path) from None
    with _FILES_LOCK:
        return _FILES.setdefault(key, StoreFile(key))


def _busy(path: Path) -> StoreBusy:
    return StoreBusy(f"Another program is writing to {path}.", "Wait until its import has ended, then try again.")
