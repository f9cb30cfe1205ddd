"""Writes the tables of a window into a database of their own: what is made, and views with every documented column.

What is made lies in the schema `held`, which queries do not see.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.stores.kql_on_local.tables import documented, flow_rows
from nsgflow_core.stores.kql_on_local.tables.places import places_table
from nsgflow_core.stores.kql_on_local.tables.topology import topology_table
from nsgflow_core.stores.kql_on_local.tables.viewpoints import number_viewpoints
from nsgflow_core.stores.local.kept import KeptStore
from nsgflow_core.stores.local.sql.filter_sql import Parameters, conditions_sql


@dataclass(frozen=True)
class Measured:
    """A window of a store: its flows added up, and what their numbers stand for."""

    rows: pa.Table
    viewpoints: pa.Table
    places: pa.Table


def measure_store(store: KeptStore, window: FlowFilter, network: Inventory, names: Mapping[str, str]) -> Measured:
    """Reads the store once. Raises StoreMissing when nothing was imported."""
    parameters = Parameters()
    where = conditions_sql(window, parameters).rows
    elsewhere = store.flows_elsewhere(window, parameters)
    values = dict(parameters.values)
    with store.asking() as connection:
        contexts = connection.sql("SELECT * FROM contexts").to_arrow_table()
        of_contexts, viewpoints = number_viewpoints(contexts, network, names)
        connection.register("viewpoint_of", of_contexts)
        rows = connection.sql(elsewhere + flow_rows.ADDED_UP.format(where=where), params=values).to_arrow_table()
        own: dict[int, list[tuple[str, str]]] = defaultdict(list)
        ends = connection.execute(elsewhere + flow_rows.OWN_ENDS.format(where=where), values)
        for address, mac, target in ends.fetchall():
            own[address].append((mac, target))
        addresses = connection.sql("SELECT id, packed, text FROM addresses").to_arrow_table()
        connection.unregister("viewpoint_of")
    return Measured(rows, viewpoints, places_table(addresses, network, own, store.subnets.own_space))


def write_tables(connection: duckdb.DuckDBPyConnection, measured: Measured, network: Inventory) -> None:
    """All tables of `documented`, in an empty database."""
    connection.execute("CREATE SCHEMA held")
    given = {"rows": measured.rows, "viewpoints": measured.viewpoints, "places": measured.places}
    for name, table in given.items():
        connection.register(name, table)
    _write_flows(connection, "VNet", documented.NTA, flow_rows.NTA_MADE)
    _write_addresses(connection, documented.IP_DETAILS, "3", "")
    _write_flows(connection, "NSG", documented.CL, flow_rows.CL_MADE)
    _write_addresses(connection, documented.CL_IP_DETAILS, "2", "_s")
    connection.execute("DROP VIEW shown")
    _write_topology(connection, network)
    _write(connection, documented.RECOMMENDATION, "SELECT 1 WHERE false", {})
    for name in given:
        connection.unregister(name)


def _write_flows(connection: duckdb.DuckDBPyConnection, log_kind: str, table: str, made: Mapping[str, str]) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP VIEW shown AS {flow_rows.SHOWN.format(log_kind=log_kind)}")
    _write(connection, table, "SELECT * FROM shown", made)


def _write_addresses(connection: duckdb.DuckDBPyConnection, table: str, version: str, suffix: str) -> None:
    """`suffix` says how the table spells its columns: of a custom log, or as they are."""
    known = {name.casefold(): name for name in documented.DOCUMENTED[table]}
    made = {}
    for template, fragment in flow_rows.IP_DETAILS_MADE.items():
        plain = template.strip("{}").casefold()
        spelled = known.get(plain) or known.get(f"{plain}{suffix}") or known[f"{plain}_t"]
        made[spelled] = fragment.replace("{version}", f"'{version}'")
    _write(connection, table, flow_rows.PUBLIC_ADDRESSES, made)


def _write_topology(connection: duckdb.DuckDBPyConnection, network: Inventory) -> None:
    found = topology_table(network)
    connection.register("topology", found)
    newest = "(SELECT max(start) + INTERVAL 1 HOUR FROM rows)"
    made = {name: f'"{name}"' for name in found.column_names}
    made |= {"TimeGenerated": newest, "TimeProcessed": newest, "SubType": "'Topology'", "FaSchemaVersion": "'3'"}
    _write(connection, documented.TOPOLOGY, "SELECT * FROM topology", made)
    connection.unregister("topology")


def _write(connection: duckdb.DuckDBPyConnection, table: str, source: str, made: Mapping[str, str]) -> None:
    kinds = documented.DOCUMENTED[table]
    listed = [
        f'CAST({fragment} AS {documented.DUCKDB_TYPES[kinds[name]]}) AS "{name}"' for name, fragment in made.items()
    ]
    connection.execute(f'CREATE TABLE held."{table}" AS SELECT {", ".join(listed) or "1"} FROM ({source})')
    whole = documented.select_list(table, {name: f'"{name}"' for name in made})
    connection.execute(f'CREATE VIEW "{table}" AS SELECT {whole} FROM held."{table}"')
