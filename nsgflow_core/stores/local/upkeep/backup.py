"""A copy of the store as of one moment, made while it is asked and imported into; it is a store itself."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from nsgflow_core.errors import InputError, StoreError
from nsgflow_core.stores.base import Extent
from nsgflow_core.stores.local.disk.failures import kind_of, translated
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.stores.local.upkeep.copying import (
    beside,
    discard_stale,
    make_durable,
    take_place,
    unwritable,
    write_copy,
)
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import written_path


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was made, and looked at: what it holds was counted in it."""

    path: Path
    size: int
    """Bytes."""
    holds: Extent


def back_up(store: LocalStore, path: Path, *, replace: bool = False) -> Backup:
    """Copy the store to `path`, which appears in one step when the copy is whole, on disk and was counted.

    Imports of other processes wait for it as for a question. Raises InputError when there is a file and `replace` is
    not said, or when it is the store itself; StoreMissing, StoreBusy, StoreError (disk full: no file appears).
    """
    path = written_path(path).absolute()
    if path.is_dir():
        raise InputError(f"{path} is a folder.", "Name the file to write.")
    if path.exists() and path.samefile(store.path):
        raise InputError("The copy would take the store's own place.", "Name another file.")
    if path.exists() and not replace:
        raise InputError(f"There is a file {path} already.", "Name another file, or say --replace.")
    discard_stale(path.parent, f"{glob.escape(path.name)}.*.partial*")
    with unwritable(path), beside(path.with_name(f"{path.name}.{os.getpid()}.partial")) as new:
        new.open("xb").close()  # a folder that cannot be written to is told before anything is read
        new.unlink()
        with store.asking() as connection, _full_is_where_it_goes(path):
            write_copy(connection, new)
        make_durable(new)
        holds = _counted(new)
        take_place(new, path)
    return Backup(path, path.stat().st_size, holds)


@contextmanager
def _full_is_where_it_goes(path: Path) -> Iterator[None]:
    """A disk that is full while the copy is written is that of the copy, not of the store that is read."""
    try:
        yield
    except duckdb.Error as failure:
        if kind_of(failure).name == "full":
            raise translated(failure, path) from failure
        raise


def _counted(new: Path) -> Extent:
    """What a copy holds. Raises StoreError when its rows are not those that its ledger says."""
    held = LocalStore(new).extent()
    with duckdb.connect(str(new), read_only=True) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM flows").fetchall()[0]
    if rows != held.tuples:
        raise StoreError(
            f"The copy holds {counted(rows, 'log entry')} where the store's ledger counts {held.tuples:,}.",
            "The store is damaged: move it away and import again.",
        )
    return held
