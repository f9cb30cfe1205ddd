"""What people keep with a store, in its file: subnets, names, small texts, and the history of who changed what."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import duckdb
import pandas as pd

from nsgflow_core.errors import StoreMissing
from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.roles import Editor, os_user
from nsgflow_core.stores.local.answering import Answering
from nsgflow_core.stores.local.history import StoreChange, newest
from nsgflow_core.stores.local.naming import names as names_of_addresses
from nsgflow_core.stores.local.naming.nsgs import keep_names
from nsgflow_core.stores.local.naming.subnets import keep_subnets
from nsgflow_core.stores.local.sql.maps import Maps
from nsgflow_core.stores.local.tables import bump, put


class _LargeTexts:
    """Texts of settings that take long to read, as long as the store's history tells of no change since.

    A page asks for the network five times, and a large one has ten million letters. The same text is the same object.
    """

    _MOST, _LETTERS = 4, 100_000
    _VALUE = "SELECT value FROM settings WHERE key = $key"
    _SINCE = "(SELECT max(time) FROM history), (SELECT count(*) FROM history)"

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[tuple[Path, str], tuple[object, str]] = OrderedDict()

    def read(self, connection: duckdb.DuckDBPyConnection, path: Path, key: str) -> str | None:
        """The text of a key of the store at a path; None where there is none."""
        with self._lock:
            held = self._held.get((path, key))
        if held and connection.execute(f"SELECT {self._SINCE}").fetchall() == held[0]:
            return held[1]
        found = connection.execute(self._VALUE, {"key": key}).fetchall()
        text = str(found[0][0]) if found else None
        return self._read_with_its_time(connection, path, key) if text and len(text) > self._LETTERS else text

    def _read_with_its_time(self, connection: duckdb.DuckDBPyConnection, path: Path, key: str) -> str | None:
        """Both in one statement: a change between two would be told by neither."""
        asked = f"SELECT value, {self._SINCE} FROM settings WHERE key = $key"
        for text, *since in connection.execute(asked, {"key": key}).fetchall():
            with self._lock:
                self._held[path, key] = ([tuple(since)], text)
                self._held.move_to_end((path, key))
                if len(self._held) > self._MOST:
                    self._held.popitem(last=False)
            return str(text)
        return None


_LARGE = _LargeTexts()


class KeptStore(Answering):
    """A FlowStore in one file, with what people keep there. The file is opened for each call only.

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

    def setting(self, key: str) -> str | None:
        """A small text kept with the store; None when it was never saved."""
        try:
            with self._file.reading() as connection:
                return _LARGE.read(connection, self.path, key)
        except StoreMissing:
            return None

    def settings(self, beginning: str = "") -> dict[str, str]:
        """The texts kept with the store whose keys begin so, by key: a large network among them has ten MB."""
        with self._file.reading() as connection:
            text = "SELECT key, value FROM settings WHERE starts_with(key, $beginning) ORDER BY key"
            return dict(connection.execute(text, {"beginning": beginning}).fetchall())

    def history(self, limit: int | None = None) -> pd.DataFrame:
        """Who changed what, newest first: time (UTC), who, what, about, subject."""
        return self._frame(newest(limit))

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

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Inside, nobody else changes the store, of other processes neither; what is saved is kept together, or not."""
        with self._changing("Together") as change:
            change.is_change = False  # each of those inside has its own row of the history
            yield

    @contextmanager
    def _changing(self, what: str, about: str = "") -> Iterator[StoreChange]:
        """A change in one transaction, with its row of the history. Raises NotAllowed before anything is opened."""
        editor = self._editor()
        with self._file.writing() as connection:
            change = StoreChange(connection, what, about)
            yield change
            change.keep(editor)
