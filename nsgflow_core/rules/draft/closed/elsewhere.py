"""Denials by what a draft does not touch: the other NSG at the same end, whatever stands at the other end, admin rules.

A connection passes where all that it meets let it pass, and each of them logs its own denial, so the latest decision
on a flow may be another one's: it stays, whatever is drafted here, and the flow becomes part of no rule. Decisions of
one minute are of one connection, which a denial ends: an NSG that packets meet first has let it pass until then. Who
let the flow pass again, later and in the same direction, took the denial back: an allow is logged by the last NSG that
let a packet pass, so that need not be who denied it (Microsoft Learn, "NSG flow logs", "Virtual network flow logs").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.names.logged_nsgs import NO_NSG
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.draft.closed.latest import (
    ASKED_AT_ONCE,
    CLOSED,
    ELSEWHERE,
    NAMELESS,
    OF_ANY_NSG,
    Latest,
    Moments,
    began,
    each_of,
    last_begun,
    limited,
    moments_of,
)
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY, Traffic, cell_rows, one_spelling
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.prefixes import PLATFORM_ADDRESSES
from nsgflow_core.words.sets.group_numbers import numbers_of_both
from nsgflow_core.words.vocabulary import Decision, Direction, RuleKind

ONE_CONNECTION = np.timedelta64(60, "s")
"""Decisions that lie no further apart may be on one connection."""
_DENIER = ("direction", "nsg", "rule", "rule_kind")
_NIC = "mac"


Standing = Callable[[pd.DataFrame], pd.DataFrame]
"""Of denials (FLOW_KEY, direction, nsg, rule, rule_kind) those that may stand today."""


@dataclass(frozen=True)
class _Asked(Traffic):
    """The traffic of a draft, and what its NSG is called."""

    own: Sequence[str]
    standing: Standing

    @property
    def near(self) -> str:
        """Which end of a flow is the draft's own."""
        return "dst" if self.direction is Direction.INBOUND else "src"

    def known(self, *dimensions: str) -> tuple[str, ...]:
        """Those of the dimensions that the store knows."""
        return tuple(each for each in dimensions if each not in self.store.unsupported)

    def at_these(self, flow_filter: FlowFilter, labels: list[str]) -> FlowFilter:
        """The filter for flows whose own end has one of these labels, and maybe others."""
        wanted = self.store.subnets.asked_for(labels)
        return flow_filter.where("destination" if self.near == "dst" else "source", *wanted)

    def others(self, decision: Decision) -> list[FlowFilter]:
        """What others decided so, at the other end and at the draft's own, without what Azure's platform rule did."""
        whole = limited(self.flow_filter, OF_ANY_NSG).where("decision", decision)
        whole = whole.where("rule_kind", RuleKind.PLATFORM, operator="is_not")
        beside = whole.where("direction", self.direction).where("nsg", *self.own, operator="is_not")
        is_alone = bool(self.scope.subnet) and not self.own
        far = next(each for each in Direction if each is not self.direction)
        return [whole.where("direction", far), *([] if is_alone else [beside])]


def with_those_of_others(
    logged: Latest,
    store: FlowStore,
    flow_filter: FlowFilter,
    scope: Scope,
    direction: Direction,
    seen: pd.DataFrame,
    own: Sequence[str],
    standing: Standing = lambda denied: denied,
) -> Latest:
    """All closed cells: those that the draft's own end closed, and those whose latest decision is another's denial.

    `seen` are the allowed flows (FLOW_KEY, src_label, dst_label, first_seen, last_seen) that `logged` was asked about.
    Cells that were never allowed here are among the closed ones too, where their own end has a label that was seen.
    `own` is what the NSG of the draft is called; without one, a subnet's is whichever logs at that end.
    """
    asked = _Asked(store, flow_filter, scope, direction, own, standing)
    denied = _denials(asked, seen)
    if denied.empty:
        return replace(logged, partial=_joined(logged.partial, denied))
    of_allowed, of_denied, count = numbers_of_both(seen[list(FLOW_KEY)], denied[list(FLOW_KEY)])
    denied["cell"], denied["at"] = of_denied, moments_of(denied["last_seen"])
    allowed_at = _own_allowed_at(asked, logged, seen, of_allowed, denied, count)
    last_here = each_of("last", allowed_at, of_allowed, count)
    denied = denied[~(last_here[denied["cell"]] > denied["at"] + ONE_CONNECTION)]
    denied = _without_taken_back(asked, denied, seen)
    is_closed_here = np.zeros(count, dtype=np.bool_)
    is_closed_here[of_allowed[logged.closed_by >= 0]] = True
    denied = denied[~is_closed_here[denied["cell"]]].drop_duplicates("cell")
    first_here = each_of("first", seen["first_seen"], of_allowed, count)
    more = _closed(denied, first_here[denied["cell"]], last_here[denied["cell"]])
    places = np.full(count, -1, dtype=np.int64)
    places[denied["cell"].to_numpy()] = len(logged.cells) + np.arange(len(denied))
    closed_by = np.where(logged.closed_by >= 0, logged.closed_by, places[of_allowed])
    every = pd.concat([logged.cells, more], ignore_index=True) if len(logged.cells) else more
    return Latest(every, closed_by, allowed_at, _joined(logged.partial, denied))


def _denials(asked: _Asked, seen: pd.DataFrame) -> pd.DataFrame:
    """One row per cell and denier elsewhere, the latest first: FLOW_KEY, _DENIER, _NIC, first_seen and last_seen."""
    labels = list(map(str, seen[f"{asked.near}_label"].unique()))
    keys = [*FLOW_KEY, *_DENIER, _NIC]
    nothing = pd.DataFrame(columns=[*keys, "first_seen", "last_seen"])
    if not labels:
        return nothing
    others = _decided(asked, Decision.DENIED, labels, _DENIER)
    if others.empty:
        nothing.attrs["partial"] = others.attrs["partial"]
        return nothing
    others = others[~(others["src_ip"].isin(PLATFORM_ADDRESSES) | others["dst_ip"].isin(PLATFORM_ADDRESSES))]
    others = asked.standing(others)
    denied = others.groupby(keys, sort=False, observed=True).agg({"first_seen": "min", "last_seen": "max"})
    order = ["last_seen", *keys]
    denied = denied.reset_index().sort_values(order, ascending=[False, *[True] * len(keys)], ignore_index=True)
    denied.attrs["partial"] = others.attrs["partial"]
    return denied


def _decided(
    asked: _Asked, decision: Decision, labels: list[str], by: Sequence[str], ports: Sequence[str] = ()
) -> pd.DataFrame:
    """What others decided so, by cell, `by` and _NIC ("" where that is not known): first_seen and last_seen.

    Decisions at the draft's own end by a NIC that is not of its NSG, but has the same address, are left out.
    """
    keys = (*FLOW_KEY, *by, *asked.known(_NIC))
    fetched = []
    for narrowed in asked.others(decision):
        few = narrowed.where("port", *ports) if ports else narrowed
        query = FlowQuery(asked.at_these(few, labels), by=keys, measures=("first_seen", "last_seen"))
        fetched.append(asked.store.fetch(query))
    partial = "; ".join(dict.fromkeys(filter(None, (each.attrs.get("partial") for each in fetched))))
    rows = pd.concat(fetched, ignore_index=True)
    rows = cell_rows(rows if _NIC in rows.columns else rows.assign(**{_NIC: ""}))
    if (rows[_NIC] != "").any() and not asked.scope.subnet and (rows["direction"] == str(asked.direction)).any():
        rows = rows[~_is_of_another_nic(asked, rows, labels)]
    rows.attrs["partial"] = partial
    return rows


def _is_of_another_nic(asked: _Asked, rows: pd.DataFrame, labels: list[str]) -> NDArray[np.bool_]:
    """True for decisions at the draft's end by a NIC with the address of another one, as in VNets without a peering.

    Which NICs are the NSG's own, what it logged tells; of an address that it never logged, nothing is known.
    """
    here = asked.scope.narrow(limited(asked.flow_filter, OF_ANY_NSG), asked.direction)
    end = f"{asked.near}_ip"
    own = asked.store.fetch(FlowQuery(asked.at_these(here, labels), by=(end, "mac"), measures=("flows",)))
    own = own[own["mac"] != ""].assign(**{end: lambda nics: one_spelling(nics[end])})
    is_known = rows[end].isin(own[end]) & (rows["mac"] != "") & (rows["direction"] == str(asked.direction))
    pairs = pd.MultiIndex.from_frame(own[[end, "mac"]].astype("str"))
    is_same = pd.MultiIndex.from_frame(rows[[end, "mac"]].astype("str")).isin(pairs)
    found: NDArray[np.bool_] = is_known.to_numpy(dtype=np.bool_) & ~is_same
    return found


def _own_allowed_at(
    asked: _Asked, logged: Latest, seen: pd.DataFrame, of_allowed: NDArray[Any], denied: pd.DataFrame, count: int
) -> pd.Series[Any]:
    """When each flow was last allowed here: where that is later than a denial elsewhere, when its last one began."""
    last_denied = np.full(count, np.datetime64("NaT"), dtype="datetime64[us]")
    last_denied[denied["cell"].to_numpy()[::-1]] = denied["at"].to_numpy()[::-1]
    late = moments_of(logged.allowed_at) > last_denied[of_allowed] + ONE_CONNECTION
    if not late.any():
        return logged.allowed_at
    at = began(*asked.traffic, seen[late])
    return logged.allowed_at.mask(late, at.reindex(logged.allowed_at.index))


def _without_taken_back(asked: _Asked, denied: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """Those after which nobody elsewhere let the flow pass again in the same direction, at the same NIC as far as told.

    Another NIC with the address is of another VNet, or a machine that was made anew, of which nothing is known.
    """
    if denied.empty:
        return denied
    labels = list(map(str, seen[f"{asked.near}_label"].unique()))
    ports = tuple(map(str, denied["port"].unique()))
    few = ports if len(ports) <= ASKED_AT_ONCE else ()
    rows = _decided(asked, Decision.ALLOWED, labels, ("direction", "nsg", *asked.known("flow_state")), few)
    if rows.empty:
        return denied
    again = np.zeros(len(denied), dtype=np.bool_)
    has_nic, tells_nic = ((each[_NIC] != "").to_numpy(dtype=np.bool_) for each in (denied, rows))
    for names, late in ((("direction",), ONE_CONNECTION), (("direction", "nsg"), np.timedelta64(0, "s"))):
        keys = [*FLOW_KEY, *names]
        again |= _let_pass_after(denied, rows, [*keys, _NIC], late)
        again |= ~has_nic & _let_pass_after(denied, rows, keys, late)
        again |= _let_pass_after(denied, rows[~tells_nic], keys, late)
    return denied[~again]


def _let_pass_after(
    denied: pd.DataFrame, rows: pd.DataFrame, keys: list[str], late: np.timedelta64
) -> NDArray[np.bool_]:
    """True for denials after which a connection of the same `keys` was let begin, by so much later."""
    of_denied, of_rows, count = numbers_of_both(denied[keys], rows[keys])
    found: NDArray[np.bool_] = last_begun(rows, of_rows, count)[of_denied] > moments_of(denied["last_seen"]) + late
    return found


def _closed(denied: pd.DataFrame, first_here: Moments, last_here: Moments) -> pd.DataFrame:
    """Columns CLOSED; `allowed_until` is missing where, as far as is logged, no connection was ever let pass."""
    since, last = moments_of(denied["first_seen"]), moments_of(denied["last_seen"])
    let_pass_since = last_here < last - ONE_CONNECTION
    until = np.where(first_here < since - ONE_CONNECTION, np.minimum(last_here, since), np.datetime64("NaT", "us"))
    until = np.where(let_pass_since, last_here, until)
    since = np.where(let_pass_since & (since <= last_here), last, since)
    words = [_in_words(*each) for each in denied[list(_DENIER)].astype("str").itertuples(index=False, name=None)]
    found = denied.reset_index(drop=True).assign(
        denied_by=pd.Series(words, dtype=object),
        rule_kind=ELSEWHERE,
        denied_since=pd.DatetimeIndex(since).tz_localize("UTC"),
        allowed_until=pd.DatetimeIndex(until).tz_localize("UTC"),
    )
    return found[list(CLOSED)]


def _in_words(direction: str, nsg: str, rule: str, kind: str) -> str:
    """The deny and where it stands, like "no-sql of nsg-db (inbound)" or "admin rule no-ssh (inbound)"."""
    name = rule or NAMELESS
    if kind == str(RuleKind.ADMIN):
        return f"admin rule {name} ({direction.lower()})"
    return f"{name} of {nsg} ({direction.lower()})" if nsg not in ("", NO_NSG) else f"{name} ({direction.lower()})"


def _joined(partial: str, denied: pd.DataFrame) -> str:
    return "; ".join(dict.fromkeys(filter(None, (partial, str(denied.attrs.get("partial", ""))))))
