"""What a store's file answers: questions about flows, what it knows of names, and what its ledger tells."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TypeVar

import duckdb
import pandas as pd
import pyarrow as pa

from nsgflow_core.ask.columns import dimension
from nsgflow_core.ask.compared import ComparedQuery
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import StoreMissing
from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.base import OF, EndsByHour, Extent, Query, SinceUntil, Values, logged
from nsgflow_core.stores.local import beside
from nsgflow_core.stores.local.cells.asked import asked_of_cells
from nsgflow_core.stores.local.cells.making import state_of, told_at_opening
from nsgflow_core.stores.local.cells.narrowing import cut_down, leaves_few
from nsgflow_core.stores.local.disk.bound_once import answer_of
from nsgflow_core.stores.local.disk.file import store_file
from nsgflow_core.stores.local.disk.staying import FROM_ONE_TO_THE_NEXT
from nsgflow_core.stores.local.frame import TEXTS, coded_frame_of, few_numbers, frame_of, no_texts, protocol_texts
from nsgflow_core.stores.local.ledger import EXTENT
from nsgflow_core.stores.local.naming.labels import saved_subnets
from nsgflow_core.stores.local.sql.cells_sql import compile_from_cells
from nsgflow_core.stores.local.sql.columns_sql import OF_PROTOCOLS, Statement, Texts
from nsgflow_core.stores.local.sql.compared_sql import compile_compared
from nsgflow_core.stores.local.sql.filter_sql import Parameters
from nsgflow_core.stores.local.sql.flows_sql import compile_flows
from nsgflow_core.stores.local.sql.maps import Maps
from nsgflow_core.stores.local.sql.rows_sql import compile_rows, compile_values
from nsgflow_core.stores.local.sql.showing_sql import GROUPS
from nsgflow_core.stores.local.sql.shown_sql import Shown, are_names, asks_for_names
from nsgflow_core.stores.local.tables import pairs
from nsgflow_core.stores.local.words import has_one_kind
from nsgflow_core.words.log_lines import log
from nsgflow_core.words.visible import visible

T = TypeVar("T")
EXACT = "NSGFLOW_EXACT"
"""Where this is set, every question reads the flows, and no table beside them."""
_ASKED: set[Path] = set()
"""Files that this process asked something: what is wrong with the tables of one is told once, at the first question."""


class Answering:
    """A FlowStore in one file, which is opened for each question only. `maps` replace those kept in it."""

    def __init__(self, path: Path, maps: Maps) -> None:
        self.path = path
        self._file = store_file(path)
        self._maps = maps

    @property
    def uuid(self) -> str:
        """What tells this store from every other, whatever it holds. Raises StoreMissing."""
        return self._meta()["store"]

    @property
    def identity(self) -> str:
        """Store id, the number of its state, and the maps of this object."""
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
                return self._maps.subnets_over(self._known(saved_subnets, connection))
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
        with self.held():
            answer = self._frame(self._flows_statement(query))
        if GROUPS in answer:
            answer.attrs[OF] = max(answer.pop(GROUPS).tolist(), default=0)
        return answer

    @logged
    def listed(self, query: FlowQuery) -> pd.DataFrame:
        """The answer in any order, its texts as categories (see stores/base.py)."""
        with self.held():
            return self.coded(self._flows_statement(query, is_listed=True), query.columns)

    @logged
    def rows(self, query: RowsQuery) -> pd.DataFrame:
        """One page of single rows, with the canonical columns; counters are Int64, missing where the log has none."""
        with self.held():
            return self._frame(compile_rows(query, self._shown(asks_for_names(query), query.filter)))

    @logged
    def compared(self, query: ComparedQuery) -> pd.DataFrame:
        """The groups that changed between two windows: columns `query.columns`."""
        with self.held():
            return self._frame(self._compared_statement(query))

    def ends_by_hour(self, window: FlowFilter) -> EndsByHour | None:
        """See stores/base.py."""
        is_exact = bool(os.environ.get(EXACT)) or self._maps.subnets is not None
        return None if is_exact else beside.ends_by_hour(self, window)

    def kinds_compared(self, windows: Mapping[str, SinceUntil]) -> tuple[pd.Series[int], pd.DataFrame] | None:
        """See stores/base.py."""
        return None if os.environ.get(EXACT) else beside.kinds_compared(self, windows)

    def coded(self, statement: Statement, columns: Sequence[str], answer: pa.Table | None = None) -> pd.DataFrame:
        """The answer of a statement whose texts are `coded`, or a part of it where that is given: for the other engines
        of this folder."""
        answer = self.table(statement) if answer is None else answer
        together: dict[tuple[str, str], dict[str, Texts]] = {}
        for name, texts in statement.coded.items():
            if name in columns:
                together.setdefault(texts.of, {})[name] = texts
        told: dict[str, pa.Table] = {}
        for named in together.values():
            told |= self._texts(statement, named, [answer.column(name) for name in named])
        return coded_frame_of(answer.select(list(columns)), told)

    def _texts(
        self, statement: Statement, named: Mapping[str, Texts], columns: Sequence[pa.ChunkedArray]
    ) -> dict[str, pa.Table]:
        """What the numbers in these columns, or all of their kind, stand for: of each its id and text."""
        if OF_PROTOCOLS in named.values():
            return dict.fromkeys(named, protocol_texts())
        numbers = few_numbers(columns)
        if numbers == []:
            return dict.fromkeys(named, no_texts())
        alike = {texts: name for name, texts in named.items()}
        found = self.table(statement.texts_of({name: texts for texts, name in alike.items()}, numbers))
        return {name: found.select(["id", alike[texts]]).rename_columns(TEXTS) for name, texts in named.items()}

    def explain(self, query: Query) -> str:
        """The exact SQL behind an answer; it runs as it is on the store's file with DuckDB."""
        with self.held():
            match query:
                case FlowQuery():
                    return self._flows_statement(query, is_shown=True).spelled_out()
                case ComparedQuery():
                    return self._compared_statement(query, is_shown=True).spelled_out()
                case RowsQuery():
                    return compile_rows(query, self._shown(asks_for_names(query), query.filter)).spelled_out()

    def _compared_statement(self, query: ComparedQuery, *, is_shown: bool = False) -> Statement:
        return compile_compared(query, *(self._flows_statement(side, is_shown=is_shown) for side in query.sides))

    def _flows_statement(self, query: FlowQuery, *, is_listed: bool = False, is_shown: bool = False) -> Statement:
        """From the tables beside the flows where they hold all, or from the flows. One that is not shown may name rows
        that are set aside, which nobody else has."""
        shown = self._shown(asks_for_names(query), query.filter)
        if os.environ.get(EXACT) or shown.flows != "flows" or shown.elsewhere:
            return compile_flows(query, shown, is_listed=is_listed)
        with self.asking() as connection:
            state = self._known(state_of, connection)
            if self.path not in _ASKED:
                _ASKED.add(self.path)
                if told := told_at_opening(connection, state):
                    log.warning("%s: %s", visible(self.name), told)
            asked = asked_of_cells(query, state, is_named=state.is_named and shown.nsgs is None)
            if asked is None:
                shown = replace(shown, settled=self._settled(connection, query))
                return compile_flows(query, shown, is_listed=is_listed)
            aside = self._file.aside
            is_of_few = leaves_few(connection, aside, asked, shown, state.tuples)
            if is_of_few and aside and not is_shown:
                shown = cut_down(connection, aside, asked, shown)
        return compile_from_cells(query, shown, asked, is_listed=is_listed, is_of_few=is_of_few)

    def _settled(self, connection: duckdb.DuckDBPyConnection, query: FlowQuery) -> frozenset[str]:
        """Words of which the file has one alone, where that spares a question of one direction a stage."""
        is_of_one = len(query.filter.values_of("direction")) == 1 and self._known(has_one_kind, connection)
        return frozenset({"log_kind"}) if is_of_one else frozenset()

    def _known(self, look: Callable[[duckdb.DuckDBPyConnection], T], connection: duckdb.DuckDBPyConnection) -> T:
        """What a look at the file tells; the questions of a block look once, where nobody can write to it meanwhile."""
        aside = self._file.aside
        return aside.known(look, lambda: look(connection)) if aside else look(connection)

    def extent(self) -> Extent:
        """First and last tuple, and how many."""
        with self.asking() as connection:
            (found,) = connection.execute(EXTENT).fetchall()
        first, last = (moment.replace(tzinfo=UTC) if moment else None for moment in found[:2])
        return Extent(first, last, found[2])

    def values(self, dimension_name: str, limit: int = 1000) -> Values:
        """The values that a dimension takes, at most `limit`: of most rows first; moments and closed lists in order."""
        row = dimension(dimension_name)
        with self.held():
            found = self.table(compile_values(row, limit, self._shown(are_names([row]), FlowFilter())))
        return Values(row.kind.write(value) for value in found.column("value").to_pylist())

    def _shown(self, is_named: bool, asked: FlowFilter) -> Shown:
        """What addresses and NSGs are called in a question about this part of the traffic, and where its rows are."""
        subnets = self._maps.subnets
        if not is_named and self._maps.nsg_names is None and not (subnets and subnets.public_space):
            return Shown(subnets)
        with self.asking() as connection:
            return self._maps.shown_on(connection, is_named=is_named)

    def flows_elsewhere(self, asked: FlowFilter, parameters: Parameters) -> str:
        """What stands in front of a SELECT of `flows` in a window, where they are not in the file: for other engines of
        this folder, with `asking`."""
        elsewhere = self._shown(False, asked).elsewhere
        return f"WITH flows AS NOT MATERIALIZED ({elsewhere(parameters)})\n" if elsewhere else ""

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
            return answer_of(connection, statement.text, statement.values)

    def _frame(self, statement: Statement) -> pd.DataFrame:
        return frame_of(self.table(statement))

    def stay_open(self, seconds: float = FROM_ONE_TO_THE_NEXT) -> None:
        """From now on this process keeps the file open for so long after each question; a writer still closes it."""
        self._file.stay_open(seconds)

    @contextmanager
    def held(self) -> Iterator[None]:
        """The file stays open for the questions of a block, which find in memory what earlier ones read, and see one
        state: an import of this process may commit meanwhile."""
        with self._file.held():
            yield

    @contextmanager
    def asking(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor on the file as of the last commit: for the other parts of this folder."""
        with self._file.reading() as connection:
            yield connection
