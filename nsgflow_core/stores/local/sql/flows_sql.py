"""FlowQuery -> one SQL statement for the local store's tables, its values bound as parameters.

How flows are counted (design section 3), stage by stage:

    views     the contexts that the filter lets through; each gets a number for its viewpoint (the grouped words,
              decision, log kind, direction, NSG, rule), its side (log kind, direction) and its cell (without these)
    seen      flow rows of the filter, per address pair, protocol, port and viewpoint: the one pass over the rows
    largest   flows of each viewpoint (denied: tuples; allowed: version 1 tuples and max(Begin, End), at least 1),
              summed over NSGs and rules within a side; of the sides the one that saw most, for each measure: a
              connection logged at both ends, or in both kinds of log, counts once
    volumes   added up into the groups of the question
    facts     distinct counts and times, and `lists` the words, of the groups over all rows
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from nsgflow_core.ask.columns import DIMENSIONS, Column
from nsgflow_core.ask.fragments import fill
from nsgflow_core.ask.measures import MEASURES, MeasureKind
from nsgflow_core.ask.parts import Held
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.logged_nsgs import LoggedNsg
from nsgflow_core.inventory.subnet_map import SubnetMap
from nsgflow_core.stores.local.sql.columns_sql import (
    PAIR,
    VIEW,
    Statement,
    code_made,
    code_of,
    places_and_words,
    shown_of,
    side_of,
)
from nsgflow_core.stores.local.sql.filter_sql import Parameters, conditions_sql

_SIDES = range(4)
"""NSG or VNet log, inbound or outbound."""


def compile_flows(
    query: FlowQuery, subnets: SubnetMap | None = None, nsgs: Sequence[LoggedNsg] | None = None
) -> Statement:
    """The statement whose answer has `query.columns`; the maps override those kept in the store."""
    parameters = Parameters()
    plan = _Plan(query)
    stages = places_and_words(parameters, subnets, nsgs)
    stages += plan.seen(parameters)
    stages += plan.volumes_stages() if plan.volumes else []
    stages += [plan.facts_stage()] if plan.facts or not (plan.volumes or plan.lists) else []
    stages += [plan.lists_stage()] if plan.lists else []
    return Statement("WITH " + ",\n".join(stages) + "\n" + plan.final(parameters), parameters.values)


class _Plan:
    """The stages of one question. Until the last, groups are numbers: addresses, ports, and `word`, which stands for
    the grouped words together; an endpoint label is text as soon as groups are formed, for many addresses share it."""

    def __init__(self, query: FlowQuery) -> None:
        self.query = query
        self.columns: dict[str, Column] = {name: DIMENSIONS[name] for name in query.by}
        of_kind = {name: MEASURES[name].kind for name in query.measures}
        self.volumes = [name for name, kind in of_kind.items() if kind is MeasureKind.VOLUME]
        self.lists = [name for name, kind in of_kind.items() if kind is MeasureKind.WORDS]
        self.facts = [name for name in of_kind if name not in (*self.volumes, *self.lists)]
        self.words = [name for name, column in self.columns.items() if column.sql.table is Held.CONTEXTS]
        places = {name: column for name, column in self.columns.items() if column.sql.table is Held.PLACES}
        by_address = {side_of(column) for column in places.values() if column.sql.plain_column == "text"}
        self.early_labels = [name for name, column in places.items() if side_of(column) not in by_address]
        self.labels_seen = [] if self.volumes else self.early_labels
        """Told apart in the one pass already: nothing but the address pair itself needs single addresses."""
        late = [column for name, column in self.columns.items() if name not in self.early_labels]
        self.codes = list(dict.fromkeys("word" if code_of(column) == VIEW else code_of(column) for column in late))

    @property
    def keys(self) -> list[str]:
        """The columns that tell groups apart before they are shown."""
        return [*self.codes, *self.early_labels]

    def seen(self, parameters: Parameters) -> list[str]:
        """The one pass over the flow rows, and before it, where needed, the viewpoints that it tells apart."""
        where = conditions_sql(self.query.filter, parameters)
        keys = self._seen_keys()
        sums = self._sums([*self.volumes, *self.facts])
        selected = [f"{made} AS {column}" for column, made in (keys | sums).items()]
        needs_views = "view" in keys or bool(where.contexts)
        joined = " JOIN views v ON v.id = f.context" if needs_views else ""
        joined += _place_joins({side_of(self.columns[name]) for name in self.labels_seen})
        grouped = f"\n    GROUP BY {', '.join(keys.values())}" if keys else ""
        users = bool(self.volumes) + bool(self.facts) + bool(self.lists)
        kept = "MATERIALIZED " if users > 1 else ""
        seen = f"seen AS {kept}(SELECT {', '.join(selected)}\n    FROM flows f{joined}{where.rows}{grouped})"
        return [*(self._views(where.contexts) if needs_views else []), seen]

    def _seen_keys(self) -> dict[str, str]:
        rest = [column for name, column in self.columns.items() if name not in self.labels_seen]
        keys = {code_of(column): code_made(column) for column in rest}
        keys |= {name: shown_of(self.columns[name]) for name in self.labels_seen}
        if self.volumes:
            keys |= PAIR | {VIEW: f"v.{VIEW}"}
        if self.lists:
            keys |= {VIEW: f"v.{VIEW}"}
        for name in self.facts:
            keys |= MEASURES[name].sql.keys
        return keys

    def _sums(self, measures: Sequence[str]) -> dict[str, str]:
        """What is added up of the flow rows for these measures: name -> aggregate."""
        return {name: made for key in measures for name, made in MEASURES[key].sql.sums.items()}

    def _views(self, where: str) -> list[str]:
        cell = list(dict.fromkeys(["decision", *self.words]))
        columns = dict.fromkeys([*cell, "direction", "nsg", "rule"])
        view = dict.fromkeys([*cell, "log_kind", "direction", "nsg", "rule"])
        ranks = {"cell": cell, "view": list(view)} | ({"word": self.words} if self.words else {})
        ranked = "".join(f", dense_rank() OVER (ORDER BY {', '.join(key)}) AS {name}" for name, key in ranks.items())
        side = "(log_kind = 'VNet')::INTEGER * 2 + (direction = 'Outbound')::INTEGER AS side"
        made = {name: fill(self.columns[name].sql.made, {"row": "w"}) for name in self.words}
        computed = "".join(f", {text} AS {name}" for name, text in made.items() if text != f"w.{name}")
        words = f"(SELECT w.*{computed} FROM words w) w" if computed else "words w"
        return [
            f"views AS MATERIALIZED (SELECT id, {', '.join(columns)}, {side}{ranked}\n    FROM {words}{where})",
            "points AS (SELECT DISTINCT ON (view) * EXCLUDE (id) FROM views)",
        ]

    def volumes_stages(self) -> list[str]:
        """counted (only where `seen` is finer than a viewpoint), largest, volumes."""
        rows = [code_of(column) for name, column in self.columns.items() if name not in self.words]
        columns = ", ".join(f"f.{key}" for key in dict.fromkeys([*PAIR, *rows]))
        stages, source = [], "seen"
        if set(self._seen_keys()) - {*PAIR, *rows, VIEW}:
            summed = ", ".join(f"sum(f.{name})::BIGINT AS {name}" for name in self._sums(self.volumes))
            stages.append(f"counted AS (SELECT {columns}, view, {summed}\n    FROM seen f GROUP BY {columns}, view)")
            source = "counted"
        tallest = ", ".join(
            "greatest("
            + ", ".join(f"sum({MEASURES[name].sql.made}) FILTER (c.side = {side})" for side in _SIDES)
            + f") AS {name}"
            for name in self.volumes
        )
        totals = ", ".join(f"coalesce(sum(f.{name}), 0)::BIGINT AS {name}" for name in self.volumes)
        cells = " JOIN (SELECT DISTINCT cell, word FROM points) c USING (cell)" if self.words else ""
        return [
            *stages,
            f"largest AS (SELECT {columns}, c.cell, {tallest}\n"
            f"    FROM {source} f JOIN points c USING (view) GROUP BY {columns}, c.cell)",
            f"volumes AS (SELECT {self._selected_keys()}{totals}\n    FROM largest f{cells}{self._grouping()})",
        ]

    def facts_stage(self) -> str:
        """Distinct counts and times, over all rows of a group."""
        computed = ", ".join(f"{MEASURES[name].sql.made} AS {name}" for name in self.facts) or "count(*) AS found"
        joins = " JOIN points c USING (view)" if self.words else ""
        return f"facts AS (SELECT {self._selected_keys()}{computed}\n    FROM seen f{joins}{self._grouping()})"

    def lists_stage(self) -> str:
        """Words: first the few different viewpoints of each group, then their texts."""
        listed = ", ".join(f"coalesce({MEASURES[name].sql.made}, []) AS {name}" for name in self.lists)
        keys = "".join(f"k.{key}, " for key in self.keys)
        joins = " JOIN points c USING (view)" if self.words else ""
        inner = f"SELECT DISTINCT {self._selected_keys()}f.view FROM seen f{joins}{self._label_joins()}"
        grouped = f" GROUP BY {keys.rstrip(', ')}" if keys else ""
        return f"lists AS (SELECT {keys}{listed}\n    FROM ({inner}) k JOIN points c USING (view){grouped})"

    def _selected_keys(self) -> str:
        return "".join(f"{made} AS {key}, " for key, made in self._made_keys().items())

    def _made_keys(self) -> dict[str, str]:
        made = {code: "c.word" if code == "word" else f"f.{code}" for code in self.codes}
        labels = {name: shown_of(self.columns[name]) for name in self.early_labels}
        return made | labels | {name: f"f.{name}" for name in self.labels_seen}

    def _label_joins(self) -> str:
        later = [name for name in self.early_labels if name not in self.labels_seen]
        return _place_joins({side_of(self.columns[name]) for name in later})

    def _grouping(self) -> str:
        made = self._made_keys().values()
        return self._label_joins() + (f"\n    GROUP BY {', '.join(made)}" if made else "")

    def final(self, parameters: Parameters) -> str:
        """Groups with their measures side by side, shown in words, sorted and cut."""
        parts = [
            name
            for name, is_there in (
                ("facts", self.facts or not (self.volumes or self.lists)),
                ("volumes", self.volumes),
                ("lists", self.lists),
            )
            if is_there
        ]
        how = f"JOIN {{}} USING ({', '.join(self.keys)})" if self.keys else "CROSS JOIN {}"
        joined = " ".join([parts[0], *(how.format(part) for part in parts[1:])])
        kept = [name for name in self.query.measures if name in (*self.volumes, *self.facts, *self.lists)]
        groups = f"SELECT {', '.join([*self.keys, *kept])} FROM {joined}"
        query = self.query
        shown = [
            f"{'f.' + name if name in self.early_labels else shown_of(column)} AS {name}"
            for name, column in self.columns.items()
        ] + [f"f.{name}" for name in query.measures]
        joins = _place_joins(set(self.codes))
        if self.words:
            joins += f" JOIN (SELECT DISTINCT word, {', '.join(self.words)} FROM points) c USING (word)"
        order = [f"{query.order} DESC"] if query.order in query.measures else []
        order += map(self._sorted_by, dict.fromkeys(name for name in (query.order, *query.by) if name in query.by))
        text = f"SELECT {', '.join(shown)}\nFROM ({groups}) f{joins}"
        text += f"\nORDER BY {', '.join(order)}" if order else ""
        return text + (f" LIMIT {parameters.add(query.limit)}" if query.limit is not None else "")

    def _sorted_by(self, name: str) -> str:
        """A word with a rank sorts by its code, anything else as it is shown."""
        column = self.columns[name]
        return f"f.{code_of(column)}" if column.kind.is_ranked else name


def _place_joins(sides: Container[str]) -> str:
    return "".join(f" JOIN places {side[0]} ON {side[0]}.id = f.{side}" for side in ("src", "dst") if side in sides)
