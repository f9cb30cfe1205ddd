"""Opening the store's file with DuckDB: trying again while it is held, making or stepping up its tables."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import duckdb

from nsgflow_core.errors import StoreBusy, StoreError, StoreIncompatible, StoreMissing
from nsgflow_core.stores.local.disk.engines import AttachedFile, attach
from nsgflow_core.stores.local.disk.failures import IMPORT_FIRST, kind_of, translated
from nsgflow_core.stores.local.tables import make_tables
from nsgflow_core.stores.local.versions import VERSION, step_up, version_of

PATIENCE = 20.0
"""Seconds that opening is tried again while another process holds the file."""
WRITER_PATIENCE = 120.0
"""The same for a writer, who waits for long questions, for backups and while the file is written anew."""
MEMORY_LIMIT = os.environ.get("NSGFLOW_MEMORY_LIMIT", "4GB")
"""What a question may hold in memory before DuckDB writes the rest to its folder beside the store."""
WRITER_MEMORY_LIMIT = "600MB"


def opened(path: Path, writable: bool) -> AttachedFile | None:
    """A file with tables of today's version; None for older ones that are only to be read.

    Opened to write, older tables are taken to today's version and a new file gets its tables. Raises StoreMissing for
    an empty file that is only read, StoreIncompatible for one that is not ours or that a newer nsgflow wrote.
    """
    file = _attached(path, writable)
    try:
        if _brought_up(file.connection, path, writable):
            return file
    except BaseException:
        file.sound = False
        file.close()
        raise
    file.close()
    return None


def _attached(path: Path, writable: bool) -> AttachedFile:
    limit = WRITER_MEMORY_LIMIT if writable else MEMORY_LIMIT
    deadline = time.monotonic() + (WRITER_PATIENCE if writable else PATIENCE)
    while True:
        try:
            return attach(path, writable=writable, memory_limit=limit)
        except duckdb.Error as failure:
            if kind_of(failure).error is not StoreBusy or time.monotonic() >= deadline:
                raise translated(failure, path) from failure
        time.sleep(random.uniform(0.01, 0.06))


def _brought_up(connection: duckdb.DuckDBPyConnection, path: Path, writable: bool) -> bool:
    found = version_of(connection)
    if found is None:
        raise incompatible(path)
    if found > VERSION:
        raise StoreIncompatible(
            f"{path} was written by a newer version of nsgflow.", "Update nsgflow, or choose another file."
        )
    if not writable:
        if found == 0:
            raise StoreMissing(f"The store at {path} is empty.", IMPORT_FIRST)
        return found == VERSION
    try:
        make_tables(connection) if found == 0 else step_up(connection, found)
    except duckdb.Error as failure:
        if kind_of(failure).name not in ("tables", "other"):
            raise translated(failure, path) from failure
        words = str(failure).splitlines()[0]
        raise StoreError(
            f"The tables of {path} could not be brought to today's version: {words}",
            "The file is as it was. Free some disk space and try again, or report this as a bug.",
        ) from None
    return True


def incompatible(path: Path) -> StoreIncompatible:
    """What to say of a file that is none of ours."""
    return StoreIncompatible(
        f"{path} is not a store that this version of nsgflow can read.",
        "Choose another file with --store or NSGFLOW_STORE, or move this one away and import again.",
    )


def make_folder(folder: Path) -> None:
    """Make the folder of a store. Raises StoreError, in words."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as failure:
        why = getattr(failure, "strerror", None) or failure
        raise StoreError(f"The folder {folder} cannot be made: {why}.", "Choose another file with --store.") from None
