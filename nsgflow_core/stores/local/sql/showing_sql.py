"""The end of a statement: the busiest groups, what is looked up for them, and all of it in words."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.stores.local.sql.columns_sql import (
    OF_ADDRESSES,
    OF_PROTOCOLS,
    Statement,
    Texts,
    code_columns,
    place_joins,
    shown_of,
    side_columns,
)
from nsgflow_core.stores.local.sql.filter_sql import Parameters
from nsgflow_core.stores.local.sql.grouping import WORD, Grouping

GROUPS = "groups"
"""How many groups there are, in each row."""


class Showing:
    """The stages behind what is added up: `groups` names the stage of all groups."""

    def __init__(
        self,
        grouping: Grouping,
        groups: str,
        parameters: Parameters,
        made: Mapping[str, str] | None = None,
        *,
        are_held: bool = False,
    ) -> None:
        """`made` has facts that are computed otherwise than their measures say; `are_held`: addresses are told apart by
        who held them at a row's time."""
        self.are_held = are_held
        self.grouping, self.groups, self.parameters, self.made = grouping, groups, parameters, made or {}

    def busiest_stage(self) -> str:
        """The groups of the answer: texts, which tell those that tie apart, are looked up for these alone."""
        query, groups = self.grouping.query, self.groups
        limit = self.parameters.add(query.limit)
        top = f"SELECT {query.order} FROM {groups} ORDER BY {query.order} DESC LIMIT {limit}"
        tied = f"SELECT * FROM {groups} WHERE {query.order} >= (SELECT min({query.order}) FROM ({top}))"
        order = ", ".join([f"f.{query.order} DESC", *map(self._sorted_by, query.by)])
        return (
            f"busiest AS MATERIALIZED (SELECT f.* FROM ({tied}) f{self._text_joins()}\n"
            f"    ORDER BY {order} LIMIT {limit})"
        )

    def facts_stage(self, rows: str, facts: Sequence[str], told: Sequence[str] = ()) -> str:
        """Distinct counts, and times where nothing is added up, over all `rows` of a group: f, with words c."""
        texts = {name: self.made.get(name, MEASURES[name].sql.made) for name in facts}
        computed = ", ".join(f"{text} AS {name}" for name, text in texts.items()) or "count(*) AS found"
        made = self.grouping.made_keys(told)
        grouped = f"\n    GROUP BY {', '.join(made.values())}" if made else ""
        return f"facts AS (SELECT {_selected(made)}{computed}\n    FROM {rows}{self._joined(told)}{grouped})"

    def lists_stage(self, rows: str, told: Sequence[str] = ()) -> str:
        """Words: first the few different viewpoints of each group, then their texts."""
        grouping = self.grouping
        listed = ", ".join(f"coalesce({MEASURES[name].sql.made}, []) AS {name}" for name in grouping.lists)
        keys = "".join(f"k.{key}, " for key in grouping.keys)
        inner = f"SELECT DISTINCT {_selected(grouping.made_keys(told))}view FROM {rows}{self._joined(told)}"
        grouped = f" GROUP BY {keys.rstrip(', ')}" if keys else ""
        return f"lists AS (SELECT {keys}{listed}\n    FROM ({inner}) k JOIN points c USING (view){grouped})"

    def _joined(self, told: Sequence[str]) -> str:
        """Places, and of all groups only the busiest."""
        joins = self.grouping.label_joins(told)
        if not self.grouping.is_cut:
            return joins
        same = (f"{made} = b.{key}" for key, made in self.grouping.made_keys(told).items())
        return f"{joins} SEMI JOIN busiest b ON {' AND '.join(same)}"

    def statement(self, stages: str, facts: Sequence[str], along: Sequence[str], *, is_listed: bool) -> Statement:
        """Behind these stages groups with their measures side by side, shown in words, sorted and cut; `is_listed`,
        where nothing is cut, in any order and with the numbers of what is `coded`."""
        order = [] if is_listed and self.grouping.query.limit is None else self._order()
        sorting = f"\nORDER BY {', '.join(order)}" if order else ""
        limit = self.grouping.query.limit
        cut = f" LIMIT {self.parameters.add(limit)}" if limit is not None else ""
        text = stages + self._final(facts, along, is_listed=is_listed) + sorting + cut
        coded = self.coded() if is_listed else {}
        return Statement(text, self.parameters.values, stages, coded, "" if cut else sorting)

    def _final(self, facts: Sequence[str], along: Sequence[str], *, is_listed: bool) -> str:
        grouping, query = self.grouping, self.grouping.query
        is_there = {
            "facts": bool(facts) or not (grouping.volumes or grouping.lists),
            "busiest" if grouping.is_cut else self.groups: bool(grouping.volumes),
            "lists": bool(grouping.lists),
        }
        parts = [name for name, is_part in is_there.items() if is_part]
        how = f"JOIN {{}} USING ({', '.join(grouping.keys)})" if grouping.keys else "CROSS JOIN {}"
        joined = " ".join([parts[0], *(how.format(part) for part in parts[1:])])
        kept = [name for name in query.measures if name in (*grouping.volumes, *along, *facts, *grouping.lists)]
        groups = f"SELECT {', '.join([*grouping.keys, *kept])} FROM {joined}"
        coded = self.coded() if is_listed else {}
        shown = [f"{self._text(name)} AS {name}" for name in grouping.columns if name not in coded]
        shown += [f"f.{self._code(name)} AS {name}" for name in coded]
        shown += [f"f.{name}" for name in query.measures]
        shown += [f"(SELECT count(*) FROM {self.groups}) AS {GROUPS}"] if grouping.is_cut else []
        return f"SELECT {', '.join(shown)}\nFROM ({groups}) f{self._text_joins(coded)}"

    def _order(self) -> list[str]:
        query = self.grouping.query
        order = [f"f.{query.order} DESC"] if query.order in query.measures else []
        return order + list(
            map(self._sorted_by, dict.fromkeys(name for name in (query.order, *query.by) if name in query.by))
        )

    def _text(self, name: str) -> str:
        """How a column of groups f reads."""
        grouping = self.grouping
        if name in grouping.zoned:
            return f"z_{name}.label"
        return f"f.{name}" if name in grouping.early_labels else shown_of(grouping.columns[name])

    def coded(self) -> dict[str, Texts]:
        """What a listed answer tells by number (see `Statement.coded`): words and addresses."""
        grouping, found = self.grouping, dict[str, Texts]()
        if grouping.query.limit is not None:
            return found
        for name, column in grouping.columns.items():
            if name in grouping.words:
                found[name] = Texts("points c", WORD, shown_of(column), are_repeated=True)
            elif shown_of(column) in ("s.text", "d.text"):
                found[name] = Texts("places") if self.are_held else OF_ADDRESSES
            elif name == "protocol":
                found[name] = OF_PROTOCOLS
        return found

    def _code(self, name: str) -> str:
        return WORD if name in self.grouping.words else next(iter(code_columns(self.grouping.columns[name])))

    def _text_joins(self, coded: Container[str] = ()) -> str:
        """The joins of groups f to their texts, but for those that are told by number."""
        grouping = self.grouping
        late = [name for name in grouping.columns if name not in grouping.early_labels and name not in coded]
        joins = place_joins({side for name in late for side in side_columns(grouping.columns[name])})
        if grouping.words and not all(name in coded for name in grouping.words):
            joins += f" JOIN (SELECT DISTINCT word, {', '.join(grouping.words)} FROM points) c USING (word)"
        return joins + "".join(f" JOIN zones z_{name} ON z_{name}.zone = f.{name}" for name in grouping.zoned)

    def _sorted_by(self, name: str) -> str:
        """A word with a rank sorts by its code, anything else as it is shown."""
        column = self.grouping.columns[name]
        return f"f.{next(iter(code_columns(column)))}" if column.kind.is_ranked else self._text(name)


def _selected(made: dict[str, str]) -> str:
    return "".join(f"{text} AS {key}, " for key, text in made.items())
