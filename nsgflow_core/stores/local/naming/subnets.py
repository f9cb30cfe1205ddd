"""The subnet map that a file keeps."""

from __future__ import annotations

import duckdb

from nsgflow_core.inventory.subnet_map import SubnetMap, write_subnet_map
from nsgflow_core.stores.local.naming.labels import label_anew
from nsgflow_core.stores.local.tables import put


def keep_subnets(connection: duckdb.DuckDBPyConnection, subnets: SubnetMap) -> None:
    """Keep a subnet map in the file, and label every address anew. Raises duckdb.Error."""
    has_content = subnets.subnets or subnets.address_space
    put(connection, "meta", "subnets", write_subnet_map(subnets) if has_content else "")
    label_anew(connection)
