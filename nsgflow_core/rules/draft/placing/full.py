"""The rules that an NSG has beside the drafted ones, and what to do where they leave a draft no room."""

from __future__ import annotations

from dataclasses import dataclass

from nsgflow_core import COMMAND
from nsgflow_core.errors import BadRuleSet
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.words.numbers import counted


@dataclass(frozen=True, slots=True)
class Beside:
    """How many of each kind: denies and allow rules of the draft's direction that stay, rules of the other direction,
    and the closing rules of the draft, those that the NSG has already among them."""

    denies: int
    allows: int
    other_direction: int
    closing: int

    @classmethod
    def of(cls, material: Material) -> Beside:
        """Those of the NSG that the material is of."""
        own = () if material.existing is None else material.existing.own_rules
        others = sum(rule.direction is not material.direction for rule in own)
        stands = material.standing
        return cls(len(stands.stays), len(stands.keeps), others, len(stands.closing))

    @property
    def count(self) -> int:
        """All of them."""
        return self.stay + self.closing

    @property
    def stay(self) -> int:
        """Those that a draft of this direction does not remove."""
        return self.denies + self.allows + self.other_direction

    def leaves_no_room(self, material: Material, needed: int, passed: str) -> BadRuleSet:
        """The error on an NSG that is too full for `needed` drafted rules; `passed` is the limit in words."""
        name = material.existing.called if material.existing else material.scope.name
        too_many = needed + self.count - material.options.limits.rules
        kinds = (
            (self.denies, counted(self.denies, "deny"), "denies"),
            (self.allows, f"{counted(self.allows, 'allow rule')} that no draft replaces", "allow rules"),
            (self.other_direction, f"{self.other_direction:,} of the other direction", "rules of the other direction"),
        )
        of_each = ", ".join(words for count, words, _ in kinds if count)
        return BadRuleSet(
            f"{name} has no room for a draft: even the simplest needs {passed}.",
            f"{self.stay:,} of its rules stay, as no draft of this direction removes them ({of_each}). Remove or merge"
            f" at least {too_many:,} of them first, best {max(kinds)[2]}: those of one protocol and port can be one"
            f" rule of many prefixes, and '{COMMAND} rules audit' names those that are shadowed, redundant or never"
            " hit.",
        )
