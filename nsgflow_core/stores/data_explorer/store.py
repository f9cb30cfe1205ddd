"""A database of Azure Data Explorer or a Fabric Eventhouse as a FlowStore.

It holds single tuples, as `nsgflow kusto setup` makes them (`Flows`), or the tables of Traffic Analytics as they are
mirrored. Where both are there, the tuples are asked: they tell all that the others add up. Questions about whole hours
ask `FlowsHourly`.
"""

from __future__ import annotations

from collections.abc import Mapping

from nsgflow_core import COMMAND
from nsgflow_core.credentials import TokenCredential
from nsgflow_core.errors import StoreError
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.sources.cancelling import IsCancelled
from nsgflow_core.stores.data_explorer.client import ClusterClient
from nsgflow_core.stores.kusto.asking.frame import kusto_frame
from nsgflow_core.stores.kusto.asking.store import KustoStore
from nsgflow_core.stores.kusto.tables import FLOWS, FLOWS_HOURLY, TABLES

NO_TABLES_IN_CLUSTER = (
    "The database holds no flows: there is neither Flows nor NTANetAnalytics nor AzureNetworkAnalytics_CL in it.",
    f"Run the script of '{COMMAND} kusto setup' there, or mirror the tables of Traffic Analytics.",
)


class DataExplorerStore(KustoStore):
    """A FlowStore over one database of a cluster."""

    def __init__(
        self,
        cluster: str,
        database: str,
        *,
        credential: TokenCredential | None = None,
        subnets: SubnetMap | None = None,
        nsg_names: Mapping[str, str] | None = None,
        client: ClusterClient | None = None,
    ) -> None:
        """`subnets` labels addresses; `nsg_names` maps ids to names."""
        self.client = client or ClusterClient(cluster, database, credential=credential)
        super().__init__(self.client, (FLOWS, FLOWS_HOURLY, *TABLES), NO_TABLES_IN_CLUSTER, subnets, nsg_names)

    def asked_tables(self, *, cancelled: IsCancelled | None = None) -> tuple[str, ...]:
        """The names of the tables that are asked, looked for now; none where there are no flows."""
        self._tables(cancelled, again=True)
        return tuple(table.name for table in self._writer(cancelled).tables)

    def unread(self, *, cancelled: IsCancelled | None = None) -> dict[str, int]:
        """What the database could not read of the logs: reason -> tuples, or blobs.

        Nothing of mirrored tables, nor where the table is another one's and the function is not there.
        """
        if FLOWS not in self._writer(cancelled).tables:
            return {}
        try:
            told = self.client.run("FlowLogProblems()\n| sort by tuples desc, reason asc", cancelled=cancelled)
        except StoreError as refused:
            if type(refused) is StoreError:  # an unknown function; whatever else it is, is told
                return {}
            raise
        found = kusto_frame(told)
        return dict(zip(found["reason"], found["tuples"].astype("int64").tolist(), strict=True))
