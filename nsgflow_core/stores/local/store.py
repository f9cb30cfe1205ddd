"""The local store: flows and the ledger of blobs in one DuckDB file, as an import fills it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd

from nsgflow_core.errors import StoreMissing
from nsgflow_core.roles import Editor
from nsgflow_core.sources.base import Cursor
from nsgflow_core.stores.local.cells.making import STEP_ROWS, are_wanted, lacks_flows, make_step
from nsgflow_core.stores.local.disk.engines import engines_of_writers_kept
from nsgflow_core.stores.local.history import StoreChange, import_words
from nsgflow_core.stores.local.kept import KeptStore
from nsgflow_core.stores.local.ledger import (
    BLOBS,
    REJECTIONS,
    BlobBatch,
    Committed,
    Reading,
    read_cursors,
    read_fruitless,
    store_batch,
)
from nsgflow_core.stores.local.naming.labels import saved_subnets
from nsgflow_core.stores.local.tables import bump, pairs
from nsgflow_core.words.log_lines import log
from nsgflow_core.words.visible import visible

LEAST = 2_000_000
"""Tuples from which on tables are kept beside the flows."""


class LocalStore(KeptStore):
    """A FlowStore that holds flows, and the ledger of what they were read from; objects are cheap, and not closed."""

    def changed_by(self, editor: Editor) -> LocalStore:
        """The same store, changed by this person: for work that goes on when their session does not."""
        made = LocalStore(self.path, editor=lambda: editor)
        made._maps = self._maps
        return made

    def __repr__(self) -> str:
        return f"LocalStore({str(self.path)!r})"

    def commit(self, read: BlobBatch | Sequence[Reading]) -> Committed:
        """Store rows and cursors together, or nothing. Raises NotAllowed, StoreBusy, StoreError (disk full, ...)."""
        batch = read if isinstance(read, BlobBatch) else BlobBatch.of(read)
        if not batch.advances:
            return Committed(())
        with self._changing("Import") as change:
            committed = store_batch(change.connection, batch, saved_subnets(change.connection))
            kept = [each.blob for each, is_stored in zip(batch.advances, committed.stored, strict=True) if is_stored]
            change.is_change, change.about = bool(kept), import_words(kept, committed.tuples)
            if kept:
                bump(change.connection)
        return committed

    @contextmanager
    def committed_often(self) -> Iterator[None]:
        """Inside, commits follow each other: the file is let go after each of them, the engine stays."""
        with engines_of_writers_kept():
            yield

    def work_out_ahead(self, least: int = LEAST, most: int = STEP_ROWS) -> int:
        """Bring the tables beside the flows in step with them (`cells/`); how many flows these lacked.

        Nothing where there are few flows. Each step of at most so many flows is a commit of its own, so that others
        get at the file in between.
        """
        taken, is_behind = 0, self._is_so(are_wanted, least)
        while is_behind:
            with self._changing("Tables") as change:
                change.is_change = False
                taken += make_step(change.connection, most)
            is_behind = self._is_so(lacks_flows, least)
        if taken:
            log.info("%s: tables of %d log entries were worked out", visible(self.name), taken)
        return taken

    def _is_so(self, test: Callable[[duckdb.DuckDBPyConnection, int], bool], least: int) -> bool:
        """What a test of the tables beside the flows says; no where there is no store."""
        try:
            with self.asking() as connection:
                return test(connection, least)
        except StoreMissing:
            return False

    def read_anew(self, forget: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        """Change in the ledger where the next readings of some blobs start."""
        with self._changing("Retention", "Blobs of which flows went are read anew") as change:
            forget(change.connection)

    @contextmanager
    def replacing(self, new: Path, what: str) -> Iterator[StoreChange]:
        """A change for which a block makes the file `new`, which takes this store's place, whole or not at all.

        Raises NotAllowed and StoreMissing before anything is opened, StoreBusy, StoreError.
        """
        editor = self._editor()
        if not self.path.exists():
            self.extent()
        with self._file.replacing(new) as connection:
            change = StoreChange(connection, what, "")
            yield change
            with duckdb.connect(str(new)) as made:
                StoreChange(made, what, change.about).keep(editor)

    def cursors(self) -> dict[str, Cursor]:
        """Where the next reading of each known blob starts."""
        return self._kept(read_cursors)

    def knows_blobs(self) -> bool:
        """True once a blob was read, whatever came of it."""
        return bool(self._kept(lambda connection: pairs(connection, "SELECT name, etag FROM blobs LIMIT 1")))

    def fruitless(self) -> dict[str, dict[str, int]]:
        """The blobs of which everything was rejected, by name, with their reasons and how often each."""
        return self._kept(read_fruitless)

    def blobs(self) -> pd.DataFrame:
        """One row a blob: name, location, container, resource, mac, hour, bytes_read, tuples, rejected, first, last,
        read_at (UTC; missing for blobs that version 1 of the store read)."""
        return self._frame(BLOBS)

    def rejections(self) -> pd.DataFrame:
        """What could not be taken, over all blobs: reason, tuples; most first."""
        return self._frame(REJECTIONS)
