"""Which service tags hold an address, and which of them to write: from the weekly file, nothing guessed."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush

from nsgflow_core.inventory.rule import AZURE_LOAD_BALANCER, VIRTUAL_NETWORK
from nsgflow_core.words.prefixes import FAMILIES, INTERNET, Family, Prefix, family_of, pack
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


Places = tuple[int, ...]
"""Of tags that hold an address, in the names of its family."""


class TagsOfAddresses:
    """The tags that hold each of some addresses.

    A tag for one region (or another part: `AzureFrontDoor.Backend`) comes before one that is for all; of two of a kind
    the one with fewer addresses of the family does.
    """

    def __init__(self, tags: Mapping[str, tuple[Prefix, ...]], addresses: Iterable[str]) -> None:
        self.names: dict[Family, list[str]] = {}
        self.held: dict[str, Places] = {}
        """By address; none that no tag holds."""
        usable = {name: prefixes for name, prefixes in tags.items() if may_stand(name)}
        texts = {packed: each for each in addresses if (packed := pack(each))}
        for family in FAMILIES:
            self._mark(usable, family, {packed: each for packed, each in texts.items() if family_of(each) == family})

    def _mark(self, tags: Mapping[str, tuple[Prefix, ...]], family: Family, texts: Mapping[bytes, str]) -> None:
        """Note the tags that hold an address of one family, those to be written first in front."""
        met, addresses = dict[str, set[bytes]](), sorted(texts)
        for name, prefixes in tags.items() if addresses else ():
            found = set[bytes]()
            for each in prefixes:
                at = bisect_left(addresses, each.first)
                if at < len(addresses) and addresses[at] <= each.last and each.family == family:
                    found.update(addresses[at : bisect_right(addresses, each.last)])
            if found:
                met[name] = found
        sizes = {name: count(of_prefixes(each for each in tags[name] if each.family == family)) for name in met}
        self.names[family] = sorted(met, key=lambda name: (not is_part(name), sizes[name], name))
        for place, name in enumerate(self.names[family]):
            for address in (texts[packed] for packed in met[name]):
                self.held[address] = (*self.held.get(address, ()), place)

    def to_write(self, held: Mapping[Places, int], family: Family) -> dict[Places, str]:
        """For the tags that hold addresses, with how many of one service they hold: the tag to write for those.

        As few tags as it takes: the tag of a region that holds the most addresses, the narrowest of several, then so on
        with the addresses that are left; then the same with the tags that are for all regions.
        """
        names, written = self.names[family], dict[Places, str]()
        for limit in (sum(map(is_part, names)), len(names)):
            left, holders = Counter[int](), defaultdict[int, list[Places]](list)
            for places in held.keys() - written.keys():
                for place in (place for place in places if place < limit):
                    left[place] += held[places]
                    holders[place].append(places)
            queue = [(-many, place) for place, many in left.items()]
            heapify(queue)
            while queue:
                many, place = heappop(queue)
                if -many > left[place]:
                    heappush(queue, (-left[place], place))
                    continue
                for places in (each for each in holders[place] if each not in written):
                    written[places] = names[place]
                    left.subtract(dict.fromkeys(places, held[places]))
        return written


def may_stand(name: str) -> bool:
    """True for the name of a tag that a draft may write for addresses: see LEFT_OUT."""
    return bool(_NAME.fullmatch(name)) and name.partition(".")[0].casefold() not in _LEFT_OUT


def is_part(name: str) -> bool:
    """True for a tag of one region, or another part of a service."""
    return "." in name
