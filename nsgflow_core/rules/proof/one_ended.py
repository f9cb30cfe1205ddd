"""Flows that only the other end logged: an own log that is missing altogether, has gaps, or leaves this traffic out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.things.nics import Nic
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY
from nsgflow_core.rules.proof.hours import EDGE, HOUR, Estate, Hours
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.prefixes import NOT_INSIDE
from nsgflow_core.words.vocabulary import Decision, Direction, RuleKind

NO_LOG = "its end never logged such traffic"
NO_NIC = "no NIC of the files has this address: the front of a load balancer, or a machine that is gone"
IN_A_GAP = "its end's log has a gap then"
LEFT_OUT = "its end logs other traffic, but never this service"
TRANSLATED = "its end logged this service from others alone: translated on the way, perhaps"
UNANSWERED = "nothing came back: perhaps nobody is there"
ONE_ENDED = (*FLOW_KEY, "address", "subnet", "direction", "entries", "first_seen", "last_seen", "why")
"""`address` is the end whose log lacks the flow, `direction` what it should have logged it as."""
MISSING = frozenset({NO_LOG, LEFT_OUT})
FEW = 3
"""One or two entries may be lost by chance; Azure promises no complete log."""
SHOWN = 4


@dataclass(frozen=True)
class OneEnded:
    """`flows`: a row a flow that one end alone logged (columns ONE_ENDED), most entries first."""

    flows: pd.DataFrame
    partial: str = ""

    @property
    def missing(self) -> pd.DataFrame:
        """Those that tell of a log which is missing or left them out."""
        return self.flows[self.flows["why"].isin(MISSING)]

    def sentences(self) -> list[str]:
        """A sentence for each of the busiest addresses whose log lacks flows, and one for the others."""
        found = self.missing
        busiest = found.groupby(["address", "why"])["entries"].sum().sort_values(ascending=False, kind="stable")
        said = [self._about(str(address), str(why)) for address, why in busiest.index[:SHOWN]]
        if len(busiest) > SHOWN:
            more = len(busiest) - SHOWN
            said.append(f"And {more:,} more address{'' if more == 1 else 'es'} whose own log lacks flows.")
        return said

    def _about(self, address: str, why: str) -> str:
        rows = self.flows[(self.flows["address"] == address) & (self.flows["why"] == why)]
        row = rows.iloc[0]
        service = f"{row['protocol']} {row['port']}" if row["protocol"] in ("TCP", "UDP") else str(row["protocol"])
        example = f"{row['src_ip']} -> {row['dst_ip']} {service}"
        entries = int(rows["entries"].sum())
        counts = counted(entries, "entry")
        alone = f"the other end alone logged {counted(len(rows), 'flow')} ({counts}) of it"
        return f"{address} ({row['subnet']}): {alone}, like {example}; {why}."


def find_one_ended(
    store: FlowStore,
    window: FlowFilter,
    estate: Estate,
    hours: Hours,
    gaps: pd.DataFrame,
    inventory: Inventory,
    directions: tuple[str, ...],
) -> OneEnded:
    """One question to the store, or one a direction of a scope. Raises what the store raises."""
    asked = {each: estate.narrow(FlowFilter(window.since, window.until), Direction(each)) for each in directions}
    answers = {each: _pairs(store, each) for each in dict.fromkeys(asked.values())}
    seen = {direction: answers[each] for direction, each in asked.items()}
    found = []
    for direction in directions:
        lacking = _unmatched(seen[direction], direction)
        side = _side(direction)
        lacking = lacking[lacking[side].isin(estate.holds(lacking[side].unique()))]
        found.append(lacking.assign(address=lacking[side], direction=direction))
    flows = pd.concat(found, ignore_index=True)
    flows = flows.assign(subnet=[estate.label(address) for address in flows["address"]])
    flows["why"] = _why(flows, seen, hours, gaps, inventory)
    flows = flows[~_at_an_end(flows, hours) | (flows["why"] == NO_LOG)].rename(columns={"tuples": "entries"})
    flows = flows[(flows["why"] != LEFT_OUT) | (flows["entries"] >= FEW)]
    flows = flows.sort_values("entries", ascending=False, kind="stable", ignore_index=True)
    partial = dict.fromkeys(str(each.attrs.get("partial", "")) for each in answers.values())
    return OneEnded(flows[list(ONE_ENDED)], " ".join(filter(None, partial)))


def _side(direction: str) -> str:
    return "dst_ip" if direction == str(Direction.INBOUND) else "src_ip"


def _pairs(store: FlowStore, asked: FlowFilter) -> pd.DataFrame:
    """Every flow between private or named addresses, with the direction and decision that it was logged in."""
    asked = asked.where("rule_kind", RuleKind.PLATFORM, operator="is_not")
    for label in ("source", "destination"):
        asked = asked.where(label, *NOT_INSIDE, operator="is_not")
    measures = ("tuples", "first_seen", "last_seen", "packets", "dst_to_src_packets")
    seen = store.fetch(FlowQuery(asked, by=(*FLOW_KEY, "direction", "decision"), measures=measures))
    for name in ("src_ip", "dst_ip", "protocol", "direction", "decision"):
        seen[name] = seen[name].astype("str")
    return seen


def _unmatched(seen: pd.DataFrame, direction: str) -> pd.DataFrame:
    """What was logged at the other end and never, in any decision, as `direction` at its own."""
    elsewhere = seen[seen["direction"] != direction]
    if direction == str(Direction.INBOUND):
        elsewhere = elsewhere[elsewhere["decision"] == str(Decision.ALLOWED)]  # a denied one never got there
    measures = {"tuples": "sum", "first_seen": "min", "last_seen": "max"}
    measures |= dict.fromkeys(("packets", "dst_to_src_packets"), "sum")
    once = elsewhere.groupby(list(FLOW_KEY), as_index=False, sort=False, observed=True).agg(measures)
    logged = seen.loc[seen["direction"] == direction, list(FLOW_KEY)].drop_duplicates()
    found = once.merge(logged, on=list(FLOW_KEY), how="left", indicator=True)
    return found[found["_merge"] == "left_only"].drop(columns="_merge").reset_index(drop=True)


def _why(
    flows: pd.DataFrame, seen: Mapping[str, pd.DataFrame], hours: Hours, gaps: pd.DataFrame, inventory: Inventory
) -> pd.Series[str]:
    """Why the own end of each flow may lack it; `seen` is what was logged, of each direction that is asked about."""
    why = pd.Series(LEFT_OUT, index=flows.index, dtype="str")
    service = ["address", "protocol", "port", "direction"]
    there = pd.concat(
        [
            part.assign(address=part[_side(direction)])[service].drop_duplicates()
            for direction, part in ((each, held[held["direction"] == each]) for each, held in seen.items())
        ]
    )
    known = flows[service].merge(there, on=service, how="left", indicator=True)["_merge"] == "both"
    why = why.mask(known.to_numpy(), TRANSLATED)
    silent = set(zip(gaps["nic"], gaps["hour"], strict=True))
    nics_of = _nics_of(flows["address"], hours)
    ends = [flows[name].dt.floor("h") for name in ("first_seen", "last_seen")]
    in_gap = [all((nic, hour) in silent for hour in pair) for nic, *pair in zip(nics_of, *ends, strict=True)]
    why = why.mask(pd.Series(in_gap, index=flows.index, dtype=bool), IN_A_GAP)
    logs = hours.own[["address", "direction"]].drop_duplicates().astype("str")
    has_log = flows[["address", "direction"]].merge(logs, how="left", indicator=True)["_merge"] == "both"
    why = why.mask(~has_log.to_numpy(), NO_LOG)
    arrives = flows["direction"] == str(Direction.INBOUND)
    in_vain = (flows["packets"] > 0) & (flows["dst_to_src_packets"] == 0)
    why = why.mask(arrives & in_vain, UNANSWERED)
    nics = {each.address for nic in inventory.of(Nic) for each in nic.addresses}
    return why.mask((why == NO_LOG) & bool(nics) & ~flows["address"].isin(nics), NO_NIC) if nics else why


def _nics_of(addresses: pd.Series[str], hours: Hours) -> list[str]:
    """The NIC that logs each address as its own; "" where none does."""
    nics = hours.own["nic"].cat.categories
    known = zip(hours.own["address"].cat.categories, hours.nic_of, strict=True)
    named = {str(address): str(nics[nic]) for address, nic in known if nic >= 0}
    return [named.get(address, "") for address in addresses]


def _at_an_end(flows: pd.DataFrame, hours: Hours) -> pd.Series[bool]:
    """True for flows seen only so near the window's ends that their other half may lie outside."""
    if hours.own.empty:
        return pd.Series(False, index=flows.index)
    first: datetime = hours.own["hour"].min()
    last: datetime = hours.own["hour"].max() + HOUR
    return (flows["last_seen"] < first + EDGE) | (flows["first_seen"] >= last - EDGE)
