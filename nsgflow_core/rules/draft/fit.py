"""A draft's boxes on one rung of the dial, what they open, and the curve of all rungs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import ANY_PORTS, MAX_PREFIXES, MAX_RULES, PortRange
from nsgflow_core.rules.draft import dial, evidence
from nsgflow_core.rules.draft.dial import RUNGS, Box, Rung
from nsgflow_core.rules.draft.endpoints import Endpoints
from nsgflow_core.rules.draft.evidence_query import KEY
from nsgflow_core.rules.draft.merging import Codes
from nsgflow_core.rules.draft.naming import port_ranges
from nsgflow_core.rules.draft.over_permission import Space, size_of_union
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.words.prefixes import INTERNET

RESERVED_RULES = 10
"""Room left for the closing rules in the limit of rules per NSG."""


@dataclass(frozen=True)
class Shape:
    """The boxes of one rung: `member` maps each flow of the material to its box; `seen` combinations were observed.

    `port_gap` unseen ports may lie inside a range.
    """

    rung: Rung
    boxes: tuple[Box, ...]
    member: Codes
    seen: int
    endpoints: Endpoints
    port_gap: int = 0

    @cached_property
    def opened(self) -> int:
        """How many combinations of source, destination, protocol and port the boxes hold."""
        return size_of_union([space(box, self.endpoints, self.port_gap) for box in self.boxes])

    @property
    def over_permission(self) -> float:
        """Address-port space opened over space seen; 1.0 when nothing unseen is opened (or nothing was seen)."""
        return self.opened / self.seen if self.seen else 1.0

    def passed_limit(self, other_rules: int) -> str:
        """Which of Azure's limits it passes beside `other_rules` rules of the NSG, in words; "" when it fits."""
        room = MAX_RULES - RESERVED_RULES - other_rules
        if len(self.boxes) > room:
            return f"{len(self.boxes):,} rules, of {MAX_RULES:,} that an NSG takes"
        for side in ("sources", "destinations"):
            held = sum(len(self.endpoints.prefixes(getattr(box, side))) for box in self.boxes)
            if held > MAX_PREFIXES:
                return f"{held:,} {side}, of {MAX_PREFIXES:,} that an NSG takes"
        return ""


def shape_on(material: Material, rung: Rung) -> Shape:
    """The boxes of the material's flows on one rung."""
    options, endpoints = material.options, material.endpoints
    flows = material.flows
    held = dial.tokens(flows, rung, options.thresholds, endpoints)
    flows = flows.assign(src_token=held["src_token"], dst_token=held["dst_token"])
    flows["apart"] = evidence.classes(flows, material.window_days)
    boxes, member = dial.boxes(flows, rung, material.direction)
    return Shape(rung, tuple(boxes), member, _seen(flows), endpoints, options.port_gap)


def _seen(flows: pd.DataFrame) -> int:
    """How many combinations were seen, the Internet tag counted as one address (see opened.py)."""
    tagged = (flows["src_token"] == INTERNET) | (flows["dst_token"] == INTERNET)
    portless = ~flows["protocol"].isin(["TCP", "UDP"])
    few = flows.loc[tagged | portless, list(KEY)].copy()
    few.loc[flows["src_token"] == INTERNET, "src_ip"] = INTERNET
    few.loc[flows["dst_token"] == INTERNET, "dst_ip"] = INTERNET
    few.loc[portless, "port"] = 0
    return int((~(tagged | portless)).sum()) + len(few.drop_duplicates())


def ports_of(box: Box, gap: int) -> tuple[PortRange, ...]:
    """The destination ports of a box as ranges; all of them for a protocol that has none."""
    return port_ranges(box.ports, gap) if box.protocol in ("TCP", "UDP") else ANY_PORTS


def space(box: Box, endpoints: Endpoints, gap: int) -> Space:
    """A box as numbers, for measuring."""
    ports = ((0, 0),)
    if box.protocol in ("TCP", "UDP"):
        ports = tuple((ports.first, ports.last) for ports in port_ranges(box.ports, gap))  # type: ignore[assignment]
    return Space(
        box.protocol,
        tuple(span for token in box.sources for span in endpoints.spans(token)),
        tuple(span for token in box.destinations for span in endpoints.spans(token)),
        ports,
    )


def fitting_shape(material: Material, rung: Rung, other_rules: int) -> tuple[Shape, str]:
    """The shape on the rung, or on the nearest simpler one that Azure's limits allow, and why it is another one.

    Raises BadRuleSet when not even the simplest fits.
    """
    why = ""
    for candidate in (r for r in RUNGS if r.exactness <= rung.exactness):
        shape = shape_on(material, candidate)
        passed = shape.passed_limit(other_rules)
        if not passed:
            return shape, why
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
        shape = shape_on(material, rung)
        rows.append(
            {
                "exactness": rung.exactness,
                "name": rung.name,
                "meaning": rung.meaning,
                "rules": len(shape.boxes),
                "over_permission": shape.over_permission,
                "internet_rules": sum(open_to_internet(box) for box in shape.boxes),
                "passes_limit": shape.passed_limit(other),
                "chosen": rung.exactness == chosen,
            }
        )
    return pd.DataFrame(rows)


def open_to_internet(box: Box) -> bool:
    """True when one side is the whole Internet."""
    return INTERNET in box.sources or INTERNET in box.destinations


def other_rules(material: Material) -> int:
    """How many rules of the NSG stay beside the draft: those of the other direction."""
    if material.existing is None:
        return 0
    return sum(rule.direction is not material.direction for rule in material.existing.own_rules)
