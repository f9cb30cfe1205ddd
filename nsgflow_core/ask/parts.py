"""What rows of columns and measures are made of: a part that a row lacks is a type error, never a default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

import pyarrow as pa

from nsgflow_core.ask.fragments import placeholders

WORD = pa.dictionary(pa.int32(), pa.string())
"""Text that repeats, as Arrow: kept once, referred to by number."""


Answered = Literal["text", "number", "time", "values"]
"""What the cells of an answer's column hold: text, a whole number, a moment in UTC, or several values."""


class Held(Enum):
    """Which table of the local store holds a column: the flow rows, the addresses, or the contexts (words)."""

    FLOWS = auto()
    PLACES = auto()
    """Of the address at the column's end of the flow."""
    OUTSIDE = auto()
    """Of the address of the flow's public end; the destination's where both are public."""
    CONTEXTS = auto()


@dataclass(frozen=True, slots=True)
class Sql:
    """A column in the local store."""

    table: Held
    made: str
    """From a `{row}` of that table: what is grouped on and compared; a number where there is one."""
    shown: str
    """From `{made}`: what a person reads."""

    @property
    def plain_column(self) -> str:
        """The column of the table that it is; "" when it is computed."""
        name = self.made.removeprefix("{row}.")
        return name if name.isidentifier() else ""

    def __post_init__(self) -> None:
        assert "row" in placeholders(self.made), self.made
        assert "made" in placeholders(self.shown), self.shown


@dataclass(frozen=True, slots=True)
class Kql:
    """A column in Kusto: made from the canonical columns that `stores/kusto/canonical/*.kql` project."""

    made: str


class KustoRows(Enum):
    """What the rows of a Kusto engine are."""

    TUPLES = auto()
    """The logs' own, as `nsgflow kusto setup` makes them."""
    ADDED_UP = auto()
    """Those of Traffic Analytics."""


@dataclass(frozen=True, slots=True)
class KqlOf:
    """A column in Kusto that only one kind of rows tells, and why the other does not."""

    rows: KustoRows
    made: str
    """From the canonical columns."""
    otherwise: str
    """Ends the sentence that refuses it."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A column that no Kusto engine can know, and why, to end the sentence that refuses it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Single:
    """A column of single rows: its name there, its Arrow type, and whether lists of rows show it."""

    name: str
    arrow: pa.DataType
    is_listed: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """An end of the flow: which, and the key of the column that says the same of the other end."""

    side: Literal["src", "dst"]
    opposite: str

    @property
    def label(self) -> str:
        """The key of the endpoint label of this end."""
        return {"src": "source", "dst": "destination"}[self.side]

    @property
    def address(self) -> str:
        """The key of the address of this end."""
        return f"{self.side}_ip"


class CellFormat(Enum):
    """How a cell reads."""

    TEXT = auto()
    COUNT = auto()
    """A whole number with separators."""
    PLAIN = auto()
    """A whole number as it is, like a port."""
    BYTES = auto()
    """In units: kB, MB, GB."""
    SECOND = auto()
    """A time in UTC to the second."""
    MINUTE = auto()
    DAY = auto()


Width = int | Literal["small", "medium", "large"] | None
"""A column's: pixels, a word, or as it needs."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A column of a table on screen: how its cells read, and its width."""

    format: CellFormat
    width: Width


@dataclass(frozen=True, slots=True)
class Bar:
    """A filter of the bar: its place in it, its words while empty, and what it suggests."""

    order: int
    placeholder: str
    suggests: tuple[str, ...]
    """Dimensions whose values in the store are offered, in this order; a closed list is always offered."""
    is_first: bool
    """On the row itself, not behind "More"."""
    width: int | Literal["stretch"]


@dataclass(frozen=True, slots=True)
class Option:
    """An option of the command line: its name, what stands for its value, and its help."""

    order: int
    flag: str
    metavar: str
    help: str
