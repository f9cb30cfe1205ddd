"""Exported tables of Traffic Analytics as a FlowStore: the questions of a workspace, asked where the files lie."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from nsgflow_core.ask.compared import ComparedQuery
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.parts import KustoRows
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.sources.cancelling import IsCancelled
from nsgflow_core.stores.base import Values, not_whole_words
from nsgflow_core.stores.kusto.asking.answer import not_whole
from nsgflow_core.stores.kusto.asking.store import KustoStore
from nsgflow_core.stores.kusto.filters_kql import unknown_dimensions
from nsgflow_core.stores.kusto.flows_kql import KqlWriter
from nsgflow_core.stores.kusto.tables import TABLES
from nsgflow_core.stores.lake.files import WHAT_COUNTS
from nsgflow_core.stores.lake.store import LakeStore
from nsgflow_core.stores.lake.traffic_analytics.engine import LakeEngine

NO_TABLES = ("There are no rows of Traffic Analytics in this folder.", WHAT_COUNTS)


class TrafficAnalyticsLake(KustoStore):
    """A FlowStore over the files of `NTANetAnalytics`, `AzureNetworkAnalytics_CL` or both in a lake."""

    def __init__(self, lake: LakeStore) -> None:
        """Subnets and names of NSGs are those of `lake`."""
        self.kept = lake
        super().__init__(LakeEngine(lake), TABLES, NO_TABLES, lake.subnets, lake.nsg_names)

    @property
    def identity(self) -> str:
        """That of what is known of the files; another one when a file, or what is kept of names, is."""
        return f"added-up:{self.kept.identity}"

    @property
    def unsupported(self) -> frozenset[str]:
        """Source port, flow state and encryption."""
        return unknown_dimensions(KustoRows.ADDED_UP)

    @property
    def subnets(self) -> SubnetMap:
        """The map kept for this lake, or given; empty where Traffic Analytics' own subnets are shown."""
        return self.kept.subnets

    def fetch(self, query: FlowQuery, *, cancelled: IsCancelled | None = None) -> pd.DataFrame:
        """The answer, sorted as the question says."""
        return self._told(super().fetch(query, cancelled=cancelled))

    def rows(self, query: RowsQuery, *, cancelled: IsCancelled | None = None) -> pd.DataFrame:
        """Rows of Traffic Analytics, one for each public address of a packed row."""
        return self._told(super().rows(query, cancelled=cancelled))

    def compared(self, query: ComparedQuery, *, cancelled: IsCancelled | None = None) -> pd.DataFrame:
        """The groups that changed between two windows."""
        return self._told(super().compared(query, cancelled=cancelled))

    def values(self, dimension_name: str, limit: int = 1000) -> Values:
        """The values that a dimension takes, for pickers."""
        found = super().values(dimension_name, limit)
        return Values(found, not_whole_words(found.partial, self._missing()))

    def _told(self, answer: pd.DataFrame) -> pd.DataFrame:
        """The answer, which says so where files, or lines of them, are left out of it."""
        answer.attrs |= not_whole(answer.attrs.get("partial", ""), self._missing())
        return answer

    def _missing(self) -> str:
        held = self.kept.added_up()
        return not_whole_words(self.kept.missing(), held.left_out if held else "")

    def _writer(
        self, cancelled: IsCancelled | None, columns: Iterable[str] = (), flow_filter: FlowFilter | None = None
    ) -> KqlWriter:
        names = {key.lower(): name for key, name in self.kept.nsg_names.items()}
        if names != self._names:
            self._names, self._logged = names, None
        self._subnets = self.kept.subnets
        return super()._writer(cancelled, columns, flow_filter)


def answering(lake: LakeStore) -> LakeStore | TrafficAnalyticsLake:
    """The store that answers for a lake: over single flows where it has any, else over what was added up.

    Looks at what is new in the lake: raises StoreMissing, also where all of it is other JSON, InputError, StoreError.
    """
    if lake.added_up():
        return TrafficAnalyticsLake(lake)
    lake.refuse_other_files()
    return lake
