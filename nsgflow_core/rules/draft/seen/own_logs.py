"""Which of the logged rows are of an NSG, and what speaks for rows of it under a name or guid that no file tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.rule import ANY, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.beside import places_of
from nsgflow_core.rules.decide.ends import Ends
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words import arm_id
from nsgflow_core.words.sets.group_numbers import first_of_each, group_numbers
from nsgflow_core.words.vocabulary import Direction

VIEW = ("nsg", "nsg_id", "log_kind")
_MOST_PLACES = 500
"""Of an NSG with more prefixes and addresses nothing is asked of others there."""
_ENDS = {Direction.INBOUND: "destination", Direction.OUTBOUND: "source"}


def nsgs_logged(store: FlowStore, flow_filter: FlowFilter) -> pd.DataFrame:
    """The NSGs that logged something: nsg and nsg_id, each once."""
    return store.fetch(FlowQuery(filter=flow_filter, by=("nsg", "nsg_id"), measures=()))


def flows_of(logged: pd.DataFrame, rule_set: RuleSet) -> pd.DataFrame:
    """The rows (nsg, nsg_id) that the rule set's own NSG logged.

    Its ARM id or resource guid decide wherever the log has that id, in any spelling; names, ignoring case, stand in
    where it does not. So two NSGs of one name in two resource groups are told apart, and a renamed aclID is still
    found.
    """
    place = group_numbers(logged["nsg"], logged["nsg_id"], in_order=False)
    named = logged[["nsg", "nsg_id"]].iloc[first_of_each(place)]
    names = named["nsg"].astype(str).str.casefold()
    ids = named["nsg_id"].astype(str).map(arm_id.nsg_key)
    called = (rule_set.name.casefold(), rule_set.called.casefold())
    by_name, matched = names.isin(called), pd.Series(False, index=named.index)
    is_path = ids.str.contains("/", regex=False)
    for own_id, comparable in ((rule_set.nsg_id, is_path), (rule_set.resource_guid, ~is_path)):
        wanted = arm_id.nsg_key(own_id)
        exact = ((ids == wanted) | (names.map(arm_id.nsg_key) == wanted)) if wanted else matched & False
        matched |= exact if exact.any() else by_name & comparable
    return logged[matched.to_numpy(dtype=np.bool_)[place]]


def may_be_theirs(
    store: FlowStore, flow_filter: FlowFilter, rule_sets: Sequence[RuleSet], network: Network | AddressSpace | None
) -> tuple[str, ...]:
    """What of the log may be these NSGs' and is left out, a sentence each; none where a store cannot tell who logged.

    That is what an NSG logged that is named by its guid alone, where the file of one of these has none; and what one
    logged that no file tells, before one of these logged anything at the same addresses: it may stand in its place.
    """
    has_guids = all(each.resource_guid for each in rule_sets)
    if store.unsupported & set(VIEW) or (has_guids and not isinstance(network, Network)):
        return ()
    every = nsgs_logged(store, flow_filter)
    found = list(_guid_wanted(every, rule_sets))
    if isinstance(network, Network):
        known = (*network.known.rule_sets, *rule_sets)
        untold = every[every["nsg_id"].astype(str) != ""]
        for each in known:
            untold = untold.drop(flows_of(untold, each).index)
        if len(untold):
            ends = Ends(network.known)
            found += [said for each in rule_sets for said in _before(store, flow_filter, each, untold, ends)]
    return tuple(dict.fromkeys(found))


def _guid_wanted(every: pd.DataFrame, rule_sets: Sequence[RuleSet]) -> Iterator[str]:
    """Of each NSG without a guid that rows of the log name an NSG by guid alone; guids of the others are told apart."""
    known = {arm_id.nsg_key(each.resource_guid) for each in rule_sets if each.resource_guid}
    alone = every[every["nsg"].astype(str) == every["nsg_id"].astype(str)]["nsg_id"].astype(str)
    guids = sorted({each for each in alone if arm_id.is_guid(each) and arm_id.nsg_key(each) not in known})
    if not guids:
        return
    which = guids[0] + (f" and {len(guids) - 1:,} more" if len(guids) > 1 else "")
    for each in rule_sets:
        if not each.resource_guid:
            yield (
                f"The log names an NSG by its guid alone ({which}), and the file of {each.called} has no resourceGuid: "
                "rows of it may be among those, which are left out. `az network nsg list` tells the guid."
            )


def _before(
    store: FlowStore, flow_filter: FlowFilter, rule_set: RuleSet, untold: pd.DataFrame, ends: Ends
) -> Iterator[str]:
    """Of each NSG that no file tells: that it logged where this one stands, and not since this one logs there."""
    places = [address for place in places_of(ends, rule_set) for address in place.addresses if address != ANY]
    if not 0 < len(places) <= _MOST_PLACES:
        return
    asked = [flow_filter.where("direction", at).where(end, *places) for at, end in _ENDS.items()]
    by, times = ("nsg", "nsg_id"), ("first_seen", "last_seen")
    there = pd.concat([store.fetch(FlowQuery(filter=each, by=by, measures=times)) for each in asked])
    own = flows_of(there, rule_set)["first_seen"].min()
    for name, rows in there[there["nsg_id"].isin(untold["nsg_id"])].groupby("nsg", sort=True):
        last = rows["last_seen"].max()
        if pd.isna(own) or last < own:
            since = "nothing" if pd.isna(own) else f"since {own:%Y-%m-%d %H:%M} UTC"
            yield (
                f"{name} logged flows where {rule_set.called} is set, until {last:%Y-%m-%d %H:%M} UTC, and "
                f"{rule_set.called} {since}: if this one took its place, the rows of {name} are its own too, and are "
                "left out here. Ask for it by that name, or draft for the subnet, which takes both."
            )
