"""Flows that only one kind of log has, of NICs that both kinds log: compared where they lie, so only these leave it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.fragments import fill
from nsgflow_core.stores.base import SinceUntil
from nsgflow_core.stores.local.cells.asked import EVER, HOUR, Span, opened_ends
from nsgflow_core.stores.local.cells.making import TablesState
from nsgflow_core.stores.local.cells.tables import KEY
from nsgflow_core.stores.local.sql.columns_sql import OF_ADDRESSES, Statement, Texts
from nsgflow_core.stores.local.sql.filter_sql import Parameters, naive
from nsgflow_core.words.vocabulary import LogKind, RuleKind

COLUMNS = ("mac", "src_ip", "dst_ip", "protocol", "port", "direction", "decision", "log_kind")
AMOUNTS = ("tuples", "first_seen", "last_seen")
LEFT_OUT = (RuleKind.PLATFORM, RuleKind.ADMIN, RuleKind.UNSPECIFIED)
"""Rules of which an NSG flow log holds nothing."""
_PROTOCOL = fill(DIMENSIONS["protocol"].sql.shown, {"made": "f.protocol"})


BOTH = "both"
"""How many flows of a NIC both kinds have: told in a row of its mac alone, and missing in rows of single flows."""


def compare_kinds(state: TablesState, windows: Mapping[str, SinceUntil]) -> Statement | None:
    """The statement of NICs (MACs), each with its window: rows of COLUMNS and AMOUNTS of each flow that one kind alone
    has, and one with BOTH for each NIC. None where only the flows can tell. Times are those of whole hours."""
    spans = {mac: opened_ends(Span(*window), state) for mac, window in windows.items()}
    if not state.is_whole or any(span.whole(HOUR) != span for span in spans.values()):
        return None
    parameters = Parameters()
    stages = f"WITH {_nics(spans, parameters)},\nseen AS MATERIALIZED ({_seen(spans.values())})\n"
    nothing = ", ".join(f"NULL AS {name}" for name in (*COLUMNS[1:], *AMOUNTS))
    both = (
        f"SELECT n.nic AS mac, {nothing}, count(*) FILTER (f.in_nsg AND f.in_vnet) AS {BOTH} "
        "FROM seen f JOIN (SELECT DISTINCT word, nic FROM nics) n USING (word) GROUP BY n.nic"
    )
    alone = (
        f"SELECT n.nic AS mac, f.src AS src_ip, f.dst AS dst_ip, {_PROTOCOL} AS protocol, f.dst_port AS port, "
        f"n.direction, n.decision, CASE WHEN f.in_nsg THEN '{LogKind.NSG}' ELSE '{LogKind.VNET}' END AS log_kind, "
        f"{', '.join(f'f.{name}' for name in AMOUNTS)}, NULL AS {BOTH} FROM seen f "
        "JOIN (SELECT DISTINCT word, nic, direction, decision FROM nics) n USING (word) WHERE f.in_nsg <> f.in_vnet"
    )
    coded = {"mac": Texts("nics", "nic", "mac", are_repeated=True), "src_ip": OF_ADDRESSES, "dst_ip": OF_ADDRESSES}
    return Statement(f"{stages}{alone}\nUNION ALL {both}", parameters.values, stages, coded)


def _nics(spans: Mapping[str, Span], parameters: Parameters) -> str:
    """The contexts that are compared, with their windows and the numbers of what flows are told apart by."""
    ends = {
        "since": [span.since and naive(span.since) for span in spans.values()],
        "until": [span.until and naive(span.until) for span in spans.values()],
    }
    given = ", ".join(f"unnest({parameters.add(moments)}::TIMESTAMP[]) AS {name}" for name, moments in ends.items())
    given = f"SELECT unnest({parameters.add(list(spans))}::VARCHAR[]) AS mac, {given}"
    left_out = ", ".join(f"'{kind}'" for kind in LEFT_OUT)
    return f"""nics AS MATERIALIZED (SELECT id, mac, direction, decision, log_kind = '{LogKind.NSG}' AS is_nsg,
        coalesce(since, TIMESTAMP '-infinity') AS since, coalesce(until, TIMESTAMP 'infinity') AS until,
        since IS NULL AND until IS NULL AS is_ever,
        dense_rank() OVER (ORDER BY mac) AS nic, dense_rank() OVER (ORDER BY mac, direction, decision)::INTEGER AS word
        FROM contexts JOIN ({given}) USING (mac) WHERE rule_kind NOT IN ({left_out}))"""


def _seen(spans: Iterable[Span]) -> str:
    """Of each flow of each NIC what was added up, and which kinds of logs have it."""
    columns = ", ".join((*KEY, *AMOUNTS, "word", "is_nsg"))
    of_keys = "{table} f JOIN keys k ON k.id = f.key JOIN nics c ON c.id = f.context"
    within = " WHERE f.time >= c.since AND f.time < c.until"
    are_ever = {span == EVER for span in spans}
    parts = [f"SELECT {columns} FROM once f JOIN nics c ON c.id = f.context{within if False in are_ever else ''}"]
    if True in are_ever:
        parts.append(f"SELECT {columns} FROM {of_keys.format(table='ever')} WHERE c.is_ever")
    if False in are_ever:
        parts.append(f"SELECT {columns} FROM {of_keys.format(table='hours')}{within} AND NOT c.is_ever")
    every = "\n            UNION ALL ".join(parts)
    return f"""SELECT f.word, {", ".join(KEY)}, sum(f.tuples)::BIGINT AS tuples, min(f.first_seen) AS first_seen,
        max(f.last_seen) AS last_seen, bool_or(f.is_nsg) AS in_nsg, bool_or(NOT f.is_nsg) AS in_vnet
        FROM ({every}) f GROUP BY f.word, {", ".join(KEY)}"""
