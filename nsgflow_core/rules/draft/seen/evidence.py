"""What speaks for each rule of a draft, and what a person should look at before signing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.rules.draft.asking.answers import Answer
from nsgflow_core.rules.draft.seen.guarded import kinds_of_ports
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.prefixes import INTERNET
from nsgflow_core.words.sets.bit_sets import Codes, count_bits, join_bits, members_of, union_of
from nsgflow_core.words.sets.group_numbers import count_distinct, first_of_each, group_numbers

NORMAL, RARE, SCAN, DYNAMIC, DECIDED, WAITING = 0, 1, 2, 3, 4, 5
"""Classes that never share a rule on the finer rungs, so that what needs a look stands alone."""
ALWAYS_APART = (DECIDED, WAITING)
"""Share no rule with others on any rung: what a person let in, so that its rule can say who did, and what waits for a
person's answer, so that leaving it out takes nothing else away."""
FEW_FLOWS = 3
SHORT_WINDOW_DAYS = 3
"""In a window of fewer days, "seen on one day" says nothing."""
SCAN_TARGETS = 20
"""From this many distinct destinations and ports, each met only a few times, a source looks like a scanner."""
HIGH_DAYS, MEDIUM_DAYS = 7, 3


class ReviewReason(str):
    """Why a person should look at a rule: what was seen, and behind it what that may be, or what to do about it."""

    seen: str

    def __new__(cls, seen: str, behind: str = "") -> ReviewReason:
        """Like "seen on one day only: a test"."""
        made = super().__new__(cls, f"{seen}: {behind}" if behind else seen)
        made.seen = seen
        return made


UNANSWERED = ReviewReason("nobody has said that it was meant", "answer its question")
NEW_EVERY_DAY = ReviewReason("ports that are new every day", "pin the service's range and narrow this rule")


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
    review: tuple[ReviewReason, ...] = field(default=())
    let_in: tuple[Answer, ...] = field(default=())
    """The answers of people without whom this traffic would have stayed apart."""

    @property
    def sentence(self) -> str:
        """Like "12,345 flows on 28 days, 2026-11-01 to 2026-11-28, admitted by AllowVnetInBound"."""
        if not self.flows or self.first_seen is None or self.last_seen is None:
            return "not seen in the logs"
        flows, days = counted(self.flows, "flow"), counted(self.days, "day")
        first, last = f"{self.first_seen:%Y-%m-%d}", f"{self.last_seen:%Y-%m-%d}"
        span = first if first == last else f"{first} to {last}"
        admitted = f", admitted by {', '.join(self.admitted_by)}" if self.admitted_by else ""
        let_in = "".join(f", let in {answer.signature.words}" for answer in self.let_in)
        return f"{flows} on {days}, {span}{admitted}{let_in}"


def mark_scans(flows: pd.DataFrame) -> Codes:
    """1 for each labelled flow that looks like part of a scan, else 0.

    That is: few connections, from a source with many such flows, to a service of that destination label that at most
    two sources ever met. Ports that are new every day (column `range` from 0 on) are no scan: they were answered. Every
    client meets many addresses of one service in the Internet, so there a service counts once for each source, unless
    its port is one of management or data.
    """
    few = (flows["flows"] <= FEW_FLOWS).to_numpy() & (flows["range"] < 0).to_numpy()
    sources, words = pd.factorize(flows["src_ip"])
    targets = few & ~_met_before_in_the_internet(flows, few)
    scanners = np.bincount(sources[targets], minlength=len(words)) >= SCAN_TARGETS
    if not scanners.any():
        return np.zeros(len(flows), dtype=np.int64)
    services = group_numbers(*(flows[column] for column in ("dst_label", "protocol", "port")), in_order=False)
    clients = count_distinct(services, sources, len(flows))[services]
    return (few & scanners[sources] & (clients <= 2)).astype(np.int64)


def _met_before_in_the_internet(flows: pd.DataFrame, few: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True for flows to the Internet on a port of no kind, whose source has another such flow to the port above it."""
    again = np.zeros(len(flows), dtype=np.bool_)
    places = np.flatnonzero(few & (flows["dst_label"] == INTERNET).to_numpy())
    public = flows.iloc[places]
    public, places = public[open_ports := kinds_of_ports(public) == ""], places[open_ports]
    if len(places):
        again[places] = True
        again[places[first_of_each(group_numbers(public["src_ip"], public["protocol"], public["port"]))]] = False
    return again


def classes(flows: pd.DataFrame, window_days: int) -> Codes:
    """NORMAL, RARE, SCAN, DYNAMIC (column `range` from 0 on), DECIDED (column `answer` from 1 on) or WAITING (column
    `waits`) per flow; columns src_token, dst_token, protocol, port, flows, on_days, scan, range, answer, waits.

    Rare is judged over the whole of what the tokens stand for: one host of a busy subnet is not rare.
    """
    ids = group_numbers(*(flows[column] for column in ("src_token", "dst_token", "protocol", "port")), in_order=False)
    size = int(ids.max()) + 1 if len(ids) else 0
    rare = np.bincount(ids, weights=flows["flows"].to_numpy(float), minlength=size) <= FEW_FLOWS
    if window_days >= SHORT_WINDOW_DAYS:
        rare |= count_bits(join_bits(flows["on_days"].to_numpy(), ids, size)) <= 1
    scans = np.bincount(ids, weights=flows["scan"].to_numpy() == 0, minlength=size) == 0
    found = np.where(scans, SCAN, np.where(rare, RARE, NORMAL)).astype(np.int64)[ids]
    found = np.where(flows["answer"].to_numpy() > 0, DECIDED, found)
    found = np.where(flows["range"].to_numpy() >= 0, DYNAMIC, found)
    return np.where(flows["waits"].to_numpy(), WAITING, found)


def weigh(flows: pd.DataFrame, member: Codes, window_days: int, rule_names: Sequence[str]) -> list[Evidence]:
    """The evidence of each opening, in opening order; `member` says which opening each flow belongs to."""
    openings = flows.groupby(member, sort=True)
    sums = openings[["flows", "packets", "bytes"]].sum().astype(np.int64).to_numpy().tolist()
    first, last = openings["first_seen"].min().tolist(), openings["last_seen"].max().tolist()
    sources, destinations = (count_distinct(member, flows[side], len(sums)).tolist() for side in ("src_ip", "dst_ip"))
    days = count_bits(join_bits(flows["on_days"].to_numpy(), member, len(sums))).tolist()
    rules = join_bits(flows["on_rules"].to_numpy(), member, len(sums)).tolist()
    scans, ranges = openings["scan"].max().tolist(), openings["range"].max().tolist()
    waits = openings["waits"].max().tolist()
    return [
        Evidence(
            flows=sums[opening][0],
            packets=sums[opening][1],
            bytes=sums[opening][2],
            days=days[opening],
            first_seen=first[opening].to_pydatetime(),
            last_seen=last[opening].to_pydatetime(),
            sources=sources[opening],
            destinations=destinations[opening],
            admitted_by=tuple(rule_names[place] for place in members_of(rules[opening])),
            confidence=confidence(days[opening], window_days),
            review=(
                (NEW_EVERY_DAY,)
                if ranges[opening] >= 0
                else (UNANSWERED,) * waits[opening]
                + review(sums[opening][0], days[opening], window_days, bool(scans[opening]))
            ),
        )
        for opening in range(len(sums))
    ]


def confidence(days: int, window_days: int) -> str:
    """high, medium or low: on how many days the traffic came, against how many the window has.

    A week of days, or every day of a window of at least three, is high; three days or half the window is medium.
    """
    if days >= HIGH_DAYS or (window_days >= SHORT_WINDOW_DAYS and days == window_days):
        return "high"
    if days >= MEDIUM_DAYS or (days > 1 and days * 2 >= window_days):
        return "medium"
    return "low"


def review(flows: int, days: int, window_days: int, has_scan: bool) -> tuple[ReviewReason, ...]:
    """Why a person should look at the rule; empty when nothing stands out."""
    reasons = []
    if has_scan:
        reasons.append(
            ReviewReason("one source met many destinations or ports, a few times each", "a scan or a monitor")
        )
    if window_days >= SHORT_WINDOW_DAYS and days == 1:
        reasons.append(ReviewReason("seen on one day only", "a forgotten service, a yearly or monthly job, or a test"))
    if flows <= FEW_FLOWS:
        reasons.append(ReviewReason(f"only {counted(flows, 'flow')}"))
    return tuple(reasons)


def days_in(flows: pd.DataFrame) -> int:
    """How many distinct days the traffic has."""
    return union_of(flows["on_days"].to_numpy()).bit_count()
