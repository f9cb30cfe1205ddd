"""A folder of Parquet files as a FlowStore: asked where it lies, by every question that the local store answers.

The statements are the local store's, those that read flows and no tables beside them; only the files of a question's
window are opened. What the files hold beside rows is known from an index in the user's data folder, which is brought in
step with the folder before a question, and where a person's subnets, names and views for this lake are kept.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import TypeVar

import pandas as pd

from nsgflow_core.ask.compared import ComparedQuery
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import StoreBusy, StoreError, StoreMissing
from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.roles import Editor, os_user
from nsgflow_core.stores.base import Extent, Query, Values
from nsgflow_core.stores.kusto.tables import KustoTable
from nsgflow_core.stores.lake.files import JSON_LINES, NO_ANSWERS, WHAT_COUNTS, LakeFile, files_of
from nsgflow_core.stores.lake.index import UNTALLIED, Tell, bring_in_step
from nsgflow_core.stores.lake.rows_sql import flow_rows
from nsgflow_core.stores.lake.traffic_analytics.counting import Counted
from nsgflow_core.stores.lake.traffic_analytics.counting import count_files as count_added_up
from nsgflow_core.stores.lake.traffic_analytics.counting import files_of_window as added_up_files
from nsgflow_core.stores.lake.traffic_analytics.rows_sql import Alike, Intervals
from nsgflow_core.stores.local.disk.location import default_store_path
from nsgflow_core.stores.local.history import StoreChange
from nsgflow_core.stores.local.kept import KeptStore
from nsgflow_core.stores.local.sql.shown_sql import Shown
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import path_text, written_path

T = TypeVar("T")
_FRESH = 2.0
"""Seconds for which a folder is taken to be as it was."""
_AGAIN = 3
"""Times that a question is asked whose files changed while it ran."""


_BESIDE = "holds what Traffic Analytics added up, while other files here hold the flows singly"
_LEFT_OUT = """SELECT b.name, r.reason FROM blobs b JOIN (
        SELECT blob, reason FROM rejections
        UNION ALL SELECT blob, $beside FROM added_up WHERE rows > 0 AND EXISTS (FROM blobs WHERE tuples > 0)
    ) r ON r.blob = b.id ORDER BY b.name"""


class LakeStore(KeptStore):
    """A FlowStore over the Parquet files below a folder, with the columns that an export writes."""

    def __init__(
        self,
        lake: Path,
        *,
        subnets: SubnetMap | None = None,
        nsg_names: Mapping[str, str] | None = None,
        names: AddressNames | None = None,
        editor: Callable[[], Editor] = os_user,
        index: Path | None = None,
        words: str = "",
    ) -> None:
        """`subnets`, `nsg_names` and `names` replace those kept for this lake; `index` is where these are kept.

        `words` is what it is called, of a container that was brought near; else the folder's name.
        """
        self._words = words
        self.lake = written_path(lake).absolute()
        super().__init__(
            index or index_path(self.lake), subnets=subnets, nsg_names=nsg_names, names=names, editor=editor
        )
        self._seen = _seen(self.path)

    def __repr__(self) -> str:
        return f"LakeStore({str(self.lake)!r})"

    def look(self, tell: Tell = lambda _done, _all: None) -> None:
        """Bring what is known of the files in step with them. Raises StoreMissing, InputError, StoreError."""
        self._seen.look(partial(self._bring_in_step, tell), self.lake)

    def _bring_in_step(self, tell: Tell, found: Mapping[str, LakeFile]) -> None:
        bring_in_step(self._file, self.lake, found, tell)

    @property
    def identity(self) -> str:
        """That of what is known of the files; another one when a file is."""
        self.look()
        return f"lake:{super().identity}"

    @property
    def name(self) -> str:
        """The folder's name."""
        return f"Parquet in {self._words or self.lake.name or self.lake}"

    @property
    def subnets(self) -> SubnetMap:
        """The subnet map in use."""
        self.look()
        return super().subnets

    def nsgs_named(self, name: str) -> tuple[str, ...]:
        """The labels of the NSGs that a name, id or guid stands for."""
        self.look()
        return super().nsgs_named(name)

    def fetch(self, query: FlowQuery) -> pd.DataFrame:
        """The answer: columns `query.columns`, one row per group."""
        return self._told(lambda: super(LakeStore, self).fetch(query))

    def listed(self, query: FlowQuery) -> pd.DataFrame:
        """The answer in any order, its texts as categories."""
        return self._told(lambda: super(LakeStore, self).listed(query))

    def rows(self, query: RowsQuery) -> pd.DataFrame:
        """One page of single rows, with the canonical columns."""
        return self._told(lambda: super(LakeStore, self).rows(query))

    def compared(self, query: ComparedQuery) -> pd.DataFrame:
        """The groups that changed between two windows."""
        return self._told(lambda: super(LakeStore, self).compared(query))

    def explain(self, query: Query) -> str:
        """The exact SQL behind an answer; it runs as it is on the index with DuckDB."""
        self.look()
        return super().explain(query)

    def extent(self) -> Extent:
        """First and last tuple, and how many."""
        self.look()
        return super().extent()

    def values(self, dimension_name: str, limit: int = 1000) -> Values:
        """The values that a dimension takes, for pickers."""
        return Values(self.steady(lambda: super(LakeStore, self).values(dimension_name, limit)), self.missing())

    def left_out(self) -> dict[str, str]:
        """Files that answers lack, each with why, to end a sentence that names it."""
        self.look()
        return self._kept(lambda connection: dict(connection.execute(_LEFT_OUT, {"beside": _BESIDE}).fetchall()))

    def added_up(self) -> Counted | None:
        """What files of Traffic Analytics hold, where there are no single flows, which tell more; else None."""
        self.look()
        with self.asking() as connection:
            found = count_added_up(connection)
            return found if found.rows and not super().extent().tuples else None

    def refuse_other_files(self) -> None:
        """Raise StoreMissing where no file can be asked or told as left out: all are JSON of something else."""
        if self.left_out() or self.extent().tuples:
            return
        found = files_of(self.lake)
        if all(name.endswith(JSON_LINES) for name in found):
            where = f"{counted(len(found), 'file')} of JSON in {path_text(self.lake)}"
            raise StoreMissing(f"There are no flows in the {where}.", f"{NO_ANSWERS} {WHAT_COUNTS}")

    def files_added_up(self, window: Intervals) -> dict[KustoTable, list[Alike]]:
        """The files with rows of Traffic Analytics whose interval begins in a window."""
        with self.asking() as connection:
            return added_up_files(connection, self.lake, window)

    @contextmanager
    def held(self) -> Iterator[None]:
        """What is known of the files stays open for the questions of a block."""
        self.look()
        with self._seen.holding(), super().held():
            yield

    def _shown(self, is_named: bool, asked: FlowFilter) -> Shown:
        """With the files of the window; an index without files of it has an empty table in their place."""
        self.look()
        shown = replace(super()._shown(is_named, asked), untallied=UNTALLIED)
        paths = self._paths(asked)
        return replace(shown, elsewhere=lambda parameters: flow_rows(parameters, paths, asked)) if paths else shown

    def _paths(self, asked: FlowFilter) -> list[str]:
        with self.asking() as connection:
            found = connection.execute("SELECT name, first, last FROM blobs WHERE tuples > 0 ORDER BY name").fetchall()
        since, until = (end and end.astimezone(UTC).replace(tzinfo=None) for end in (asked.since, asked.until))
        return [
            str(self.lake / name)
            for name, first, last in found
            if (since is None or last >= since) and (until is None or first < until)
        ]

    def _told(self, ask: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """The answer, which says so where files are left out of it."""
        answer = self.steady(ask)
        if missing := self.missing():
            answer.attrs["partial"] = missing
        return answer

    def missing(self) -> str:
        """A sentence about the files that are left out; "" where there are none."""
        missing = self.left_out()
        if not missing:
            return ""
        name, reason = next(iter(missing.items()))
        others = f", and {counted(len(missing) - 1, 'more file')} cannot be used" if len(missing) > 1 else ""
        return f"{path_text(Path(name))} {reason}{others}: what they hold is left out."

    def steady(self, ask: Callable[[], T]) -> T:
        """An answer of files that were the same before and after."""
        for _ in range(_AGAIN):
            self.look()
            try:
                answer = ask()
            except StoreError:
                if self._seen.stays(self.lake):
                    raise
            else:
                if self._seen.stays(self.lake):
                    return answer
            self._seen.forget()
        raise StoreBusy(f"{self.name} is being written to.", "Wait until it is written, then ask again.")

    @contextmanager
    def _changing(self, what: str, about: str = "") -> Iterator[StoreChange]:
        self.look()
        with super()._changing(what, about) as change:
            yield change


def index_path(lake: Path) -> Path:
    """Where what is known of a lake is kept: beside the local store, by the folder's name and place."""
    told = hashlib.sha256(str(lake).encode(errors="surrogatepass")).hexdigest()[:12]
    name = "".join(each if each.isalnum() and each.isascii() else "-" for each in lake.name)[:40]
    return default_store_path().parent / "lakes" / f"{name or 'lake'}-{told}.duckdb"


class _Seen:
    """What this process last saw of a lake's folder. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._files: dict[str, LakeFile] | None = None
        self._at = float("-inf")
        self._held = threading.local()

    def look(self, bring_in_step: Callable[[Mapping[str, LakeFile]], None], lake: Path) -> None:
        """List the folder where that was not just done, and bring the index in step where it is another."""
        if getattr(self._held, "count", 0):  # a writer would wait for this thread's own block to end
            return
        with self._lock:
            if self._files is not None and time.monotonic() - self._at < _FRESH:
                return
            found = files_of(lake)
            if found != self._files:
                bring_in_step(found)
            self._files, self._at = found, time.monotonic()

    def stays(self, lake: Path) -> bool:
        """True while every file is as the index knows it; others may have come."""
        now = files_of(lake)
        return all(now.get(name) == file for name, file in (self._files or {}).items())

    def forget(self) -> None:
        """Look again at the next question."""
        with self._lock:
            self._files = None

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Inside, this thread takes the folder to be as it was."""
        self._held.count = getattr(self._held, "count", 0) + 1
        try:
            yield
        finally:
            self._held.count -= 1


_SEEN: dict[Path, _Seen] = {}
_SEEN_LOCK = threading.Lock()


def _seen(index: Path) -> _Seen:
    with _SEEN_LOCK:
        return _SEEN.setdefault(index, _Seen())
