"""What speaks for each rule of a draft, and what a person should look at before signing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_

import numpy as np
import pandas as pd

from nsgflow_core.rules.merging import Codes

NORMAL, RARE, SCAN = 0, 1, 2
"""Classes that never share a rule on the finer rungs, so that what needs a look stands alone."""
FEW_FLOWS = 3
SHORT_WINDOW_DAYS = 3
"""In a window of fewer days, "seen on one day" says nothing."""
SCAN_TARGETS = 20
"""From this many distinct destinations and ports, each met only a few times, a source looks like a scanner."""
HIGH_DAYS, MEDIUM_DAYS = 7, 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """The traffic behind one rule. Times UTC; `bytes` both ways; `sources` and `destinations` distinct addresses."""

    flows: int = 0
    packets: int = 0
    bytes: int = 0
    days: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    sources: int = 0
    destinations: int = 0
    admitted_by: tuple[str, ...] = ()
    confidence: str = ""
    review: tuple[str, ...] = field(default=())

    @property
    def sentence(self) -> str:
        """Like "12,345 flows on 28 days, 2026-11-01 to 2026-11-28, was admitted by AllowVnetInBound"."""
        if not self.flows or self.first_seen is None or self.last_seen is None:
            return "not seen in the logs"
        flows = f"{self.flows:,} flow" + ("s" if self.flows != 1 else "")
        days = f"{self.days} day" + ("s" if self.days != 1 else "")
        span = f"{self.first_seen:%Y-%m-%d} to {self.last_seen:%Y-%m-%d}"
        admitted = f", was admitted by {', '.join(self.admitted_by)}" if self.admitted_by else ""
        return f"{flows} on {days}, {span}{admitted}"


def mark_scans(flows: pd.DataFrame) -> Codes:
    """1 for each labelled flow that looks like part of a scan, else 0.

    That is: few connections, from a source with many such flows, to a service of that destination label that at most
    two sources ever met.
    """
    few = flows["flows"] <= FEW_FLOWS
    targets = flows[few].groupby("src_ip", observed=True).size()
    scanners = flows["src_ip"].map(targets).fillna(0) >= SCAN_TARGETS
    clients = flows.groupby(["dst_label", "protocol", "port"], observed=True)["src_ip"].transform("nunique")
    return (few & scanners & (clients <= 2)).to_numpy().astype(np.int64)


def classes(flows: pd.DataFrame, window_days: int) -> Codes:
    """NORMAL, RARE or SCAN per flow (columns src_token, dst_token, protocol, port, flows, on_days, scan).

    Rare is judged over the whole of what the tokens stand for: one host of a busy subnet is not rare.
    """
    service = flows.groupby(["src_token", "dst_token", "protocol", "port"], sort=False, observed=True)
    total = service["flows"].transform("sum").to_numpy()
    rare = total <= FEW_FLOWS
    if window_days >= SHORT_WINDOW_DAYS:
        ids = np.asarray(service.ngroup(), dtype=np.int64)
        rare |= _days_each(flows["on_days"].tolist(), ids)[ids] <= 1
    scans = service["scan"].transform("min").to_numpy() == 1
    return np.where(scans, SCAN, np.where(rare, RARE, NORMAL)).astype(np.int64)


def _days_each(bits: list[int], groups: Codes) -> Codes:
    """How many distinct days each group was seen on."""
    joined = [0] * (int(groups.max()) + 1 if len(groups) else 0)
    for group, days in zip(groups.tolist(), bits, strict=True):
        joined[group] |= days
    return np.array([days.bit_count() for days in joined], dtype=np.int64)


def weigh(flows: pd.DataFrame, member: Codes, window_days: int) -> list[Evidence]:
    """The evidence of each box, in box order; `member` says which box each flow belongs to."""
    boxes = flows.groupby(member, sort=True)
    sums = boxes[["flows", "packets", "bytes"]].sum().astype(np.int64).to_numpy().tolist()
    distinct = boxes[["src_ip", "dst_ip"]].nunique().to_numpy().tolist()
    first, last = boxes["first_seen"].min().tolist(), boxes["last_seen"].max().tolist()
    days = _days_each(flows["on_days"].tolist(), member)
    admitted = _admitted(flows["rules"], member)
    scans = boxes["scan"].max().tolist()
    return [
        Evidence(
            flows=sums[box][0],
            packets=sums[box][1],
            bytes=sums[box][2],
            days=int(days[box]),
            first_seen=first[box].to_pydatetime(),
            last_seen=last[box].to_pydatetime(),
            sources=distinct[box][0],
            destinations=distinct[box][1],
            admitted_by=admitted[box],
            confidence=confidence(int(days[box]), window_days),
            review=review(sums[box][0], int(days[box]), window_days, bool(scans[box])),
        )
        for box in range(len(sums))
    ]


def _admitted(rules: pd.Series[str], member: Codes) -> list[tuple[str, ...]]:
    """The names of the existing rules behind each box; a store writes them as "nsg/rule; nsg/rule"."""
    pairs = pd.DataFrame({"box": member, "rules": rules.to_numpy()}).drop_duplicates()
    names: list[set[str]] = [set() for _ in range(int(member.max()) + 1 if len(member) else 0)]
    for box, text in zip(pairs["box"].tolist(), pairs["rules"].tolist(), strict=True):
        names[box].update(name.rsplit("/", 1)[-1].strip() for name in str(text).split(";") if name.strip())
    return [tuple(sorted(held)) for held in names]


def confidence(days: int, window_days: int) -> str:
    """high, medium or low: on how many days the traffic came, against how many the window has.

    A week of days, or every day of a window of at least three, is high; three days or half the window is medium.
    """
    if days >= HIGH_DAYS or (window_days >= SHORT_WINDOW_DAYS and days == window_days):
        return "high"
    if days >= MEDIUM_DAYS or (days > 1 and days * 2 >= window_days):
        return "medium"
    return "low"


def review(flows: int, days: int, window_days: int, has_scan: bool) -> tuple[str, ...]:
    """Why a person should look at the rule; empty when nothing stands out."""
    reasons = []
    if has_scan:
        reasons.append("one source met many destinations or ports, a few times each: a scan or a monitor")
    if window_days >= SHORT_WINDOW_DAYS and days == 1:
        reasons.append("seen on one day only: a forgotten service, a yearly or monthly job, or a test")
    if flows <= FEW_FLOWS:
        reasons.append(f"only {flows} flow{'s' if flows != 1 else ''}")
    return tuple(reasons)


def days_in(flows: pd.DataFrame) -> int:
    """How many distinct days the traffic has."""
    return int(reduce(or_, flows["on_days"].tolist(), 0)).bit_count()
