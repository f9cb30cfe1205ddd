"""The rows of a batch into the table of flows: numbered as the store numbers, a pair's rows next to each other.

They are sorted here, since DuckDB's own sort takes five times as long as one of 64-bit numbers (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa

from nsgflow_core.formats.coded.flows import CodedFlows
from nsgflow_core.formats.coded.rows import CodedRows, Integers, Longs, PairKey
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local import tally
from nsgflow_core.stores.local.disk.engines import in_given_order
from nsgflow_core.stores.local.naming import own_ends
from nsgflow_core.stores.local.naming.nsgs import name_new_nsgs
from nsgflow_core.stores.local.naming.registering import registered
from nsgflow_core.stores.local.tables import FLOW_COLUMNS
from nsgflow_core.stores.local.words import address_ids, context_ids

_KEY_BITS = 63


def write_flows(
    connection: duckdb.DuckDBPyConnection, flows: CodedFlows, ids: Sequence[int], subnets: SubnetMap
) -> bool:
    """Add the rows; `ids` are those of their blobs. True when they change which public space is inside."""
    if not len(flows):
        return False
    addresses = address_ids(connection, flows.addresses, subnets)
    places = {"src": addresses, "dst": addresses, "context": context_ids(connection, flows.contexts),
              "blob": np.array(ids, np.int32)}  # fmt: skip
    arranged = flows.held.arranged(pair_order(flows.held, addresses), places)
    del flows  # nobody else holds them, and the insert takes its own memory
    rows = pa.table({name: arranged.rows.column(name) for name in FLOW_COLUMNS})
    with registered(connection, "batch_flows", rows):
        with in_given_order(connection):
            connection.execute("INSERT INTO flows SELECT * FROM batch_flows")
        tally.count_rows(connection, arranged)
        name_new_nsgs(connection)
        return own_ends.add_ends(connection, "batch_flows")


def pair_order(rows: CodedRows, addresses: Integers) -> Longs:
    """The places of rows sorted by source, destination (by their numbers in the store) and time.

    One sort of keys that hold all of it, each row's place too; of the time as much as there is room for.
    """
    distinct, ranks = np.unique(addresses, return_inverse=True)
    end_bits, place_bits = _bits(len(distinct)), _bits(len(rows))
    time_bits = _KEY_BITS - 2 * end_bits - place_bits
    if time_bits < 0:
        src, dst = (ranks[rows.numbers(end)] for end in ("src", "dst"))
        return np.lexsort((rows.numbers("time"), dst, src))
    since, last = rows.extent()
    shift = max(_bits(last - since + 1) - time_bits, 0)
    return rows.sorted_by(PairKey(end_bits, time_bits, place_bits, since, shift), ranks)


def _bits(count: int) -> int:
    """Of the numbers below `count`."""
    return (count - 1).bit_length()
