"""The evidence for a draft: what was allowed through one NSG or subnet in one direction, one row per distinct flow.

A distinct flow is source address, destination address, protocol and destination port; the source port and the
replies need no rule, because NSGs are stateful (Microsoft Learn, "Network security groups").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.analysis import required_ports
from nsgflow_core.analysis.question import Question, Shape
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.stores.base import FlowStore, listed
from nsgflow_core.words.prefixes import family_of, pack, unpack
from nsgflow_core.words.sets.bit_sets import Codes, bits_of, count_bits, join_bits
from nsgflow_core.words.sets.group_numbers import codes_of, numbers_of_both, order_of
from nsgflow_core.words.vocabulary import WITH_PORTS, Direction

FLOW_KEY = ("src_ip", "dst_ip", "protocol", "port")
"""What makes two flows the same to a rule."""
EVIDENCE_MEASURES = ("flows", "packets", "bytes", "first_seen", "last_seen")
ASKED_MEASURES = (*EVIDENCE_MEASURES, "dst_to_src_packets")
"""And the answers, which tell a service from a port that was only tried."""
_TEXTS = frozenset(FLOW_KEY) - {"port"}
SERVICE_KEY = ("src_label", "dst_label", "protocol", "port")
"""One service between two labels."""
DETAILED_ROWS = 300_000
"""Up to so many flows times days, days and rules are asked for each flow by itself."""
EPHEMERAL_FIRST = 32_768
"""Linux hands out client ports from 32768, Windows and IANA from 49152 (RFC 6335, section 6; ip-sysctl)."""


@dataclass(frozen=True)
class Traffic:
    """Whose traffic a draft asks of which store."""

    store: FlowStore
    flow_filter: FlowFilter
    scope: Scope
    direction: Direction

    @property
    def traffic(self) -> tuple[FlowStore, FlowFilter, Scope, Direction]:
        """What a question to the store is asked with."""
        return self.store, self.flow_filter, self.scope, self.direction


class SeenFlows(NamedTuple):
    """The flows of `observe`, the names of the rules in the order of the bits of `on_rules`, and the store's word on
    what it left out, or "". Beside the flows and not in their `attrs`, of which pandas makes a copy at every step."""

    flows: pd.DataFrame
    rules: tuple[str, ...]
    partial: str


def question(flow_filter: FlowFilter, scope: Scope, direction: Direction) -> Question:
    """The question behind a draft: allowed flows that no platform rule decided, per distinct flow."""
    return Question.of_flows("draft.evidence", _query(flow_filter, scope, direction))


def _query(flow_filter: FlowFilter, scope: Scope, direction: Direction) -> FlowQuery:
    return FlowQuery(
        scope.narrow(required_ports.admitted(flow_filter), direction), by=FLOW_KEY, measures=ASKED_MEASURES
    )


def observe(
    store: FlowStore, flow_filter: FlowFilter, scope: Scope, direction: Direction, tokens: AddressTokens
) -> SeenFlows:
    """The distinct flows with their endpoint labels, sorted by FLOW_KEY.

    Columns: FLOW_KEY (its words as categories, which number rows at no cost), ASKED_MEASURES, src_label, dst_label,
    `on_days` and `on_rules` (sets as bits: the days, UTC, and the rules that admitted it), `days` (how many).
    With more than DETAILED_ROWS flows times days, days and rules are those of the whole service between the two
    labels, which a single host's may be fewer than.
    """
    query = _query(flow_filter, scope, direction)
    kinds = {name: kind for name, kind in Shape.of_groups(query).columns if name not in _TEXTS}
    flows = listed(store, query).astype(kinds)
    partial = str(flows.attrs.pop("partial", ""))
    flows = _labelled(_added_up(_sorted(cell_rows(flows))), tokens)
    span = (flows["last_seen"].max() - flows["first_seen"].min()).days + 1 if len(flows) else 0
    keys = FLOW_KEY if len(flows) * span <= DETAILED_ROWS else SERVICE_KEY
    by = ("source", "destination", *FLOW_KEY[2:]) if keys == SERVICE_KEY else FLOW_KEY
    details = listed(store, FlowQuery(query.filter, by=(*by, "day", "rule"), measures=()))
    details = cell_rows(details.rename(columns=dict(zip(by, keys, strict=True))))
    flows, names = _with_details(flows, details, list(keys))
    return SeenFlows(flows, names, partial)


def cell_rows(flows: pd.DataFrame) -> pd.DataFrame:
    """The rows with one spelling for what is the same to a rule: an address; the ports of a protocol without any."""
    ports = flows["port"].astype("int64").where(flows["protocol"].isin(WITH_PORTS), 0)
    ends = {side: one_spelling(flows[side]) for side in ("src_ip", "dst_ip") if side in flows.columns}
    return flows.assign(port=ports, **ends)


def one_spelling(addresses: pd.Series[Any]) -> pd.Series[Any]:
    """The addresses in canonical text; categories stay categories, in the order of their texts.

    IPv4 has one spelling alone (`inet_pton` takes no other), and there are many addresses of the Internet.
    """
    is_coded = isinstance(addresses.dtype, pd.CategoricalDtype)
    codes, words = (addresses.cat.codes, addresses.cat.categories) if is_coded else pd.factorize(addresses)
    texts = words.to_numpy(dtype=object)
    known = [text if ":" not in text or (each := pack(text)) is None else unpack(each) for text in texts]
    if is_coded and known == texts.tolist():
        return addresses
    spelled = pd.Series(np.array(known, dtype=object)[codes], index=addresses.index, dtype="str")
    return spelled.astype("category") if is_coded else spelled


def families(addresses: pd.Series[Any]) -> Codes:
    """The family of each address, 4 or 6."""
    held = pd.Categorical(addresses)
    texts = held.categories.to_numpy(dtype=object)
    found: Codes = np.array([*map(family_of, texts), 0], dtype=np.int64)[held.codes]
    return found


def _added_up(flows: pd.DataFrame) -> pd.DataFrame:
    """One row per cell, of flows sorted by it."""
    if not _is_again(flows).any():
        return flows
    how = {
        "flows": "sum",
        "packets": "sum",
        "bytes": "sum",
        "dst_to_src_packets": "sum",
        "first_seen": "min",
        "last_seen": "max",
    }
    return flows.groupby(list(FLOW_KEY), sort=False, observed=True).agg(how).reset_index()


def _is_again(flows: pd.DataFrame) -> NDArray[np.bool_]:
    """True for a row whose cell is that of the row before."""
    same = np.ones(max(len(flows) - 1, 0), dtype=np.bool_)
    for name in FLOW_KEY:
        codes, _ = codes_of(flows[name])
        same &= codes[1:] == codes[:-1]
    return same


def _sorted(flows: pd.DataFrame) -> pd.DataFrame:
    """The flows in the order of FLOW_KEY, of which the words are categories in theirs."""
    return flows.take(order_of(*(flows[name] for name in FLOW_KEY))).reset_index(drop=True)


def words_again(flows: pd.DataFrame) -> pd.DataFrame:
    """The flows of `observe` with the words of FLOW_KEY as text, for those who show or keep them."""
    return flows.astype(dict.fromkeys(_TEXTS, "str"))


def _labelled(flows: pd.DataFrame, tokens: AddressTokens) -> pd.DataFrame:
    """The flows with src_label and dst_label, looked up once per distinct address."""
    for side in ("src", "dst"):
        addresses = pd.Categorical(flows[f"{side}_ip"])
        labels = [tokens.label(address) for address in addresses.categories.to_numpy(dtype=object)]
        flows[f"{side}_label"] = pd.Categorical.from_codes(
            pd.factorize(pd.Series(labels, dtype=object))[0][addresses.codes] if labels else [],
            categories=pd.Index(list(dict.fromkeys(labels))),
        )
    return flows


def _with_details(flows: pd.DataFrame, details: pd.DataFrame, keys: list[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The flows with `on_days`, `on_rules` and `days`, and the names behind the bits of the rules."""
    flow_groups, detail_groups, size = numbers_of_both(flows[keys], details[keys])
    day_codes, day_words = pd.factorize(details["day"], sort=True)
    rule_codes, rule_words = pd.factorize(details["rule"].to_numpy(dtype=object), sort=True)
    found = []
    for codes, words in ((day_codes, day_words), (rule_codes, rule_words)):
        found.append(join_bits(bits_of(codes.astype(np.int64), len(words)), detail_groups, size)[flow_groups])
    days, rules = found
    return flows.assign(on_days=days, on_rules=rules, days=count_bits(days)), tuple(rule_words)


def from_service_ports(
    store: FlowStore,
    flow_filter: FlowFilter,
    scope: Scope,
    direction: Direction,
    ports: str = f"{EPHEMERAL_FIRST}-65535",
    sources: Sequence[str] = (),
) -> pd.DataFrame | None:
    """Distinct flows to an ephemeral port, with the low port that each came from; None where no source port is known.

    Columns: FLOW_KEY, src_port, flows. Those from a service's own port are answers that were logged as flows. `ports`
    asks for other ones, of some `sources` alone.
    """
    if "src_port" in store.unsupported:
        return None
    narrowed = scope.narrow(required_ports.admitted(flow_filter), direction)
    asked = narrowed.where("port", ports).where("src_port", f"0-{EPHEMERAL_FIRST - 1}")
    asked = asked.where("src_ip", *sources) if sources else asked
    return store.fetch(FlowQuery(asked, by=(*FLOW_KEY, "src_port"), measures=("flows",)))
