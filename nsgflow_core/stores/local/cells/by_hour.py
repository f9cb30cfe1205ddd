"""What each end logged by the hour, asked of its lines: what Coverage and proofs need, without a look at all flows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.stores.local.cells.asked import HOUR, Span, opened_ends
from nsgflow_core.stores.local.cells.ends import ALIKE, HOUR_PARTS, IS_OUTSIDE, met_lines, own_lines
from nsgflow_core.stores.local.cells.making import OF_FLOWS, TablesState
from nsgflow_core.stores.local.cells.tables import KEY
from nsgflow_core.stores.local.sql.columns_sql import OF_ADDRESSES, Statement, Texts, sql_literal
from nsgflow_core.stores.local.sql.filter_sql import naive
from nsgflow_core.words.prefixes import NOT_INSIDE
from nsgflow_core.words.vocabulary import Direction

_NICS = f"""SELECT c.id, dense_rank() OVER (ORDER BY c.log_kind, c.target, c.mac) AS log,
    dense_rank() OVER (ORDER BY c.mac) AS nic, c.log_kind, c.target, c.mac, c.direction, a.is_platform
    FROM contexts c JOIN {ALIKE} a ON a.id = c.id"""


@dataclass(frozen=True, slots=True)
class LinesAsked:
    """A window of whole hours (`once`), and what is left of hours (`edges`), of which the flows are looked at."""

    once: Span
    edges: tuple[Span, ...]

    def logged(self) -> Statement:
        """log_kind, target, mac, hour, tuples: entries of each flow log and NIC."""
        texts = {name: Texts("nics", "log", name, are_repeated=True) for name in ("log_kind", "target", "mac")}
        return self._statement(
            "SELECT log AS log_kind, log AS target, log AS mac, l.time AS hour, sum(l.tuples)::BIGINT AS tuples "
            "FROM lines l JOIN nics c ON c.id = l.context GROUP BY log, l.time",
            self._lines("own_hours", own_lines),
            texts,
        )

    def own(self, direction: Direction, local: str) -> Statement:
        """mac, the address as `local`, hour, tuples: what each NIC logged in that direction, without platform rules."""
        asked = f"c.direction = '{direction}' AND NOT c.is_platform"
        return self._statement(
            f"SELECT nic AS mac, l.address AS {local}, l.time AS hour, sum(l.tuples)::BIGINT AS tuples "
            f"FROM lines l JOIN nics c ON c.id = l.context WHERE {asked} GROUP BY nic, l.address, l.time",
            self._lines("own_hours", own_lines),
            {"mac": Texts("nics", "nic", "mac", are_repeated=True), local: OF_ADDRESSES},
        )

    def met(self, direction: Direction, remote: str) -> Statement:
        """The address as `remote`, hour, tuples, first_seen, last_seen (the beginning of that part of the hour, see
        PARTS), packets, dst_to_src_packets (1 or 0, whether there were any): what others logged in that direction of
        addresses inside."""
        moments = (f"l.time + to_seconds({HOUR_PARTS}[1 + {how}]) AS {name}" for how, name in _MOMENTS)
        was_sent = direction is Direction.INBOUND
        counts = (f"coalesce(bool_or(l.{how}), false)::BIGINT AS {name}" for how, name in _COUNTS)
        labels = ", ".join(sql_literal(label.lower()) for label in NOT_INSIDE)
        inside = f"l.address IN (SELECT id FROM addresses WHERE lower(label) NOT IN ({labels}))"
        return self._statement(
            f"SELECT l.address AS {remote}, l.time AS hour, sum(l.tuples)::BIGINT AS tuples, "
            f"{', '.join((*moments, *counts))} FROM lines l "
            f"WHERE l.is_sent = {was_sent} AND {inside} GROUP BY l.address, l.time",
            self._lines("met_hours", met_lines),
            {remote: OF_ADDRESSES},
        )

    def _statement(self, text: str, lines: str, coded: dict[str, Texts]) -> Statement:
        stages = f"WITH nics AS MATERIALIZED ({_NICS}),\nlines AS NOT MATERIALIZED ({lines})\n"
        return Statement(stages + text, {}, stages, coded)

    def _lines(self, table: str, made_of: Callable[[str], str]) -> str:
        """The lines of the whole hours, and those that the flows of the rest make."""
        parts = [f"SELECT f.* FROM {table} f{_within(self.once)}"]
        for edge in self.edges:
            told = ", ".join(f"f.{name}" for name in (*KEY, "context"))
            flows = f"SELECT date_trunc('hour', f.time) AS time, {told}, {', '.join(OF_FLOWS)} FROM flows f"
            parts.append(made_of(f"({flows}{_within(edge)} GROUP BY ALL)"))
        return "\n    UNION ALL ".join(parts)


_MOMENTS = (("min(l.first_part)", "first_seen"), ("max(l.last_part)", "last_seen"))
_COUNTS = (("is_counted", "packets"), ("is_returned", "dst_to_src_packets"))


def lines_asked(connection: duckdb.DuckDBPyConnection, state: TablesState, window: FlowFilter) -> LinesAsked | None:
    """How the window of a filter is asked for; None where only the flows can tell.

    They have to where an address that the lines leave out as one of the Internet is called otherwise by now.
    Raises duckdb.Error.
    """
    span = opened_ends(Span(window.since, window.until), state)
    once = span.whole(HOUR)
    if not state.is_whole or once.is_empty:
        return None
    named = f"SELECT 1 FROM outside WHERE id IN (SELECT id FROM addresses WHERE NOT ({IS_OUTSIDE})) LIMIT 1"
    if connection.execute(named).fetchall():
        return None
    return LinesAsked(once, span.without(once))


def _within(span: Span) -> str:
    ends = ((">=", span.since), ("<", span.until))
    told = [f"f.time {how} {sql_literal(naive(moment))}" for how, moment in ends if moment]
    return f" WHERE {' AND '.join(told)}" if told else ""
