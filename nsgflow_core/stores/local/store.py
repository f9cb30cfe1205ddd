"""The local store: flows and the ledger of blobs in one DuckDB file, as it is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import duckdb

from nsgflow_core.errors import StoreMissing
from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.roles import Editor, os_user
from nsgflow_core.stores.local.answering import Answering
from nsgflow_core.stores.local.cells.making import STEP_ROWS, are_wanted, lacks_flows, make_step
from nsgflow_core.stores.local.history import Change, import_words
from nsgflow_core.stores.local.ledger import (
    Batch,
    Committed,
    Reading,
    store_batch,
)
from nsgflow_core.stores.local.naming import names as names_of_addresses
from nsgflow_core.stores.local.naming.labels import saved_subnets
from nsgflow_core.stores.local.naming.nsgs import keep_names
from nsgflow_core.stores.local.naming.subnets import keep_subnets
from nsgflow_core.stores.local.sql.maps import Maps
from nsgflow_core.stores.local.tables import bump, put
from nsgflow_core.words.log_lines import log
from nsgflow_core.words.visible import visible

T = TypeVar("T")
LEAST = 2_000_000
"""Tuples from which on tables are kept beside the flows."""


class LocalStore(Answering):
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
        super().__init__(Path(path), Maps(subnets, nsg_names, names))
        self._editor = editor

    def changed_by(self, editor: Editor) -> LocalStore:
        """The same store, changed by this person: for work that goes on when their session does not."""
        made = LocalStore(self.path, editor=lambda: editor)
        made._maps = self._maps
        return made

    def __repr__(self) -> str:
        return f"LocalStore({str(self.path)!r})"

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

    def save_setting(self, key: str, text: str, about: str = "") -> None:
        """Keep a small text with the store; `about` tells the history what changed in it.

        It changes no answer, so `identity` stays.
        """
        with self._changing(key.partition("/")[0].replace("-", " ").capitalize(), about or key) as change:
            put(change.connection, "settings", key, text)

    def read_anew(self, forget: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        """Change in the ledger where the next readings of some blobs start."""
        with self._changing("Retention", "Blobs of which flows went are read anew") as change:
            forget(change.connection)

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
