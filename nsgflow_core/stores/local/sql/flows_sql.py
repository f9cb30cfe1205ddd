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

from collections.abc import Mapping, Sequence

from nsgflow_core.ask.columns import DIMENSIONS, Column
from nsgflow_core.ask.fragments import fill
from nsgflow_core.ask.measures import MEASURES, MeasureKind
from nsgflow_core.ask.parts import Held
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.local.sql.columns_sql import (
    PAIR,
    VIEW,
    Statement,
    codes_of,
    place_joins,
    shown_of,
    sides_of,
)
from nsgflow_core.stores.local.sql.filter_sql import Parameters, conditions_sql
from nsgflow_core.stores.local.sql.shown_sql import Shown, places_and_words

GROUPS = "groups"
"""How many groups there are, in each row."""
_CELL, _WORD, _SIDE = "cell", "word", "side"


def compile_flows(query: FlowQuery, shown: Shown) -> Statement:
    """The statement whose answer has `query.columns`, and GROUPS where the busiest are cut out of all."""
    parameters = Parameters()
    plan = _Plan(query, shown.flows)
    stages = places_and_words(parameters, shown)
    stages += plan.seen(parameters)
    stages += plan.volumes_stages() if plan.volumes else []
    stages += [plan.busiest_stage(parameters)] if plan.is_cut else []
    stages += [plan.facts_stage()] if plan.facts or not (plan.volumes or plan.lists) else []
    stages += [plan.lists_stage()] if plan.lists else []
    return Statement("WITH " + ",\n".join(stages) + "\n" + plan.final(parameters), parameters.values)


class _Plan:
    """The stages of one question. Until the last, groups are numbers: addresses, ports, and `word`, which stands for
    the grouped words together; an endpoint label is text as soon as groups are formed, for many addresses share it."""

    def __init__(self, query: FlowQuery, flows: str) -> None:
        self.query, self.flows = query, flows
        self.columns: dict[str, Column] = {name: DIMENSIONS[name] for name in query.by}
        of_kind = {name: MEASURES[name].kind for name in query.measures}
        self.volumes = [name for name, kind in of_kind.items() if kind is MeasureKind.VOLUME]
        self.lists = [name for name, kind in of_kind.items() if kind is MeasureKind.WORDS]
        facts = [name for name in of_kind if name not in (*self.volumes, *self.lists)]
        self.along = [name for name in facts if self.volumes and _made_again(name)]
        self.facts = [name for name in facts if name not in self.along]
        self.words = [name for name, column in self.columns.items() if column.sql.table is Held.CONTEXTS]
        places = {name: column for name, column in self.columns.items() if sides_of(column)}
        texts = (column for column in places.values() if column.sql.plain_column == "text")
        by_address = {side for column in texts for side in sides_of(column)}
        self.early_labels = [name for name, column in places.items() if not by_address.issuperset(sides_of(column))]
        self.labels_seen = [] if self.volumes else self.early_labels
        """Told apart in the one pass already: nothing but the address pair itself needs single addresses."""
        late = [column for name, column in self.columns.items() if name not in self.early_labels]
        codes = (code for column in late for code in codes_of(column))
        self.codes = list(dict.fromkeys(_WORD if code == VIEW else code for code in codes))

    @property
    def keys(self) -> list[str]:
        """The columns that tell groups apart before they are shown."""
        return [*self.codes, *self.early_labels]

    def seen(self, parameters: Parameters) -> list[str]:
        """The one pass over the flow rows, and before it, where needed, the viewpoints that it tells apart."""
        where = conditions_sql(self.query.filter, parameters)
        keys = self._seen_keys()
        sums = self._sums([*self.volumes, *self.along, *self.facts])
        selected = [f"{made} AS {column}" for column, made in (keys | sums).items()]
        needs_views = "view" in keys or bool(where.contexts)
        joined = " JOIN views v ON v.id = f.context" if needs_views else ""
        joined += self._sides_joined(self.labels_seen)
        grouped = f"\n    GROUP BY {', '.join(keys.values())}" if keys else ""
        users = bool(self.volumes) + bool(self.facts) + bool(self.lists)
        kept = "MATERIALIZED " if users > 1 else ""
        seen = f"seen AS {kept}(SELECT {', '.join(selected)}\n    FROM {self.flows} f{joined}{where.rows}{grouped})"
        return [*(self._views(where.contexts) if needs_views else []), seen]

    def _seen_keys(self) -> dict[str, str]:
        rest = [column for name, column in self.columns.items() if name not in self.labels_seen]
        keys = {code: made for column in rest for code, made in codes_of(column).items()}
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
        """counted (only where `seen` is finer than a viewpoint), sides, largest, volumes: each where it groups."""
        rows = [code for name, column in self.columns.items() if name not in self.words for code in codes_of(column)]
        pair = list(dict.fromkeys([*PAIR, *rows]))
        columns = ", ".join(f"f.{key}" for key in pair)
        stages, source = [], "seen"
        if set(self._seen_keys()) - {*pair, VIEW}:
            summed = {name: f"sum(f.{name})::BIGINT" for name in self._sums(self.volumes)}
            summed = {name: MEASURES[name].sql.made for name in self.along} | summed
            listed = ", ".join(f"{made} AS {name}" for name, made in summed.items())
            stages.append(f"counted AS (SELECT {columns}, view, {listed}\n    FROM seen f GROUP BY {columns}, view)")
            source = "counted"
        made = {name: MEASURES[name].sql.made for name in self.volumes}
        cell = [_CELL] if not self._is_settled("decision") else [_WORD] if self.words else []
        at_a_side = [*cell, *([] if self._side_is_settled else [_SIDE])]
        of_a_side = {**{key: f"f.{key}" for key in pair}, **{key: f"c.{key}" for key in at_a_side}}
        view_is_told = self._side_is_settled and self._is_settled("nsg") and self._is_settled("rule")
        joined = f"{source} f JOIN points c USING (view)"
        stages.append(self._added_up("sides", joined, of_a_side, made, is_single=view_is_told))
        if not self._side_is_settled:
            of_a_cell = {key: f"f.{key}" for key in (*pair, *cell)}
            stages.append(self._added_up("largest", "sides f", of_a_cell, {name: f"f.{name}" for name in made}, "max"))
        if self._cells_are_groups:
            return stages
        keys, joined = self._made_keys(), f"{self._largest} f"
        if _CELL in cell and self.words:
            joined += " JOIN (SELECT DISTINCT cell, word FROM points) c USING (cell)"
        elif self.words:
            keys[_WORD] = f"f.{_WORD}"
        joined += self._label_joins()
        return [*stages, self._added_up("volumes", joined, keys, {name: f"f.{name}" for name in made})]

    def _added_up(
        self, name: str, source: str, keys: Mapping[str, str], made: Mapping[str, str], how: str = "sum",
        *, is_single: bool = False,
    ) -> str:  # fmt: skip
        """One stage: amounts put together for each value of the keys; `is_single`: there is one row for each."""
        told = "".join(f"{text} AS {key}, " for key, text in keys.items())
        if is_single:
            amounts = [f"({text})::BIGINT AS {key}" for key, text in made.items()]
            amounts += [f"f.{key}" for key in self.along]
            return f"{name} AS (SELECT {told}{', '.join(amounts)}\n    FROM {source})"
        amounts = [f"coalesce({how}({text}), 0)::BIGINT AS {key}" for key, text in made.items()]
        amounts += [f"{MEASURES[key].sql.made} AS {key}" for key in self.along]
        grouped = f"\n    GROUP BY {', '.join(keys.values())}" if keys else ""
        return f"{name} AS (SELECT {told}{', '.join(amounts)}\n    FROM {source}{grouped})"

    def _is_settled(self, word: str) -> bool:
        """True when all rows of a group have the same word: it is grouped on, or the filter asks for one alone."""
        return word in self.words or (word in _CLOSED and len(self.query.filter.values_of(word)) == 1)

    @property
    def _side_is_settled(self) -> bool:
        return self._is_settled("log_kind") and self._is_settled("direction")

    @property
    def _cells_are_groups(self) -> bool:
        """True when the question tells apart all that flows are counted by, so that there is nothing to add up."""
        return set(PAIR) <= set(self.codes) and self._is_settled("decision")

    @property
    def _largest(self) -> str:
        return "sides" if self._side_is_settled else "largest"

    @property
    def _groups(self) -> str:
        return self._largest if self._cells_are_groups else "volumes"

    @property
    def is_cut(self) -> bool:
        """True when the busiest groups are known before anything else of them is."""
        return self.query.limit is not None and self.query.order in self.volumes and bool(self.keys)

    def busiest_stage(self, parameters: Parameters) -> str:
        """The groups that can be in the answer; which of those that tie are is told by their texts, at the end."""
        order, groups = self.query.order, self._groups
        top = f"SELECT {order} FROM {groups} ORDER BY {order} DESC LIMIT {parameters.add(self.query.limit)}"
        least = f"(SELECT min({order}) FROM ({top}))"
        return f"busiest AS MATERIALIZED (SELECT * FROM {groups} WHERE {order} >= {least})"

    def _of_the_busiest(self) -> str:
        if not self.is_cut:
            return ""
        return " SEMI JOIN busiest b ON " + " AND ".join(f"{made} = b.{key}" for key, made in self._made_keys().items())

    def facts_stage(self) -> str:
        """Distinct counts, and times where nothing is added up, over all rows of a group."""
        computed = ", ".join(f"{MEASURES[name].sql.made} AS {name}" for name in self.facts) or "count(*) AS found"
        joins = " JOIN points c USING (view)" if self.words else ""
        return f"facts AS (SELECT {self._selected_keys()}{computed}\n    FROM seen f{joins}{self._grouping()})"

    def lists_stage(self) -> str:
        """Words: first the few different viewpoints of each group, then their texts."""
        listed = ", ".join(f"coalesce({MEASURES[name].sql.made}, []) AS {name}" for name in self.lists)
        keys = "".join(f"k.{key}, " for key in self.keys)
        joins = " JOIN points c USING (view)" if self.words else ""
        joins += self._label_joins() + self._of_the_busiest()
        inner = f"SELECT DISTINCT {self._selected_keys()}f.view FROM seen f{joins}"
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
        return self._sides_joined(later)

    def _sides_joined(self, names: Sequence[str]) -> str:
        return place_joins({side for name in names for side in sides_of(self.columns[name])})

    def _grouping(self) -> str:
        made = self._made_keys().values()
        return self._label_joins() + self._of_the_busiest() + (f"\n    GROUP BY {', '.join(made)}" if made else "")

    def final(self, parameters: Parameters) -> str:
        """Groups with their measures side by side, shown in words, sorted and cut."""
        parts = [
            name
            for name, is_there in (
                ("facts", self.facts or not (self.volumes or self.lists)),
                ("busiest" if self.is_cut else self._groups, self.volumes),
                ("lists", self.lists),
            )
            if is_there
        ]
        how = f"JOIN {{}} USING ({', '.join(self.keys)})" if self.keys else "CROSS JOIN {}"
        joined = " ".join([parts[0], *(how.format(part) for part in parts[1:])])
        kept = [name for name in self.query.measures if name in (*self.volumes, *self.along, *self.facts, *self.lists)]
        groups = f"SELECT {', '.join([*self.keys, *kept])} FROM {joined}"
        query = self.query
        shown = [
            f"{'f.' + name if name in self.early_labels else shown_of(column)} AS {name}"
            for name, column in self.columns.items()
        ] + [f"f.{name}" for name in query.measures]
        shown += [f"(SELECT count(*) FROM {self._groups}) AS {GROUPS}"] if self.is_cut else []
        joins = place_joins(self.codes)
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
        return f"f.{next(iter(codes_of(column)))}" if column.kind.is_ranked else name


_CLOSED = frozenset({"decision", "log_kind", "direction"})
"""Of these a filter that asks for one value asks for one word: of others, also for one in other case, or for an id."""


def _made_again(name: str) -> bool:
    """True for a measure that is made of itself, like the earliest of earliest times."""
    made = MEASURES[name].sql
    return not made.keys and list(made.sums) == [name]
