"""Which of the logged rows are of an NSG, and what speaks for rows of it under a name or guid that no file tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.rule import ANY, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.beside import MOST_PLACES, places_of
from nsgflow_core.rules.decide.ends import Ends
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words import arm_id
from nsgflow_core.words.prefixes import pack
from nsgflow_core.words.sets.group_numbers import first_of_each, group_numbers
from nsgflow_core.words.sets.spans import Spans, holds, of_texts
from nsgflow_core.words.vocabulary import Direction

VIEWPOINT = ("nsg", "nsg_id", "log_kind")
_ENDS = {Direction.INBOUND: ("destination", "dst_ip"), Direction.OUTBOUND: ("source", "src_ip")}
"""The own end of a direction, as it is asked for by its place and by its address."""


def nsgs_logged(store: FlowStore, flow_filter: FlowFilter) -> pd.DataFrame:
    """The NSGs that logged something: nsg and nsg_id, each once."""
    return store.fetch(FlowQuery(filter=flow_filter, by=("nsg", "nsg_id"), measures=()))


def own_flows(logged: pd.DataFrame, rule_set: RuleSet) -> pd.DataFrame:
    """The rows (nsg, nsg_id) that the rule set's own NSG logged (see `ByNsg`)."""
    return ByNsg(logged).of(rule_set)


class ByNsg:
    """Logged rows (nsg, nsg_id) by the NSG that logged them: numbered once, however many NSGs are asked for."""

    def __init__(self, logged: pd.DataFrame) -> None:
        self._logged = logged
        place = group_numbers(logged["nsg"], logged["nsg_id"], in_order=False)
        named = logged[["nsg", "nsg_id"]].iloc[first_of_each(place)]
        self._ids = list(map(str, named["nsg_id"]))
        self._names = list(map(str, named["nsg"]))
        self._rows = np.argsort(place, kind="stable")
        self._starts = np.searchsorted(place[self._rows], np.arange(len(named) + 1))
        self._by_name: dict[str, set[int]] = {}
        self._by_key: dict[str, set[int]] = {}
        for at, (name, nsg_id) in enumerate(zip(map(str, named["nsg"]), self._ids, strict=True)):
            self._by_name.setdefault(name.casefold(), set()).add(at)
            for key in (arm_id.nsg_key(nsg_id), arm_id.nsg_key(name.casefold())):
                self._by_key.setdefault(key, set()).add(at)
        self._of_path = {at for at, nsg_id in enumerate(self._ids) if "/" in arm_id.nsg_key(nsg_id)}

    def of(self, rule_set: RuleSet) -> pd.DataFrame:
        """The rows that the rule set's own NSG logged, in their order.

        Its ARM id or resource guid decide wherever the log has that id, in any spelling; names, ignoring case, stand in
        where it does not. So two NSGs of one name in two resource groups are told apart, and a renamed aclID is still
        found.
        """
        chosen = self._places_of(rule_set)
        if len(chosen) == len(self._ids):
            return self._logged
        rows = [self._rows[self._starts[place] : self._starts[place + 1]] for place in chosen]
        return self._logged.iloc[np.sort(np.concatenate(rows)) if rows else []]

    def labels_of(self, rule_set: RuleSet) -> set[str]:
        """What the NSG of its rows is called."""
        return {self._names[place] for place in self._places_of(rule_set)}

    def ids_of(self, rule_set: RuleSet) -> set[str]:
        """The ids that its rows have."""
        return {self._ids[place] for place in self._places_of(rule_set)}

    def _places_of(self, rule_set: RuleSet) -> set[int]:
        called = (rule_set.name.casefold(), rule_set.called.casefold())
        by_name = set().union(*(self._by_name.get(name, ()) for name in called))
        found: set[int] = set()
        for own_id, comparable in (
            (rule_set.nsg_id, by_name & self._of_path),
            (rule_set.resource_guid, by_name - self._of_path),
        ):
            wanted = arm_id.nsg_key(own_id)
            found |= (self._by_key.get(wanted, set()) if wanted else set()) or comparable
        return found


def may_be_theirs(
    store: FlowStore, flow_filter: FlowFilter, rule_sets: Sequence[RuleSet], network: Network | AddressSpace | None
) -> tuple[str, ...]:
    """What of the log may be these NSGs' and is left out, a sentence each; none where a store cannot tell who logged.

    That is what an NSG logged that is named by its guid alone, where the file of one of these has none; and what one
    logged that no file tells, before one of these logged anything at the same addresses: it may stand in its place.
    """
    each = each_may_be_theirs(store, flow_filter, rule_sets, network)
    return tuple(dict.fromkeys(sentence for said in each for sentence in said))


def each_may_be_theirs(
    store: FlowStore, flow_filter: FlowFilter, rule_sets: Sequence[RuleSet], network: Network | AddressSpace | None
) -> list[tuple[str, ...]]:
    """The same for each of them, in their order; a store is asked once for all."""
    has_guids = all(each.resource_guid for each in rule_sets)
    if store.unsupported & set(VIEWPOINT) or (has_guids and not isinstance(network, Network)):
        return [()] * len(rule_sets)
    every = nsgs_logged(store, flow_filter)
    guids = _lone_guids(every, rule_sets)
    found = [_guid_wanted(guids, rule_set) for rule_set in rule_sets]
    if not isinstance(network, Network):
        return found
    ids = ByNsg(every)
    told = set().union(*(ids.ids_of(each) for each in (*network.known.rule_sets, *rule_sets)))
    untold = set(map(str, every["nsg_id"])) - told - {""}
    ends = Ends(network.known)
    places = [_addresses_of(rule_set, ends) for rule_set in rule_sets] if untold else []
    if not any(places):
        return found
    there = _logged_at(store, flow_filter, list(chain.from_iterable(places)))
    by_nsg = ByNsg(there)
    others = there[there["nsg_id"].astype(str).isin(untold)]
    return [
        (*said, *_before(by_nsg.of(rule_set), others, rule_set.called, held)) if held else said
        for said, rule_set, held in zip(found, rule_sets, places, strict=True)
    ]


def _lone_guids(every: pd.DataFrame, rule_sets: Sequence[RuleSet]) -> list[str]:
    """The guids by which alone rows of the log name an NSG, but for those of these rule sets."""
    known = {arm_id.nsg_key(each.resource_guid) for each in rule_sets if each.resource_guid}
    alone = every[every["nsg"].astype(str) == every["nsg_id"].astype(str)]["nsg_id"].astype(str)
    return sorted({each for each in alone if arm_id.is_guid(each) and arm_id.nsg_key(each) not in known})


def _guid_wanted(guids: Sequence[str], rule_set: RuleSet) -> tuple[str, ...]:
    """That rows of the log name an NSG by guid alone, where the file of this one has none."""
    if rule_set.resource_guid or not guids:
        return ()
    which = guids[0] + (f" and {len(guids) - 1:,} more" if len(guids) > 1 else "")
    return (
        f"The log names an NSG by its guid alone ({which}), and the file of {rule_set.called} has no resourceGuid: "
        "rows of it may be among those, which are left out. 'az network nsg list' tells the guid.",
    )


def _addresses_of(rule_set: RuleSet, ends: Ends) -> tuple[str, ...]:
    """The prefixes and addresses where an NSG is set; none for one with more than MOST_PLACES."""
    places = places_of(ends, rule_set)
    found = tuple(address for place in places for address in place.addresses if address != ANY)
    return found if len(found) <= MOST_PLACES else ()


def _logged_at(store: FlowStore, flow_filter: FlowFilter, places: Sequence[str]) -> pd.DataFrame:
    """Which NSGs logged flows at which own addresses, and when: nsg, nsg_id, address, first_seen and last_seen.

    At these places at least; of more than MOST_PLACES at any.
    """
    parts = []
    for direction, (end, address) in _ENDS.items():
        asked = flow_filter.where("direction", direction)
        asked = asked.where(end, *places) if len(places) <= MOST_PLACES else asked
        query = FlowQuery(filter=asked, by=("nsg", "nsg_id", address), measures=("first_seen", "last_seen"))
        parts.append(store.fetch(query).rename(columns={address: "address"}))
    return pd.concat(parts, ignore_index=True)


def _before(own: pd.DataFrame, others: pd.DataFrame, called: str, places: Sequence[str]) -> Iterator[str]:
    """Of each NSG that no file tells: that it logged where this one stands, and not since this one logs there."""
    spans = of_texts(places)
    began = own[lie_in(own["address"], spans)]["first_seen"].min()
    for name, rows in others[lie_in(others["address"], spans)].groupby("nsg", sort=True, observed=True):
        last = rows["last_seen"].max()
        if pd.isna(began) or last < began:
            since = "nothing" if pd.isna(began) else f"since {began:%Y-%m-%d %H:%M} UTC"
            yield (
                f"{name} logged flows where {called} is set, until {last:%Y-%m-%d %H:%M} UTC, and {called} {since}: "
                f"if this one took its place, the rows of {name} are its own too, and are left out here. Ask for it by "
                "that name, or draft for the subnet, which takes both."
            )


def lie_in(addresses: pd.Series[str], spans: Spans) -> NDArray[np.bool_]:
    """True for addresses that lie in the spans."""
    codes, distinct = pd.factorize(addresses)
    packed = (pack(str(each)) for each in distinct)
    held = [p is not None and holds(spans, int.from_bytes(p, "big")) for p in packed]
    found: NDArray[np.bool_] = np.array(held, dtype=np.bool_)[codes]
    return found
