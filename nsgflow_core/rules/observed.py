"""The evidence for a draft: what was allowed through one NSG or subnet in one direction, one row per distinct flow.

A distinct flow is source address, destination address, protocol and destination port; the source port and the
replies need no rule, because NSGs are stateful (Microsoft Learn, "Network security groups").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nsgflow_core.analysis import required_ports
from nsgflow_core.errors import BadFilter
from nsgflow_core.filters import FlowFilter
from nsgflow_core.query import FlowQuery
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.vocabulary import Direction

KEY = ("src_ip", "dst_ip", "protocol", "port")
"""What makes two flows the same to a rule."""
MEASURES = ("flows", "packets", "bytes", "first_seen", "last_seen", "rules")
EPHEMERAL_FIRST = 32_768
"""Linux hands out client ports from 32768, Windows and IANA from 49152 (RFC 6335, section 6; ip-sysctl)."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the rules are for: one NSG (name, resource id or aclID) or one named subnet (or CIDR)."""

    nsg: str = ""
    subnet: str = ""

    def __post_init__(self) -> None:
        if bool(self.nsg.strip()) == bool(self.subnet.strip()):
            raise BadFilter("A draft is for one NSG or for one subnet.", "Name either the NSG or the subnet.")

    @property
    def name(self) -> str:
        """The NSG's or subnet's name, without the path of a resource id."""
        return (self.nsg or self.subnet).strip().rstrip("/").rsplit("/", 1)[-1] if self.nsg else self.subnet.strip()

    def narrow(self, flow_filter: FlowFilter, direction: Direction) -> FlowFilter:
        """The filter's traffic that this NSG logged, or that this subnet received or sent, in that direction.

        A subnet's inbound traffic is what was logged Inbound with a destination in it; outbound mirrors that.
        """
        towards = flow_filter.where("direction", direction)
        if self.subnet:
            return towards.where("destination" if direction is Direction.INBOUND else "source", self.subnet)
        is_id = "/" in self.nsg or _GUID.fullmatch(self.nsg.strip())
        by_name = towards.where("nsg_id" if is_id else "nsg", self.nsg)
        return by_name.without("nsg") if is_id else by_name.without("nsg_id")


def question(flow_filter: FlowFilter, scope: Scope, direction: Direction) -> FlowQuery:
    """The question behind a draft: allowed flows that no platform rule decided, per distinct flow."""
    return FlowQuery(scope.narrow(required_ports.required(flow_filter), direction), by=KEY, measures=MEASURES)


def observe(store: FlowStore, flow_filter: FlowFilter, scope: Scope, direction: Direction) -> pd.DataFrame:
    """The distinct flows, sorted by KEY; a partial answer keeps its mark.

    Columns: KEY, MEASURES, `days` (how many, UTC) and `on_days` (a number whose bit n says: seen on the n-th day of
    the traffic that the draft is made from).
    """
    flows = store.fetch(question(flow_filter, scope, direction))
    partial = flows.attrs.get("partial", "")
    flows = flows.sort_values(list(KEY), ignore_index=True)
    flows["port"] = flows["port"].astype("int64")
    flows["on_days"] = _day_bits(flows, days_of(store, flow_filter, scope, direction))
    flows["days"] = [bits.bit_count() for bits in flows["on_days"]]
    flows.attrs["partial"] = partial
    return flows


def days_of(store: FlowStore, flow_filter: FlowFilter, scope: Scope, direction: Direction) -> pd.DataFrame:
    """On which days (UTC) each distinct flow was logged. Columns: KEY, day."""
    narrowed = scope.narrow(required_ports.required(flow_filter), direction)
    return store.fetch(FlowQuery(narrowed, by=(*KEY, "day"), measures=("tuples",)))[[*KEY, "day"]]


def _day_bits(flows: pd.DataFrame, days: pd.DataFrame) -> pd.Series[Any]:
    """One whole number per flow, a bit for each day: sets of days that join with a plain `|`."""
    logged = days.assign(port=days["port"].astype("int64"), bit=pd.factorize(days["day"], sort=True)[0])
    logged = logged.sort_values([*KEY, "bit"])
    starts = (logged[list(KEY)] != logged[list(KEY)].shift()).any(axis=1).to_numpy()
    bits = [1 << int(bit) for bit in logged["bit"]]
    sums: list[int] = []
    for is_first, bit in zip(starts, bits, strict=True):
        if is_first:
            sums.append(bit)
        else:
            sums[-1] |= bit
    found = pd.Series(sums, index=pd.MultiIndex.from_frame(logged.loc[starts, list(KEY)]), dtype=object)
    return pd.Series(found.reindex(pd.MultiIndex.from_frame(flows[list(KEY)])).to_numpy(), index=flows.index)


def from_service_ports(
    store: FlowStore, flow_filter: FlowFilter, scope: Scope, direction: Direction
) -> pd.DataFrame | None:
    """Distinct flows to an ephemeral port, with the low port that each came from; None where no source port is known.

    Columns: KEY, src_port, flows. Those from a service's own port are answers that were logged as flows.
    """
    if "src_port" in store.unsupported:
        return None
    narrowed = scope.narrow(required_ports.required(flow_filter), direction)
    high = narrowed.where("port", f"{EPHEMERAL_FIRST}-65535").where("src_port", f"0-{EPHEMERAL_FIRST - 1}")
    return store.fetch(FlowQuery(high, by=(*KEY, "src_port"), measures=("flows",)))
