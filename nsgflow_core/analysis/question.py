"""A named question: what the store is asked, and the typed columns of the answer.

The query is the cache key, what *Query* shows, and what runs: the three cannot disagree. What a question makes of the
store's frame (other names, hours without any entry) is a pure function of it, and so needs no cache of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

import pandas as pd

from nsgflow_core.ask.columns import DIMENSIONS, single_columns
from nsgflow_core.ask.compared import ComparedQuery
from nsgflow_core.ask.kinds import NUMBER as COUNTER
from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.ask.parts import Answered
from nsgflow_core.ask.query import FlowQuery, RowsQuery
from nsgflow_core.stores.base import OF, FlowStore, Query

TEXT, NUMBER, NUMBER_OR_NONE, FLOAT, TIME = "str", "int64", "Int64", "float64", "datetime64[us, UTC]"
VALUES = "object"
"""The pandas types of an answer's columns; VALUES holds tuples, such as the rules behind a flow."""
_TYPES: Mapping[Answered, str] = {"text": TEXT, "number": NUMBER, "time": TIME, "values": VALUES}


def as_answered(frame: pd.DataFrame) -> pd.DataFrame:
    """The store's frame as it is."""
    return frame


def _type_of(key: str) -> str:
    """The type of a dimension's or measure's column."""
    return _TYPES[(DIMENSIONS.get(key) or MEASURES[key]).answered]


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of an answer in order, each with its pandas type, and how they are made from what stores answer.

    An empty answer has them too. With `is_open`, a store may lack some of them and have more of its own: single rows.
    """

    columns: tuple[tuple[str, str], ...]
    reshape: Callable[..., pd.DataFrame] = as_answered
    is_open: bool = False

    @classmethod
    def of(cls, reshape: Callable[..., pd.DataFrame] = as_answered, **columns: str) -> Self:
        """Columns written out: `Shape.of(made_hourly, hour=TIME, tuples=NUMBER)`."""
        return cls(tuple(columns.items()), reshape)

    @classmethod
    def of_groups(cls, query: FlowQuery) -> Self:
        """A query's own columns: the type of each is its dimension's or measure's."""
        return cls(tuple((key, _type_of(key)) for key in query.columns))

    @classmethod
    def of_compared(cls, query: ComparedQuery) -> Self:
        """The change, the groups, what each was and is, and how many changed that way."""
        groups = tuple((key, _type_of(key)) for key in query.by)
        counts = tuple((name, NUMBER) for name in query.columns[1 + len(query.by) :])
        return cls((("change", TEXT), *groups, *counts))

    @classmethod
    def of_rows(cls) -> Self:
        """Single rows: the canonical columns, counters missing where a log has none."""
        types = {
            name: NUMBER_OR_NONE if column.kind is COUNTER else _TYPES[column.answered]
            for name, column in single_columns().items()
        }
        return cls(tuple(types.items()), is_open=True)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in order."""
        return tuple(name for name, _ in self.columns)

    def renamed(self, names: Mapping[str, str]) -> Shape:
        """The same answer with other names for some of its columns."""
        columns = tuple((names.get(name, name), kind) for name, kind in self.columns)
        return Shape(columns, lambda frame: frame.rename(columns=dict(names)), self.is_open)

    def made(self, *answers: pd.DataFrame) -> pd.DataFrame:
        """The answer: its columns and no others, typed. It is partial, for the same reasons, where one of these is."""
        answer = self.reshape(*answers)
        known = [(name, kind) for name, kind in self.columns if name in answer or not self.is_open]
        more = [name for name in answer.columns if name not in self.names] if self.is_open else []
        answer = answer[[*(name for name, _ in known), *more]].astype(dict(known))
        reasons = dict.fromkeys(str(each.attrs["partial"]) for each in answers if each.attrs.get("partial"))
        answer.attrs = {OF: answers[0].attrs[OF]} if len(answers) == 1 and OF in answers[0].attrs else {}
        answer.attrs |= {"partial": " ".join(reasons)} if reasons else {}
        return answer


@dataclass(frozen=True, slots=True)
class Question:
    """One query to a store under a name, and the shape of its answer."""

    name: str
    query: Query
    shape: Shape

    @classmethod
    def of_flows(cls, name: str, query: FlowQuery) -> Self:
        """A question whose answer is the query's own columns."""
        return cls(name, query, Shape.of_groups(query))

    @property
    def queries(self) -> tuple[Query, ...]:
        """All that is asked."""
        return (self.query,)

    def answered(self, answer: Callable[[Query], pd.DataFrame]) -> pd.DataFrame:
        """The answer, where `answer` is who answers queries: a store, or a cache before it."""
        return self.shape.made(answer(self.query))

    def ask(self, store: FlowStore) -> pd.DataFrame:
        """The store's answer, in this question's shape."""
        return self.answered(asking(store))


@dataclass(frozen=True, slots=True)
class Composed:
    """A question that takes the answers to several others: `shape` makes its own from theirs, in their order."""

    name: str
    parts: tuple[Question, ...]
    shape: Shape

    @property
    def queries(self) -> tuple[Query, ...]:
        """All that is asked."""
        return tuple(part.query for part in self.parts)

    def answered(self, answer: Callable[[Query], pd.DataFrame]) -> pd.DataFrame:
        """The answer, where `answer` is who answers queries: a store, or a cache before it."""
        return self.shape.made(*(part.answered(answer) for part in self.parts))

    def ask(self, store: FlowStore) -> pd.DataFrame:
        """The store's answer, in this question's shape."""
        return self.answered(asking(store))


def asking(store: FlowStore) -> Callable[[Query], pd.DataFrame]:
    """A store as one that answers queries of every kind."""

    def answer(query: Query) -> pd.DataFrame:
        match query:
            case FlowQuery():
                return store.fetch(query)
            case ComparedQuery():
                return store.compared(query)
            case RowsQuery():
                return store.rows(query)

    return answer
