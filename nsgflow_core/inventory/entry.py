"""One thing of the network as one file tells it, and what of a file could not be used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from nsgflow_core.inventory.things import THINGS
from nsgflow_core.words import arm_id


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing, and from which file and when (UTC) it was read; None where nobody wrote it down."""

    kind: str
    item: Any
    file: str
    read: datetime | None

    @property
    def identity(self) -> tuple[str, ...]:
        """What it shares with any other description of the same thing; the nameless VNet of a CSV is its file's."""
        told = THINGS[self.kind].identity(self.item)
        return (self.kind, *told, "" if told[-1] else self.file)

    @property
    def has_id(self) -> bool:
        """True when it is told apart by an id, not by its name alone."""
        return self.identity[1] == "id"

    @property
    def subscription(self) -> str:
        """That of its id, in lower case; "" where no id tells."""
        told = self.identity
        return arm_id.part(told[2], "subscriptions").casefold() if told[1] == "id" else ""

    @property
    def told_by(self) -> str:
        """Its file, and when that was read."""
        return f"{self.file}, read {self.read:%Y-%m-%d %H:%M} UTC" if self.read else self.file

    @property
    def named(self) -> tuple[str, str]:
        """Its kind and name, which others may share."""
        return (self.kind, str(getattr(self.item, "name", "")).casefold())

    def with_what_only(self, older: Entry) -> Entry:
        """This description with what only the older one tells."""
        lacking = [name for name in THINGS[self.kind].from_older if not getattr(self.item, name)]
        return replace(self, item=replace(self.item, **{name: getattr(older.item, name) for name in lacking}))


@dataclass(frozen=True, slots=True, order=True)
class FileFinding:
    """A sentence about a file: what of it could not be used."""

    file: str
    sentence: str
