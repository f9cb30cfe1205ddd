"""FlowQuery -> one SQL statement for the local store's tables, its values bound as parameters.

How flows are counted (design section 3), stage by stage:

    views     the contexts that the filter lets through; each gets a number for its viewpoint (the grouped words,
              decision, log kind, direction, NSG, rule), its side (log kind, direction) and its cell (without these)
    seen      flow rows of the filter, per address pair, protocol, port and viewpoint: the one pass over the rows
    sides     flows of each viewpoint (denied: tuples; allowed: version 1 tuples and max(Begin, End), at least 1),
              summed over NSGs and rules within a side
    largest   of the sides the one that saw most, for each measure: a connection logged at both ends, or in both kinds
              of log, counts once
    volumes   added up into the groups of the question
    busiest   of these the first so many, where the question has a limit, and those that tie with the last of them:
              what follows is looked up for them alone
    facts     distinct counts, and times where nothing is added up; `lists` the words: of the groups over all rows

A stage that would find one row in each of its groups is left out: what the question groups by, or its filter asks for
alone, is settled. Times ride along with what is added up, since the earliest of the earliest is the earliest.
"""

from __future__ import annotations

from collections.abc import Sequence

from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.local.sql.columns_sql import PAIR, VIEW, Statement, place_joins, shown_of, side_columns
from nsgflow_core.stores.local.sql.counting_sql import Counting
from nsgflow_core.stores.local.sql.filter_sql import Parameters, conditions_sql
from nsgflow_core.stores.local.sql.grouping import Grouping
from nsgflow_core.stores.local.sql.showing_sql import Showing
from nsgflow_core.stores.local.sql.shown_sql import Shown, places_and_words
from nsgflow_core.stores.local.sql.viewpoints_sql import views_stages


def compile_flows(query: FlowQuery, shown: Shown, *, is_listed: bool = False) -> Statement:
    """The statement whose answer has `query.columns`, and GROUPS where the busiest are cut out of all.

    Where it `is_listed`, a question without a limit has its groups in any order, and most texts as numbers (`coded`).
    """
    parameters = Parameters()
    grouping = Grouping(query, shown.settled)
    plan = _Plan(grouping, shown.flows)
    showing = Showing(grouping, plan.groups, parameters, are_held=shown.flows != "flows")
    words = " JOIN points c USING (view)" if grouping.words else ""
    stages = places_and_words(parameters, shown)
    stages += plan.seen(parameters)
    stages += plan.volumes_stages() if grouping.volumes else []
    stages += [showing.busiest_stage()] if grouping.is_cut else []
    stages += [showing.facts_stage(f"seen f{words}", grouping.facts, plan.told)] if grouping.has_facts else []
    stages += [showing.lists_stage(f"seen f{words}", plan.told)] if grouping.lists else []
    before = "WITH " + ",\n".join(stages) + "\n"
    return showing.statement(before, grouping.facts, grouping.along, is_listed=is_listed)


class _Plan:
    """The stages until `volumes`, from the flow rows."""

    def __init__(self, grouping: Grouping, flows: str) -> None:
        self.grouping, self.flows = grouping, flows
        self.told: Sequence[str] = () if grouping.volumes else grouping.early_labels
        """Labels told apart in the one pass already: nothing but the address pair itself needs single addresses."""
        self.pair = list(dict.fromkeys([*PAIR, *grouping.row_codes]))
        self.counting = Counting(grouping, self.pair)

    @property
    def groups(self) -> str:
        """The stage with the groups of the question."""
        return self.counting.largest if self.grouping.cells_are_groups else "volumes"

    def seen(self, parameters: Parameters) -> list[str]:
        """The one pass over the flow rows, and before it, where needed, the viewpoints that it tells apart."""
        grouping = self.grouping
        where = conditions_sql(grouping.query.filter, parameters)
        keys = self._seen_keys()
        sums = grouping.sums([*grouping.volumes, *grouping.along, *grouping.facts])
        selected = [f"{made} AS {column}" for column, made in (keys | sums).items()]
        needs_views = VIEW in keys or bool(where.contexts)
        joined = f" JOIN views v ON v.id = f.context{self._places}" if needs_views else self._places
        grouped = f"\n    GROUP BY {', '.join(keys.values())}" if keys else ""
        users = bool(grouping.volumes) + bool(grouping.facts) + bool(grouping.lists)
        kept = "MATERIALIZED " if users > 1 else ""
        seen = f"seen AS {kept}(SELECT {', '.join(selected)}\n    FROM {self.flows} f{joined}{where.rows}{grouped})"
        return [*(views_stages(grouping, where.contexts) if needs_views else []), seen]

    @property
    def _places(self) -> str:
        return place_joins({side for name in self.told for side in side_columns(self.grouping.columns[name])})

    def _seen_keys(self) -> dict[str, str]:
        grouping, view = self.grouping, {VIEW: f"v.{VIEW}"}
        kept = {code: made for code, made in grouping.row_codes.items() if code in grouping.codes or not self.told}
        keys = kept | {name: shown_of(grouping.columns[name]) for name in self.told}
        if grouping.volumes:
            keys |= PAIR
        if grouping.volumes or grouping.lists or grouping.words:
            keys |= view
        for name in grouping.facts:
            keys |= MEASURES[name].sql.keys
        return keys

    def volumes_stages(self) -> list[str]:
        """counted (only where `seen` is finer than a viewpoint), sides, largest, volumes: each where it groups."""
        grouping, stages, source = self.grouping, [], "seen"
        if set(self._seen_keys()) - {*self.pair, VIEW}:
            columns = ", ".join(f"f.{key}" for key in self.pair)
            summed = {name: MEASURES[name].sql.made for name in grouping.along}
            summed |= {name: f"sum(f.{name})::BIGINT" for name in grouping.sums(grouping.volumes)}
            listed = ", ".join(f"{made} AS {name}" for name, made in summed.items())
            stages.append(f"counted AS (SELECT {columns}, view, {listed}\n    FROM seen f GROUP BY {columns}, view)")
            source = "counted"
        stages += self.counting.stages(source)
        return stages if grouping.cells_are_groups else [*stages, self.counting.grouped("volumes")]
