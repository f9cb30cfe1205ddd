"""What one kind of thing must say: its words, how it is read and written, and what makes it itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nsgflow_core.inventory.shapes.fields import Fields, Note


@dataclass(frozen=True, slots=True)
class ThingKind:
    """One kind of thing: its ARM type, its words, how it is read from a resource and written as one.

    `identity` is its id, or its name where the file has none; `from_older` names the fields that an older description
    of the same thing still tells where the newer one does not.
    """

    arm_type: str
    one: str
    many: str
    read: Callable[[Fields, Note], Any]
    write: Callable[[Any], dict[str, Any]]
    identity: Callable[[Any], tuple[str, ...]]
    from_older: tuple[str, ...]

    def words(self, count: int) -> str:
        """The word for so many."""
        return self.one if count == 1 else self.many
