"""Traffic that a draft must not turn into a rule silently: who it came from, or how it came, asks for a person's word.

A rule that is drafted is a rule that will be applied, so a stranger's remote desktop must not become one because it was
logged: it stays out until a person allows it. Inside the network cutting what was seen would be the other mistake: what
only a default or any-source rule admitted is drafted and asked about where its port is guarded or it is rare, and a
rare shell waits in a rule of its own. The row of each reason (`asking/reasons.py`) says which of these it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.analysis import required_ports
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.rule import DEFAULT_RULES, Access, Rule, RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.asking import reasons as rows
from nsgflow_core.rules.draft.seen import evidence
from nsgflow_core.rules.draft.seen.evidence_query import EPHEMERAL_FIRST, FLOW_KEY, SERVICE_KEY
from nsgflow_core.rules.draft.seen.excluded import SERVICE_PORTS
from nsgflow_core.rules.draft.seen.guarded import kinds_of_ports
from nsgflow_core.rules.special.owned import owner_of
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.guarded_ports import BY_SERVICE, PortKind
from nsgflow_core.words.prefixes import INTERNET
from nsgflow_core.words.public_space import WIDE_SHARE, public_share
from nsgflow_core.words.sets.bit_sets import Codes, count_bits, join_bits, set_of
from nsgflow_core.words.sets.group_numbers import count_distinct, group_numbers, is_among, total_of_each
from nsgflow_core.words.vocabulary import Direction

FEW_STRANGERS = 2
"""A service that strangers met on one day only is asked about when no more than these did."""
SNAT_FIRST = 1_024
"""Azure's load balancer and NAT gateway hand out client ports from 1024 on (Microsoft Learn, "Source Network Address
Translation (SNAT) for outbound connections"), so an answer can go to any port from there."""
ANSWERING_PORTS = SERVICE_PORTS | {
    *(20, 21, 22, 23, 25, 53, 80, 88, 110, 111, 123, 135, 139, 143, 161, 389, 443, 445, 464, 465, 514, 587, 636),
    *(853, 873, 989, 990, 993, 995),
}
"""Ports that servers listen on and no client is given: what comes *from* one of them is an answer."""
_LISTENING = SERVICE_PORTS | {port for _, port in BY_SERVICE}
_NOTHING_KNOWN = AddressSpace()


@dataclass(frozen=True, slots=True)
class Deciders:
    """What the rules that admitted the flows were meant for: sets of places in their names, as bits.

    `open_to_any`: default rules, and those that admit any source. `meant`: rules of the NSG that name who may come. A
    rule that the NSG no longer has is in neither. `for_a_time`: rules that a service writes and takes away again.
    """

    open_to_any: int
    meant: int
    for_a_time: int

    @classmethod
    def of(cls, names: Iterable[str], existing: RuleSet | None, direction: Direction) -> Deciders:
        """Of the rules of these names, as the NSG has them now."""
        default = {rule.name.casefold() for rule in DEFAULT_RULES}
        known = {rule.name.casefold(): rule for rule in existing.towards(direction)} if existing else {}
        own = {key for key in known if key not in default}
        wide = {key for key in own if _admits_any(known[key], direction)}
        keys = [name.casefold() for name in names]
        passing = {key for key in keys if (owner := owner_of(key)) and owner.for_a_time}
        chosen = (default | wide, own - wide, passing)
        return cls(*(set_of(held, keys) for held in chosen))


def ask_first(
    store: FlowStore,
    flow_filter: FlowFilter,
    scope: Scope,
    direction: Direction,
    seen: pd.DataFrame,
    rules: Sequence[str],
    found: pd.Series[str],
    existing: RuleSet | None,
) -> pd.Series[str]:
    """The reasons `found` for the flows and `rules` of `observe`, with those of this module where there was none."""
    answers = _answers(store, flow_filter, scope, direction, seen[found == ""])
    found = found.mask(answers.reindex(found.index, fill_value=False), rows.REPLY.words)
    deciders = Deciders.of(rules, existing, direction)
    doubts = doubt_each(seen[found == ""], deciders, direction, evidence.days_in(seen))
    return found.mask(found == "", doubts.reindex(found.index, fill_value=""))


def doubt_each(flows: pd.DataFrame, deciders: Deciders, direction: Direction, window_days: int) -> pd.Series[str]:
    """Why each flow (columns of `observe`) is asked about; "" for those that are not. The later reason is the worse."""
    doubts = rows.no_reasons(flows.index)
    if flows.empty:
        return doubts
    admitted = flows["on_rules"].to_numpy()
    by_any = (admitted & ~deciders.open_to_any) == 0
    kinds = kinds_of_ports(flows)
    comes_in = direction is Direction.INBOUND
    strangers = (flows["src_label"] == INTERNET).to_numpy() & comes_in
    scans = (evidence.mark_scans(flows) == 1) & (flows["port"] < EPHEMERAL_FIRST).to_numpy()
    unmeant = (admitted & deciders.meant) == 0
    rare = by_any & _rare(flows, window_days)
    for reason, rows_of_it in (
        (rows.RARE, rare & ~strangers),
        (rows.UNNAMED_GUARDED, (kinds != "") & by_any & ~rare & comes_in),
        (rows.RARE_MANAGEMENT, (kinds == PortKind.MANAGEMENT) & rare),
        (rows.UNNAMED_STRANGER, strangers & by_any),
        (rows.JUST_IN_TIME, (admitted & ~deciders.for_a_time) == 0),
        (rows.SCAN, scans & (by_any | strangers)),
        (rows.RARE_STRANGER, strangers & unmeant & _rare_strangers(flows, strangers, window_days)),
        (rows.EXPOSED, strangers & (kinds != "")),
    ):
        doubts[rows_of_it] = reason.words
    return doubts


def _admits_any(rule: Rule, direction: Direction) -> bool:
    far = rule.sources if direction is Direction.INBOUND else rule.destinations
    return rule.access is Access.ALLOW and public_share(_NOTHING_KNOWN.side(far).sure) >= WIDE_SHARE


def _rare(flows: pd.DataFrame, window_days: int) -> NDArray[np.bool_]:
    """True for flows of a service between two labels that a few flows on one day of several were all of."""
    if window_days < evidence.SHORT_WINDOW_DAYS:
        return np.zeros(len(flows), dtype=np.bool_)
    service = group_numbers(*(flows[column] for column in SERVICE_KEY), in_order=False)
    days = count_bits(join_bits(flows["on_days"].to_numpy(), service, len(flows)))[service]
    return _few(flows, service) & (days <= 1)


def _rare_strangers(flows: pd.DataFrame, strangers: NDArray[np.bool_], window_days: int) -> NDArray[np.bool_]:
    """True for flows to a service of a host that strangers met a few times only, or few of them on one day only."""
    service = group_numbers(strangers, *(flows[column] for column in FLOW_KEY[1:]), in_order=False)
    clients = count_distinct(service, flows["src_ip"], len(flows))[service]
    days = count_bits(join_bits(flows["on_days"].to_numpy(), service, len(flows)))[service]
    one_day = (days <= 1) & (window_days >= evidence.SHORT_WINDOW_DAYS)
    return _few(flows, service) | (one_day & (clients <= FEW_STRANGERS))


def _few(flows: pd.DataFrame, service: Codes) -> NDArray[np.bool_]:
    counts = np.bincount(service, weights=flows["flows"].to_numpy(float), minlength=len(flows))
    found: NDArray[np.bool_] = counts[service] <= evidence.FEW_FLOWS
    return found


def _answers(
    store: FlowStore, flow_filter: FlowFilter, scope: Scope, direction: Direction, flows: pd.DataFrame
) -> pd.Series[bool]:
    """True where at least half of a flow's connections, to no service's port from 1024 on, came from a service's port.

    A privileged port that no service of the table has counts where the other end is known to listen on it: it was
    met there, the other way round.
    """
    is_answer = pd.Series(False, index=flows.index)
    low = flows["port"].between(SNAT_FIRST, EPHEMERAL_FIRST - 1) & ~flows["port"].isin(list(_LISTENING))
    if "src_port" in store.unsupported or not low.any():
        return is_answer
    asked = scope.narrow(required_ports.admitted(flow_filter), direction).where("port", f"{SNAT_FIRST}-32767")
    from_service = asked.where("src_port", f"0-{SNAT_FIRST - 1}", *map(str, sorted(SERVICE_PORTS)))
    came = store.fetch(FlowQuery(from_service, by=(*FLOW_KEY, "src_port"), measures=("flows",)))
    came = came[came["src_port"] != came["port"]]
    if came.empty:
        return is_answer
    listens = came["src_port"].isin(list(ANSWERING_PORTS))
    others = _met_the_other_way(store, flow_filter, scope, direction, came[~listens])
    answered = came[listens | others.reindex(came.index, fill_value=False)]
    counts = total_of_each(flows.loc[low, list(FLOW_KEY)], answered[list(FLOW_KEY)], answered["flows"])
    is_answer[low] = (counts > 0) & (counts * 2 >= flows.loc[low, "flows"].to_numpy())
    return is_answer


def _met_the_other_way(
    store: FlowStore, flow_filter: FlowFilter, scope: Scope, direction: Direction, came: pd.DataFrame
) -> pd.Series[bool]:
    """True where a flow's destination also began flows to the very port of the source that it came from."""
    if came.empty:
        return pd.Series(False, index=came.index)
    other = Direction.OUTBOUND if direction is Direction.INBOUND else Direction.INBOUND
    ports = map(str, sorted({int(port) for port in came["src_port"]}))
    asked = scope.narrow(required_ports.admitted(flow_filter), other).where("port", *ports)
    met = store.fetch(FlowQuery(asked, by=FLOW_KEY, measures=("flows",)))
    back = dict(zip(("dst_ip", "src_ip", "protocol", "src_port"), FLOW_KEY, strict=True))
    returning = came[list(back)].rename(columns=back)
    return pd.Series(is_among(returning, met[list(FLOW_KEY)]), index=came.index)
