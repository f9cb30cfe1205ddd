"""The latest logged decision on each cell, which is what a rule tells apart: addresses, protocol and port.

A cell that was denied last is closed: it becomes part of no rule, however often it was allowed before.

The decision on a connection is made when it begins: rules act on new connections only (Microsoft Learn, "Network
security groups"), so what continues or ends after a deny was added was allowed before it. A cell was last allowed when
its last connection began, where the log tells (states B, C and E); a tie goes to the denial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.analysis import required_ports
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY, cell_rows
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import numbers_of_both
from nsgflow_core.words.vocabulary import Decision, Direction, FlowState, RuleKind

Moments = NDArray[np.datetime64]

NAMELESS = "a rule without a name"
ELSEWHERE = "elsewhere"
"""In place of a rule kind: the cell is closed by what the draft does not touch; `denied_by` says where that stands."""
CLOSED = (*FLOW_KEY, "denied_by", "rule_kind", "denied_since", "allowed_until")
ASKED_AT_ONCE = 500
"""Up to so many ports are named in a question to the store."""
_OF_TIME = frozenset({"hour", "day", "week"})
OF_A_CELL = _OF_TIME | {"source", "destination", "src_ip", "dst_ip", "protocol", "port", "nsg", "nsg_id"}
"""What a filter may ask of denials: one for a rule or a state must not hide that another rule denied later."""
OF_ANY_NSG = OF_A_CELL - {"nsg", "nsg_id"}


@dataclass(frozen=True)
class Latest:
    """`cells`: one row per cell that was denied last (columns CLOSED; `allowed_until` is missing where it never was).

    Of the allowed flows that were asked about, in their order: `closed_by` is the place of the row of `cells` that
    closes the flow's cell, or -1; `allowed_at` is when the flow was last allowed. `partial` is the store's word on
    denials that it left out, or "".
    """

    cells: pd.DataFrame
    closed_by: Codes
    allowed_at: pd.Series[Any]
    partial: str = ""

    def is_closed_here(self) -> NDArray[np.bool_]:
        """Of each flow whether the draft's own NSG closed its cell, and not another one or an admin rule."""
        here = (self.cells["rule_kind"] != ELSEWHERE).to_numpy(dtype=np.bool_)
        found: NDArray[np.bool_] = np.append(here, False)[self.closed_by]
        return found

    def denial_of_each(self) -> dict[str, pd.Series[Any]]:
        """Of each flow the columns denied_by ("" where nothing closed it), denied_since and allowed_until."""
        rows = np.flatnonzero(self.closed_by >= 0)
        held = self.cells.iloc[self.closed_by[rows]]
        names = np.full(len(self.closed_by), "", dtype=object)
        names[rows] = held["denied_by"]
        every = range(len(self.closed_by))
        times = {name: held[name].set_axis(rows).reindex(every) for name in ("denied_since", "allowed_until")}
        return {"denied_by": pd.Series(names, dtype=object), **times}


def own_nsgs(store: FlowStore, scope: Scope, existing: RuleSet | None) -> tuple[str, ...]:
    """What the store calls the NSG that a draft is of; none for a subnet of which no file tells a logged NSG."""
    if scope.nsg:
        names: tuple[tuple[str, ...], ...] = ((scope.nsg, *scope.other_ids),)
    else:
        names = () if existing is None else ((existing.nsg_id, existing.resource_guid), (existing.name,))
    for each in names:
        if found := dict.fromkeys(label for name in each if name for label in store.nsgs_named(name)):
            return tuple(found)
    return ()


def latest(
    store: FlowStore,
    flow_filter: FlowFilter,
    scope: Scope,
    direction: Direction,
    allowed: pd.DataFrame,
    own: Sequence[str] = (),
) -> Latest:
    """Which cells of the scope were denied last; `allowed` are its allowed flows (FLOW_KEY, first_seen, last_seen).

    `own`: what a subnet's NSG is called, whose denials alone are asked; without one, those of all at that end.
    """
    denied = _denials(store, flow_filter, scope, direction, own)
    allowed_at = allowed["last_seen"].reset_index(drop=True)
    if denied.empty:
        return Latest(_closed(denied, allowed_at), np.full(len(allowed), -1), allowed_at, _partial(denied))
    of_allowed, of_denied, count = numbers_of_both(allowed[list(FLOW_KEY)], denied[list(FLOW_KEY)])
    denied_at = each_of("last", denied["last_seen"], of_denied, count)
    contested = moments_of(allowed_at) > denied_at[of_allowed]
    if contested.any():
        began_at = began(store, flow_filter, scope, direction, allowed[contested])
        allowed_at = allowed_at.mask(contested, began_at.reindex(allowed_at.index))
    cell_allowed_at = each_of("last", allowed_at, of_allowed, count)
    is_closed = ~np.isnat(denied_at) & ~(cell_allowed_at > denied_at)
    numbers, rows = np.unique(of_denied, return_index=True)
    numbers, rows = numbers[is_closed[numbers]], rows[is_closed[numbers]]
    places = np.full(count, -1, dtype=np.int64)
    places[numbers] = np.arange(len(numbers))
    ended = pd.Series(cell_allowed_at[numbers]).dt.tz_localize("UTC")
    closed = _closed(denied.iloc[rows].reset_index(drop=True), ended)
    return Latest(closed, places[of_allowed], allowed_at, _partial(denied))


def began(
    store: FlowStore, flow_filter: FlowFilter, scope: Scope, direction: Direction, allowed: pd.DataFrame
) -> pd.Series[Any]:
    """When the last connection of each of these allowed flows began, or was seen last where no log tells states.

    `allowed` has FLOW_KEY and last_seen; the answer has its index.
    """
    if allowed.empty or "flow_state" in store.unsupported:
        return allowed["last_seen"]
    return _begun(store, scope.narrow(required_ports.admitted(flow_filter), direction), allowed)


def first_logged(
    store: FlowStore, flow_filter: FlowFilter, scope: Scope, direction: Direction, own: Sequence[str] = ()
) -> dict[str, Any]:
    """When each rule first denied anything in the scope within the window: by its name in lower case."""
    whole = _denied(limited(flow_filter, _OF_TIME), scope, direction, own)
    rules = store.fetch(FlowQuery(whole, by=("rule",), measures=("first_seen",)))
    return rules.groupby(rules["rule"].astype(str).str.casefold())["first_seen"].min().to_dict()  # type: ignore[return-value]


def _denied(flow_filter: FlowFilter, scope: Scope, direction: Direction, own: Sequence[str]) -> FlowFilter:
    narrowed = scope.alone.narrow(limited(flow_filter, OF_A_CELL), direction)
    narrowed = narrowed.where("nsg", *own) if scope.subnet else narrowed
    return narrowed.where("decision", Decision.DENIED).where("rule_kind", RuleKind.PLATFORM, operator="is_not")


def limited(flow_filter: FlowFilter, dimensions: frozenset[str]) -> FlowFilter:
    """The filter without its conditions on other dimensions."""
    return flow_filter.without(*(c.dimension for c in flow_filter.conditions if c.dimension not in dimensions))


def _denials(
    store: FlowStore, flow_filter: FlowFilter, scope: Scope, direction: Direction, own: Sequence[str]
) -> pd.DataFrame:
    """One row per cell and rule that denied it, the latest first: FLOW_KEY, rule, rule_kind, first_seen, last_seen."""
    asked = _denied(flow_filter, scope, direction, own)
    query = FlowQuery(asked, by=(*FLOW_KEY, "rule", "rule_kind"), measures=("first_seen", "last_seen"))
    fetched = store.fetch(query)
    order = ["last_seen", *FLOW_KEY, "rule"]
    denied = cell_rows(fetched).sort_values(order, ascending=[False, *[True] * 5], ignore_index=True)
    denied.attrs["partial"] = fetched.attrs.get("partial", "")
    return denied


def _partial(denied: pd.DataFrame) -> str:
    return str(denied.attrs.get("partial", ""))


def each_of(how: Literal["first", "last"], moments: pd.Series[Any], groups: Codes, count: int) -> Moments:
    """The first or last moment of each group; not a time for a group without one."""
    found = moments_of(moments)
    order = np.argsort(found, kind="stable")[:: 1 if how == "last" else -1]
    each = np.full(count, np.datetime64("NaT"), dtype="datetime64[us]")
    each[groups[order]] = found[order]
    return each


def moments_of(times: pd.Series[Any]) -> Moments:
    """The moments as numpy holds them, in UTC."""
    found: Moments = times.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return found


def _begun(store: FlowStore, allowed: FlowFilter, contested: pd.DataFrame) -> pd.Series[Any]:
    """When the last connection of each contested flow began; by the place of the row.

    Where the window has no beginning of any, they began before what was seen of them first. A log without states
    (version 1) has a row where a connection began.
    """
    ports = contested["port"].unique()
    asked = allowed.where("port", *map(str, ports)) if len(ports) <= ASKED_AT_ONCE else allowed
    states = cell_rows(
        store.fetch(FlowQuery(asked, by=(*FLOW_KEY, "flow_state"), measures=("first_seen", "last_seen")))
    )
    of_contested, of_states, count = numbers_of_both(contested[list(FLOW_KEY)], states[list(FLOW_KEY)])
    moments = last_begun(states, of_states, count)[of_contested]
    return pd.Series(pd.to_datetime(moments), index=contested.index).dt.tz_localize("UTC")


def last_begun(rows: pd.DataFrame, groups: Codes, count: int) -> Moments:
    """When the last connection of each group of rows began, as far as their states tell (`flow_state`, where known)."""
    if "flow_state" not in rows.columns:
        return each_of("last", rows["last_seen"], groups, count)
    goes_on = rows["flow_state"].isin([FlowState.CONTINUING, FlowState.END])
    begun = each_of("last", rows.loc[~goes_on, "last_seen"], groups[~goes_on], count)
    seen = each_of("first", rows["first_seen"], groups, count)
    found: Moments = np.where(np.isnat(begun), seen, begun)
    return found


def _closed(denials: pd.DataFrame, ended: pd.Series[Any]) -> pd.DataFrame:
    """Columns CLOSED of the latest denial of each closed cell, and of when each was last allowed."""
    ended = ended.reindex(denials.index)
    since = denials["first_seen"].where(ended.isna() | (denials["first_seen"] > ended), denials["last_seen"])
    names = denials["rule"].astype(object).replace("", NAMELESS)
    return denials.assign(denied_by=names, denied_since=since, allowed_until=ended)[list(CLOSED)]
