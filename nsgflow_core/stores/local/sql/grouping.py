"""What a question groups flows by and computes, as the stages of its statement name it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nsgflow_core.ask.column import Column
from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.measures import MEASURES, MeasureKind
from nsgflow_core.ask.parts import Held
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.stores.local.sql.columns_sql import PAIR, VIEW, code_columns, place_joins, shown_of, side_columns

CELL, WORD, SIDE = "cell", "word", "side"


class Grouping:
    """The groups of one question. Until the last stage they are numbers: addresses, ports, and `word`, which stands for
    the grouped words together; an endpoint label is text as soon as groups are formed, for many addresses share it."""

    def __init__(self, query: FlowQuery, settled: Collection[str] = ()) -> None:
        """`settled` are words of which the flows have one alone."""
        self.query, self.settled = query, settled
        self.columns: dict[str, Column] = {name: DIMENSIONS[name] for name in query.by}
        of_kind = {name: MEASURES[name].kind for name in query.measures}
        self.volumes = [name for name, kind in of_kind.items() if kind is MeasureKind.VOLUME]
        self.lists = [name for name, kind in of_kind.items() if kind is MeasureKind.WORDS]
        facts = [name for name in of_kind if name not in (*self.volumes, *self.lists)]
        self.along = [name for name in facts if self.volumes and _made_again(name)]
        """Times ride along with what is added up, since the earliest of the earliest is the earliest."""
        self.facts = [name for name in facts if name not in self.along]
        self.words = [name for name, column in self.columns.items() if column.sql.table is Held.CONTEXTS]
        places = {name: column for name, column in self.columns.items() if side_columns(column)}
        texts = (column for column in places.values() if column.sql.plain_column == "text")
        by_address = {side for column in texts for side in side_columns(column)}
        self.early_labels = [name for name, column in places.items() if not by_address.issuperset(side_columns(column))]
        self.zoned: list[str] = []
        """Early labels that are told apart by the number that `zones` has of them."""
        late = [column for name, column in self.columns.items() if name not in self.early_labels]
        codes = (code for column in late for code in code_columns(column))
        self.codes = list(dict.fromkeys(WORD if code == VIEW else code for code in codes))

    @property
    def keys(self) -> list[str]:
        """The columns that tell groups apart before they are shown."""
        return [*self.codes, *self.early_labels]

    @property
    def row_codes(self) -> dict[str, str]:
        """What groups need of a flow row itself, without its words: name -> from a row f."""
        of_rows = [column for name, column in self.columns.items() if name not in self.words]
        return {code: made for column in of_rows for code, made in code_columns(column).items()}

    @property
    def has_facts(self) -> bool:
        """True when rows are looked at once more beside what is added up."""
        return bool(self.facts) or not (self.volumes or self.lists)

    def is_settled(self, word: str) -> bool:
        """True when all rows of a group have the same word: it is grouped on, the filter asks for one alone, or there
        is no other."""
        is_asked = word in _CLOSED and len(self.query.filter.values_of(word)) == 1
        return word in self.words or is_asked or word in self.settled

    @property
    def side_is_settled(self) -> bool:
        """True when a group has one side alone."""
        return self.is_settled("log_kind") and self.is_settled("direction")

    @property
    def cells_are_groups(self) -> bool:
        """True when the question tells apart all that flows are counted by, so that there is nothing to add up."""
        return set(PAIR) <= set(self.codes) and self.is_settled("decision")

    @property
    def is_cut(self) -> bool:
        """True when the busiest groups are known before anything else of them is."""
        return self.query.limit is not None and self.query.order in self.volumes and bool(self.keys)

    def sums(self, measures: Sequence[str]) -> dict[str, str]:
        """What is added up of the flow rows for these measures: name -> aggregate."""
        return {name: made for key in measures for name, made in MEASURES[key].sql.sums.items()}

    def made_keys(self, told: Sequence[str] = ()) -> dict[str, str]:
        """The groups' columns, from rows f with their words c; early labels that rows tell (`told`) are columns."""
        made = {code: f"c.{WORD}" if code == WORD else f"f.{code}" for code in self.codes}
        labels = {name: self._label_of(name) for name in self.early_labels}
        return made | labels | {name: f"f.{name}" for name in told}

    def label_joins(self, told: Sequence[str] = ()) -> str:
        """The joins of rows f to the places whose labels groups need, but for those that rows tell."""
        return self.text_joins(told) + self.zone_joins()

    def text_joins(self, told: Sequence[str] = ()) -> str:
        """Those of `label_joins` for labels that are told apart by their text."""
        names = [name for name in self.early_labels if name not in (*told, *self.zoned)]
        return place_joins({side for name in names for side in side_columns(self.columns[name])})

    def zone_joins(self) -> str:
        """Those of `label_joins` for labels that are told apart by number."""
        zoned = [side_columns(self.columns[name])[0] for name in self.zoned]
        return "".join(f" JOIN zoned {side[0]} ON {side[0]}.id = f.{side}" for side in zoned)

    def unzoned_keys(self) -> dict[str, str]:
        """`made_keys` before zones are looked up: an address in place of each."""
        sides = [side_columns(self.columns[name])[0] for name in self.zoned]
        made = {key: text for key, text in self.made_keys().items() if key not in self.zoned}
        return made | {side: f"f.{side}" for side in sides}

    def zoned_keys(self) -> dict[str, str]:
        """The groups' columns from rows f with `unzoned_keys`, joined by `zone_joins`."""
        return {key: self._label_of(key) if key in self.zoned else f"f.{key}" for key in self.keys}

    def tell_zones(self) -> None:
        """Tell labels apart by number where nothing else of the same place is asked for."""
        sides = [side for name in self.early_labels for side in side_columns(self.columns[name])]
        labels = [name for name in self.early_labels if self.columns[name].sql.plain_column == "label"]
        self.zoned = [name for name in labels if sides.count(side_columns(self.columns[name])[0]) == 1]

    def _label_of(self, name: str) -> str:
        return f"{side_columns(self.columns[name])[0][0]}.zone" if name in self.zoned else shown_of(self.columns[name])


_CLOSED = frozenset({"decision", "log_kind", "direction"})
"""Of these a filter that asks for one value asks for one word: of others, also for one in other case, or for an id."""


def _made_again(name: str) -> bool:
    """True for a measure that is made of itself, like the earliest of earliest times."""
    made = MEASURES[name].sql
    return not made.keys and list(made.sums) == [name]
