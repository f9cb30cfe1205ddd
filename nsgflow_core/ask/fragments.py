"""SQL and KQL as plain text with {placeholders}: the rows hold it, the engines put it together.

A placeholder stands for words of the engine (`WORDS_OF_AN_ENGINE`) or for a value, which the engine writes as a bound
parameter (SQL) or a literal (KQL): no value reaches a query as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from string import Formatter

from nsgflow_core.words.prefixes import Prefix

WORDS_OF_AN_ENGINE: Mapping[str, str] = {
    "row": "SQL: the alias of the table that `Sql.table` names",
    "made": "the column as it is grouped on and compared: `Sql.made`, `Kql.made`",
    "shown": "SQL: the column as a person reads it, `Sql.shown`",
    "label": "KQL: the endpoint label of the address",
    "address": "KQL: the address of the endpoint",
}


@dataclass(frozen=True, slots=True)
class NsgValues:
    """Names, ids or aclIDs of NSGs (or only ids); Kusto looks up which NSGs they are before it asks."""

    values: tuple[str, ...]
    by_id: bool


Argument = str | int | datetime | NsgValues | tuple[str, ...] | tuple[int, ...] | tuple[Prefix, ...]
"""What a placeholder can stand for. Several values are a list in brackets; prefixes are the engine's own test that the
address of the row lies in one of them, since each engine keeps addresses in a form of its own."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """The same thing in both languages."""

    sql: str
    kql: str


@dataclass(frozen=True, slots=True)
class Test:
    """A fragment that holds or not, and the values of its placeholders."""

    fragment: Fragment
    values: Mapping[str, Argument]


def placeholders(text: str) -> frozenset[str]:
    """The names of the placeholders of a fragment."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


def fill(
    text: str,
    words: Mapping[str, str],
    values: Mapping[str, Argument] | None = None,
    write: Callable[[Argument], str] = str,
) -> str:
    """The fragment with its placeholders written: an engine's words as they are, values by `write`."""
    found = placeholders(text)
    written = {name: write(value) for name, value in (values or {}).items() if name in found}
    return text.format_map({**words, **written})
