"""What the log says about `VirtualNetwork`: a default rule that decided a flow tells which of its ends the tag holds.

AllowVnetInBound and AllowVnetOutBound match where both ends are in the tag; AllowInternetOutBound where the
destination is outside it; and what DenyAllInBound or DenyAllOutBound met, AllowVnet had not matched before, though the
NSG's own end is in the tag. A user's rule that names VirtualNetwork on both sides tells as much as AllowVnet.
The default rules cannot be changed, so they tell the truth of their moment; where two moments differ, it stays open.
Source: Microsoft Learn, "Network security groups", default security rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nsgflow_core.inventory.rule import VIRTUAL_NETWORK, RuleSet
from nsgflow_core.inventory.virtual_network import PRIVATE, PUBLIC
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.words.prefixes import pack, unpack
from nsgflow_core.words.sets.spans import EVERYTHING, IPV4, NOTHING, Spans, holds, intersect, subtract, union
from nsgflow_core.words.vocabulary import Direction, RuleKind

_BOTH_INSIDE = frozenset({"allowvnetinbound", "allowvnetoutbound"})
_TO_INTERNET = "allowinternetoutbound"
_OUTSIDE = {
    _TO_INTERNET: Direction.OUTBOUND,
    "denyalloutbound": Direction.OUTBOUND,
    "denyallinbound": Direction.INBOUND,
}
_FAMILIES = (IPV4, subtract(EVERYTHING, IPV4))


@dataclass(frozen=True, slots=True)
class Seen:
    """Addresses that a log shows inside VirtualNetwork, outside it, and as `Internet`."""

    inside: Spans = NOTHING
    outside: Spans = NOTHING
    internet: Spans = NOTHING


def corrected(
    space: AddressSpace, logged: pd.DataFrame, rule_set: RuleSet, around: pd.DataFrame | None = None
) -> AddressSpace:
    """The space of an NSG as the flows that it logged show it, each of its places by the flows at that place.

    `logged` holds the NSG's own rows with `src_ip, dst_ip, direction, rule` and, where known, `rule_kind`; `around`,
    those of any NSG: what the default rules of another one say at the same place is as true. What the log shows
    against the files is said.
    """
    telling = _telling(logged, rule_set)
    if not space.homes:
        return _corrected(space, _seen(telling), NOTHING, "") if len(telling) else space
    if around is not None:
        others = _telling(around, RuleSet(rule_set.name, ()))
        at_home = union(*(home.vnet for home in space.homes))
        ends = _own_ends(others)
        here = ends.map({end: (n := _number(str(end))) is not None and holds(at_home, n) for end in ends.unique()})
        telling = pd.concat([telling, others[here.to_numpy(dtype=np.bool_)]]).drop_duplicates(ignore_index=True)
    if telling.empty:
        return space
    own = _own_ends(telling)
    place_of = {end: space.places_at(_number(str(end))) for end in own.unique()}
    at = own.map(place_of)
    homes = list(space.homes)
    for place in dict.fromkeys(place_of.values()):
        if len(place) == 1:
            home = homes[place[0]]
            where = f" of {home.name}" if home.name else ""
            found = _corrected(home.space, _seen(telling[at == place]), home.vnet, where)
            homes[place[0]] = replace(home, space=found)
    said = (*space.said, *(sentence for home in homes for sentence in home.space.said))
    return replace(space, homes=tuple(homes), said=tuple(dict.fromkeys(said)))


def _own_ends(rows: pd.DataFrame) -> pd.Series:
    """The address at which each row was logged."""
    return rows["dst_ip"].where(rows["direction"] == str(Direction.INBOUND), rows["src_ip"])


def _telling(logged: pd.DataFrame, rule_set: RuleSet) -> pd.DataFrame:
    """The distinct ends and rules of the rows that tell something."""
    columns = ["src_ip", "dst_ip", "direction", "rule"]
    rules = logged["rule"].drop_duplicates()
    words = {rule: str(rule).casefold() for rule in rules}
    users = {rule.name.casefold() for rule in rule_set.own_rules if _names_it_twice(rule.sources, rule.destinations)}
    default = [rule for rule, word in words.items() if word in _BOTH_INSIDE or word in _OUTSIDE]
    user = [rule for rule, word in words.items() if word in users and rule not in default]
    is_default = logged["rule"].isin(default)
    if "rule_kind" in logged.columns:
        is_default &= logged["rule_kind"].isin([str(RuleKind.DEFAULT), ""])
    rows = logged.loc[is_default | logged["rule"].isin(user), columns].drop_duplicates().astype("str")
    folded = rows["rule"].map(words)
    return rows.assign(rule=folded.mask(folded.isin(users), "allowvnetinbound"))


def _names_it_twice(sources: tuple[str, ...], destinations: tuple[str, ...]) -> bool:
    return sources == destinations == (VIRTUAL_NETWORK,)


def _seen(telling: pd.DataFrame) -> Seen:
    """What rows of one place show; an address that is shown both ways is shown no way."""
    both = telling[telling["rule"].isin(_BOTH_INSIDE)]
    inside = _spans([*both["src_ip"].unique(), *both["dst_ip"].unique()])
    outside = [
        telling.loc[telling["rule"] == rule, "src_ip" if direction is Direction.INBOUND else "dst_ip"]
        for rule, direction in _OUTSIDE.items()
    ]
    out = _spans(pd.unique(np.concatenate([each.to_numpy(dtype=object) for each in outside])))
    internet = _spans(telling.loc[telling["rule"] == _TO_INTERNET, "dst_ip"].unique())
    return Seen(subtract(inside, out), subtract(out, inside), subtract(internet, inside))


def _corrected(space: AddressSpace, seen: Seen, vnet: Spans, where: str) -> AddressSpace:
    """One place's space with what was seen there; of its own VNet nothing is doubted but what was seen outside."""
    said: list[str] = []
    open_, wrong = space.unsure, intersect(seen.outside, space.space)
    surprising = subtract(seen.inside, space.possible)
    public = subtract(intersect(seen.inside, PUBLIC), space.space)
    sure = union(space.space, seen.inside)
    if wrong:
        said.append(f"The log shows {_example(wrong)} outside VirtualNetwork{where}; the files tell it inside.")
    if subtract(wrong, vnet):
        # A peering or route less than the files tell: what they tell beyond the VNet is no longer sure.
        sure, open_ = union(seen.inside, intersect(space.space, vnet)), union(open_, space.space)
    if surprising:
        said.append(f"The log shows {_example(surprising)} inside VirtualNetwork{where}; no file tells why.")
        open_ = union(open_, PRIVATE)
    for family in _FAMILIES:
        if here := intersect(public, family):
            open_ = union(open_, family)
            whole = "0.0.0.0/0" if family == IPV4 else "::/0"
            said.append(
                f"The log shows the public address {_example(here)} inside VirtualNetwork{where}: a default route "
                f"makes it {whole} there, or a route to that address alone."
            )
        elif intersect(intersect(seen.outside, PUBLIC), family):
            # A default route would hold every address, so one that is outside shows that there is none.
            open_ = subtract(open_, subtract(intersect(PUBLIC, family), space.unseen))
    return replace(
        space,
        known=(),
        more=subtract(sure, seen.outside),
        open=subtract(subtract(open_, sure), seen.outside),
        internet=union(space.internet, intersect(seen.internet, PRIVATE)),
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
