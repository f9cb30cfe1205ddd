"""Where an NSG flow log and a VNet flow log hold the same NIC at the same time: the flows that one of them alone has.

A flow counts as one of both when the two hold the same addresses, protocol, destination port, direction and decision,
whatever else they write of it: version 1 has no counters, and the VNet flow log names the rules of others too.
Platform traffic and admin rules are left out, of which an NSG flow log holds nothing.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.coverage.arrived import Arrived
from nsgflow_core.rules.proof.hours import EDGE, HOUR
from nsgflow_core.stores.base import FlowStore, held, kinds_compared, listed
from nsgflow_core.stores.categories import Numbers, codes_of, numbered
from nsgflow_core.words.vocabulary import LogKind, RuleKind

FLOW = ("src_ip", "dst_ip", "protocol", "port", "direction", "decision")
ONLY = ("nsg_log", "only_in", *FLOW, "entries", "first_seen", "last_seen")
PARITIES = ("target", "since", "until", "nics", "both", "only_nsg", "only_vnet")
MOST_WINDOWS = 24
"""Each window in which both ran is a question: migrations go in waves, so a large estate has a few."""


@dataclass(frozen=True)
class Parity:
    """`logs`: a row an NSG flow log that ran beside a VNet flow log (columns PARITIES; `target` is its NSG's key).

    `only`: a row a flow that one of them alone has (columns ONLY; `nsg_log` is that key). `left_out`: how many targets
    were not compared.
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
        found = self.logs[self.logs["target"] == target]
        return found.iloc[0] if len(found) else None


def ask_parity(store: FlowStore, window: FlowFilter, arrived: Arrived) -> Parity:
    """One question for each window in which both kinds ran. Raises what the store raises."""
    spans = {} if "mac" in store.unsupported else _together(arrived)
    logs, only = [], []
    with held(store):
        for (since, until), macs in list(spans.items())[:MOST_WINDOWS]:
            for target, (row, flows) in _compared(store, since, until, macs, arrived).items():
                logs.append((target, since, until, *row))
                only.append(flows)
    told = pd.DataFrame(logs, columns=list(PARITIES))
    flows = pd.concat(only, ignore_index=True) if only else pd.DataFrame(columns=list(ONLY))
    told = told.groupby("target", as_index=False, sort=False).agg(
        {"since": "min", "until": "max", **dict.fromkeys(("nics", "both", "only_nsg", "only_vnet"), "sum")}
    )
    return Parity(told, flows, max(0, len(spans) - MOST_WINDOWS))


def _together(arrived: Arrived) -> dict[tuple[datetime, datetime], frozenset[str]]:
    """[since, until) in which both kinds of logs hold a NIC -> those NICs (MACs)."""
    logged = arrived.logged[arrived.logged["mac"] != ""]
    ends = logged.groupby(["mac", "log_kind"], observed=True)["hour"].agg(["min", "max"]).unstack("log_kind")
    kinds = [str(LogKind.NSG), str(LogKind.VNET)]
    found: dict[tuple[datetime, datetime], set[str]] = defaultdict(set)
    if not all(("min", kind) in ends for kind in kinds):
        return {}
    both = ends.dropna()
    moments = ([both[name, kind] for kind in kinds] for name in ("min", "max"))
    for mac, *ends_of_nic in zip(both.index, *itertools.chain.from_iterable(moments), strict=True):
        since, until = max(ends_of_nic[:2]), min(ends_of_nic[2:]) + HOUR
        if since < until:
            found[since.to_pydatetime(), until.to_pydatetime()].add(str(mac))
    return {span: frozenset(macs) for span, macs in sorted(found.items(), key=lambda each: -len(each[1]))}


_Row = tuple[int, int, int, int]


def _compared(
    store: FlowStore, since: datetime, until: datetime, macs: frozenset[str], arrived: Arrived
) -> dict[str, tuple[_Row, pd.DataFrame]]:
    """NSG key -> (NICs, flows of both, of the NSG's alone, of the VNet's alone), and the flows of one alone."""
    kept = kinds_compared(store, since, until, sorted(macs))
    both, flows_of_one = kept or _of_questions(store, since, until, macs)
    alone = _alone(flows_of_one, since, until)
    per_nic = pd.DataFrame({"both": both})
    for name, kind in (("only_nsg", LogKind.NSG), ("only_vnet", LogKind.VNET)):
        counts = alone.loc[alone["only_in"] == str(kind), "mac"].astype("str").value_counts()
        per_nic[name] = counts.reindex(per_nic.index, fill_value=0)
    nsg_rows = arrived.of_kind(LogKind.NSG)[["mac", "target"]].drop_duplicates().astype("str")
    groups = nsg_rows.groupby("mac")["target"].agg(lambda targets: "\n".join(sorted(targets)))
    group_of = {mac: str(group) for mac, group in groups.items()}
    nics_in: dict[str, list[str]] = defaultdict(list)
    for mac in map(str, per_nic.index):
        if mac in group_of:
            nics_in[group_of[mac]].append(mac)
    found = {}
    for group, nics in sorted(nics_in.items()):
        row = per_nic.loc[nics].sum()
        flows = alone[alone["mac"].isin(nics)]
        told: _Row = (len(nics), int(row["both"]), int(row["only_nsg"]), int(row["only_vnet"]))
        for target in group.split("\n"):
            found[target] = (told, flows.assign(nsg_log=target)[list(ONLY)])
    return found


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
        return codes_of(column)
    return column.fillna(-1).to_numpy(np.int64) + 1


def _alone(flows: pd.DataFrame, since: datetime, until: datetime) -> pd.DataFrame:
    """The flows of one kind of log, without those so near the window's ends that their other half may lie outside.

    Those of the NSG's come first, and of each those of most entries.
    """
    inside = (flows["last_seen"] >= since + EDGE) & (flows["first_seen"] < until - EDGE)
    flows = flows[inside].rename(columns={"tuples": "entries", "log_kind": "only_in"})
    flows = flows.astype({"entries": "int64"})
    flow = [_numbers(flows[name]) for name in reversed(("only_in", "mac", *FLOW))]
    return flows.iloc[np.lexsort((*flow[:-1], -flows["entries"].to_numpy(), flow[-1]))]
