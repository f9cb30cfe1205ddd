"""Who changed what in a store, and when: a row for each change, written in the change's own transaction."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from nsgflow_core.errors import without_secrets
from nsgflow_core.roles import Editor
from nsgflow_core.sources.base import BlobInfo
from nsgflow_core.stores.local.sql.columns_sql import Statement
from nsgflow_core.words.numbers import counted

_LONGEST = 500


@dataclass
class StoreChange:
    """A change as it is made: the connection to make it with, and what the history will say of it.

    `what` is its kind in words. `about` may be said while it is made; a change that turned out to be none
    (`is_change`) leaves no row.
    """

    connection: duckdb.DuckDBPyConnection
    what: str
    about: str
    is_change: bool = True

    def keep(self, editor: Editor) -> None:
        """Write its row."""
        if not self.is_change:
            return
        now = datetime.now(UTC).replace(tzinfo=None)
        who = editor.person
        about = without_secrets(self.about)[:_LONGEST]
        row = {"time": now, "who": who.name, "subject": who.subject, "what": self.what, "about": about}
        self.connection.execute("INSERT INTO history VALUES ($time, $who, $subject, $what, $about)", row)


def newest(limit: int | None) -> Statement:
    """The rows of the history, newest first: time (UTC), who, what, about, subject; all where there is no limit."""
    last = "" if limit is None else f" LIMIT {limit:d}"
    return Statement(f"SELECT time, who, what, about, subject FROM history ORDER BY time DESC, what{last}")


def import_words(blobs: Sequence[BlobInfo], tuples: int) -> str:
    """How much was imported, and from where: the containers, or the folder or file."""
    places = sorted({blob.container for blob in blobs if blob.container})
    if not places:
        with suppress(ValueError):  # nothing in common
            places = [os.path.commonpath([blob.location for blob in blobs])]
    words = f"{counted(tuples, 'log entry')} of {counted(len(blobs), 'blob')}"
    return f"{words} from {', '.join(places)}" if any(places) else words
