"""Where an NSG flow log and a VNet flow log hold the same NIC at the same time: the flows that one of them alone has.

A flow counts as one of both when the two hold the same addresses, protocol, destination port, direction and decision,
whatever else they write of it: version 1 has no counters, and the VNet flow log names the rules of others too.
Platform traffic and admin rules are left out, of which an NSG flow log holds nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.coverage.arrived import Arrived
from nsgflow_core.rules.proof.hours import EDGE, HOUR
from nsgflow_core.stores.base import FlowStore, held
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
    ends = logged.groupby(["mac", "log_kind"])["hour"].agg(["min", "max"]).unstack("log_kind")
    kinds = (str(LogKind.NSG), str(LogKind.VNET))
    found: dict[tuple[datetime, datetime], set[str]] = defaultdict(set)
    if not all(("min", kind) in ends for kind in kinds):
        return {}
    both = ends.dropna()
    for mac in both.index:
        since = max(both.loc[mac, ("min", kind)] for kind in kinds).to_pydatetime()
        until = min(both.loc[mac, ("max", kind)] for kind in kinds).to_pydatetime() + HOUR
        if since < until:
            found[since, until].add(str(mac))
    return {span: frozenset(macs) for span, macs in sorted(found.items(), key=lambda each: -len(each[1]))}


_Row = tuple[int, int, int, int]


def _compared(
    store: FlowStore, since: datetime, until: datetime, macs: frozenset[str], arrived: Arrived
) -> dict[str, tuple[_Row, pd.DataFrame]]:
    """NSG key -> (NICs, flows of both, of the NSG's alone, of the VNet's alone), and the flows of one alone."""
    asked = FlowFilter(since, until).where("mac", *sorted(macs))
    asked = asked.where("rule_kind", RuleKind.PLATFORM, RuleKind.ADMIN, RuleKind.UNSPECIFIED, operator="is_not")
    seen = store.fetch(FlowQuery(asked, by=("mac", "log_kind", *FLOW), measures=("tuples", "first_seen", "last_seen")))
    for name in ("mac", "log_kind", "src_ip", "dst_ip", "protocol", "direction", "decision"):
        seen[name] = seen[name].astype("str")
    nsg_rows = arrived.of_kind(LogKind.NSG)
    nsgs_of = nsg_rows.groupby("mac")["target"].agg(frozenset)
    seen["group"] = seen["mac"].map({mac: "\n".join(sorted(keys)) for mac, keys in nsgs_of.items()})
    key = ["group", "mac", *FLOW]
    measures = {"tuples": "sum", "first_seen": "min", "last_seen": "max"}
    halves = {
        kind: seen[seen["log_kind"] == str(kind)].groupby(key, as_index=False, observed=True).agg(measures)
        for kind in LogKind
    }
    joined = halves[LogKind.NSG].merge(
        halves[LogKind.VNET], on=key, how="outer", suffixes=("", "_vnet"), indicator=True
    )
    found = {}
    for group, rows in joined.groupby("group"):
        nsg_only = _alone(rows[rows["_merge"] == "left_only"], "", since, until)
        vnet_only = _alone(rows[rows["_merge"] == "right_only"], "_vnet", since, until)
        counts = (rows["mac"].nunique(), int((rows["_merge"] == "both").sum()), len(nsg_only), len(vnet_only))
        for target in str(group).split("\n"):
            flows = pd.concat(
                [nsg_only.assign(only_in=str(LogKind.NSG)), vnet_only.assign(only_in=str(LogKind.VNET))],
                ignore_index=True,
            )
            found[target] = (counts, flows.assign(nsg_log=target)[list(ONLY)])
    return found


def _alone(rows: pd.DataFrame, suffix: str, since: datetime, until: datetime) -> pd.DataFrame:
    """The flows of one half, without those so near the window's ends that their other half may lie outside."""
    names = {f"{name}{suffix}": name for name in ("tuples", "first_seen", "last_seen")}
    flows = rows[[*FLOW, *names]].rename(columns=names).rename(columns={"tuples": "entries"})
    inside = (flows["last_seen"] >= since + EDGE) & (flows["first_seen"] < until - EDGE)
    return flows[inside].astype({"entries": "int64"}).sort_values("entries", ascending=False, kind="stable")
