"""What one column of flows is made of: a row that lacks a part is a type error."""

from __future__ import annotations

from dataclasses import dataclass

from nsgflow_core.ask.kinds import ValueKind
from nsgflow_core.ask.parts import (
    Answered,
    Bar,
    Ending,
    Kql,
    KqlOf,
    KustoRows,
    Option,
    Screen,
    Single,
    Sql,
    Unknown,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: everything that is known of it, for every part that uses it."""

    key: str
    """Its name in questions, links and on the command line."""
    aliases: tuple[str, ...]
    label: str
    help: str
    kind: ValueKind
    sql: Sql
    kql: Kql | KqlOf | Unknown
    single: Single | None
    """As a column of single rows; None where it is none."""
    is_dimension: bool
    """True when flows are grouped and filtered by it."""
    end: Ending | None
    """Of the flow; its conditions may also hold with source and destination exchanged."""
    screen: Screen
    bar: Bar | None
    """In the filter bar; None where it is not offered."""
    option: Option | None
    """On the command line; None where only `--where` takes it."""

    @property
    def spoken(self) -> str:
        """The label inside a sentence: "source port", "NSG"."""
        first = self.label.partition(" ")[0]
        return self.label if first.isupper() else first.lower() + self.label[len(first) :]

    @property
    def answered(self) -> Answered:
        """What an answer holds: text, a whole number, or a moment in UTC."""
        return self.kind.answered

    def is_known_to(self, rows: KustoRows) -> bool:
        """False when these rows of a Kusto engine cannot tell it."""
        return isinstance(self.kql, Kql) or (isinstance(self.kql, KqlOf) and self.kql.rows is rows)
