"""The endpoint labels in the table `addresses`: by the subnet map, the public space that is inside, and the range."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import duckdb
import pyarrow as pa

from nsgflow_core.inventory.subnet_map import SubnetMap, read_subnet_map
from nsgflow_core.stores.local.naming import own_ends
from nsgflow_core.stores.local.naming.registering import registered
from nsgflow_core.words.prefixes import INTERNET, Prefix


def labels_of(packed: Sequence[bytes], defaults: Sequence[str], subnets: SubnetMap) -> list[str]:
    """The endpoint label of each packed address: by the subnet map, what it tells inside, or else its default."""
    starts, names = zip(*subnets.boundaries, strict=True)
    found = [names[bisect.bisect_right(starts, address) - 1] if address else None for address in packed]
    if subnets.public_space:
        every = zip(found, packed, defaults, strict=True)
        found = [_told(address, subnets) if name is None and default == INTERNET else name
                 for name, address, default in every]  # fmt: skip
    return [default if name is None else name for name, default in zip(found, defaults, strict=True)]


def _told(address: bytes, subnets: SubnetMap) -> str | None:
    block = subnets.told_inside(address)
    return None if block is None else block.text


def blocks_met(connection: duckdb.DuckDBPyConnection, subnets: SubnetMap) -> tuple[Prefix, ...]:
    """The blocks of public space that a map tells inside and that addresses of the file lie in. Raises duckdb.Error."""
    found: set[Prefix] = set()
    for space in subnets.public_space:
        rows = connection.execute(
            "SELECT packed FROM addresses WHERE default_label = $internet AND packed BETWEEN $first AND $last",
            {"internet": INTERNET, "first": space.first, "last": space.last},
        ).fetchall()
        found.update(block for (packed,) in rows if (block := subnets.told_inside(bytes(packed))))
    return tuple(sorted(found))


def label_anew(connection: duckdb.DuckDBPyConnection) -> None:
    """Give every address the label that the kept subnet map says. Raises duckdb.Error."""
    subnets = saved_subnets(connection)
    found = connection.execute("SELECT id, packed FROM addresses").fetchall()
    if not found:
        return
    ids, packed = zip(*found, strict=True)
    defaults = [subnets.default_label(address) for address in packed]
    columns = {
        "id": pa.array(ids, pa.int64()),
        "default_label": defaults,
        "label": labels_of(packed, defaults, subnets),
    }
    with registered(connection, "batch_labels", pa.table(columns)):
        connection.execute(
            "UPDATE addresses SET label = n.label, default_label = n.default_label "
            "FROM batch_labels n WHERE n.id = addresses.id"
        )


def saved_subnets(connection: duckdb.DuckDBPyConnection) -> SubnetMap:
    """The subnet map kept in the file, with the public space that is inside by its log."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'subnets'").fetchall()
    return _read(found[0][0] if found else "", own_ends.saved_space(connection))


@lru_cache(maxsize=8)
def _read(text: str, own_space: frozenset[Prefix]) -> SubnetMap:
    """A map as it is kept: of 300 subnets it takes 20 ms to read, as long again to lay its names side by side, and a
    draft or page asks for it again and again."""
    return replace(read_subnet_map(text) if text else SubnetMap(), own_space=own_space)


def step_to_own_ends(connection: duckdb.DuckDBPyConnection) -> None:
    """What a file of before needs: its flows counted, its addresses labelled anew. Raises duckdb.Error."""
    own_ends.count_anew(connection)
    label_anew(connection)
