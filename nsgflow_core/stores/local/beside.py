"""What is asked of the tables beside the flows and is no FlowQuery: hours of both ends, flows of one kind of log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.stores.base import EndsByHour, SinceUntil
from nsgflow_core.stores.local.cells import kinds
from nsgflow_core.stores.local.cells.by_hour import LinesAsked, lines_asked
from nsgflow_core.stores.local.cells.making import state_of
from nsgflow_core.stores.local.sql.columns_sql import Statement
from nsgflow_core.words.vocabulary import Direction


class Answers(Protocol):
    """The part of a store that is asked here (`answering.py`)."""

    def held(self) -> AbstractContextManager[None]:
        """The file stays open."""
        ...

    def asking(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A cursor on the file."""
        ...

    def table(self, statement: Statement) -> pa.Table:
        """The answer of a statement, as Arrow."""
        ...

    def coded(self, statement: Statement, columns: Sequence[str], answer: pa.Table | None = None) -> pd.DataFrame:
        """The answer of a statement whose texts are coded; or a part of it, where that is given."""
        ...


def ends_by_hour(store: Answers, window: FlowFilter) -> EndsByHour | None:
    """What each end logged by the hour; None where only the flows can tell."""
    with store.asking() as connection:
        asked = lines_asked(connection, state_of(connection), window)
    return _Lines(store, asked) if asked else None


def kinds_compared(store: Answers, windows: Mapping[str, SinceUntil]) -> tuple[pd.Series[int], pd.DataFrame] | None:
    """Of NICs (MACs), each in its window: flows that both kinds of logs have, and those that one alone has; None where
    only the flows can tell.

    They are one statement: to see what each kind has of each flow is nearly all of its work.
    """
    with store.held():
        with store.asking() as connection:
            compared = kinds.compare_kinds(state_of(connection), windows)
        if compared is None:
            return None
        found = store.table(compared)
        is_single = found.column(kinds.BOTH).is_null()
        nics = store.coded(compared, ("mac", kinds.BOTH), found.filter(pc.invert(is_single)))
        both = nics.astype({"mac": "str"}).set_index("mac")[kinds.BOTH].sort_index()
        return both, store.coded(compared, (*kinds.COLUMNS, *kinds.AMOUNTS), found.filter(is_single))


@dataclass(frozen=True, slots=True)
class _Lines:
    """EndsByHour (stores/base.py), of the lines that the store keeps."""

    store: Answers
    asked: LinesAsked

    def logged(self) -> pd.DataFrame:
        return self._answer(self.asked.logged(), ("log_kind", "target", "mac", "hour", "tuples"))

    def own(self, direction: Direction, local: str) -> pd.DataFrame:
        return self._answer(self.asked.own(direction, local), ("mac", local, "hour", "tuples"))

    def met(self, direction: Direction, remote: str) -> pd.DataFrame:
        amounts = ("tuples", "first_seen", "last_seen", "packets", "dst_to_src_packets")
        return self._answer(self.asked.met(direction, remote), (remote, "hour", *amounts))

    def _answer(self, statement: Statement, columns: Sequence[str]) -> pd.DataFrame:
        with self.store.held():
            return self.store.coded(statement, columns)
