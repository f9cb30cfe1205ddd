"""A Kusto engine as a FlowStore: questions are pushed down as KQL, and only answers travel.

Traffic Analytics adds flows up before they arrive: source port, flow state and single tuples are gone, and the
smallest step in time is its processing interval. What is unknown is refused by name (`unsupported`).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pandas as pd

from nsgflow_core.ask.columns import DIMENSIONS, dimension
from nsgflow_core.ask.compared import ComparedQuery
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.errors import StoreIncompatible
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.sources.cancelling import IsCancelled
from nsgflow_core.stores.base import Extent, Query, Values, logged, not_whole_words
from nsgflow_core.stores.kusto.asking.answer import KustoEngine, TableMissing, not_whole
from nsgflow_core.stores.kusto.asking.frame import as_numbers, finish, kusto_frame, sort_groups, with_columns
from nsgflow_core.stores.kusto.asking.parts import AskedInParts, fetch_whole
from nsgflow_core.stores.kusto.compared_kql import compared_query, counts_query
from nsgflow_core.stores.kusto.filters_kql import unknown_dimensions
from nsgflow_core.stores.kusto.flows_kql import KqlWriter
from nsgflow_core.stores.kusto.nsgs_kql import WorkspaceNsgs, needs_nsgs
from nsgflow_core.stores.kusto.tables import KustoTable

SCHEMA_SECONDS = 600.0
"""How long the tables and columns seen are believed: a first flow log can start while the dashboard runs."""
FRESH_SECONDS = 300
"""New rows come in at any time; an answer is taken as current for this long (`identity`)."""


class KustoStore:
    """A FlowStore over those of some tables that an engine has."""

    def __init__(
        self,
        engine: KustoEngine,
        tables: Iterable[KustoTable],
        no_tables: tuple[str, str],
        subnets: SubnetMap | None,
        nsg_names: Mapping[str, str] | None,
    ) -> None:
        """`subnets` labels addresses in place of Traffic Analytics' own subnets; `nsg_names` maps ids to names.

        `no_tables`: what is wrong where there is none of the tables, and what to do.
        """
        self._engine = engine
        self._known, self._no_tables = tuple(tables), no_tables
        self._subnets = subnets or SubnetMap()
        self._names = {key.lower(): name for key, name in (nsg_names or {}).items()}
        self._logged: tuple[float, WorkspaceNsgs] | None = None
        self._columns: dict[str, frozenset[str]] = {}
        self._asked = float("-inf")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._engine.words!r})"

    @property
    def identity(self) -> str:
        """The engine, maps, and the current five minutes."""
        maps = repr((self._subnets.identity, sorted(self._names.items())))
        made = hashlib.sha256(f"{self._engine.place} {maps}".encode()).hexdigest()[:16]
        return f"kusto:{made}:{int(time.time() // FRESH_SECONDS)}"

    @property
    def name(self) -> str:
        """What it is, and its name."""
        return self._engine.words

    @property
    def unsupported(self) -> frozenset[str]:
        """What the rows that there are do not tell: of added-up rows source port, flow state and encryption."""
        return unknown_dimensions(KqlWriter(self._tables()).told)

    @property
    def subnets(self) -> SubnetMap:
        """The user's subnet map; empty when Traffic Analytics' own subnets are shown."""
        return self._subnets

    def nsgs_named(self, name: str) -> tuple[str, ...]:
        """The labels of the NSGs that a name, id or guid stands for."""
        return self._writer(None, ("nsg",)).nsgs.named(name)

    @logged
    def fetch(self, query: FlowQuery, *, cancelled: IsCancelled | None = None) -> pd.DataFrame:
        """The answer, sorted as the question says.

        One that passes a limit is asked in parts by time where the question groups by an interval, which is exact: no
        flow count spans two groups. Otherwise `attrs["partial"]` says what is missing.
        """
        writer = self._writer(cancelled, query.columns, query.filter)
        lengths = [length for key in query.by if (length := DIMENSIONS[key].kind.length)]
        step = min(lengths, default=None)
        parts = AskedInParts(
            lambda part: writer.flow_query(query.narrowed(part)), step if query.limit is None else None, self._ends
        )
        groups = fetch_whole(self._engine, query.filter, parts, cancelled)
        return sort_groups(finish(with_columns(groups, query.columns), writer.nsgs), query)

    @logged
    def rows(self, query: RowsQuery, *, cancelled: IsCancelled | None = None) -> pd.DataFrame:
        """Single tuples; of Traffic Analytics its rows in their place, one for each public address of a packed row.

        Columns: the canonical ones without the unsupported; of added-up rows then first_seen, last_seen and flows, and
        `time` is the start of the processing interval. All rows (`limit=None`) are asked in parts by time where they
        pass a limit.
        """
        writer = self._writer(cancelled, ("nsg",), query.filter)
        parts = AskedInParts(
            lambda part: writer.rows_query(replace(query, filter=part)),
            timedelta(hours=1) if query.limit is None else None,
            self._ends,
        )
        logged = fetch_whole(self._engine, query.filter, parts, cancelled)
        logged = finish(logged, writer.nsgs)
        attrs = dict(logged.attrs)
        logged = logged.sort_values(query.order, ascending=not query.descending, kind="stable")
        page = logged.iloc[query.offset :].reset_index(drop=True)
        page.attrs = attrs
        return page

    @logged
    def compared(self, query: ComparedQuery, *, cancelled: IsCancelled | None = None) -> pd.DataFrame:
        """The groups that changed between two windows: columns `query.columns`; how many changed is asked apart."""
        writer = self._writer(cancelled, query.by, query.after)
        found, counts = (
            fetch_whole(
                self._engine, _covering(query), AskedInParts(partial(_as_written, text), None, self._ends), cancelled
            )
            for text in (compared_query(writer, query), counts_query(writer, query))
        )
        told = finish(found[["change", *query.by]], writer.nsgs)
        told = told.assign(**{name: as_numbers(found[name]) for name in (query.was, query.now)})
        many = dict(zip(counts["change"], as_numbers(counts["of"]), strict=True))
        told = told.assign(of=as_numbers(told["change"].map(many).astype("object")))
        told.attrs = not_whole(*(each.attrs.get("partial", "") for each in (found, counts)), writer.nsgs.partial)
        return told

    def explain(self, query: Query) -> str:
        """The exact KQL behind an answer; it runs unchanged in the Azure portal's Logs page."""
        if isinstance(query, FlowQuery):
            return self._writer(None, query.columns, query.filter).flow_query(query)
        if isinstance(query, ComparedQuery):
            return compared_query(self._writer(None, query.by, query.after), query)
        return self._writer(None, ("nsg",), query.filter).rows_query(query)

    def extent(self) -> Extent:
        """First and last flow, and the number of rows (a packed row counts once for each public address)."""
        answer = self._engine.run(self._writer(None).extent_query())
        held = kusto_frame(answer)
        first, last = (pd.to_datetime(held[name], utc=True).iloc[0] for name in ("first_time", "last_time"))
        return Extent(_moment(first), _moment(last), int(held["tuples"].iloc[0]), answer.partial)

    def values(self, dimension_name: str, limit: int = 1000) -> Values:
        """The values that a dimension takes, at most `limit`: of most rows first; moments and closed lists in order."""
        row = dimension(dimension_name)
        writer = self._writer(None, (row.key,))
        answer = self._engine.run(writer.values_query(row.key, limit))
        found = kusto_frame(answer)["value"]
        if row.kind.length:
            found = pd.to_datetime(found, utc=True).dropna()
        shown = {"nsg": writer.nsgs.shown, "nsg_id": writer.nsgs.shown_id}.get(row.key, row.kind.write)
        written = [text for text in dict.fromkeys(map(shown, found)) if text]
        ordered = sorted(written, key=row.kind.order) if row.kind.is_ordered else written
        return Values(ordered, not_whole_words(answer.partial, writer.nsgs.partial))

    def _ends(self) -> tuple[datetime | None, datetime | None]:
        held = self.extent()
        return held.first, held.last

    def _writer(
        self, cancelled: IsCancelled | None, columns: Iterable[str] = (), flow_filter: FlowFilter | None = None
    ) -> KqlWriter:
        """For a question that shows these columns; only one that shows or names NSGs asks which there are, and one of
        tuples, which are told apart by their rules."""
        there = self._tables(cancelled)
        writer = KqlWriter(there, self._subnets, no_tables=self._no_tables)
        asks = bool(writer.tables and writer.spelled) or needs_nsgs(columns, flow_filter or FlowFilter())
        nsgs = self._nsgs(writer, cancelled) if asks else WorkspaceNsgs.of((), self._names)
        lacking = (table.uncounted(there[table.name]) for table in self._known if table.name in there)
        return replace(writer, nsgs=replace(nsgs, partial=not_whole_words(nsgs.partial, *lacking)))

    def _nsgs(self, writer: KqlWriter, cancelled: IsCancelled | None) -> WorkspaceNsgs:
        """How the workspace spells its NSGs, asked as seldom as for its tables, or again while not all were told."""
        if self._logged is None or time.monotonic() - self._logged[0] > SCHEMA_SECONDS:
            answer = self._engine.run(writer.nsgs_query(), cancelled=cancelled)
            found = kusto_frame(answer).astype("str")
            words = {word: found[word] for word in writer.spelled}
            made = replace(WorkspaceNsgs.of(found["nsg_id"], self._names, words), partial=answer.partial)
            if made.partial:
                return made
            self._logged = (time.monotonic(), made)
        return self._logged[1]

    def _tables(self, cancelled: IsCancelled | None = None, *, again: bool = False) -> dict[str, frozenset[str]]:
        """The tables that exist and their columns, asked at most every ten minutes, or again while there is none.

        Raises StoreIncompatible where one lacks columns that its flows are read from.
        """
        if again or not self._columns or time.monotonic() - self._asked > SCHEMA_SECONDS:
            with ThreadPoolExecutor(len(self._known)) as asking:
                asked = [
                    (table, asking.submit(copy_context().run, self._columns_of, table.name, cancelled))
                    for table in self._known
                ]
            found = {table: each.result() for table, each in asked}
            self._columns = {table.name: columns for table, columns in found.items() if _tells_flows(table, columns)}
            self._asked = time.monotonic()
        return self._columns

    def _columns_of(self, table: str, cancelled: IsCancelled | None) -> frozenset[str]:
        """The table's columns, none when it does not exist: no row is read."""
        try:
            return frozenset(self._engine.run(f"{table}\n| take 0", cancelled=cancelled).names)
        except TableMissing:
            return frozenset()


def _tells_flows(table: KustoTable, columns: frozenset[str]) -> bool:
    """False for a table that there is not, and for a sparse one in which no flow ever was."""
    lacking = table.lacks(columns) if columns else []
    if lacking and not table.is_sparse:
        listed = ", ".join(lacking)
        raise StoreIncompatible(
            f"{table.name} lacks columns that its flows are read from: {listed}.",
            "Copy or export the table with all of its columns; in a workspace see whether a transformation of its data "
            "collection rule takes them out.",
        )
    return bool(columns) and not lacking


def _as_written(text: str, _window: FlowFilter) -> str:
    """A query that has its windows in it."""
    return text


def _covering(query: ComparedQuery) -> FlowFilter:
    """A filter of the time that holds both windows."""
    starts, ends = zip(*((part.since, part.until) for part in (query.before, query.after)), strict=True)
    since = min(starts) if all(starts) else None
    return FlowFilter(since, max(ends) if all(ends) else None)


def _moment(value: pd.Timestamp) -> datetime | None:
    return None if pd.isna(value) else value.to_pydatetime()
