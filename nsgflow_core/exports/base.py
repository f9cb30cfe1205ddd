"""What a file of a table says about itself, and what one way to write a table must be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from nsgflow_core.words.numbers import counted


@dataclass(frozen=True, slots=True)
class TableOrigin:
    """Where a table comes from: its title, facts as (name, words) in order, and the queries that it answers."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    queries: tuple[str, ...] = ()


AsksOrigin = Callable[[], TableOrigin]
"""Asked of a store only where a format has room for it."""


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One way to write a frame as a file: how it is called, and the writer. A new one is its writer and a row."""

    key: str
    label: str
    extension: str
    media_type: str
    help: str
    """What it is for, in a few words, and how many rows it takes where that is not any number."""
    is_text: bool
    """False for bytes that no terminal can show."""
    on_pages: bool
    """True where the Export menu of every table offers it."""
    write: Callable[[pd.DataFrame, AsksOrigin], bytes]
    most_rows: int | None = None
    """The first of a table that it takes; None for all, however many."""
    in_parts: Callable[[Iterable[pd.DataFrame]], Iterator[bytes]] | None = None
    """Writes a table that comes frame by frame, so that it is never whole in memory; None where it has to be."""

    def left_out(self, rows: int) -> str:
        """What a table of so many rows has that the file has not; nothing for one that fits."""
        return left_out_words(rows, self.most_rows, self.label) if self.most_rows else ""


def left_out_words(rows: int, most: int, where: str) -> str:
    """Of so many rows those beyond the most that are taken there; nothing where all are."""
    if rows <= most:
        return ""
    return f"{counted(rows - most, 'row')} left out: {where} takes the first {most:,}. The CSV has them all."
