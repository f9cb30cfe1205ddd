"""What a person said to a question of a draft, who it was, when and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nsgflow_core.ask.text.times import format_time


class Choice(StrEnum):
    """The two answers: let it in (or leave it open), or leave it out (or close it)."""

    ALLOW = "allow"
    LEAVE_OUT = "leave-out"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who decided, and when (UTC). Both are empty where a file of an earlier version does not tell."""

    by: str = ""
    at: datetime | None = None

    @property
    def words(self) -> str:
        """Like "by Ann on 2026-11-26T10:00:00Z"; "by an unknown person" where nobody is named."""
        return f"by {self.by or 'an unknown person'}" + (f" on {format_time(self.at)}" if self.at else "")


UNSIGNED = Signature()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to the question of that id. `about` is the question as it read then, for when it is asked no more."""

    question: str
    choice: Choice
    note: str = ""
    about: str = ""
    signature: Signature = UNSIGNED

    @property
    def waits(self) -> str:
        """What is said of it over a draft that does not ask its question."""
        return (
            f"An answer waits for a question that this draft does not ask: {self.choice}, {self.signature.words}, to "
            f"{self.question}{f': {self.about}' if self.about else '.'}"
        )
