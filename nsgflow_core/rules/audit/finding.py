"""One thing that an audit finds wrong with a rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from nsgflow_core.inventory.rule import Rule

NAMED = 3
"""How many other rules a finding names before it only counts them."""


class FindingKind(StrEnum):
    """What can be wrong with a rule (the docstring of `audit.py` says what each means); the worst first."""

    EXPOSED = "exposed"
    ANY_ANY = "any-any"
    OVER_BROAD = "over-broad"
    UNUSED_PARTS = "unused-parts"
    WAY_OUT = "way-out"
    HELD = "held-elsewhere"
    OVERLAPPING = "overlapping"
    EMPTY = "matches-nothing"
    SHADOWED = "shadowed"
    REDUNDANT = "redundant"
    NEVER_HIT = "never-hit"
    NOT_DECIDED = "not-decided"


SEVERITY = {kind: place for place, kind in enumerate(FindingKind)}
"""How a list of findings is sorted: the worst first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with one rule: its kind, what is so, and the packet or flow that proves it ("" for none)."""

    kind: FindingKind
    words: str
    witness: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.words}"


def rules_in_words(rules: Sequence[Rule]) -> str:
    """The first rules with their priorities, and how many more there are."""
    names = [f"{rule.name} ({rule.priority})" for rule in rules[:NAMED]]
    more = len(rules) - NAMED
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")
