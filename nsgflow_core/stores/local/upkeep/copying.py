"""A new file beside the store that takes its place, or goes elsewhere: whole and on disk, in one step or not at all.

A kill at any moment leaves the old file or the new one, and at most a file beside it that the next writer removes.
The store's write-ahead log is empty whenever its file is replaced, so no log ever lies beside a file it is not of.
"""

from __future__ import annotations

import contextlib
import glob
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from nsgflow_core.errors import StoreError
from nsgflow_core.stores.local.disk.engines import in_given_order, overflow_of
from nsgflow_core.stores.local.disk.failures import look_at

FRESH = "nsgflow_fresh"
"""The name of the new file inside the connection that writes it."""
REWRITTEN = ".rewrite"
"""Behind the store's name: a copy that is being written while the store is held for writing."""
REBUILD = ".rebuild-"
"""Behind the store's name and before a process id: a store that is being filled from the source."""
_FIRST_PAGES = 3 * 4096
"""A DuckDB file begins with three headers of 4 KB (duckdb.org, "Storage versions and format")."""
STALE_SECONDS = 3600.0
"""A rebuild commits more often than this; what nobody touched for so long was left by one that was killed."""


@contextmanager
def beside(new: Path) -> Iterator[Path]:
    """A place for a new file; what is left there in the end, because it took no place, is removed."""
    discard(new)
    try:
        yield new
    finally:
        discard(new)


@contextmanager
def in_place_of(path: Path) -> Iterator[Path]:
    """A new file beside `path`, which is `path` and on disk when the block ends without an error. Raises OSError."""
    discard_stale(path.parent, f".{glob.escape(path.name)}.*.part")
    with beside(path.with_name(f".{path.name}.{os.getpid()}.part")) as new:
        yield new
        make_durable(new)
        take_place(new, path)


@contextmanager
def unwritable(path: Path) -> Iterator[None]:
    """What the disk refuses inside, as StoreError in words about `path`."""
    try:
        yield
    except OSError as failure:
        raise StoreError(
            f"{path} cannot be written: {failure.strerror}.", "Check the folder, its permissions and its space."
        ) from None


def discard(new: Path) -> None:
    """Remove a file that took no place, with its write-ahead log and overflow; nothing when it cannot be removed."""
    for each in (new, wal_of(new)):
        with contextlib.suppress(OSError):
            each.unlink(missing_ok=True)
    discard_overflow(overflow_of(new))


def wal_of(path: Path) -> Path:
    """Where DuckDB keeps what is committed and not yet in the file."""
    return Path(f"{path}.wal")


def discard_leftovers(path: Path) -> None:
    """Remove what was left beside a store by a question, rewrite or rebuild that was killed. The caller holds the store
    for writing, so no engine of any process works on it."""
    discard_overflow(overflow_of(path))
    discard(Path(f"{path}{REWRITTEN}"))
    discard_stale(path.parent, f"{glob.escape(path.name)}{REBUILD}*")


def discard_unborn(path: Path) -> None:
    """Remove what is left of a new store for whose first pages there was no space: it would be no store to anybody."""
    with contextlib.suppress(OSError):
        if path.stat().st_size < _FIRST_PAGES:
            discard(path)


def discard_stale(folder: Path, pattern: str) -> None:
    """Remove files that a killed process left half written, and that no living one can still be writing."""
    for left in folder.glob(pattern):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > STALE_SECONDS:
                discard(left)
                discard_overflow(left)


def discard_overflow(folder: Path) -> None:
    """Remove what an engine put there beyond its memory; nothing else, and the folder where it is empty then."""
    for each in folder.glob("duckdb_temp_*"):
        with contextlib.suppress(OSError):
            each.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()


@contextmanager
def attached(connection: duckdb.DuckDBPyConnection, new: Path) -> Iterator[None]:
    """The new file as the catalog FRESH of a connection. In the end it is closed, whole, without a log beside it."""
    look_at(new)
    quoted = str(new).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS {FRESH} (READ_WRITE)")
    try:
        yield
    except BaseException:
        with contextlib.suppress(duckdb.Error):  # the reason is the error that is on its way
            connection.execute(f"DETACH {FRESH}")
        raise
    connection.execute(f"CHECKPOINT {FRESH}")
    connection.execute(f"DETACH {FRESH}")


def make_durable(new: Path) -> None:
    """Bring a closed new file to the disk. Raises StoreError when a log still lies beside it, OSError."""
    if wal_of(new).exists():
        raise StoreError(f"{new} was not written to its end.", "Nothing was changed. Free some disk space, then again.")
    handle = os.open(new, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def take_place(new: Path, path: Path) -> None:
    """Let a durable new file be `path` from now on, in one step. Raises OSError."""
    os.replace(new, path)  # noqa: PTH105 - the one step that everything here is about
    if os.name == "nt":
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def tables_of(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of the store that a connection has open."""
    found = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND NOT internal ORDER BY ALL"
    ).fetchall()
    return [name for (name,) in found]


def write_copy(connection: duckdb.DuckDBPyConnection, new: Path) -> None:
    """All tables as of now into a new file, the flows of a pair together as they were. Raises duckdb.Error (disk full,
    no permission)."""
    with in_given_order(connection), attached(connection, new):
        connection.begin()
        try:
            for table in tables_of(connection):
                connection.execute(f"CREATE TABLE {FRESH}.{table} AS SELECT * FROM {table}")
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
