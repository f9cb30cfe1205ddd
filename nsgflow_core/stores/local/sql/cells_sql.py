"""FlowQuery -> one SQL statement over the tables beside the flows (`cells/tables.py`), with the flows' own answer.

    once_rows, recurring_rows   the cells that the filter lets through, in the whole hours of the window
    open_rows                   of once_rows those whose share can fail to hold: found before their ends are looked up
    edge                        the flows of what is left of hours, added up the same way
    p_seen ...                  of keys of one hour whose share does not hold, and of edges: worked out for each key
    r_seen ...                  of keys of several hours: worked out for each, over the days, hours and edges asked for
    together                    these and the shares of all cells whose share holds, in the groups of the question

Behind them the busiest, facts, lists and the end are those of `flows_sql`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.local import tally
from nsgflow_core.stores.local.cells.asked import Span, TablePlan
from nsgflow_core.stores.local.cells.making import OF_CELLS, OF_FLOWS
from nsgflow_core.stores.local.cells.tables import ADDED, ALONE, KEY, NOT_ALONE, OPEN, SHARES, TIMES
from nsgflow_core.stores.local.sql.columns_sql import PAIR, VIEW, Statement
from nsgflow_core.stores.local.sql.counting_sql import Counting, added_up
from nsgflow_core.stores.local.sql.filter_sql import Parameters, conditions_sql, naive
from nsgflow_core.stores.local.sql.grouping import Grouping
from nsgflow_core.stores.local.sql.showing_sql import Showing
from nsgflow_core.stores.local.sql.shown_sql import Shown, places_and_words
from nsgflow_core.stores.local.sql.viewpoints_sql import coded_views_stages, views_stages

_CELL = ("context", "differs", *ADDED, *TIMES, *SHARES)


def compile_from_cells(
    query: FlowQuery, shown: Shown, asked: TablePlan, *, is_listed: bool = False, is_of_few: bool = False
) -> Statement:
    """The statement; its answer is that of `flows_sql.compile_flows`, row by row. `is_of_few`: its filter leaves few of
    all rows, which are set aside then."""
    parameters = Parameters()
    grouping = Grouping(query)
    if grouping.cells_are_groups or grouping.is_cut:  # a share lies on one of a key's cells, and times on all
        grouping.facts, grouping.along = [*grouping.facts, *grouping.along], []
    grouping.tell_zones()
    plan = _Plan(grouping, asked, parameters, is_of_few)
    showing = Showing(grouping, "together", parameters, _counted_otherwise(grouping, asked))
    stages = [*places_and_words(parameters, shown), *plan.rows_stages()]
    stages += plan.zones_stages() if grouping.zoned else []
    stages += plan.volumes_stages() if grouping.volumes else []
    stages += [showing.busiest_stage()] if grouping.is_cut else []
    stages += [plan.met_stage()] if grouping.has_facts or grouping.lists else []
    stages += [showing.facts_stage(plan.met, grouping.facts)] if grouping.has_facts else []
    stages += [showing.lists_stage(plan.met_in_words)] if grouping.lists else []
    before = "WITH " + ",\n".join(stages) + "\n"
    return showing.statement(before, grouping.facts, grouping.along, is_listed=is_listed)


def _counted_otherwise(grouping: Grouping, asked: TablePlan) -> dict[str, str]:
    """Distinct counts of all that there is, which the tally has; over all rows, or in few groups, by a bit for each
    number, which is set faster than a table of them is made."""
    most = {"sources": ("src", asked.most_address), "destinations": ("dst", asked.most_address)}
    most["ports"] = ("dst_port", _MOST_PORT)
    if asked.is_ever and not grouping.keys and not grouping.query.filter.conditions:
        there = {name: f"SELECT count(*) FROM {tally.counted_rows(code)}" for name, (code, _) in most.items()}
        return {name: f"coalesce(max(({counted})), 0)" for name, counted in there.items()}
    groups = 1 if not grouping.keys else grouping.query.limit if grouping.is_cut else None
    return {
        name: f"coalesce(bit_count(bitstring_agg(f.{code}::INTEGER, 0, {highest:d})), 0)"
        for name, (code, highest) in most.items()
        if groups == 1 or (groups and groups * highest <= _MOST_BITS)
    }


_MOST_PORT = 65_535
_MOST_BITS = 320_000_000
"""In all groups, of each thread: 40 MB."""


class _Plan:
    """The stages until `together`."""

    def __init__(self, grouping: Grouping, asked: TablePlan, parameters: Parameters, is_of_few: bool) -> None:
        self.grouping, self.asked, self.parameters, self.is_of_few = grouping, asked, parameters, is_of_few
        self.addresses: dict[str, str] = {}
        self.where = conditions_sql(asked.of_keys, parameters, self.addresses)
        self.of_times = conditions_sql(asked.of_times, parameters).rows
        self.is_worded = bool(grouping.words or self.where.contexts)
        self.codes = grouping.row_codes
        is_settled = grouping.is_settled("direction")
        self.is_told_by_way = self.is_worded and asked.bits != OPEN
        """True when a question can be of one direction at a time, which its filter's contexts tell, and shares are not
        all that it needs."""
        self._is_of_one_way = "" if is_settled else " AND (SELECT is_one FROM ways)"
        self.time_codes = {code: made for code, made in self.codes.items() if code not in PAIR}
        self.recurring_share = asked.tells_hours or asked.tells_days or asked.is_ever
        self.met_in_words = "met f JOIN views c ON c.id = f.context"
        self.met = self.met_in_words if self.is_worded else "met f"

    def rows_stages(self) -> list[str]:
        """The viewpoints, where anybody looks at them, and the rows of the tables that the filter lets through."""
        works_out = bool(self.grouping.volumes and self._to_work_out())
        needs_views = self.is_worded or bool(self.grouping.lists) or works_out
        made = coded_views_stages if self.asked.is_named else views_stages
        stages = made(self.grouping, self.where.contexts) if needs_views else []
        if self._is_of_one_way and self.is_told_by_way:
            stages.append("ways AS MATERIALIZED (SELECT count(DISTINCT way) < 2 AS is_one FROM views)")
        stages += [f"{name} AS MATERIALIZED ({select})" for name, select in self.addresses.items()]
        stages += [f"met_keys AS MATERIALIZED (SELECT f.* FROM keys f{self.where.rows})"] if self.where.rows else []
        stages += _shut_out(self.asked.excluding, bool(self.where.rows)) if self.asked.excluding else []
        once = _and(self._within(self.asked.once), self.where.rows, self.of_times)
        kept = "" if self.is_of_few else "NOT "
        stages.append(f"once_rows AS {kept}MATERIALIZED (SELECT f.* FROM once f{once})")
        differing = f" WHERE f.differs & {self.asked.bits} <> 0"
        source = "once_rows f" if self.is_of_few else f"once f{_and(differing, once)}"
        stages.append(f"open_rows AS NOT MATERIALIZED (SELECT f.* FROM {source})")
        stages.append(f"recurring_rows AS NOT MATERIALIZED ({self._recurring()})")
        return stages + ([self._edge()] if self.asked.edges else [])

    def zones_stages(self) -> list[str]:
        """Labels as numbers: a tenth of a label is what grouping by its text takes. Where rows are few, of their places
        alone: in a table of all addresses each look waits for memory."""
        there = "places"
        if self.is_of_few:
            rows = ["once_rows", "met_keys", *(["edge"] if self.asked.edges else [])]
            ends = " UNION ALL ".join(f"SELECT {side} FROM {each}" for each in rows for side in ("src", "dst"))
            there = f"(SELECT * FROM places p WHERE p.id IN ({ends}))"
        return [
            "zones AS MATERIALIZED (SELECT label, (row_number() OVER ())::INTEGER AS zone "
            f"FROM (SELECT DISTINCT label FROM {there}))",
            f"zoned AS MATERIALIZED (SELECT p.id, z.zone FROM {there} p JOIN zones z USING (label))",
        ]

    def _recurring(self) -> str:
        spans = [("hours", span, self.asked.tells_hours) for span in self.asked.hours]
        if self.asked.days:
            spans.append(("days", self.asked.days, self.asked.tells_days))
        if self.asked.is_ever:
            spans = [("ever", self.asked.once, True)]
        parts = []
        for table, span, holds in spans:
            columns = ", ".join(f"f.{name}" for name in _CELL if name != "differs")
            differs = self._differs() if holds else f"{NOT_ALONE}"
            where = _and(self._within(span), self.of_times)
            rows = f"SELECT f.time, f.key, {differs} AS differs, {columns} FROM {table} f{where}"
            parts.append(_with_keys(f"({rows})", "met_keys") if self.where.rows else rows)
        return "\n    UNION ALL ".join(parts)

    def _differs(self) -> str:
        """In which words contexts of a recurring cell f differ, as far as a share cannot hold for it."""
        if not self.asked.excluding:
            return "f.differs"
        is_spared = f"f.differs & {self.asked.excluding} <> 0 AND f.key NOT IN (SELECT key FROM shut_out)"
        return f"CASE WHEN {is_spared} THEN f.differs & {~self.asked.excluding} ELSE f.differs END"

    def _edge(self) -> str:
        """Flows of parts of hours, each with its key's number where it has one."""
        spans = " OR ".join(f"({self._within(span).removeprefix(' WHERE ')})" for span in self.asked.edges)
        told = ", ".join(f"f.{name}" for name in KEY)
        where = _and(f" WHERE ({spans})", self.where.rows, self.of_times)
        flows = (
            f"SELECT date_trunc('hour', f.time) AS time, {told}, f.context, {', '.join(OF_FLOWS)}"
            f" FROM flows f{where} GROUP BY ALL"
        )
        return (
            f"edge AS MATERIALIZED (SELECT f.*, k.id AS key FROM ({flows}) f LEFT JOIN keys k USING ({', '.join(KEY)}))"
        )

    def _within(self, span: Span) -> str:
        """The condition that time f.time is in a span."""
        conditions = [
            f"f.time {how} {self.parameters.add(naive(moment))}"
            for how, moment in ((">=", span.since), ("<", span.until))
            if moment
        ]
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""

    def volumes_stages(self) -> list[str]:
        """What is worked out, and together: it and the shares, in the groups of the question."""
        stages, rows = [], [self._shares()]
        is_single = self.grouping.cells_are_groups
        for counting, source in self._to_work_out():
            stages += [self._seen(counting, source), *counting.stages(f"{counting.prefix}seen")]
            worked_out = self._worked_out(counting)
            if is_single:  # asked for several times
                stages.append(f"{counting.prefix}groups AS MATERIALIZED ({worked_out})")
                worked_out = f"SELECT * FROM {counting.prefix}groups"
            rows.append(worked_out)
        every = "\n    UNION ALL ".join(rows)
        if is_single:
            return [*stages, f"together AS NOT MATERIALIZED ({every})"]
        amounts = {name: f"f.{name}" for name in self.grouping.volumes}
        source = f"({every}) f{self.grouping.zone_joins()}"
        return [*stages, added_up(self.grouping, "together", source, self.grouping.zoned_keys(), amounts)]

    def _worked_out(self, counting: Counting) -> str:
        """Rows with the groups' columns, of each key that was worked out."""
        source = f"{counting.largest} f"
        if counting.key[0] == "key":
            told = ", ".join(f"k.{name}" for name in KEY)
            source = f"(SELECT f.*, {told} FROM {counting.largest} f JOIN keys k ON k.id = f.key) f"
        keys, joined = counting.in_groups(source)
        return f"SELECT {self._columns(keys, 'f.{}'.format)} FROM {joined}"

    def _columns(self, keys: Mapping[str, str], amount: Callable[[str], str]) -> str:
        told = [f"{made} AS {key}" for key, made in keys.items()]
        told += [f"{amount(name)} AS {name}" for name in self.grouping.volumes]
        return ", ".join([*told, *(f"f.{name}" for name in self.grouping.along)])

    def _to_work_out(self) -> list[tuple[Counting, str]]:
        """The two ways in which keys are told apart, each with its rows."""
        asked, times = self.asked, list(self.time_codes)
        columns = ", ".join(("time", "context", *ADDED, *TIMES))
        recurring, pairs = [], []
        if asked.bits != OPEN:
            pairs.append(f"SELECT {columns}, {', '.join(KEY)} FROM open_rows WHERE NOT ({self._holds('')})")
        if asked.bits != OPEN or not asked.recurring_hold:
            recurring.append(f"SELECT {columns}, key FROM recurring_rows WHERE NOT ({self._holds('')})")
        if asked.edges:
            is_alone = "" if asked.tells_hours else " WHERE key IS NULL"
            pairs.append(f"SELECT {columns}, {', '.join(KEY)} FROM edge{is_alone}")
        if asked.edges and not asked.tells_hours:
            recurring.append(f"SELECT {columns}, key FROM edge WHERE key IS NOT NULL")
        ways = (("r_", ["key"], recurring), ("p_", list(PAIR), pairs))
        return [
            (Counting(self.grouping, [*key, *times], prefix), " UNION ALL ".join(rows))
            for prefix, key, rows in ways
            if rows
        ]

    def _seen(self, counting: Counting, rows: str) -> str:
        sums = self.grouping.sums([*self.grouping.volumes, *self.grouping.along])
        summed = [each for each in OF_CELLS if each.rpartition(" ")[2] in sums]
        keys = {key: self.time_codes.get(key, f"f.{key}") for key in counting.key} | {VIEW: f"v.{VIEW}"}
        selected = ", ".join([*(f"{made} AS {key}" for key, made in keys.items()), *summed])
        joined = f"({rows}) f JOIN views v ON v.id = f.context"
        return f"{counting.prefix}seen AS (SELECT {selected}\n    FROM {joined} GROUP BY {', '.join(keys.values())})"

    def _shares(self) -> str:
        """Rows with the groups' columns, of the cells whose share holds."""
        grouping, holds = self.grouping, f" WHERE ({self._holds('f.')})"
        holds += f" AND {self._share('flows')} > 0" if grouping.cells_are_groups else ""
        words = " JOIN views c ON c.id = f.context" if self.is_worded else ""
        keys = grouping.unzoned_keys()
        keys |= {key: made for key, made in self.time_codes.items() if key in keys}
        selected = self._columns(keys, self._share)
        rows = ["once_rows f", *([self._recurring_rows(self.codes)] if self.recurring_share else [])]
        parts = [f"SELECT {selected} FROM {each}{words}{grouping.text_joins()}{holds}" for each in rows]
        return "\n    UNION ALL ".join(parts)

    def _holds(self, row: str) -> str:
        """The condition that the share of a cell holds, or that it is alone where directions are told apart."""
        share = f"{row}differs & {self.asked.bits} = 0"
        return f"{share} OR {row}differs & {ALONE} <> 0{self._is_of_one_way}" if self.is_told_by_way else share

    def _share(self, measure: str) -> str:
        """The share of a cell f with its words c."""
        share = f"f.{measure}_share"
        if not self.is_told_by_way:
            return share
        return f"CASE WHEN f.differs & {self.asked.bits} = 0 THEN {share} ELSE {MEASURES[measure].sql.made} END"

    def met_stage(self) -> str:
        """All rows, as far as facts and lists look at them."""
        grouping = self.grouping
        told = self.codes | {key: made for name in grouping.facts for key, made in MEASURES[name].sql.keys.items()}
        columns = [f"{made} AS {name}" for name, made in told.items()]
        columns += [f"f.{name}" for name in ("context", *grouping.sums(grouping.facts))]
        rows = ["once_rows f", self._recurring_rows(told)]
        if self.asked.are_entries:
            rows = [f"(SELECT f.* FROM own_hours f{_and(self._within(self.asked.once), self.of_times)}) f"]
        rows += ["edge f"] if self.asked.edges else []
        parts = "\n    UNION ALL ".join(f"SELECT {', '.join(columns)} FROM {each}" for each in rows)
        return f"met AS NOT MATERIALIZED ({parts})"

    def _recurring_rows(self, told: Container[str]) -> str:
        """Rows f of recurring keys, with what of the key is `told`."""
        if self.where.rows or not any(name in told for name in KEY):
            return "recurring_rows f"
        return f"({_with_keys('recurring_rows', 'keys')}) f"


def _shut_out(excluding: int, has_met: bool) -> list[str]:
    """The recurring keys that have a context shut out by the filter, beside some of its decisions that are not."""
    met = " AND f.key IN (SELECT id FROM met_keys)" if has_met else ""
    return [
        "shut_contexts AS MATERIALIZED (SELECT id FROM context_codes WHERE id NOT IN (SELECT id FROM views) "
        "AND is_denied IN (SELECT decision = 'Denied' FROM views))",
        "shut_out AS MATERIALIZED (SELECT DISTINCT f.key FROM ever f JOIN shut_contexts c ON c.id = f.context "
        f"WHERE f.differs & {excluding} <> 0{met})",
    ]


def _with_keys(rows: str, keys: str) -> str:
    """Rows of some keys, with what these are of: joined once, for a second look costs as much."""
    told = ", ".join(f"k.{name}" for name in KEY)
    return f"SELECT r.*, {told} FROM {rows} r JOIN {keys} k ON k.id = r.key"


def _and(*wheres: str) -> str:
    conditions = [each.removeprefix(" WHERE ") for each in wheres if each]
    return f" WHERE {' AND '.join(f'({each})' for each in conditions)}" if conditions else ""
