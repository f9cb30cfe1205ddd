"""A draft's openings on one rung of the dial, what they open, and the curve of all rungs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange
from nsgflow_core.rules.accepts.limits import TODAY, Limits
from nsgflow_core.rules.draft import dial, evidence
from nsgflow_core.rules.draft.dial import RUNGS, Opening, Rung
from nsgflow_core.rules.draft.evidence_query import KEY
from nsgflow_core.rules.draft.merging import Codes
from nsgflow_core.rules.draft.over_permission import Space, size_of_union
from nsgflow_core.rules.draft.placing.naming import port_ranges
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.words.prefixes import INTERNET

RESERVED_RULES = 10
"""Room left for the closing rules in the limit of rules per NSG."""


@dataclass(frozen=True)
class Fit:
    """The openings of one rung: `member` maps each flow of the material to its opening.

    `seen` combinations of source, destination, protocol and port were observed.
    `port_gap` unseen ports may lie inside a range.
    """

    rung: Rung
    openings: tuple[Opening, ...]
    member: Codes
    seen: int
    tokens: AddressTokens
    port_gap: int = 0

    @cached_property
    def opened(self) -> int:
        """How many combinations of source, destination, protocol and port the openings hold."""
        return size_of_union([space(opening, self.tokens, self.port_gap) for opening in self.openings])

    @property
    def over_permission(self) -> float:
        """Address-port space opened over space seen; 1.0 when nothing unseen is opened (or nothing was seen)."""
        return self.opened / self.seen if self.seen else 1.0

    def passed_limit(self, other_rules: int, limits: Limits = TODAY) -> str:
        """Which of Azure's limits it passes beside `other_rules` rules of the NSG, in words; "" when it fits."""
        if len(self.openings) > limits.rules - RESERVED_RULES - other_rules:
            return f"{len(self.openings):,} rules, of {limits.rules:,} that an NSG takes"
        lists = {
            "ports": [len(ports_of(opening, self.port_gap)) for opening in self.openings],
            "sources": [len(self.tokens.prefixes(opening.sources)) for opening in self.openings],
            "destinations": [len(self.tokens.prefixes(opening.destinations)) for opening in self.openings],
        }
        for kind, held in lists.items():
            if max(held, default=0) > limits.in_rule:
                return f"{max(held):,} {kind} in one rule, of {limits.in_rule:,} that a rule takes"
            if limits.in_nsg is not None and sum(held) > limits.in_nsg:
                return f"{sum(held):,} {kind}, of {limits.in_nsg:,} that an NSG takes"
        return ""


def fit_on(material: Material, rung: Rung) -> Fit:
    """The openings of the material's flows on one rung."""
    options, tokens = material.options, material.tokens
    flows = material.flows
    held = dial.token_sides(flows, rung, options.thresholds, tokens)
    flows = flows.assign(src_token=held["src_token"], dst_token=held["dst_token"])
    flows["apart"] = evidence.classes(flows, material.window_days)
    openings, member = dial.openings(flows, rung, material.direction)
    return Fit(rung, tuple(openings), member, _seen(flows), tokens, options.port_gap)


def _seen(flows: pd.DataFrame) -> int:
    """How many combinations were seen, the Internet tag counted as one address (see over_permission.py)."""
    tagged = (flows["src_token"] == INTERNET) | (flows["dst_token"] == INTERNET)
    portless = ~flows["protocol"].isin(["TCP", "UDP"])
    few = flows.loc[tagged | portless, list(KEY)].copy()
    few.loc[flows["src_token"] == INTERNET, "src_ip"] = INTERNET
    few.loc[flows["dst_token"] == INTERNET, "dst_ip"] = INTERNET
    few.loc[portless, "port"] = 0
    return int((~(tagged | portless)).sum()) + len(few.drop_duplicates())


def ports_of(opening: Opening, gap: int) -> tuple[PortRange, ...]:
    """The destination ports of an opening as ranges; all of them for a protocol that has none."""
    return port_ranges(opening.ports, gap) if opening.protocol in ("TCP", "UDP") else ANY_PORTS


def space(opening: Opening, tokens: AddressTokens, gap: int) -> Space:
    """An opening as numbers, for measuring."""
    ports = ((0, 0),)
    if opening.protocol in ("TCP", "UDP"):
        ports = tuple((ports.first, ports.last) for ports in port_ranges(opening.ports, gap))  # type: ignore[assignment]
    return Space(
        opening.protocol,
        tuple(span for token in opening.sources for span in tokens.spans(token)),
        tuple(span for token in opening.destinations for span in tokens.spans(token)),
        ports,
    )


def closest_fit(material: Material, rung: Rung, other_rules: int) -> tuple[Fit, str]:
    """The fit on the rung, or on the nearest simpler one that Azure's limits allow, and why it is another one.

    Raises BadRuleSet when not even the simplest fits.
    """
    why = ""
    for candidate in (r for r in RUNGS if r.exactness <= rung.exactness):
        fit = fit_on(material, candidate)
        passed = fit.passed_limit(other_rules, material.options.limits)
        if not passed:
            return fit, why
        why = why or f"'{rung.name}' would need {passed}"
    raise BadRuleSet(
        f"No draft fits in one NSG: even the simplest needs {passed}.",
        "Let the Internet tag stand for public addresses, or choose a shorter window or a smaller scope.",
    )


def curve(material: Material, chosen: float) -> pd.DataFrame:
    """Rules against over-permission: one row per rung, from exact to simple.

    Columns: exactness, name, meaning, rules (drafted ones, without the closing rules), over_permission,
    internet_rules (of them open to the whole Internet), passes_limit (words, "" when it fits), chosen.
    """
    other = other_rules(material)
    rows = []
    for rung in RUNGS:
        fit = fit_on(material, rung)
        rows.append(
            {
                "exactness": rung.exactness,
                "name": rung.name,
                "meaning": rung.meaning,
                "rules": len(fit.openings),
                "over_permission": fit.over_permission,
                "internet_rules": sum(open_to_internet(opening) for opening in fit.openings),
                "passes_limit": fit.passed_limit(other, material.options.limits),
                "chosen": rung.exactness == chosen,
            }
        )
    return pd.DataFrame(rows)


def open_to_internet(opening: Opening) -> bool:
    """True when one side is the whole Internet."""
    return INTERNET in opening.sources or INTERNET in opening.destinations


def other_rules(material: Material) -> int:
    """How many rules of the NSG stay beside the draft: those of the other direction, and its own denies."""
    if material.existing is None:
        return 0
    return sum(
        rule.direction is not material.direction or rule.access is Access.DENY for rule in material.existing.own_rules
    )
