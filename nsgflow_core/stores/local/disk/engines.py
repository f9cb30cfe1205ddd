"""A store's file on a DuckDB engine: attached for questions or a commit, let go after it, while the engine stays.

Starting an engine takes 12 ms, most of them for its own catalogue; attaching a file and letting it go takes 0.4 ms. An
engine that waits has no file open: other processes get to write, and a kill finds nothing.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from nsgflow_core.stores.local.disk.aside import Aside
from nsgflow_core.stores.stopping import ended_by

STORE = "nsgflow_store"
"""The name of the store's file inside an engine."""
_AT_MOST = 2
"""Engines that wait; a process seldom asks more stores at a time."""
_SHORT = 0.1
"""CPU seconds of questions within which an engine waits for more. One that worked longer keeps hundreds of MB of
memory, and starting another costs little beside such questions."""
_waiting: list[_Engine] = []
_lock = threading.Lock()
_writing_often = 0
"""How many blocks of `engines_of_writers_kept` go on."""


@dataclass(frozen=True, slots=True)
class _Engine:
    """One of DuckDB's instances, and what was set of it."""

    connection: duckdb.DuckDBPyConnection
    settings: Mapping[str, str]


class AttachedFile:
    """The file of a store, open. What is asked on its cursors names tables as if they were the engine's own."""

    def __init__(self, engine: _Engine, path: Path, *, writable: bool) -> None:
        self.sound = True
        """False once something failed inside: then the engine goes with the file."""
        self._engine = engine
        self._worked = 0.0
        self._writable = writable
        self._overflow = overflow_of(path)
        self.aside = None if writable else Aside()
        """Where rows of it are set aside; nowhere while they can change."""
        self.connection = self.cursor()
        """The one that writes."""

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own, for one question."""
        made = self._engine.connection.cursor()
        made.execute(f"USE {STORE}")
        return made

    @contextmanager
    def working(self) -> Iterator[None]:
        """Around a question or a commit: its CPU time, and what other threads took meanwhile, tells what it left."""
        since = time.process_time()
        try:
            yield
        finally:
            self._worked += time.process_time() - since

    @contextmanager
    def asked(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor for one question, which ends early when that is wished. Raises Cancelled."""
        with self.working():
            cursor = self.cursor()
            try:
                with ended_by(cursor.interrupt):
                    yield cursor
            finally:
                cursor.close()

    @contextmanager
    def one_state(self) -> Iterator[OneState]:
        """For the questions of a block, one after the other: all are answered from the commit that the first one saw,
        also where a writer of this process commits meanwhile."""
        state = OneState(self)
        try:
            yield state
        finally:
            state.close()

    def close(self) -> None:
        """Let the file go; what was committed is in it then, without a log beside it where the disk has the space."""
        self.connection.close()
        try:
            self._engine.connection.execute(f"DETACH {STORE}")
        except duckdb.Error:  # the disk is full: what is committed stays in the log
            self.sound = False
        waits = (self._worked < _SHORT or (self._writable and _writing_often)) and not (
            self.aside and self.aside.is_used
        )
        if self.sound and waits and not self._overflow.exists():  # which is removed with the engine
            _put_back(self._engine)
        else:
            self._engine.connection.close()


class OneState:
    """A file as of one commit, to whoever asks."""

    def __init__(self, file: AttachedFile) -> None:
        self.aside = file.aside
        self._file = file
        self._cursor: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def asked(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The cursor for one question, which ends early when that is wished. Raises Cancelled."""
        with self._file.working():
            cursor = self._cursor = self._cursor or self._begun()
            try:
                with ended_by(cursor.interrupt):
                    yield cursor
            except BaseException:  # it answers nothing more in this transaction
                self.close()
                raise

    def close(self) -> None:
        """No question is asked any more; one that is begins with what is committed by then."""
        cursor, self._cursor = self._cursor, None
        if cursor is not None:
            cursor.close()

    def _begun(self) -> duckdb.DuckDBPyConnection:
        """Where nobody can commit it needs no transaction, in which it would not see what others set aside."""
        cursor = self._file.cursor()
        return cursor if self.aside else cursor.begin()


def attach(path: Path, *, writable: bool, memory_limit: str) -> AttachedFile:
    """Open a file, and make it if it is to be written and there is none. Raises duckdb.Error."""
    engine = _ready({"memory_limit": memory_limit, "temp_directory": str(overflow_of(path))})
    mode = "READ_WRITE" if writable else "READ_ONLY"
    try:
        engine.connection.execute(f"ATTACH {_quoted(str(path))} AS {STORE} (TYPE duckdb, {mode})")
        return AttachedFile(engine, path, writable=writable)
    except duckdb.IOException:  # mostly another process that holds the file
        _put_back(engine)
        raise
    except BaseException:
        engine.connection.close()
        raise


@contextmanager
def engines_of_writers_kept() -> Iterator[None]:
    """Inside, the engine of a commit waits for the next one with its memory, however long it worked; then it goes."""
    global _writing_often
    with _lock:
        _writing_often += 1
    try:
        yield
    finally:
        with _lock:
            _writing_often -= 1
            is_last = not _writing_often
        if is_last:
            _let_go()


@contextmanager
def in_given_order(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Inside, rows are stored in the order in which they are given, also by several threads."""
    connection.execute("SET preserve_insertion_order = true")
    try:
        yield
    finally:
        with suppress(duckdb.Error):  # after an error it refuses everything, and its engine goes
            connection.execute("SET preserve_insertion_order = false")


def overflow_of(path: Path) -> Path:
    """The folder where an engine puts what exceeds its memory; it makes it when it needs it, and one that is killed
    leaves it."""
    return Path(f"{path}.tmp")


def _ready(settings: Mapping[str, str]) -> _Engine:
    """An engine with these settings, without a file."""
    while _waiting:
        try:
            engine = _waiting.pop()
        except IndexError:  # another thread was quicker
            break
        try:
            for name, value in settings.items() - engine.settings.items():
                engine.connection.execute(f"SET {name} = {_quoted(value)}")
        except duckdb.Error:
            engine.connection.close()
        else:
            return _Engine(engine.connection, settings)
    return _start(settings)


def _start(settings: Mapping[str, str]) -> _Engine:
    return _Engine(duckdb.connect(config={"preserve_insertion_order": False, **settings}), settings)


def _put_back(engine: _Engine) -> None:
    if len(_waiting) < _AT_MOST:
        _waiting.append(engine)
    else:
        engine.connection.close()


def _let_go() -> None:
    """No engine waits any more; a forked process has none of its threads, and would wait for them for ever."""
    while _waiting:
        try:
            engine = _waiting.pop()
        except IndexError:  # another thread was quicker
            return
        engine.connection.close()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


if sys.platform != "win32":
    os.register_at_fork(before=_let_go)
