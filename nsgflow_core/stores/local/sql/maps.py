"""The maps that a store object was given, in place of those that its file keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import duckdb

from nsgflow_core.inventory.names.address_names import AddressNames
from nsgflow_core.inventory.names.logged_nsgs import asked_for
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local.naming.labels import blocks_met
from nsgflow_core.stores.local.naming.names import has_tenants, saved_names, told_by
from nsgflow_core.stores.local.naming.nsgs import shown_nsgs
from nsgflow_core.stores.local.sql.shown_sql import Shown


@dataclass(frozen=True)
class Maps:
    """None is what the file keeps. `nsg_names` are by aclID or NSG id."""

    subnets: SubnetMap | None = None
    nsg_names: Mapping[str, str] | None = None
    names: AddressNames | None = None

    @property
    def identity(self) -> str:
        """A short fingerprint, for cache keys."""
        names = None if self.nsg_names is None else sorted(self.nsg_names.items())
        given = [None if each is None else each.identity for each in (self.subnets, self.names)]
        return hashlib.sha256(repr((*given, names)).encode()).hexdigest()[:16]

    def subnets_over(self, saved: SubnetMap) -> SubnetMap:
        """The subnet map in use, where the file keeps this one."""
        return saved if self.subnets is None else replace(self.subnets, own_space=saved.own_space)

    def names_on(self, connection: duckdb.DuckDBPyConnection) -> AddressNames:
        """What names addresses. Raises duckdb.Error."""
        return saved_names(connection) if self.names is None else self.names

    def nsgs_named(self, connection: duckdb.DuckDBPyConnection, name: str) -> tuple[str, ...]:
        """The labels of the NSGs that a name, id or guid stands for. Raises duckdb.Error."""
        return tuple(sorted(asked_for(shown_nsgs(connection, self.nsg_names), [name], by_id=False)))

    def shown_on(self, connection: duckdb.DuckDBPyConnection, *, is_named: bool) -> Shown:
        """What addresses and NSGs are called in a question, which `is_named` where it asks for names of addresses."""
        nsgs = None if self.nsg_names is None else shown_nsgs(connection, self.nsg_names)
        told = told_by(connection, self.names) if is_named and self.names else None
        tenants = bool(told.tenants["id"]) if told else is_named and has_tenants(connection)
        blocks = blocks_met(connection, self.subnets) if self.subnets else ()
        return Shown(self.subnets, blocks, nsgs, told, is_named, tenants)
