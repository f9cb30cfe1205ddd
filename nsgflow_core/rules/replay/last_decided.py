"""What the log decided last on packets that it both allowed and denied, and since when.

Decided like the cells of a draft (`draft/closed/latest.py`): by when the last connection began, a tie denies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.rules.draft.closed.latest import (
    ASKED_AT_ONCE,
    NAMELESS,
    OF_A_CELL,
    OF_ANY_NSG,
    Moments,
    each_of,
    last_begun,
    limited,
)
from nsgflow_core.rules.replay.logged import PACKET, fetch_logged
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.sets.group_numbers import Numbers, is_among, numbers_of_both
from nsgflow_core.words.vocabulary import Decision

SINCE = " since "
"""Stands between what decides a packet and the time since when; no name of a rule has a blank in it."""
OfLog = Callable[[pd.DataFrame], pd.DataFrame]
"""Which of logged rows count."""


@dataclass(frozen=True)
class LastDecided:
    """Asks the log of `logged`, which was asked for with `flow_filter`, what it decided last.

    A filter for one rule, decision or direction hides no later decision by another one.
    """

    store: FlowStore
    flow_filter: FlowFilter
    logged: pd.DataFrame
    _whole: dict[frozenset[str], pd.DataFrame] = field(default_factory=dict, compare=False)

    def otherwise(self, packets: pd.DataFrame, than: Decision, of_log: OfLog) -> pd.Series[str]:
        """By what packets (PACKET) were decided last, where that is otherwise `than`, like "denied by close since
        2026-11-18 10:00 UTC"; else "". `of_log` says which rows are of what decides them."""
        return self._otherwise(packets, than, of_log, OF_A_CELL | {"direction"})

    def denied_there(self, packets: pd.DataFrame, by: pd.Series[str]) -> pd.Series[str]:
        """By what packets were denied last in their direction by any NSG: by the rule `by`, or never allowed there."""
        said = self._otherwise(packets, Decision.ALLOWED, lambda rows: rows, OF_ANY_NSG)
        logged = self._rows(OF_ANY_NSG)
        allowed = logged.loc[_is(logged, Decision.ALLOWED), list(PACKET)]
        names = ("denied by " + by.astype(object) + SINCE).str.casefold()
        is_by = [text.casefold().startswith(name) for text, name in zip(said, names, strict=True)]
        return said.where(np.array(is_by, dtype=np.bool_) | ~is_among(packets[list(PACKET)], allowed), "")

    def _otherwise(self, packets: pd.DataFrame, than: Decision, of_log: OfLog, kept: frozenset[str]) -> pd.Series[str]:
        found = pd.Series("", index=packets.index, dtype="str")
        other = Decision.DENIED if than is Decision.ALLOWED else Decision.ALLOWED
        logged = of_log(self._rows(kept))
        contested = is_among(packets[list(PACKET)], logged.loc[_is(logged, other), list(PACKET)])
        if contested.any():  # asked for with their times, which few questions need
            asked = packets.loc[contested, list(PACKET)]
            rows = of_log(self._with_times(asked, kept))
            of_asked, of_rows, count = numbers_of_both(asked, rows[list(PACKET)])
            found[contested] = _told(rows, of_rows, count, other)[of_asked]
        return found

    def _rows(self, kept: frozenset[str]) -> pd.DataFrame:
        """What was logged of the same packets, whichever rule decided."""
        if kept not in self._whole:
            asked = limited(self.flow_filter, kept)
            is_at_hand = asked == self.flow_filter
            self._whole[kept] = self.logged if is_at_hand else fetch_logged(self.store, asked)
        return self._whole[kept]

    def _with_times(self, packets: pd.DataFrame, kept: frozenset[str]) -> pd.DataFrame:
        asked = narrowed_to(packets, limited(self.flow_filter, kept))
        return fetch_logged(self.store, asked, ("first_seen", "last_seen"), ("flow_state",))


def narrowed_to(packets: pd.DataFrame, flow_filter: FlowFilter) -> FlowFilter:
    """The filter for these packets' addresses and ports, those of which there are few; it holds others too."""
    for name in ("src_ip", "dst_ip", "port"):
        values = packets[name].unique()
        if len(values) <= ASKED_AT_ONCE and packets[name].notna().all():
            flow_filter = flow_filter.where(name, *map(str, values))
    return flow_filter


def _is(rows: pd.DataFrame, decision: Decision) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (rows["decision"] == str(decision)).to_numpy(dtype=np.bool_)
    return found


def _told(rows: pd.DataFrame, numbers: Numbers, count: int, decision: Decision) -> NDArray[np.object_]:
    """Of each packet by what and since when it is decided so, "" where it was decided otherwise last."""
    is_denial = _is(rows, Decision.DENIED)
    denied_at = each_of("last", rows.loc[is_denial, "last_seen"], numbers[is_denial], count)
    allowed_at = last_begun(rows[~is_denial], numbers[~is_denial], count)
    is_denied = ~np.isnat(denied_at) & ~(allowed_at > denied_at)
    wants_denial = decision is Decision.DENIED
    chosen = is_denial if wants_denial else ~is_denial
    until = allowed_at if wants_denial else denied_at
    words = _by_and_since(rows[chosen], numbers[chosen], until, "denied" if wants_denial else "allowed")
    told = np.full(count, "", dtype=object)
    is_so = is_denied if wants_denial else ~is_denied
    for number, text in words.items():
        if is_so[number]:
            told[number] = text
    return told


def _by_and_since(rows: pd.DataFrame, numbers: Numbers, until: Moments, word: str) -> dict[int, str]:
    """Of each packet the rule of its last row, and when that rule first decided it after `until`."""
    named = pd.DataFrame({"number": numbers, "rule": rows["rule"].astype(object).to_numpy()})
    named[["first", "last"]] = rows[["first_seen", "last_seen"]].to_numpy()
    each: Any = named.groupby(["number", "rule"], sort=False).agg({"first": "min", "last": "max"}).reset_index()
    each = each.sort_values("last", kind="stable").drop_duplicates("number", keep="last")
    ended = pd.Series(until[each["number"].to_numpy()], index=each.index).dt.tz_localize("UTC")
    since = each["first"].where(ended.isna() | (each["first"] > ended), each["last"])
    rules = each["rule"].replace("", NAMELESS).astype(str)
    texts = f"{word} by " + rules + SINCE + since.dt.strftime("%Y-%m-%d %H:%M UTC")
    return dict(zip(each["number"].tolist(), texts.tolist(), strict=True))
