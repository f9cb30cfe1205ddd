"""What a dossier is made of: chapters of facts, sentences, tables and code. Both writers write this and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from nsgflow_core.ask.text.times import format_time

Cell = str | int | float | None
MOST_ROWS = 500
"""So much traffic is told row by row: a longer table is cut, and says how many rows it had."""


def moment(at: datetime | None, zone: tzinfo = UTC) -> str:
    """A time as a dossier writes it, to the second: with Z in UTC, with its distance from UTC in another zone."""
    if at is None:
        return ""
    shown = at.astimezone(zone).replace(microsecond=0)
    return format_time(shown) if zone is UTC else shown.isoformat()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns, in reading order. `left_out` says how many further rows there were."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0

    @classmethod
    def of(cls, title: str, columns: tuple[str, ...], rows: Sequence[tuple[Cell, ...]]) -> Table:
        """All of the rows: what is signed is read to its end, and an NSG takes 2,000 rules at most."""
        return cls(title, columns, tuple(rows))

    @classmethod
    def of_traffic(cls, title: str, columns: tuple[str, ...], rows: Sequence[tuple[Cell, ...]]) -> Table:
        """The first MOST_ROWS of the rows, of which there may be millions."""
        return cls(title, columns, tuple(rows[:MOST_ROWS]), max(len(rows) - MOST_ROWS, 0))


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter. `open_points` are what speaks against signing, each a sentence; none where it is as it should be."""

    key: str
    title: str
    sentences: tuple[str, ...] = ()
    facts: tuple[tuple[str, Cell], ...] = ()
    tables: tuple[Table, ...] = ()
    code: str = ""
    open_points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """A whole dossier; the first chapter says whether it can be signed."""

    title: str
    made_at: str
    zone: str
    """The name of that of its times."""
    version: str
    chapters: tuple[Chapter, ...]

    @property
    def open_points(self) -> tuple[str, ...]:
        """All that speaks against signing."""
        return tuple(point for chapter in self.chapters for point in chapter.open_points)
