"""Where the columns of `ask` stand in the stages of a statement, and the statement that holds them."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nsgflow_core.ask.column import Column
from nsgflow_core.ask.fragments import fill
from nsgflow_core.ask.parts import Held
from nsgflow_core.stores.local.sql.filter_sql import PUBLIC, Value


@dataclass(frozen=True)
class Texts:
    """Where numbers of an answer have their texts: in rows of `source`, by what SQL calls the two there.

    Kinds of text of one source and id are those of the same numbers.
    """

    source: str
    id: str = "id"
    text: str = "text"
    are_repeated: bool = False
    """Rows of `source` say the same more than once."""

    @property
    def of(self) -> tuple[str, str]:
        """What texts that are asked for together have in common."""
        return self.source, self.id


OF_ADDRESSES = Texts("addresses")
OF_PROTOCOLS = Texts("protocols")
"""No table of a store: it does not have to be asked for them."""


@dataclass(frozen=True)
class Statement:
    """SQL text with $named parameters, and their values."""

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)
    stages: str = ""
    """The text before its last SELECT."""
    coded: Mapping[str, Texts] = field(default_factory=dict)
    """What the answer tells by number alone: column -> where behind the stages these numbers have their texts."""
    sorting: str = ""
    """The end of the text, where it does nothing but sort."""

    @property
    def unsorted(self) -> str:
        """The text of the same answer in any order."""
        return self.text.removesuffix(self.sorting)

    def texts_of(self, named: Mapping[str, Texts], numbers: Sequence[int] | None = None) -> Statement:
        """The statement of some of `coded` that have one source and id: the id and a column each, of these numbers
        alone or of all.

        Stages take longer to read than a few addresses to look up, which need none of them.
        """
        (first, *_) = named.values()
        stages, values = ("", {}) if first == OF_ADDRESSES else (self.stages, dict(self.values))
        told = ", ".join(f"{texts.text} AS {name}" for name, texts in named.items())
        text = f"{stages}SELECT {'DISTINCT ' * first.are_repeated}{first.id} AS id, {told} FROM {first.source}"
        if numbers is None:
            return Statement(text, values)
        return Statement(f"{text} WHERE {first.id} IN (SELECT unnest($numbers))", {**values, "numbers": list(numbers)})

    def spelled_out(self) -> str:
        """The text with every parameter as a literal, to read and to run elsewhere."""
        parts = self.text.split("$")
        shown = [parts[0]]
        for part in parts[1:]:
            name = part[: next((at for at, char in enumerate(part) if not char.isalnum()), len(part))]
            shown.append(sql_literal(self.values[name]) + part[len(name) :])
        return "".join(shown)


def sql_literal(value: Value) -> str:
    """A value as a DuckDB literal. Every type that a parameter can have, and no other."""
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(value)
        case str():
            return "'" + value.replace("'", "''") + "'"
        case datetime():
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        case bytes():
            return "'" + "".join(f"\\x{byte:02X}" for byte in value) + "'::BLOB"
        case list():
            return "[" + ", ".join(sql_literal(item) for item in value) + "]"


PAIR = {"src": "f.src", "dst": "f.dst", "protocol": "f.protocol", "dst_port": "f.dst_port"}
"""What flows are told apart by before anything else: name in `seen` -> from a flow row."""

VIEW = "view"


def code_columns(column: Column) -> dict[str, str]:
    """What of `seen` groups of this column are told apart by until they are shown: name -> from a flow row f and its
    viewpoint v."""
    match column.sql.table:
        case Held.CONTEXTS:
            return {VIEW: f"v.{VIEW}"}
        case Held.PLACES | Held.OUTSIDE:
            return {side: f"f.{side}" for side in side_columns(column)}
        case Held.FLOWS:
            return {column.sql.plain_column or column.key: fill(column.sql.made, {"row": "f"})}


def shown_of(column: Column) -> str:
    """How it reads, once groups f are joined to their places (s, d) and words (c)."""
    match column.sql.table:
        case Held.CONTEXTS:
            made = f"c.{column.key}"
        case Held.PLACES | Held.OUTSIDE:
            made = _made_of_places(column)
        case Held.FLOWS:
            (code,) = code_columns(column)
            made = f"f.{code}"
    return fill(column.sql.shown, {"made": made})


def shown_in_rows(column: Column) -> str:
    """How it reads in single rows f, joined to their places (s, d) and contexts (c)."""
    match column.sql.table:
        case Held.FLOWS | Held.CONTEXTS:
            made = fill(column.sql.made, {"row": "f" if column.sql.table is Held.FLOWS else "c"})
        case Held.PLACES | Held.OUTSIDE:
            made = _made_of_places(column)
    return fill(column.sql.shown, {"made": made})


def side_columns(column: Column) -> tuple[str, ...]:
    """`src`, `dst`: the columns of `flows` that refer to the places that the column is of; none of any other."""
    match column.sql.table:
        case Held.PLACES:
            assert column.end, f"{column.key} is of a place, so it says of which end."
            return (column.end.side,)
        case Held.OUTSIDE:
            return ("src", "dst")
        case Held.FLOWS | Held.CONTEXTS:
            return ()


def _made_of_places(column: Column) -> str:
    of = {side: fill(column.sql.made, {"row": side[0]}) for side in side_columns(column)}
    if column.sql.table is Held.PLACES:
        return next(iter(of.values()))
    return f"CASE {PUBLIC} WHEN d.label THEN {of['dst']} WHEN s.label THEN {of['src']} ELSE '' END"


def place_joins(sides: Container[str]) -> str:
    """The joins of groups f to the places of these sides, as s and d."""
    return "".join(f" JOIN places {side[0]} ON {side[0]}.id = f.{side}" for side in ("src", "dst") if side in sides)
