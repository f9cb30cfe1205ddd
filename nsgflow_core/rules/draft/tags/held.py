"""Which service tags hold an address, and which of them to write: from the weekly file, nothing guessed."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping

from nsgflow_core.inventory.rule import AZURE_LOAD_BALANCER, INTERNET, VIRTUAL_NETWORK
from nsgflow_core.words.prefixes import FAMILIES, Family, Prefix, pack
from nsgflow_core.words.sets.bit_sets import members_of
from nsgflow_core.words.sets.spans import count, of_prefixes

SIDES = ("src", "dst")

LEFT_OUT: Mapping[str, str] = {
    "AzureCloud": "every public address of Azure, the machines of all its customers among them",
    INTERNET: "everything outside the VNet: the dial decides where it stands",
    VIRTUAL_NETWORK: "the VNet and what it reaches: no list of addresses tells what it is to an NSG",
    AZURE_LOAD_BALANCER: "the origin of probes: it has a closing rule of its own",
}
"""Tags that a draft never writes for addresses, nor any part of them (`AzureCloud.westeurope`), and why."""

_LEFT_OUT = frozenset(map(str.casefold, LEFT_OUT))
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)?")


class TagsOfAddresses:
    """The tags that hold each of some addresses, as a set of bits: the lower the bit, the sooner its tag is written.

    A tag for one region (or another part: `AzureFrontDoor.Backend`) comes before one that is for all; of two of a kind
    the one with fewer addresses of the family does.
    """

    def __init__(self, tags: Mapping[str, tuple[Prefix, ...]], addresses: Iterable[str]) -> None:
        self.names: dict[Family, list[str]] = {}
        self.held: dict[str, int] = {}
        """Address -> the tags that hold it, a bit each: its place in `names` of the family. None that no tag holds."""
        self._texts = {int.from_bytes(packed, "big"): each for each in addresses if (packed := pack(each))}
        self._numbers = sorted(self._texts)
        usable = {name: prefixes for name, prefixes in tags.items() if may_stand(name)} if self._numbers else {}
        for family in FAMILIES:
            self._mark(usable, family)

    def _mark(self, tags: Mapping[str, tuple[Prefix, ...]], family: Family) -> None:
        """Note the tags of one family that hold an address, those to be written first in front."""
        sizes, met, numbers = dict[str, int](), dict[str, list[int]](), self._numbers
        for name, prefixes in tags.items():
            spans = of_prefixes(each for each in prefixes if each.family == family)
            found = [n for a, z in spans for n in numbers[bisect_left(numbers, a) : bisect_right(numbers, z)]]
            if found:
                sizes[name], met[name] = count(spans), found
        self.names[family] = sorted(met, key=lambda name: (not is_part(name), sizes[name], name))
        for place, name in enumerate(self.names[family]):
            for number in met[name]:
                address = self._texts[number]
                self.held[address] = self.held.get(address, 0) | 1 << place

    def to_write(self, held: Mapping[int, int], family: Family) -> dict[int, str]:
        """For sets of tags, with how many addresses of one service each holds: the tag to write for those addresses.

        As few tags as it takes: the tag of a region that holds the most addresses, the narrowest of several, then so on
        with the addresses that are left; then the same with the tags that are for all regions.
        """
        names, left, written = self.names[family], dict(held), dict[int, str]()
        everything = (1 << len(names)) - 1
        parts = sum(1 << place for place, name in enumerate(names) if is_part(name))
        for kind in (parts, everything):
            while any(bits & kind for bits in left):
                holds = Counter[int]()
                for bits, many in left.items():
                    holds.update(dict.fromkeys(members_of(bits & kind), many))
                best = min(holds, key=lambda place: (-holds[place], place))
                written |= dict.fromkeys((bits for bits in left if bits >> best & 1), names[best])
                left = {bits: many for bits, many in left.items() if not bits >> best & 1}
        return written


def may_stand(name: str) -> bool:
    """True for the name of a tag that a draft may write for addresses: see LEFT_OUT."""
    return bool(_NAME.fullmatch(name)) and name.partition(".")[0].casefold() not in _LEFT_OUT


def is_part(name: str) -> bool:
    """True for a tag of one region, or another part of a service."""
    return "." in name
