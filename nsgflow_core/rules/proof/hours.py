"""Who logged what in which hour: each NIC's own log, and what the other ends logged of the same addresses.

A connection inside the estate is logged twice, Outbound at its source and Inbound at its destination (Microsoft Learn,
"Virtual network flow logs"), so what one end lost the other end may still tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.things.vnet import subnet_labels
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.stores.base import FlowStore, ends_by_hour, listed, not_whole_words
from nsgflow_core.stores.categories import above_one_another, all_alike, category_places, in_common
from nsgflow_core.words import arm_id
from nsgflow_core.words.prefixes import NOT_INSIDE, is_prefix, pack, parse_prefix
from nsgflow_core.words.sets.group_numbers import Numbers
from nsgflow_core.words.vocabulary import Decision, Direction, RuleKind

HOUR = timedelta(hours=1)
EDGE = timedelta(minutes=1)
"""Logs are written each minute: what one end has so near an hour's end, the other may have on the other side of it."""
SEVERAL = 4
"""So many entries are not all at the edges of their hour."""
OWN = ("nic", "address", "direction", "hour", "tuples")
MET_COLUMNS = ("address", "direction", "hour", "tuples", "is_answered", "is_inside")
_DIRECTIONS = tuple(map(str, Direction))
UNLOGGED_SUBNETS = frozenset(
    {"azurefirewallsubnet", "azurefirewallmanagementsubnet", "gatewaysubnet", "routeserversubnet", "azurebastionsubnet"}
)
"""Azure's own machines are in them, whose traffic is logged by other means or not at all."""


@dataclass(frozen=True)
class Hours:
    """The hours of a window.

    `own`: what each NIC logged itself (columns OWN; `direction` Inbound is of arrivals). `met`: what the other ends
    logged of an address (columns MET; Inbound is what was sent to it). `is_answered`: it sent something back, or the
    log counts nothing. `is_inside`: surely of that hour, at either end.
    """

    own: pd.DataFrame
    met: pd.DataFrame
    partial: str = ""

    @classmethod
    def of(cls, own: Sequence[pd.DataFrame], met: Sequence[pd.DataFrame], partial: str = "") -> Hours:
        """Of parts. Texts are categories: `nic`, and `address` of both in one list."""
        addresses = in_common(*(part["address"] for part in (*own, *met)))
        nics = above_one_another(*(part["nic"] for part in own))
        return cls(
            _joined(own, addresses[: len(own)]).assign(nic=nics)[list(OWN)],
            _joined(met, addresses[len(own) :])[list(MET_COLUMNS)],
            partial,
        )

    @cached_property
    def nic_of(self) -> Numbers:
        """For each category of addresses the NIC, as a code, that logged it as its own: the first by name; -1 none."""
        count = len(self.own["nic"].cat.categories)
        nics = np.full(len(self.own["address"].cat.categories), count, np.int64)
        np.minimum.at(nics, category_places(self.own["address"]), category_places(self.own["nic"]))
        nics[nics == count] = -1
        return nics


def ask_hours(store: FlowStore, window: FlowFilter) -> Hours:
    """Four questions to the store, or what it keeps by the hour. Raises what the store raises."""
    kept = ends_by_hour(store, window)
    asked = FlowFilter(window.since, window.until).where("rule_kind", RuleKind.PLATFORM, operator="is_not")
    own, met, partial = [], [], list[str]()
    for direction in Direction:
        local, remote = _ends(direction)
        by = tuple(name for name in ("mac", local, "hour") if name not in store.unsupported)
        query = FlowQuery(asked.where("direction", direction), by=by, measures=("tuples",))
        seen = kept.own(direction, local) if kept else listed(store, query)
        own.append(_own(seen, local, direction))
        partial.append(str(seen.attrs.get("partial", "")))
        seen = kept.met(direction, remote) if kept else listed(store, _of_others(asked, direction))
        met.append(_met(seen, remote, direction, store))
        partial.append(str(seen.attrs.get("partial", "")))
    return Hours.of(own, met, not_whole_words(*partial))


def _joined(parts: Sequence[pd.DataFrame], addresses: Sequence[pd.Series[str]]) -> pd.DataFrame:
    """Parts one below the other; the addresses of each stand in one list of categories."""
    return pd.concat([part.assign(address=texts) for part, texts in zip(parts, addresses, strict=True)],
                     ignore_index=True)  # fmt: skip


def hours_of(moments: pd.Series[pd.Timestamp]) -> Numbers:
    """Hours since 1970 (UTC)."""
    return np.asarray(moments.dt.as_unit("us").astype("int64"), np.int64) // 3_600_000_000


def _ends(direction: Direction) -> tuple[str, str]:
    """The end that logs in that direction, and the other."""
    return ("dst_ip", "src_ip") if direction is Direction.INBOUND else ("src_ip", "dst_ip")


def _of_others(asked: FlowFilter, direction: Direction) -> FlowQuery:
    """What the logs of that direction tell of the other end: it was there, and in which hours."""
    remote = _ends(direction)[1]
    label = "source" if remote == "src_ip" else "destination"
    inside = asked.where("direction", direction).where(label, *NOT_INSIDE, operator="is_not")
    measures: tuple[str, ...] = ("tuples", "first_seen", "last_seen")
    if direction is Direction.OUTBOUND:
        inside = inside.where("decision", Decision.ALLOWED)
        measures += ("packets", "dst_to_src_packets")
    return FlowQuery(inside, by=(remote, "hour"), measures=measures)


def _own(seen: pd.DataFrame, local: str, direction: Direction) -> pd.DataFrame:
    addresses = seen[local]
    nics = seen.get("mac", addresses)
    if "" in nics.cat.categories:
        nics, instead = in_common(nics, addresses)
        nics = nics.where(nics != "", instead)
    return pd.DataFrame(
        {
            "nic": nics,
            "address": addresses,
            "direction": all_alike(str(direction), len(seen), _DIRECTIONS),
            "hour": seen["hour"],
            "tuples": seen["tuples"].astype("int64"),
        }
    )


def _met(seen: pd.DataFrame, remote: str, direction: Direction, store: FlowStore) -> pd.DataFrame:
    """A packet that was logged Inbound was surely sent; one logged Outbound arrived where something came back."""
    was_sent = direction is Direction.INBOUND
    return pd.DataFrame(
        {
            "address": seen[remote],
            "direction": all_alike(str(Direction.OUTBOUND if was_sent else Direction.INBOUND), len(seen), _DIRECTIONS),
            "hour": seen["hour"],
            "tuples": seen["tuples"].astype("int64"),
            "is_answered": was_sent or _was_answered(seen["packets"], seen["dst_to_src_packets"]),
            "is_inside": _is_inside(seen, tells_moments="src_port" not in store.unsupported),
        }
    )


def _was_answered(packets: pd.Series[int], returned: pd.Series[int]) -> pd.Series[bool]:
    return (returned > 0) | (packets == 0)


def _is_inside(seen: pd.DataFrame, tells_moments: bool) -> pd.Series[bool]:
    """True where some entry lies well inside the hour; a store of intervals needs several."""
    if not tells_moments:
        return seen["tuples"] > 1
    start, end = seen["hour"] + EDGE, seen["hour"] + HOUR - EDGE
    inner = [(seen[name] >= start) & (seen[name] < end) for name in ("first_seen", "last_seen")]
    return inner[0] | inner[1] | (seen["tuples"] >= SEVERAL)


@dataclass(frozen=True)
class Estate:
    """Which addresses belong to the estate and to a scope in it, by the label of their subnet."""

    tokens: AddressTokens
    labels: frozenset[str]
    prefix: str = ""
    is_whole: bool = False
    """True where the scope is all that logs."""

    def narrow(self, asked: FlowFilter, direction: Direction) -> FlowFilter:
        """The part of the traffic whose own end, in that direction, lies in the scope, and maybe more."""
        wanted = (self.prefix,) if self.prefix else tuple(self.tokens.asked_for(sorted(self.labels)))
        if self.is_whole or not wanted:
            return asked
        return asked.where("destination" if direction is Direction.INBOUND else "source", *wanted)

    def label(self, address: str) -> str:
        """The subnet of an address."""
        return self.tokens.label(address)

    def holds(self, addresses: Iterable[str]) -> set[str]:
        """Those of the addresses that lie in it."""
        wider = parse_prefix(self.prefix) if self.prefix else None
        held = set()
        for address in addresses:
            packed = pack(address)
            inside = wider.first <= packed <= wider.last if wider and packed else self.label(address) in self.labels
            if inside and not is_unlogged(self.label(address)):
                held.add(address)
        return held


def is_unlogged(label: str) -> bool:
    """True for a subnet of Azure's own machines."""
    return label.rpartition("/")[2].casefold() in UNLOGGED_SUBNETS


def estate_of(store: FlowStore, window: FlowFilter, scope: Scope | None, inventory: Inventory, hours: Hours) -> Estate:
    """The subnets of a scope, or of all that logs. An NSG's are those it is set on and those whose flows it decided."""
    tokens = AddressTokens(store.subnets)
    if scope is None:
        own = {tokens.label(address) for address in hours.own["address"].unique()}
        return Estate(tokens, frozenset((own | set(store.subnets.names)) - set(NOT_INSIDE)), is_whole=True)
    if scope.subnet:
        wanted = scope.subnet.strip()
        names = {name for name in (*store.subnets.names, wanted) if name.casefold() == wanted.casefold()}
        return Estate(tokens, frozenset(names), wanted if is_prefix(wanted) else "")
    guards = inventory.guards(scope)
    found = {
        label
        for label, _, subnet in subnet_labels(inventory.vnets)
        for guard in guards
        if arm_id.means(subnet.nsg_id, guard.nsg_id, guard.name)
    }
    for direction in Direction:
        local = _ends(direction)[0]
        asked = scope.narrow(FlowFilter(window.since, window.until), direction)
        seen = store.fetch(FlowQuery(asked, by=(local,), measures=("tuples",)))
        found |= {tokens.label(str(address)) for address in seen[local]}
    return Estate(tokens, frozenset(found - set(NOT_INSIDE)))
