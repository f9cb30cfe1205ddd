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

from collections.abc import Mapping

from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.vnets import SubnetMap
from nsgflow_core.stores.local.columns_sql import (
    FACTS,
    KEYS,
    PAIR,
    VOLUMES,
    WORD_LISTS,
    WORDS,
    Statement,
    places_and_words,
)
from nsgflow_core.stores.local.filter_sql import Parameters, conditions_sql
from nsgflow_core.stores.local.tables import COUNTERS

_SIDES = range(4)
"""NSG or VNet log, inbound or outbound."""


def compile_flows(
    query: FlowQuery, subnets: SubnetMap | None = None, nsg_names: Mapping[str, str] | None = None
) -> Statement:
    """The statement whose answer has `query.columns`; the maps override those kept in the store."""
    parameters = Parameters()
    plan = _Plan(query)
    stages = places_and_words(parameters, subnets, nsg_names)
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
        self.volumes = [name for name in query.measures if name in VOLUMES]
        self.facts = [name for name in query.measures if name in FACTS]
        self.lists = [name for name in query.measures if name in WORD_LISTS]
        self.words = [name for name in query.by if name in WORDS]
        self.early_labels = [
            name
            for name, address in (("source", "src_ip"), ("destination", "dst_ip"))
            if name in query.by and address not in query.by
        ]
        self.codes = list(
            dict.fromkeys(
                "word" if name in WORDS else KEYS[name].column for name in query.by if name not in self.early_labels
            )
        )

    @property
    def keys(self) -> list[str]:
        """The columns that tell groups apart before they are shown."""
        return [*self.codes, *self.early_labels]

    def seen(self, parameters: Parameters) -> list[str]:
        """The one pass over the flow rows, and before it, where needed, the viewpoints that it tells apart."""
        where = conditions_sql(self.query.filter, parameters)
        keys = self._seen_keys()
        selected = [f"{made} AS {column}" for column, made in keys.items()]
        selected += self._sums()
        needs_views = "view" in keys or bool(where.contexts)
        joined = " JOIN views v ON v.id = f.context" if needs_views else ""
        grouped = f"\n    GROUP BY {', '.join(keys.values())}" if keys else ""
        users = bool(self.volumes) + bool(self.facts) + bool(self.lists)
        kept = "MATERIALIZED " if users > 1 else ""
        seen = f"seen AS {kept}(SELECT {', '.join(selected)}\n    FROM flows f{joined}{where.rows}{grouped})"
        return [*(self._views(where.contexts) if needs_views else []), seen]

    def _seen_keys(self) -> dict[str, str]:
        keys = {KEYS[name].column: KEYS[name].made for name in self.query.by}
        if self.volumes:
            keys |= PAIR | {"view": "v.view"}
        if self.lists:
            keys |= {"view": "v.view"}
        for name in self.facts:
            keys |= FACTS[name][1]
        return keys

    def _sums(self) -> list[str]:
        computed = ["count(*) AS tuples"]
        if "flows" in self.volumes:
            computed += [f"count(*) FILTER (f.state = {code}) AS state_{code}" for code in (0, 1, 3)]
        needed = " ".join(VOLUMES[name] for name in self.volumes)
        computed += [f"coalesce(sum(f.{name}), 0)::BIGINT AS {name}" for name in COUNTERS if f"f.{name}" in needed]
        ends = {"first_seen": "min(f.time)", "last_seen": "max(f.time)"}
        return computed + [f"{end} AS {name}" for name, end in ends.items() if name in self.facts]

    def _views(self, where: str) -> list[str]:
        cell = list(dict.fromkeys(["decision", *self.words]))
        columns = dict.fromkeys([*cell, "direction", "nsg", "rule"])
        view = dict.fromkeys([*cell, "log_kind", "direction", "nsg", "rule"])
        ranks = {"cell": cell, "view": list(view)} | ({"word": self.words} if self.words else {})
        ranked = "".join(f", dense_rank() OVER (ORDER BY {', '.join(key)}) AS {name}" for name, key in ranks.items())
        side = "(log_kind = 'VNet')::INTEGER * 2 + (direction = 'Outbound')::INTEGER AS side"
        return [
            f"views AS MATERIALIZED (SELECT id, {', '.join(columns)}, {side}{ranked}\n    FROM words{where})",
            "points AS (SELECT DISTINCT ON (view) * EXCLUDE (id) FROM views)",
        ]

    def volumes_stages(self) -> list[str]:
        """counted (only where `seen` is finer than a viewpoint), largest, volumes."""
        rows = [KEYS[name].column for name in self.query.by if name not in WORDS]
        columns = ", ".join(f"f.{key}" for key in dict.fromkeys([*PAIR, *rows]))
        stages, source = [], "seen"
        if set(self._seen_keys()) - {*PAIR, *rows, "view"}:
            sums = [part.rsplit(" AS ", 1)[1] for part in self._sums() if "seen" not in part]
            summed = ", ".join(f"sum(f.{name})::BIGINT AS {name}" for name in sums)
            stages.append(f"counted AS (SELECT {columns}, view, {summed}\n    FROM seen f GROUP BY {columns}, view)")
            source = "counted"
        tallest = ", ".join(
            "greatest("
            + ", ".join(f"sum({VOLUMES[name]}) FILTER (c.side = {side})" for side in _SIDES)
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
        computed = ", ".join(f"{FACTS[name][0]} AS {name}" for name in self.facts) or "count(*) AS found"
        joins = " JOIN points c USING (view)" if self.words else ""
        return f"facts AS (SELECT {self._selected_keys()}{computed}\n    FROM seen f{joins}{self._grouping()})"

    def lists_stage(self) -> str:
        """Words: first the few different viewpoints of each group, then their texts."""
        listed = ", ".join(f"coalesce({WORD_LISTS[name]}, []) AS {name}" for name in self.lists)
        keys = "".join(f"k.{key}, " for key in self.keys)
        joins = " JOIN points c USING (view)" if self.words else ""
        inner = f"SELECT DISTINCT {self._selected_keys()}f.view FROM seen f{joins}{self._label_joins()}"
        grouped = f" GROUP BY {keys.rstrip(', ')}" if keys else ""
        return f"lists AS (SELECT {keys}{listed}\n    FROM ({inner}) k JOIN points c USING (view){grouped})"

    def _selected_keys(self) -> str:
        return "".join(f"{made} AS {key}, " for key, made in self._made_keys().items())

    def _made_keys(self) -> dict[str, str]:
        made = {code: "c.word" if code == "word" else f"f.{code}" for code in self.codes}
        return made | {name: KEYS[name].shown for name in self.early_labels}

    def _label_joins(self) -> str:
        joins = " JOIN places s ON s.id = f.src" if "source" in self.early_labels else ""
        return joins + (" JOIN places d ON d.id = f.dst" if "destination" in self.early_labels else "")

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
        shown = [f"{'f.' + name if name in self.early_labels else KEYS[name].shown} AS {name}" for name in query.by] + [
            f"f.{name}" for name in query.measures
        ]
        joins = " JOIN places s ON s.id = f.src" if "src" in self.codes else ""
        joins += " JOIN places d ON d.id = f.dst" if "dst" in self.codes else ""
        if self.words:
            joins += f" JOIN (SELECT DISTINCT word, {', '.join(self.words)} FROM points) c USING (word)"
        order = [f"{query.order} DESC"] if query.order in query.measures else [query.order] if query.order else []
        order += [name for name in query.by if name != query.order]
        text = f"SELECT {', '.join(shown)}\nFROM ({groups}) f{joins}"
        text += f"\nORDER BY {', '.join(order)}" if order else ""
        return text + (f" LIMIT {parameters.add(query.limit)}" if query.limit is not None else "")
