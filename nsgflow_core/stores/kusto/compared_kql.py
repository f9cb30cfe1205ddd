"""ComparedQuery -> KQL around the questions of its two windows: the workspace tells what changed, and how often."""

from __future__ import annotations

from nsgflow_core.ask.compared import ComparedQuery, GroupChange
from nsgflow_core.stores.kusto.flows_kql import KqlWriter, sortable


def compared_query(writer: KqlWriter, query: ComparedQuery) -> str:
    """KQL for the groups that changed: `query.columns` without how many there are."""
    keys = ", ".join(f"{sortable(key, key)} asc" for key in query.by)
    order, shown = f"rank asc, apart desc, {keys}", ", ".join(query.columns[:-1])
    changed, ends = _changed(writer, query), f"| sort by {order}\n| project {shown}"
    if query.limit is None:
        return f"{changed}\n{ends}"
    parts = [f"(changed | where change == '{each}' | sort by {order} | take {query.limit})" for each in query.changes]
    return f"let changed = materialize(\n{changed});\nunion\n" + ",\n".join(parts) + f"\n{ends}"


def counts_query(writer: KqlWriter, query: ComparedQuery) -> str:
    """KQL for how many groups changed in which way: change, of."""
    return f"{_changed(writer, query)}\n| summarize of = count() by change"


def _changed(writer: KqlWriter, query: ComparedQuery) -> str:
    was, now = (writer.flow_query(side) for side in query.sides)
    amount, keys = query.measure, ", ".join(query.by)
    told = ", ".join(f'"{change}"' for change in query.changes)
    sides = f"{was}\n| extend was = {amount}, now = long(0)", f"{now}\n| extend was = long(0), now = {amount}"
    return "\n| ".join(
        [
            "union (\n" + "),\n(\n".join(sides) + ")",
            f"summarize {query.was} = sum(was), {query.now} = sum(now)\n    by {keys}",
            f"extend scaled = {query.was} * {query.scale!r}",
            f"extend change = {_change(query)}, apart = abs({query.now} - scaled)",
            f"where change in ({told})",
            f"extend rank = {_rank()}",
        ]
    )


def _change(query: ComparedQuery) -> str:
    now, notable = query.now, query.notable
    tests = {
        GroupChange.NEW: f"{query.was} == 0",
        GroupChange.GONE: f"{now} == 0",
        GroupChange.LOUDER: f"{now} >= {notable.factor!r} * scaled and {now} - scaled >= {notable.amount}",
        GroupChange.QUIETER: f"scaled >= {notable.factor!r} * {now} and scaled - {now} >= {notable.amount}",
    }
    return "case(" + ", ".join(f'{test}, "{change}"' for change, test in tests.items()) + ', "")'


def _rank() -> str:
    ranks = ", ".join(f'change == "{change}", {rank}' for rank, change in enumerate(GroupChange))
    return f"case({ranks}, {len(GroupChange)})"
