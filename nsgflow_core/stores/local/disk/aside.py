"""Rows set aside in an engine's memory while a file is open to be read: its next questions find them there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

import duckdb

T = TypeVar("T")
MOST_ROWS = 1_000_000
"""In all tables of a file: some 130 MB."""


class Aside:
    """Of one file that nobody writes to. Its tables go with the engine. Safe to use from several threads."""

    def __init__(self) -> None:
        self._tables: dict[tuple[str, str], str] = {}
        self._asked: set[Hashable] = set()
        self._known: dict[Hashable, Any] = {}
        self._rows = 0
        self._lock = threading.Lock()

    @property
    def is_used(self) -> bool:
        """True when there are any."""
        return bool(self._tables)

    def known(self, what: Hashable, look: Callable[[], T]) -> T:
        """What a look at the file told, or told before: it stays true while the file is open. Raises what `look` does.

        Two that look at once may both do so.
        """
        if what not in self._known:
            self._known[what] = look()
        found: T = self._known[what]
        return found

    def comes_again(self, rows: Hashable) -> bool:
        """True when the same rows were asked for before, and there is room for them."""
        with self._lock:
            is_known = rows in self._asked
            self._asked.add(rows)
            return is_known and (self._rows < MOST_ROWS or rows in self._known)

    def table(self, connection: duckdb.DuckDBPyConnection, select: str, values: Mapping[str, Any]) -> str:
        """The name of the table with the rows of a SELECT with $named values. Raises duckdb.Error."""
        what = select, repr(sorted(values.items()))
        with self._lock:
            if what not in self._tables:
                name = f"memory.main.aside_{len(self._tables)}"
                ((rows,),) = connection.execute(f"CREATE TABLE {name} AS {select}", dict(values)).fetchall()
                self._tables[what] = name
                self._rows += rows
            return self._tables[what]
