"""Flows that only one kind of log has, of NICs that both kinds log: compared where they lie, so only these leave it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.fragments import fill
from nsgflow_core.stores.local.cells.asked import EVER, HOUR, Span, opened
from nsgflow_core.stores.local.cells.making import State
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


def compare_kinds(state: State, since: datetime, until: datetime, macs: Sequence[str]) -> Statement | None:
    """The statement of a window and its NICs: rows of COLUMNS and AMOUNTS of each flow that one kind alone has, and one
    with BOTH for each NIC. None where only the flows can tell. Times are those of whole hours."""
    span = opened(Span(since, until), state)
    if not state.is_whole or span.whole(HOUR) != span:
        return None
    parameters = Parameters()
    within = "" if span == EVER else _within(span, parameters)
    stages = f"WITH {_nics(macs, parameters)},\nseen AS MATERIALIZED ({_seen(within)})\n"
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


def _nics(macs: Sequence[str], parameters: Parameters) -> str:
    """The contexts that are compared, with the numbers of what flows are told apart by."""
    named = f"mac IN (SELECT unnest({parameters.add(list(macs))}::VARCHAR[]))"
    left_out = ", ".join(f"'{kind}'" for kind in LEFT_OUT)
    return f"""nics AS MATERIALIZED (SELECT id, mac, direction, decision, log_kind = '{LogKind.NSG}' AS is_nsg,
        dense_rank() OVER (ORDER BY mac) AS nic, dense_rank() OVER (ORDER BY mac, direction, decision)::INTEGER AS word
        FROM contexts WHERE {named} AND rule_kind NOT IN ({left_out}))"""


def _seen(within: str) -> str:
    """Of each flow of each NIC what was added up, and which kinds of logs have it."""
    told = ", ".join(("context", *AMOUNTS))
    keys = ", ".join(KEY)
    table = "hours" if within else "ever"
    return f"""SELECT c.word, {keys}, sum(f.tuples)::BIGINT AS tuples, min(f.first_seen) AS first_seen,
        max(f.last_seen) AS last_seen, bool_or(c.is_nsg) AS in_nsg, bool_or(NOT c.is_nsg) AS in_vnet
        FROM (SELECT {keys}, {told} FROM once f{within}
            UNION ALL SELECT {keys}, {told} FROM {table} f JOIN keys k ON k.id = f.key{within}) f
        JOIN nics c ON c.id = f.context GROUP BY c.word, {keys}"""


def _within(span: Span, parameters: Parameters) -> str:
    ends = ((">=", span.since), ("<", span.until))
    return " WHERE " + " AND ".join(f"f.time {how} {parameters.add(naive(at))}" for how, at in ends if at)
