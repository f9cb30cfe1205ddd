"""The local store: flows and the ledger of blobs in one DuckDB file, and the DuckDB engine that answers FlowQuery."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import TypeVar

import duckdb
import pandas as pd
import pyarrow as pa

from nsgflow_core.ask.columns import dimension
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import StoreMissing
from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.roles import Editor, os_user
from nsgflow_core.sources.base import Cursor
from nsgflow_core.stores.base import OF, Extent, logged
from nsgflow_core.stores.local.file import store_file
from nsgflow_core.stores.local.frame import frame_of
from nsgflow_core.stores.local.history import Change, import_words, newest
from nsgflow_core.stores.local.ledger import (
    BLOBS,
    COVERAGE,
    EXTENT,
    REJECTIONS,
    Batch,
    Committed,
    Reading,
    read_cursors,
    read_fruitless,
    store_batch,
)
from nsgflow_core.stores.local.naming import names as names_of_addresses
from nsgflow_core.stores.local.naming.labels import saved_subnets
from nsgflow_core.stores.local.naming.nsgs import keep_names
from nsgflow_core.stores.local.naming.subnets import keep_subnets
from nsgflow_core.stores.local.sql.columns_sql import Statement
from nsgflow_core.stores.local.sql.flows_sql import GROUPS, compile_flows
from nsgflow_core.stores.local.sql.maps import Maps
from nsgflow_core.stores.local.sql.rows_sql import compile_rows, compile_values
from nsgflow_core.stores.local.sql.shown_sql import Shown, are_names, asks_for_names
from nsgflow_core.stores.local.tables import bump, pairs, put

T = TypeVar("T")


class LocalStore:
    """A FlowStore in one file. The file is opened for each call only, so objects are cheap and need no closing.

    Every change goes through `_changing`, which asks for the leave to make it and writes the history.
    """

    def __init__(
        self,
        path: Path,
        *,
        subnets: SubnetMap | None = None,
        nsg_names: Mapping[str, str] | None = None,
        names: AddressNames | None = None,
        editor: Callable[[], Editor] = os_user,
    ) -> None:
        """`subnets`, `nsg_names` (aclID or NSG id -> name) and `names` replace those kept in the file, for this object.

        `editor` is asked at each change for who makes it; it raises NotAllowed for somebody who may not.
        """
        self.path = Path(path)
        self._file = store_file(self.path)
        self._maps = Maps(subnets, nsg_names, names)
        self._editor = editor

    def changed_by(self, editor: Editor) -> LocalStore:
        """The same store, changed by this person: for work that goes on when their session does not."""
        made = LocalStore(self.path, editor=lambda: editor)
        made._maps = self._maps
        return made

    def __repr__(self) -> str:
        return f"LocalStore({str(self.path)!r})"

    @property
    def identity(self) -> str:
        """Store id, number of changes so far, and the maps of this object."""
        try:
            meta = self._meta()
        except StoreMissing:
            return f"local:missing:{self.path}:{self._maps.identity}"
        return f"local:{meta['store']}:{meta['version']}:{self._maps.identity}"

    @property
    def name(self) -> str:
        """The file's name."""
        return f"Local store {self.path.name}"

    @property
    def unsupported(self) -> frozenset[str]:
        """Nothing: raw logs know every dimension."""
        return frozenset()

    @property
    def subnets(self) -> SubnetMap:
        """The subnet map in use; empty when none was saved."""
        try:
            with self.asking() as connection:
                return self._maps.subnets_on(connection)
        except StoreMissing:
            return self._maps.subnets or SubnetMap()

    @property
    def nsg_names(self) -> dict[str, str]:
        """aclID or NSG id (lower case) -> name, as in use; empty when none was saved."""
        if self._maps.nsg_names is not None:
            return dict(self._maps.nsg_names)
        return self._kept(lambda connection: pairs(connection, "SELECT id, name FROM nsg_names ORDER BY id"))

    @property
    def address_names(self) -> AddressNames:
        """What names addresses; no names when none were saved."""
        try:
            with self.asking() as connection:
                return self._maps.names_on(connection)
        except StoreMissing:
            return self._maps.names or AddressNames()

    def nsgs_named(self, name: str) -> tuple[str, ...]:
        """The labels of the NSGs that a name, id or guid stands for."""
        with self.asking() as connection:
            return self._maps.nsgs_named(connection, name)

    @logged
    def fetch(self, query: FlowQuery) -> pd.DataFrame:
        """The answer: columns `query.columns`, one row per group."""
        answer = self._frame(compile_flows(query, self._shown(asks_for_names(query))))
        if GROUPS in answer:
            answer.attrs[OF] = max(answer.pop(GROUPS).tolist(), default=0)
        return answer

    @logged
    def rows(self, query: RowsQuery) -> pd.DataFrame:
        """One page of single rows, with the canonical columns; counters are Int64, missing where the log has none."""
        return self._frame(compile_rows(query, self._shown(asks_for_names(query))))

    def explain(self, query: FlowQuery | RowsQuery) -> str:
        """The exact SQL behind an answer; it runs as it is on the store's file with DuckDB."""
        shown = self._shown(asks_for_names(query))
        if isinstance(query, FlowQuery):
            return compile_flows(query, shown).spelled_out()
        return compile_rows(query, shown).spelled_out()

    def extent(self) -> Extent:
        """First and last tuple, and how many."""
        with self.asking() as connection:
            (found,) = connection.execute(EXTENT).fetchall()
        first, last = (moment.replace(tzinfo=UTC) if moment else None for moment in found[:2])
        return Extent(first, last, found[2])

    def values(self, dimension_name: str, limit: int = 1000) -> list[str]:
        """The values that a dimension takes, sorted (ports by number), at most `limit`."""
        row = dimension(dimension_name)
        found = self.table(compile_values(row, limit, self._shown(are_names([row])))).column("value").to_pylist()
        return [row.kind.write(value) for value in found]

    def cursors(self) -> dict[str, Cursor]:
        """Where the next reading of each known blob starts."""
        return self._kept(read_cursors)

    def knows_blobs(self) -> bool:
        """True once a blob was read, whatever came of it."""
        return bool(self._kept(lambda connection: pairs(connection, "SELECT name, etag FROM blobs LIMIT 1")))

    def fruitless(self) -> dict[str, dict[str, int]]:
        """The blobs of which everything was rejected, by name, with their reasons and how often each."""
        return self._kept(read_fruitless)

    def commit(self, read: Batch | Sequence[Reading]) -> Committed:
        """Store rows and cursors together, or nothing. Raises NotAllowed, StoreBusy, StoreError (disk full, ...)."""
        batch = read if isinstance(read, Batch) else Batch.of(read)
        if not batch.advances:
            return Committed(())
        with self._changing("Import") as change:
            committed = store_batch(change.connection, batch, saved_subnets(change.connection))
            kept = [each.blob for each, is_stored in zip(batch.advances, committed.stored, strict=True) if is_stored]
            change.is_change, change.about = bool(kept), import_words(kept, committed.tuples)
            if kept:
                bump(change.connection)
        return committed

    def save_subnets(self, subnets: SubnetMap) -> None:
        """Keep a subnet map with the store and label every address anew."""
        with self._changing("Subnets", f"{len(subnets.subnets):,} that label addresses") as change:
            keep_subnets(change.connection, subnets)
            bump(change.connection)

    def save_nsg_names(self, names: Mapping[str, str]) -> None:
        """Keep NSG names (aclID or NSG id -> name) with the store, in place of those before."""
        lowered = {key.lower(): name for key, name in names.items()}
        with self._changing("NSG names", f"{len(lowered):,} that label flow logs") as change:
            keep_names(change.connection, lowered)
            bump(change.connection)

    def save_address_names(self, names: AddressNames) -> None:
        """Keep what names addresses with the store, in place of what was kept, and name every address anew."""
        with self._changing("Names", f"{len(names.behind.hosts):,} addresses of resources") as change:
            names_of_addresses.keep_names(change.connection, names)
            bump(change.connection)

    def setting(self, key: str) -> str | None:
        """A small text kept with the store; None when it was never saved."""
        try:
            with self._file.reading() as connection:
                found = connection.execute("SELECT value FROM settings WHERE key = $key", {"key": key}).fetchall()
        except StoreMissing:
            return None
        return str(found[0][0]) if found else None

    def settings(self) -> dict[str, str]:
        """All small texts kept with the store, by key."""
        with self._file.reading() as connection:
            return pairs(connection, "SELECT key, value FROM settings ORDER BY key")

    def save_setting(self, key: str, text: str, about: str = "") -> None:
        """Keep a small text with the store; `about` tells the history what changed in it.

        It changes no answer, so `identity` stays.
        """
        with self._changing(key.partition("/")[0].replace("-", " ").capitalize(), about or key) as change:
            put(change.connection, "settings", key, text)

    def history(self, limit: int | None = None) -> pd.DataFrame:
        """Who changed what, newest first: time (UTC), who, what, about, subject."""
        return self._frame(newest(limit))

    def read_anew(self, forget: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        """Change in the ledger where the next readings of some blobs start."""
        with self._changing("Retention", "Blobs of which flows went are read anew") as change:
            forget(change.connection)

    def blobs(self) -> pd.DataFrame:
        """One row a blob: name, location, container, resource, mac, hour, bytes_read, tuples, rejected, first, last,
        read_at (UTC; missing for blobs that version 1 of the store read)."""
        return self._frame(BLOBS)

    def rejections(self) -> pd.DataFrame:
        """What could not be taken, over all blobs: reason, tuples; most first."""
        return self._frame(REJECTIONS)

    def coverage(self) -> pd.DataFrame:
        """Tuples stored per hour and flow log: hour, resource, tuples.

        The hour (UTC) is that of the blob's path, otherwise of its first tuple.
        """
        return self._frame(COVERAGE)

    def _shown(self, is_named: bool) -> Shown:
        if not is_named and self._maps.nsg_names is None:
            return Shown(self._maps.subnets)
        with self.asking() as connection:
            return self._maps.shown_on(connection, is_named=is_named)

    def _kept(self, read: Callable[[duckdb.DuckDBPyConnection], dict[str, T]]) -> dict[str, T]:
        """What the file holds; nothing where there is none yet."""
        try:
            with self._file.reading() as connection:
                return read(connection)
        except StoreMissing:
            return {}

    def _meta(self) -> dict[str, str]:
        with self._file.reading() as connection:
            return pairs(connection, "SELECT key, value FROM meta")

    def table(self, statement: Statement) -> pa.Table:
        """What a compiled statement answers, as Arrow: for the other engines of this folder."""
        with self._file.reading() as connection:
            return connection.sql(statement.text, params=dict(statement.values)).to_arrow_table()

    def _frame(self, statement: Statement) -> pd.DataFrame:
        return frame_of(self.table(statement))

    @contextmanager
    def held(self) -> Iterator[None]:
        """The file stays open for the questions of a block, which find in memory what earlier ones read."""
        with self._file.held():
            yield

    @contextmanager
    def asking(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor on the file as of the last commit: for the other parts of this folder."""
        with self._file.reading() as connection:
            yield connection

    @contextmanager
    def replacing(self, new: Path, what: str) -> Iterator[Change]:
        """A change for which a block makes the file `new`, which takes this store's place, whole or not at all.

        Raises NotAllowed and StoreMissing before anything is opened, StoreBusy, StoreError.
        """
        editor = self._editor()
        if not self.path.exists():
            self.extent()
        with self._file.replacing(new) as connection:
            change = Change(connection, what, "")
            yield change
            with duckdb.connect(str(new)) as made:
                Change(made, what, change.about).keep(editor)

    @contextmanager
    def _changing(self, what: str, about: str = "") -> Iterator[Change]:
        """A change in one transaction, with its row of the history. Raises NotAllowed before anything is opened."""
        editor = self._editor()
        with self._file.writing() as connection:
            change = Change(connection, what, about)
            yield change
            change.keep(editor)
