"""What the log says about `VirtualNetwork`: a default rule that decided a flow tells which of its ends the tag holds.

AllowVnetInBound and AllowVnetOutBound match where both ends are in the tag; AllowInternetOutBound where the
destination is outside it; and what DenyAllInBound or DenyAllOutBound met, AllowVnet had not matched before, though the
NSG's own end is in the tag. What DenyAllOutBound met is not of `Internet` either. A user's rule that names
VirtualNetwork on both sides tells as much as AllowVnet.
The default rules cannot be changed, so they tell the truth of their moment; where two moments differ, it stays open.
Source: Microsoft Learn, "Network security groups", default security rules.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.inventory.rule import VIRTUAL_NETWORK, RuleSet
from nsgflow_core.inventory.virtual_network import PRIVATE, PUBLIC_SPACE
from nsgflow_core.rules.decide.address_space import AddressSpace, Home
from nsgflow_core.words.prefixes import pack, unpack
from nsgflow_core.words.sets.spans import EVERYTHING, IPV4, NOTHING, Spans, covers, intersect, subtract, union
from nsgflow_core.words.vocabulary import Direction, RuleKind

_BOTH_INSIDE = frozenset({"allowvnetinbound", "allowvnetoutbound"})
TO_INTERNET = "allowinternetoutbound"
_TO_NEITHER = "denyalloutbound"
_OUTSIDE = {
    TO_INTERNET: Direction.OUTBOUND,
    _TO_NEITHER: Direction.OUTBOUND,
    "denyallinbound": Direction.INBOUND,
}
_OTHER_END = {Direction.INBOUND: "src_ip", Direction.OUTBOUND: "dst_ip"}
WHOLE_FAMILIES = {"0.0.0.0/0": IPV4, "::/0": subtract(EVERYTHING, IPV4)}
"""All of a family, by how a default route writes it."""


@dataclass(frozen=True, slots=True)
class SeenByTag:
    """Addresses that a log shows inside VirtualNetwork, outside it, as `Internet`, and as neither."""

    inside: Spans = NOTHING
    outside: Spans = NOTHING
    internet: Spans = NOTHING
    neither: Spans = NOTHING

    def with_(self, other: SeenByTag) -> SeenByTag:
        """What both show."""
        return SeenByTag(
            union(self.inside, other.inside),
            union(self.outside, other.outside),
            union(self.internet, other.internet),
            union(self.neither, other.neither),
        )

    def is_within(self, other: SeenByTag) -> bool:
        """True where the other shows all of it, too."""
        return all(covers(getattr(other, each.name), getattr(self, each.name)) for each in fields(self))

    @property
    def undisputed(self) -> SeenByTag:
        """The same without the addresses that are shown both ways."""
        return SeenByTag(
            subtract(self.inside, self.outside),
            subtract(self.outside, self.inside),
            subtract(subtract(self.internet, self.inside), self.neither),
            subtract(subtract(self.neither, self.inside), self.internet),
        )


@dataclass(frozen=True)
class ToldAround:
    """What the default rules of any NSG tell, each once and in the order of the own ends: looked up for many NSGs."""

    ends: tuple[list[int], ...]
    """The own ends of each direction, as numbers."""
    rows: tuple[tuple[pd.Series, pd.DataFrame], ...]
    _seen: dict[Spans, SeenByTag] = field(default_factory=dict)
    _spaces: dict[tuple[str, Spans], tuple[AddressSpace, AddressSpace]] = field(default_factory=dict)
    """What names stand for before and after, the last one of each VNet."""

    @classmethod
    def of(cls, logged: pd.DataFrame) -> ToldAround:
        """Of rows of any NSGs (`src_ip, dst_ip, direction, rule` and, where known, `rule_kind`)."""
        ends, rows = [], []
        for own, told in _by_own_end(_telling(logged, RuleSet("", ())).drop_duplicates()):
            codes, distinct = pd.factorize(own)
            numbers = [(_number(str(end)), code) for code, end in enumerate(distinct)]
            in_order = sorted((number, code) for number, code in numbers if number is not None)
            rank = np.full(len(distinct) + 1, -1, dtype=np.int64)
            rank[[code for _, code in in_order]] = np.arange(len(in_order))
            places = np.argsort(rank[codes], kind="stable")[np.count_nonzero(rank[codes] < 0) :]
            ends.append([in_order[at][0] for at in rank[codes[places]]])
            rows.append((own.iloc[places], told.iloc[places]))
        return cls(tuple(ends), tuple(rows))

    def within(self, spans: Spans) -> Iterator[tuple[pd.Series, pd.DataFrame]]:
        """The own ends within these spans and their rows, of each direction."""
        for ends, (own, rows) in zip(self.ends, self.rows, strict=True):
            here = [np.arange(bisect_left(ends, first), bisect_right(ends, last)) for first, last in spans]
            places = np.concatenate(here) if here else np.zeros(0, dtype=np.int64)
            yield own.iloc[places], rows.iloc[places]

    def corrected(self, home: Home, own: SeenByTag) -> Home:
        """The home of an NSG that is set nowhere else, by what these rows show in its VNet, and its `own`: for the NSGs
        of a VNet that show nothing more, that is the same."""
        if home.vnet not in self._seen:
            self._seen[home.vnet] = _seen([rows for _, rows in self.within(home.vnet)])
        alone = self._seen[home.vnet]
        if not own.is_within(alone):
            return _as_seen(home, own.with_(alone))
        before, after = self._spaces.get((home.name, home.vnet), (None, None))
        if after is None or before != home.space:
            after = _as_seen(home, alone).space
            self._spaces[home.name, home.vnet] = home.space, after
        return replace(home, space=after)


def corrected(
    space: AddressSpace, logged: pd.DataFrame, rule_set: RuleSet, around: ToldAround | None = None
) -> AddressSpace:
    """The space of an NSG as the flows that it logged show it, each of its places by the flows at that place.

    `logged` holds the NSG's own rows with `src_ip, dst_ip, direction, rule` and, where known, `rule_kind`; `around`,
    those of any NSG: what the default rules of another one say at the same place is as true. What the log shows
    against the files is said.
    """
    telling = _telling(logged, rule_set)
    if not space.homes:
        return _corrected(space, _seen([telling]).undisputed, NOTHING, "") if len(telling) else space
    if around is not None and len(space.homes) == 1:
        homes = [around.corrected(space.homes[0], _seen([telling]))]
    else:
        seen = _seen_at_places(space, telling, around)
        homes = [_as_seen(home, at_home) for home, at_home in zip(space.homes, seen, strict=True)]
    said = (*space.said, *(sentence for home in homes for sentence in home.space.said))
    return replace(space, homes=tuple(homes), said=tuple(dict.fromkeys(said)))


def _seen_at_places(space: AddressSpace, telling: pd.DataFrame, around: ToldAround | None) -> Iterator[SeenByTag]:
    """What the rows of an NSG, and of others around, show at each of its places."""
    told = list(_by_own_end(telling))
    if around is not None:
        told += around.within(union(*(home.vnet for home in space.homes)))
    at = [(_places(own, lambda end: _only(space.places_at(_number(end)))), rows) for own, rows in told]
    for place in range(len(space.homes)):
        yield _seen([rows[places == place] for places, rows in at])


def _as_seen(home: Home, seen: SeenByTag) -> Home:
    """The home with what was seen there."""
    if seen == SeenByTag():
        return home
    where = f" of {home.name}" if home.name else ""
    return replace(home, space=_corrected(home.space, seen.undisputed, home.vnet, where))


def _by_own_end(telling: pd.DataFrame) -> Iterator[tuple[pd.Series, pd.DataFrame]]:
    """The rows of each direction, each with the addresses at which they were logged."""
    comes_in = (telling["direction"] == str(Direction.INBOUND)).to_numpy(dtype=np.bool_)
    for mask, end in ((comes_in, "dst_ip"), (~comes_in, "src_ip")):
        rows = telling[mask]
        yield rows[end], rows


def _places(ends: pd.Series, place_of: Callable[[str], int]) -> NDArray[np.int64]:
    """The place of each address, looked up once for each that is another."""
    codes, distinct = pd.factorize(ends)
    found: NDArray[np.int64] = np.array([*(place_of(str(end)) for end in distinct), -1], dtype=np.int64)[codes]
    return found


def _only(places: tuple[int, ...]) -> int:
    """The place, where it is one alone; else -1."""
    return places[0] if len(places) == 1 else -1


def _telling(logged: pd.DataFrame, rule_set: RuleSet) -> pd.DataFrame:
    """The ends and rules of the rows that tell something; a user's rule that does is called as the default one."""
    codes, rules = pd.factorize(logged["rule"])
    words = [str(rule).casefold() for rule in rules]
    users = rules_inside(rule_set) - _BOTH_INSIDE
    default = np.array([*(word in _BOTH_INSIDE or word in _OUTSIDE for word in words), False])
    tells = default[codes]
    if "rule_kind" in logged.columns:
        tells &= logged["rule_kind"].isin([str(RuleKind.DEFAULT), ""]).to_numpy(dtype=np.bool_)
    tells |= np.array([*(word in users for word in words), False])[codes] & ~default[codes]
    called = pd.Series(["allowvnetinbound" if word in users else word for word in words], dtype="object")
    places, distinct = pd.factorize(called)
    rows = logged.loc[tells, ["src_ip", "dst_ip", "direction"]]
    return rows.assign(rule=pd.Categorical.from_codes(places[codes[tells]], categories=pd.Index(distinct)))


def rules_inside(rule_set: RuleSet | None) -> frozenset[str]:
    """The names, in lower case, of the rules that meet what has both ends in VirtualNetwork and nothing else: the
    default ones, and those of the NSG that name the tag on both sides."""
    own = rule_set.own_rules if rule_set is not None else ()
    users = (rule.name.casefold() for rule in own if rule.sources == rule.destinations == (VIRTUAL_NETWORK,))
    return _BOTH_INSIDE.union(users)


def _seen(told: Sequence[pd.DataFrame]) -> SeenByTag:
    """What rows of one place show; an address may be shown both ways."""

    def ends(rules: Iterable[str], *sides: str) -> Spans:
        rows = [each[each["rule"].isin(list(rules))] for each in told]
        return _spans(str(end) for each in rows for side in sides for end in each[side].unique())

    inside = ends(_BOTH_INSIDE, "src_ip", "dst_ip")
    out = union(*(ends([rule], _OTHER_END[direction]) for rule, direction in _OUTSIDE.items()))
    return SeenByTag(inside, out, ends([TO_INTERNET], "dst_ip"), ends([_TO_NEITHER], "dst_ip"))


def _corrected(space: AddressSpace, seen: SeenByTag, vnet: Spans, where: str) -> AddressSpace:
    """One place's space with what was seen there; of its own VNet nothing is doubted but what was seen outside."""
    said: list[str] = []
    open_, wrong = space.unsure, intersect(seen.outside, space.space)
    surprising = subtract(seen.inside, space.possible)
    public = subtract(intersect(seen.inside, PUBLIC_SPACE), space.space)
    sure = union(space.space, seen.inside)
    if wrong:
        said.append(f"The log shows {_example(wrong)} outside VirtualNetwork{where}; the files tell it inside.")
    if subtract(wrong, vnet):
        # A peering or route less than the files tell: what they tell beyond the VNet is no longer sure.
        sure, open_ = union(seen.inside, intersect(space.space, vnet)), union(open_, space.space)
    if surprising:
        said.append(f"The log shows {_example(surprising)} inside VirtualNetwork{where}; no file tells why.")
        open_ = union(open_, PRIVATE)
    for whole, family in WHOLE_FAMILIES.items():
        if here := intersect(public, family):
            open_ = union(open_, family)
            said.append(
                f"The log shows the public address {_example(here)} inside VirtualNetwork{where}: a default route "
                f"makes it {whole} there, or a route to that address alone."
            )
        elif intersect(intersect(seen.outside, PUBLIC_SPACE), family):
            # A default route would hold every address, so one that is outside shows that there is none.
            open_ = subtract(open_, subtract(intersect(PUBLIC_SPACE, family), space.unseen))
    return replace(
        space,
        known=(),
        more=subtract(sure, seen.outside),
        open=subtract(subtract(open_, sure), seen.outside),
        internet=union(space.internet, intersect(seen.internet, PRIVATE)),
        neither=union(space.neither, intersect(seen.neither, PRIVATE)),
        said=(*space.said, *said),
    )


def _example(spans: Spans) -> str:
    """The first address, and how many more there are."""
    count = sum(last - first + 1 for first, last in spans)
    more = f" and {count - 1:,} more" if count > 1 else ""
    return unpack(spans[0][0].to_bytes(16, "big")) + more


def _spans(addresses: Iterable[object]) -> Spans:
    return union(_points(addresses))


def _points(addresses: Iterable[object]) -> Iterator[tuple[int, int]]:
    for each in addresses:
        number = _number(str(each))
        if number is not None:
            yield number, number


def _number(address: str) -> int | None:
    packed = pack(address)
    return None if packed is None else int.from_bytes(packed, "big")
