"""Where an NSG flow log and a VNet flow log hold the same NIC at the same time: the flows that one of them alone has.

A flow counts as one of both when the two hold the same addresses, protocol, destination port, direction and decision,
whatever else they write of it: version 1 has no counters, and the VNet flow log names the rules of others too.
Platform traffic and admin rules are left out, of which an NSG flow log holds nothing.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.coverage.arrived import Arrived
from nsgflow_core.rules.proof.hours import EDGE, HOUR
from nsgflow_core.stores.base import FlowStore, SinceUntil, held, kinds_compared, listed
from nsgflow_core.stores.categories import category_places, numbered
from nsgflow_core.words.sets.group_numbers import Numbers
from nsgflow_core.words.vocabulary import LogKind, RuleKind

FLOW = ("src_ip", "dst_ip", "protocol", "port", "direction", "decision")
ONLY = ("nsg_log", "only_in", *FLOW, "entries", "first_seen", "last_seen")
PARITIES = ("target", "since", "until", "nics", "both", "only_nsg", "only_vnet")
MOST_WINDOWS = 24
"""Each window in which both ran is a question to a store that does not compare flows where they are: busy NICs share a
few, since migrations go in waves; what is quiet has one of its own."""


@dataclass(frozen=True)
class Parity:
    """`logs`: a row an NSG flow log that ran beside a VNet flow log (columns PARITIES; `target` is its NSG's key).

    `only`: a row a flow that one of them alone has (columns ONLY; `nsg_log` is that key). `left_out`: how many windows
    in which both ran were not compared.
    """

    logs: pd.DataFrame
    only: pd.DataFrame
    left_out: int = 0

    @classmethod
    def none(cls) -> Parity:
        """Nothing was compared."""
        return cls(pd.DataFrame(columns=list(PARITIES)), pd.DataFrame(columns=list(ONLY)))

    def of(self, target: str) -> pd.Series | None:
        """The row of one NSG."""
        at = self._places.get(target)
        return None if at is None else self.logs.iloc[at]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {str(target): at for at, target in enumerate(self.logs["target"])}


def ask_parity(store: FlowStore, window: FlowFilter, arrived: Arrived) -> Parity:
    """What both kinds hold of each NIC while both ran. Raises what the store raises."""
    windows = {} if "mac" in store.unsupported else _together(arrived)
    if not windows:
        return Parity.none()
    with held(store):
        answers, left_out = _asked(store, windows)
    told, only = zip(*(_compared(*each, windows, arrived) for each in answers), strict=True)
    logs = pd.concat(told).groupby("target", as_index=False).agg(_ADDED)
    return Parity(logs, pd.concat(only, ignore_index=True), left_out)


def _together(arrived: Arrived) -> dict[str, SinceUntil]:
    """The NICs (MACs) that both kinds of logs hold, each with the window in which both do."""
    logged = arrived.logged[arrived.logged["mac"] != ""]
    ends = logged.groupby(["mac", "log_kind"], observed=True)["hour"].agg(["min", "max"]).unstack("log_kind")
    kinds = [str(LogKind.NSG), str(LogKind.VNET)]
    if not all(("min", kind) in ends for kind in kinds):
        return {}
    both = ends.dropna()
    found: dict[str, SinceUntil] = {}
    moments = ([both[name, kind] for kind in kinds] for name in ("min", "max"))
    for mac, *ends_of_nic in zip(both.index, *itertools.chain.from_iterable(moments), strict=True):
        since, until = max(ends_of_nic[:2]), min(ends_of_nic[2:]) + HOUR
        if since < until:
            found[str(mac)] = since.to_pydatetime(), until.to_pydatetime()
    return found


_Answer = tuple["pd.Series[int]", pd.DataFrame]


def _asked(store: FlowStore, windows: Mapping[str, SinceUntil]) -> tuple[list[_Answer], int]:
    """One answer about all NICs, of a store that compares flows where they are, or else one for each window in which
    both ran, those of most NICs first; and of how many windows there is none."""
    kept = kinds_compared(store, windows)
    if kept is not None:
        return [kept], 0
    together: dict[SinceUntil, set[str]] = defaultdict(set)
    for mac, window in windows.items():
        together[window].add(mac)
    spans = sorted(sorted(together.items()), key=lambda each: -len(each[1]))
    asked = [_of_questions(store, *window, frozenset(macs)) for window, macs in spans[:MOST_WINDOWS]]
    return asked, max(0, len(spans) - MOST_WINDOWS)


def _compared(
    both: pd.Series[int], flows_of_one: pd.DataFrame, windows: Mapping[str, SinceUntil], arrived: Arrived
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A row for each NSG flow log and the others of the same NICs (columns PARITIES), and the flows of one alone."""
    alone = _alone(flows_of_one, windows)
    per_nic = pd.DataFrame({"both": both})
    for name, kind in (("only_nsg", LogKind.NSG), ("only_vnet", LogKind.VNET)):
        counts = alone.loc[alone["only_in"] == str(kind), "mac"].astype("str").value_counts()
        per_nic[name] = counts.reindex(per_nic.index, fill_value=0)
    for at, end in enumerate(("since", "until")):
        per_nic[end] = pd.to_datetime([windows[str(mac)][at] for mac in per_nic.index], utc=True)
    nsg_rows = arrived.of_kind(LogKind.NSG)[["mac", "target"]].drop_duplicates().astype("str")
    group_of = nsg_rows.groupby("mac")["target"].agg(lambda targets: "\n".join(sorted(targets)))
    of_group = per_nic.assign(nics=1).groupby(group_of.reindex(per_nic.index)).agg(_ADDED)
    rows_of = alone.groupby(alone["mac"].astype("str").map(group_of)).indices
    pairs = [(target, group) for group in of_group.index for target in str(group).split("\n")]
    logs = of_group.loc[[group for _, group in pairs]].assign(target=[target for target, _ in pairs])
    rows = [rows_of.get(group, _NO_ROWS) for _, group in pairs]
    flows = alone.iloc[np.concatenate([_NO_ROWS, *rows])]
    named = np.repeat([target for target, _ in pairs], [len(each) for each in rows])
    return logs[list(PARITIES)].reset_index(drop=True), flows.assign(nsg_log=named)[list(ONLY)]


_ADDED = {"since": "min", "until": "max", **dict.fromkeys(("nics", "both", "only_nsg", "only_vnet"), "sum")}
_NO_ROWS = np.empty(0, np.intp)


def _of_questions(
    store: FlowStore, since: datetime, until: datetime, macs: frozenset[str]
) -> tuple[pd.Series[int], pd.DataFrame]:
    """Of each NIC the flows that both kinds have, and the flows that one of them alone has, from all that each has."""
    asked = FlowFilter(since, until).where("mac", *sorted(macs))
    asked = asked.where("rule_kind", RuleKind.PLATFORM, RuleKind.ADMIN, RuleKind.UNSPECIFIED, operator="is_not")
    measures = ("tuples", "first_seen", "last_seen")
    seen = listed(store, FlowQuery(asked, by=("mac", "log_kind", *FLOW), measures=measures))
    flow = [_numbers(seen[name]) for name in ("mac", *FLOW)]
    is_nsg, key = (seen["log_kind"] == str(LogKind.NSG)).to_numpy(), numbered(flow)
    has_other = np.where(is_nsg, pd.Index(key).isin(key[~is_nsg]), pd.Index(key).isin(key[is_nsg]))
    both = pd.Series(is_nsg & has_other, seen.index).groupby(seen["mac"], observed=True).sum().astype("int64")
    both.index = both.index.astype("str")
    return both, seen[~has_other]


def _numbers(column: pd.Series) -> Numbers:
    """A column as numbers from 0 on, in the order of its values."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return category_places(column)
    return column.fillna(-1).to_numpy(np.int64) + 1


def _alone(flows: pd.DataFrame, windows: Mapping[str, SinceUntil]) -> pd.DataFrame:
    """The flows of one kind of log, without those so near the ends of their NIC's window that their other half may lie
    outside.

    Those of the NSG's come first, and of each those of most entries.
    """
    macs = flows["mac"].astype("category").cat.remove_unused_categories().cat
    ends = (pd.to_datetime([windows[str(mac)][at] for mac in macs.categories], utc=True) for at in (0, 1))
    since, until = (each.take(macs.codes.to_numpy()) for each in ends)
    inside = (flows["last_seen"] >= since + EDGE) & (flows["first_seen"] < until - EDGE)
    flows = flows[inside].rename(columns={"tuples": "entries", "log_kind": "only_in"})
    flows = flows.astype({"entries": "int64"})
    flow = [_numbers(flows[name]) for name in reversed(("only_in", "mac", *FLOW))]
    return flows.iloc[np.lexsort((*flow[:-1], -flows["entries"].to_numpy(), flow[-1]))]
