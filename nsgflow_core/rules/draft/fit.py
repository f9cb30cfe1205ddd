"""A draft's openings on one rung of the dial, and what they open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.errors import BadRuleSet
from nsgflow_core.inventory.rule import ANY_PORTS, Access, PortRange, Rule
from nsgflow_core.rules.accepts.limits import TODAY, Limits
from nsgflow_core.rules.draft import dial
from nsgflow_core.rules.draft.closed.proof import opened_by_each
from nsgflow_core.rules.draft.dial import RUNGS, Opening, Rung
from nsgflow_core.rules.draft.grouping.nearly import SPARE
from nsgflow_core.rules.draft.grouping.sides import token_sides
from nsgflow_core.rules.draft.new_ports.openings import opening_ranges, ranges_joined
from nsgflow_core.rules.draft.new_ports.range import RangeKind
from nsgflow_core.rules.draft.over_permission import BothFamilies, Space, both_families
from nsgflow_core.rules.draft.placing.full import Beside
from nsgflow_core.rules.draft.placing.naming import port_ranges
from nsgflow_core.rules.draft.seen import evidence
from nsgflow_core.rules.draft.seen.evidence import DYNAMIC
from nsgflow_core.rules.draft.seen.excluded import RULE_PROTOCOLS
from nsgflow_core.rules.draft.tags.held import SIDES
from nsgflow_core.rules.draft.tags.proposed import TaggedSides
from nsgflow_core.rules.draft.tags.standing import ahead_of_a_named, blamed, tagged
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.prefixes import INTERNET
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import codes_of, first_of_each, group_numbers
from nsgflow_core.words.vocabulary import WITH_PORTS

STRICT = replace(RUNGS[0], name="as seen", meaning="Exact, whatever the options: no tag, and no port between two seen.")
"""Beyond the dial, for flows that any other rung would open more with than a deny allows."""


@dataclass(frozen=True)
class Fit:
    """The openings of one rung, and their rules without names: `member` maps each flow of the material to its opening.

    `seen` combinations of source, destination, protocol and port were observed, of IPv4 and of IPv6; `seen_in_ranges`
    of them in the marked ranges. `refined` openings are more exact than the rung, for on it they would have opened what
    a deny stops. `tagless` flows have no service tag for that reason.
    """

    rung: Rung
    openings: tuple[Opening, ...]
    boxes: tuple[Rule, ...]
    member: Codes
    seen: tuple[int, int]
    seen_in_ranges: tuple[int, int]
    tokens: AddressTokens
    refined: int
    tagless: NDArray[np.bool_]

    @cached_property
    def opened(self) -> BothFamilies:
        """The address-port space that the openings hold, over the space that was seen, IPv4 and IPv6 apart."""
        spaces = [space(opening, self.tokens) for opening in self.openings]
        return both_families(spaces, *self.seen)

    @cached_property
    def opened_beside_ranges(self) -> BothFamilies:
        """The same without the marked ranges of ports that are new every day."""
        rest = [opening for opening in self.openings if opening.apart != DYNAMIC]
        v4, v6 = (seen - ranges for seen, ranges in zip(self.seen, self.seen_in_ranges, strict=True))
        return both_families([space(opening, self.tokens) for opening in rest], v4, v6)

    @property
    def over_permission(self) -> float:
        """IPv4 space opened over space seen; 1.0 when nothing unseen is opened (or nothing was seen)."""
        return self.opened.v4.ratio

    @property
    def over_permission_beside_ranges(self) -> float:
        """IPv4 over-permission without the marked ranges, and without what was seen in them."""
        return self.opened_beside_ranges.v4.ratio

    def passed_limit(self, other_rules: int, limits: Limits = TODAY) -> str:
        """Which of Azure's limits it passes beside `other_rules` rules of the NSG, in words; "" when it fits."""
        if len(self.openings) > limits.rules - other_rules:
            beside = f" beside {other_rules:,} that stay or close" if other_rules else ""
            return f"{counted(len(self.openings), 'rule')}{beside}, of {limits.rules:,} that an NSG takes"
        lists = {
            "ports": [len(box.destination_ports) for box in self.boxes],
            "sources": [len(box.sources) for box in self.boxes],
            "destinations": [len(box.destinations) for box in self.boxes],
        }
        for kind, held in lists.items():
            if max(held, default=0) > limits.in_rule:
                return f"{max(held):,} {kind} in one rule, of {limits.in_rule:,} that a rule takes"
            if limits.in_nsg is not None and sum(held) > limits.in_nsg:
                return f"{sum(held):,} {kind}, of {limits.in_nsg:,} that an NSG takes"
        return ""


@dataclass(frozen=True)
class _Part:
    """Some of the material's flows (`rows`) on one rung: which opening each is in, and which ends are the Internet."""

    openings: list[Opening]
    member: Codes
    rows: Codes
    tagged: pd.DataFrame


def fit_on(material: Material, rung: Rung, service_tags: TaggedSides | None = None) -> Fit:
    """The openings of the material's flows on one rung, none of which opens a closed cell.

    The flows of one that would are fitted on the next more exact rung, and so on; the last opens nothing that was not
    seen, so it opens no closed cell. Flows that a person let in over a deny that stays begin there, for the answer was
    about them alone, and so do those that wait for an answer. Where a service tag is to blame, the addresses stand in
    its place first. `service_tags` are those to write instead of the material's.
    """
    written = material.written if service_tags is None else service_tags
    ladder = [*RUNGS[: RUNGS.index(rung) + 1][::-1], STRICT]
    exactly = material.flows["undoes"].to_numpy(bool) | material.flows["waits"].to_numpy(bool)
    begin = np.where(exactly, len(ladder) - 1, 0).astype(np.int64)
    steps, tagless = begin.copy(), np.zeros(len(begin), dtype=np.bool_)
    on_step = cache(lambda step: _with_tokens(material, ladder[step], written, tagless))
    while True:
        rows = {step: np.flatnonzero(steps == step) for step in np.flatnonzero(np.bincount(steps)).tolist()}
        parts = [_part(material, ladder[step], on_step(step), held) for step, held in rows.items()]
        openings = tuple(opening for part in parts for opening in part.openings)
        boxes = tuple(box_of(opening, material) for opening in openings)
        member = _members(parts, len(steps))
        opens, opened_by = _reopening(material, openings, boxes)
        has_tag = tagged(openings)
        opens |= material.stopped_unseen.by(openings, boxes, has_tag | _are_exact(parts, rows, len(ladder)))
        ahead = ahead_of_a_named(openings, boxes, material.standing.stays, material.space)
        to_blame = ahead[member] | blamed(
            material.flows, written, member, has_tag, material.closed, opened_by, material.tokens
        )
        if not opens.any() and not to_blame.any():
            break
        if to_blame.any():
            tagless |= to_blame
            on_step.cache_clear()
        steps[(opens & ~has_tag)[member]] += 1
    refined = len(pd.unique(member[steps > begin]))
    joined, member = ranges_joined(
        openings, member, material.flows, material.ranges, partial(_is_one_rule, material=material)
    )
    boxes = boxes if len(joined) == len(openings) else tuple(box_of(opening, material) for opening in joined)
    seen, in_ranges = _seen(material.flows, parts), _in_ranges(material.flows)
    return Fit(rung, tuple(joined), boxes, member, seen, in_ranges, material.tokens, refined, tagless)


def _are_exact(parts: Sequence[_Part], steps: Iterable[int], count: int) -> NDArray[np.bool_]:
    """Which openings hold nothing but what was seen: those of the last of so many steps."""
    return np.repeat([step == count - 1 for step in steps], [len(part.openings) for part in parts]).astype(np.bool_)


def _in_ranges(flows: pd.DataFrame) -> tuple[int, int]:
    """How many flows lie in marked ranges, of IPv4 and of IPv6."""
    is_in_range, is_v6 = flows["range"] >= 0, flows["family"] == 6
    return int((is_in_range & ~is_v6).sum()), int((is_in_range & is_v6).sum())


def _is_one_rule(opening: Opening, material: Material) -> bool:
    """True where Azure takes the addresses of both sides in one rule."""
    sides = (opening.sources, opening.destinations)
    longest = max(len(material.tokens.prefixes(side, opening.family)) for side in sides)
    return longest <= material.options.limits.in_rule


def _members(parts: Sequence[_Part], size: int) -> Codes:
    """The opening of each of so many flows, numbered over the parts."""
    member = np.zeros(size, dtype=np.int64)
    first = 0
    for part in parts:
        member[part.rows] = first + part.member
        first += len(part.openings)
    return member


def _with_tokens(material: Material, rung: Rung, service_tags: TaggedSides, tagless: NDArray[np.bool_]) -> pd.DataFrame:
    """The flows with what stands for their ends on a rung, and whether they are kept apart."""
    service_tags = service_tags.where(dict.fromkeys(SIDES, ~tagless)) if rung.internet else TaggedSides()
    limits = material.options.thresholds
    limits = replace(limits, internet_always=False, internet_never=True) if rung is STRICT else limits
    is_calls = np.array([*(each.kind is RangeKind.CALLS for each in material.ranges), False])
    calls = is_calls[material.flows["range"]]
    held = token_sides(
        material.flows, rung, limits, material.tokens, material.groups, material.direction, service_tags, calls
    )
    flows = material.flows.assign(src_token=held["src_token"], dst_token=held["dst_token"])
    return flows.assign(apart=evidence.classes(flows, material.window_days))


def _part(material: Material, rung: Rung, flows: pd.DataFrame, rows: Codes) -> _Part:
    chosen = flows if len(rows) == len(flows) else flows.iloc[rows]
    gap = 0 if rung is STRICT else material.options.port_gap
    nearly = SPARE if material.options.unseen_per_new else 0.0
    ranges = material.ranges if rung.ranges else ()
    others = partial(dial.openings, rung=rung, direction=material.direction, port_gap=gap, nearly=nearly)
    openings, member = opening_ranges(chosen, ranges, others)
    return _Part(openings, member, rows, chosen[["src_token", "dst_token"]] == INTERNET)


def _reopening(
    material: Material, openings: Sequence[Opening], boxes: Sequence[Rule]
) -> tuple[NDArray[np.bool_], Codes]:
    """Which boxes open a closed cell, each on its own side of the denies that stay; and the first that opens each cell,
    -1 for none."""
    stays = material.standing.stays
    places = {deny.name: place for place, deny in reversed(list(enumerate(stays)))}
    sides = np.array([places.get(opening.ahead_of, len(stays)) for opening in openings], dtype=np.int64)
    order = np.argsort(np.r_[sides, np.arange(len(stays))], kind="stable")
    rules = [boxes[at] if at < len(boxes) else stays[at - len(boxes)] for at in order]
    opens = np.zeros(len(rules), dtype=np.bool_)
    opens[order], first = opened_by_each(rules, material.closed, material.space)
    return opens[: len(boxes)], np.append(order, -1)[first]


def _seen(flows: pd.DataFrame, parts: Sequence[_Part]) -> tuple[int, int]:
    """How many combinations were seen of IPv4 and of IPv6, the Internet tag counted as one address
    (see over_permission.py)."""
    tags = np.zeros((len(flows), 2), dtype=np.bool_)
    for part in parts:
        tags[part.rows] = part.tagged.to_numpy()
    portless = ~flows["protocol"].isin(WITH_PORTS).to_numpy()
    special, is_v6 = tags.any(axis=1) | portless, (flows["family"] == 6).to_numpy()
    few, tagged = flows[["src_ip", "dst_ip", "protocol", "port", "family"]][special], tags[special].T
    ends = (np.where(tag, -1, codes_of(few[name])[0]) for tag, name in zip(tagged, ("src_ip", "dst_ip"), strict=True))
    ports = np.where(portless[special], 0, few["port"])
    numbers = group_numbers(*ends, few["protocol"], ports, few["family"], in_order=False)
    v6 = is_v6[special][first_of_each(numbers)]
    return int((~special & ~is_v6).sum() + (~v6).sum()), int((~special & is_v6).sum() + v6.sum())


def box_of(opening: Opening, material: Material) -> Rule:
    """The allow rule of an opening, without name and priority."""
    return Rule(
        name="",
        priority=0,
        direction=material.direction,
        access=Access.ALLOW,
        protocol=RULE_PROTOCOLS[opening.protocol],
        sources=material.tokens.prefixes(opening.sources, opening.family),
        destinations=material.tokens.prefixes(opening.destinations, opening.family),
        destination_ports=ports_of(opening),
    )


def ports_of(opening: Opening) -> tuple[PortRange, ...]:
    """The destination ports of an opening as ranges; all of them for a protocol that has none."""
    return port_ranges(opening.ports, opening.port_gap) if opening.protocol in WITH_PORTS else ANY_PORTS


def space(opening: Opening, tokens: AddressTokens) -> Space:
    """An opening as numbers, for measuring."""
    ports = ((0, 0),)
    if opening.protocol in WITH_PORTS:
        ports = tuple((ports.first, ports.last) for ports in port_ranges(opening.ports, opening.port_gap))  # type: ignore[assignment]
    return Space(
        opening.protocol,
        tokens.spans(opening.sources, opening.family),
        tokens.spans(opening.destinations, opening.family),
        ports,
    )


def closest_fit(material: Material, rung: Rung, beside: Beside) -> tuple[Fit, str]:
    """The fit on the rung, or on the nearest simpler one that Azure's limits allow, and why it is another one.

    Raises BadRuleSet when not even the simplest fits.
    """
    why = ""
    for candidate in (r for r in RUNGS if r.exactness <= rung.exactness):
        fit = fit_on(material, candidate)
        passed = fit.passed_limit(beside.count, material.options.limits)
        if not passed:
            return fit, why
        why = why or f"'{rung.name}' would need {passed}"
    needed = len(fit.openings)
    if needed + beside.closing <= material.options.limits.rules < needed + beside.count:
        raise beside.leaves_no_room(material, needed, passed)
    raise BadRuleSet(
        f"No draft fits in one NSG: even the simplest needs {passed}.",
        "Let Internet or service tags stand for public addresses, or choose a shorter window or a smaller scope.",
    )
