"""What a client of a Kusto engine is to the stores, and what it answers or refuses."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Protocol

from nsgflow_core.errors import StoreLimit, StoreMissing, StoreUnreachable
from nsgflow_core.sources.cancelling import IsCancelled
from nsgflow_core.stores.base import not_whole_words

_SHOWN = 400
ASK_FOR_LESS = "Choose a shorter window, add a filter, or group by fewer dimensions."


@dataclass(frozen=True, slots=True)
class KustoAnswer:
    """The primary table of a reply: column names, their Kusto types, the rows, and why it is not all of them."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[list[Any]]
    partial: str = ""


def not_whole(*reasons: str) -> dict[Hashable | None, str]:
    """The attributes of a frame that is not all of the answer for these reasons; none where there is none."""
    said = not_whole_words(*reasons)
    return {"partial": said} if said else {}


def told_in_short(text: str) -> str:
    """What an engine says, as it is quoted: one line, cut where it is longer than anybody reads."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "..."


class KustoEngine(Protocol):
    """Runs queries: of a workspace, or of a database of a cluster."""

    @property
    def place(self) -> str:
        """Everything that tells it from another: part of cache keys, no secret."""
        ...

    @property
    def words(self) -> str:
        """What it is and its name, for people: "Log Analytics workspace ID"."""
        ...

    def run(self, query: str, *, timespan: str | None = None, cancelled: IsCancelled | None = None) -> KustoAnswer:
        """The answer to a query. `timespan` (ISO 8601, "from/to") limits the time of ingestion, where there is one.

        Raises a StoreError that says what to do, or Cancelled as soon as `cancelled()` is true.
        """
        ...


def garbled() -> StoreUnreachable:
    """The error for a reply that is no answer, or has values that are none of their kind."""
    return StoreUnreachable(
        "The query endpoint answered with something that is not a query result.",
        "Check NSGFLOW_LOGS_ENDPOINT or the cluster's URI, and the proxy in between.",
    )


class TableMissing(StoreMissing):
    """The query names a table that there is not."""


class AnswerTooLarge(StoreLimit):
    """The answer passes 500,000 rows or 64 MB, and none of it came."""
