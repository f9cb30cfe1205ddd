"""The names in the table `addresses`, and who held an address when, where it changed hands: `tenants`.

A tenant is an address for part of the time: its id stands for that of the address in the rows of its turn, when a
question asks for names (`sql/columns_sql.py`). Ids of tenants are negative, so that they are nobody else's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.kept import INVENTORY_SETTING
from nsgflow_core.inventory.names.address_names import AddressNames, Named, read_names
from nsgflow_core.inventory.names.tenancy import Turn, tenants_in_words, turns
from nsgflow_core.inventory.own_space import MOST_ADDRESSES, OwnEnd
from nsgflow_core.stores.local.naming.registering import registered

NAMED_COLUMNS = tuple(field.name for field in fields(Named))
TABLES = """
CREATE TABLE address_names (names VARCHAR);
CREATE TABLE tenants (id INTEGER, address INTEGER, since TIMESTAMP, until TIMESTAMP, name VARCHAR);
"""
STEP = TABLES + "".join(f"ALTER TABLE addresses ADD COLUMN {name} VARCHAR DEFAULT '';\n" for name in NAMED_COLUMNS)


def saved_names(connection: duckdb.DuckDBPyConnection) -> AddressNames:
    """The names kept in the file. Raises duckdb.Error."""
    found = connection.execute("SELECT names FROM address_names").fetchall()
    return read_names(found[0][0] if found else "")


def keep_names(connection: duckdb.DuckDBPyConnection, names: AddressNames) -> None:
    """Keep names in the file in place of those before, and name every address anew. Raises duckdb.Error."""
    connection.execute("DELETE FROM address_names")
    if names:
        connection.execute("INSERT INTO address_names VALUES ($names)", {"names": names.to_json()})
    rename(connection)


def rename(connection: duckdb.DuckDBPyConnection) -> None:
    """Name every address by the names that are kept. Raises duckdb.Error."""
    told = told_by(connection, saved_names(connection))
    listed = ", ".join(f"{name} = n.{name}" for name in NAMED_COLUMNS)
    with registered(connection, "batch_names", _arrow(told.names, _NAMES)):
        connection.execute(f"UPDATE addresses SET {listed} FROM batch_names n WHERE n.id = addresses.id")
    _let_in(connection, told)


def has_tenants(connection: duckdb.DuckDBPyConnection) -> bool:
    """True when an address changed hands. Raises duckdb.Error."""
    return bool(connection.execute("SELECT 1 FROM tenants LIMIT 1").fetchall())


@dataclass(frozen=True, slots=True)
class Told:
    """What names tell of a store's addresses: columns, as lists of one length each."""

    names: dict[str, list[Any]]
    """id, and the columns of `Named`."""
    tenants: dict[str, list[Any]]
    """id, address, since, until, name; none where no address changed hands."""


def told_by(connection: duckdb.DuckDBPyConnection, names: AddressNames) -> Told:
    """What these names tell of every address of the store. Raises duckdb.Error."""
    found = connection.execute("SELECT id, packed FROM addresses").fetchall()
    turned = _turns(connection, names)
    columns: dict[str, list[Any]] = {"id": [number for number, _ in found]}
    columns |= columns_of(names, [bytes(packed) for _, packed in found])
    shown = zip(columns["id"], columns["name"], strict=True)
    columns["name"] = [tenants_in_words(turned[number]) if number in turned else name for number, name in shown]
    return Told(columns, _tenants(turned))


def step_to_names(connection: duckdb.DuckDBPyConnection) -> None:
    """What a file of before needs: its addresses named by the inventory that it keeps. Raises duckdb.Error."""
    found = connection.execute("SELECT value FROM settings WHERE key = $key", {"key": INVENTORY_SETTING}).fetchall()
    try:
        known = Inventory.from_json(found[0][0]) if found and found[0][0] else Inventory()
    except BadInventory:  # said where the inventory is shown; the store opens all the same
        known = Inventory()
    keep_names(connection, known.address_names)


def columns_of(names: AddressNames, packed: Sequence[bytes]) -> dict[str, list[Any]]:
    """The columns of the table for packed addresses (b"" for what is none)."""
    found = [names.of(address) if address else Named() for address in packed]
    return {name: [getattr(each, name) for each in found] for name in NAMED_COLUMNS}


def name_by_mac(connection: duckdb.DuckDBPyConnection) -> None:
    """Name the addresses of which the log's MACs tell more than the inventory does. Raises duckdb.Error."""
    turned = _turns(connection, saved_names(connection))
    if turned:
        shown: dict[str, list[Any]] = {
            "id": list(turned),
            "name": [tenants_in_words(found) for found in turned.values()],
        }
        with registered(connection, "batch_names", _arrow(shown, _NAMES)):
            connection.execute("UPDATE addresses SET name = n.name FROM batch_names n WHERE n.id = addresses.id")
    _let_in(connection, Told({}, _tenants(turned)))


def _turns(connection: duckdb.DuckDBPyConnection, names: AddressNames) -> dict[int, tuple[Turn, ...]]:
    """Who held an address when, where the log tells, by the address's id."""
    nics = names.behind.nics
    ends = _ends(connection, list(nics)) if nics else {}
    return {address: found for address, seen in ends.items() if (found := turns(seen, nics))}


def _ends(connection: duckdb.DuckDBPyConnection, macs: list[str]) -> dict[int, list[OwnEnd]]:
    """What was seen at addresses that a known NIC had, by address; a NIC with many addresses forwards."""
    found = connection.execute(
        f"""WITH single AS (SELECT mac FROM own_ends GROUP BY mac HAVING count(*) <= {MOST_ADDRESSES}),
            known AS (SELECT DISTINCT address FROM own_ends JOIN single USING (mac)
                WHERE mac IN (SELECT unnest($macs::VARCHAR[])))
            SELECT e.address, a.packed, e.mac, e.sent, e.received, e.first, e.last
            FROM own_ends e JOIN single USING (mac) JOIN known USING (address) JOIN addresses a ON a.id = e.address""",
        {"macs": macs},
    ).fetchall()
    ends: dict[int, list[OwnEnd]] = defaultdict(list)
    for address, packed, mac, *rest in found:
        ends[address].append(OwnEnd(mac, bytes(packed), *rest))
    return ends


def _tenants(turned: Mapping[int, tuple[Turn, ...]]) -> dict[str, list[Any]]:
    """The tenants of addresses that changed hands: each from its first tuple until the first of the next."""
    rows: list[tuple[int, int, datetime | None, datetime | None, str]] = []
    for address, found in turned.items():
        edges = [None, *(turn.first for turn in found[1:]), None]
        spans = zip(found, edges, edges[1:], strict=False) if len(found) > 1 else ()
        for turn, since, until in spans:
            rows.append((-len(rows) - 1, address, since, until, turn.name))
    return {name: [row[at] for row in rows] for at, name in enumerate(_TENANTS.names)}


def _let_in(connection: duckdb.DuckDBPyConnection, told: Told) -> None:
    connection.execute("DELETE FROM tenants")
    if told.tenants["id"]:
        with registered(connection, "batch_tenants", _arrow(told.tenants, _TENANTS)):
            connection.execute("INSERT INTO tenants SELECT * FROM batch_tenants")


def _arrow(columns: Mapping[str, list[Any]], types: pa.Schema) -> pa.Table:
    return pa.table({name: pa.array(values, types.field(name).type) for name, values in columns.items()})


_NAMES = pa.schema([("id", pa.int64()), *((name, pa.string()) for name in NAMED_COLUMNS)])
_TENANTS = pa.schema(
    {
        **dict.fromkeys(("id", "address"), pa.int64()),
        **dict.fromkeys(("since", "until"), pa.timestamp("us")),
        "name": pa.string(),
    }
)
TENANT_TYPES = {"id": "BIGINT", "address": "BIGINT", "since": "TIMESTAMP", "until": "TIMESTAMP"}
"""In SQL, of the columns of tenants that are no text."""
