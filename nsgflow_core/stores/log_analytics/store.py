"""The Log Analytics workspace as a FlowStore."""

from __future__ import annotations

from collections.abc import Mapping

from nsgflow_core.ask.parts import KustoRows
from nsgflow_core.credentials import TokenCredential
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.sources.cancelling import IsCancelled
from nsgflow_core.stores.kusto.asking.store import KustoStore
from nsgflow_core.stores.kusto.filters_kql import unknown_dimensions
from nsgflow_core.stores.kusto.flows_kql import NO_TABLES
from nsgflow_core.stores.kusto.tables import TABLES
from nsgflow_core.stores.log_analytics.client import WorkspaceClient
from nsgflow_core.stores.log_analytics.overview import WorkspaceOverview, read_overview


class LogAnalyticsStore(KustoStore):
    """A FlowStore over `NTANetAnalytics`, `AzureNetworkAnalytics_CL`, or both, whichever the workspace has."""

    def __init__(
        self,
        workspace_id: str,
        *,
        credential: TokenCredential | None = None,
        endpoint: str | None = None,
        subnets: SubnetMap | None = None,
        nsg_names: Mapping[str, str] | None = None,
        client: WorkspaceClient | None = None,
    ) -> None:
        """`subnets` labels addresses in place of Traffic Analytics' own subnets; `nsg_names` maps ids to names."""
        self.client = client or WorkspaceClient(workspace_id, credential=credential, endpoint=endpoint)
        super().__init__(self.client, TABLES, NO_TABLES, subnets, nsg_names)

    @property
    def unsupported(self) -> frozenset[str]:
        """Source port, flow state and encryption; nobody is asked for that."""
        return unknown_dimensions(KustoRows.ADDED_UP)

    def overview(self, *, cancelled: IsCancelled | None = None) -> WorkspaceOverview:
        """What the workspace holds, for Connect."""
        return read_overview(self.client, self._tables(cancelled, again=True), cancelled=cancelled)
