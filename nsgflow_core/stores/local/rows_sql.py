"""RowsQuery -> one SQL statement: a page of flow rows as they were logged."""

from __future__ import annotations

from collections.abc import Mapping

from nsgflow_core.ask.query import RowsQuery
from nsgflow_core.inventory.vnets import SubnetMap
from nsgflow_core.stores.local.columns_sql import PROTOCOL_SQL, STATE_SQL, Statement, places_and_words
from nsgflow_core.stores.local.filter_sql import Parameters, conditions_sql
from nsgflow_core.stores.local.tables import COUNTERS

_ROW_COLUMNS = {
    "time": "f.time",
    "src_ip": "s.text",
    "dst_ip": "d.text",
    "src_port": "f.src_port",
    "dst_port": "f.dst_port",
    "protocol": PROTOCOL_SQL,
    "direction": "c.direction",
    "decision": "c.decision",
    "flow_state": STATE_SQL,
    **{counter: f"f.{counter}" for counter in COUNTERS},
    **{word: f"c.{word}" for word in ("encryption", "nsg", "rule", "rule_kind", "mac", "target", "log_kind")},
}
_OWN = {"time", "src_port", "dst_port", *COUNTERS}
"""Row columns that lie in `flows` itself: sorted by one of these, a page is cut before anything is joined."""


def compile_rows(
    query: RowsQuery, subnets: SubnetMap | None = None, nsg_names: Mapping[str, str] | None = None
) -> Statement:
    """The statement for one page of rows, with the canonical columns; equal rows keep the order of the file."""
    parameters = Parameters()
    stages = places_and_words(parameters, subnets, nsg_names)
    where = conditions_sql(query.filter, parameters)
    within = where.rows
    if where.contexts:
        within += f"{' AND' if within else ' WHERE'} f.context IN (SELECT id FROM words{where.contexts})"
    way = "DESC NULLS LAST" if query.descending else "ASC NULLS LAST"
    page = f" LIMIT {parameters.add(query.limit)}" if query.limit is not None else ""
    page += f" OFFSET {parameters.add(query.offset)}" if query.offset else ""
    early = query.order in _OWN
    cut = f" ORDER BY f.{query.order} {way}, f.rowid{page}" if early else ""
    order = (
        f"{_ROW_COLUMNS[query.order]} {way}, f.place"
        if early
        else (f"{_ROW_COLUMNS[query.order]} {way}, f.time DESC, f.place")
    )
    text = (
        "WITH " + ",\n".join(stages) + f",\npage AS (SELECT f.*, f.rowid AS place FROM flows f{within}{cut})\n"
        f"SELECT {', '.join(f'{made} AS {name}' for name, made in _ROW_COLUMNS.items())}\n"
        "FROM page f JOIN places s ON s.id = f.src JOIN places d ON d.id = f.dst JOIN words c ON c.id = f.context\n"
        f"ORDER BY {order}{'' if early else page}"
    )
    return Statement(text, parameters.values)
