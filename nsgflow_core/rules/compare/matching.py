"""Which NSG of one file is which of another: by ARM id, then by name; where each file has one, those two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.words import arm_id


@dataclass(frozen=True)
class Matched:
    """The pairs of NSGs, and those that only one file has."""

    pairs: tuple[tuple[RuleSet, RuleSet], ...]
    only_old: tuple[RuleSet, ...]
    only_new: tuple[RuleSet, ...]

    @property
    def is_whole(self) -> bool:
        """True when every NSG of either file has its like in the other."""
        return not self.only_old and not self.only_new

    @property
    def is_certain(self) -> bool:
        """True when every rule of these NSGs could be read: one that could not may decide anything."""
        return all(each.is_complete for pair in self.pairs for each in pair)


def matched(old: Sequence[RuleSet], new: Sequence[RuleSet]) -> Matched:
    """The NSGs of two files held together. Raises BadInventory where a name means several of them."""
    if len(old) == len(new) == 1:
        return Matched(((old[0], new[0]),), (), ())
    left_old, left_new, pairs = list(old), list(new), []
    for is_same in (_same_id, _same_name):
        for before in list(left_old):
            fits = [after for after in left_new if is_same(before, after)]
            others = [each for each in left_old if each is not before and any(is_same(each, after) for after in fits)]
            if len(fits) > 1 or (fits and others):
                raise BadInventory(
                    f"Several NSGs are named '{before.name}', and not all of them have an id.",
                    "Give files of 'az network nsg list', which hold the ids, or one NSG a file.",
                )
            if fits:
                pairs.append((before, fits[0]))
                left_old.remove(before)
                left_new.remove(fits[0])
    return Matched(tuple(pairs), tuple(left_old), tuple(left_new))


def _same_id(old: RuleSet, new: RuleSet) -> bool:
    return bool(old.nsg_id) and arm_id.key(old.nsg_id) == arm_id.key(new.nsg_id)


def _same_name(old: RuleSet, new: RuleSet) -> bool:
    return old.name.casefold() == new.name.casefold() and not (old.nsg_id and new.nsg_id and not _same_id(old, new))
