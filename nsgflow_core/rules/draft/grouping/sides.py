"""What stands for an address on a rung: itself, its group, its subnet, a service tag, or the Internet.

A group or subnet stands for its hosts where at least a share of those *seen* did the same: an absolute number would
name a subnet of hundreds for three of them. The destination side is judged first, per port and over all sources, then
the source side towards what stands there. At the default rung both stay narrow where all pairs are known already
(`worth.py`). The Internet is judged by itself, so that a service that many clients met
opens no sibling of its server.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nsgflow_core.rules.draft.dial import DEFAULT_EXACTNESS, Product, Rung, rung_at
from nsgflow_core.rules.draft.grouping.groups import Groups
from nsgflow_core.rules.draft.grouping.one_side import (
    INTERNET_LEVEL,
    LABEL_LEVEL,
    OWN_LEVEL,
    TAG_LEVEL,
    Mask,
    OneSide,
    distinct_hosts,
)
from nsgflow_core.rules.draft.grouping.worth import WideAndOwn, worth_it
from nsgflow_core.rules.draft.tags.held import SIDES
from nsgflow_core.rules.draft.tags.proposed import NONE, TaggedSides
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.words.prefixes import FAMILIES
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import group_numbers
from nsgflow_core.words.vocabulary import Direction

DEFAULT = rung_at(DEFAULT_EXACTNESS)
NEVER = float("inf")
_ENDS_OF_TIME = ("first_seen", "last_seen")
LEAST_SEEN = 2
"""A group is never named for one host: nothing speaks for the others then."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a side is widened: see DraftOptions, which documents them. `subnet_addresses` of 0: by the share alone."""

    subnet_addresses: int
    group_share: float
    internet_addresses: int
    internet_always: bool
    internet_never: bool
    unseen_per_new: int

    def of_seen(self, hosts: int) -> float:
        """How many of so many seen hosts must do the same before their group stands for them."""
        return float(max(LEAST_SEEN, math.ceil(self.group_share * hosts)))


def token_sides(
    flows: pd.DataFrame, rung: Rung, limits: Thresholds, tokens: AddressTokens, groups: Groups, direction: Direction,
    service_tags: TaggedSides, calls: Mask,
) -> pd.DataFrame:  # fmt: skip
    """src_token and dst_token of each labelled flow on that rung; same index.

    Scans (column `scan`), flows that wait for an answer (`waits`) and those on ports that are new every day (`range`
    from 0 on) count for nothing, and the last keep their addresses, all but `calls`: those of a range are one service.
    Public addresses that a person wants listed (column `listed`) are never Internet, and those for which a service tag
    stands are no reason for it.
    """
    fixed = (flows["range"].to_numpy() >= 0) & ~calls
    counted = ~fixed & (flows["scan"].to_numpy() == 0) & ~flows["waits"].to_numpy(bool)
    ports = group_numbers(flows["protocol"], flows["port"], in_order=False)
    ports[calls] = int(ports.max(initial=-1)) + 1 + flows["range"].to_numpy()[calls]
    held_by = groups.of_addresses()
    sides = {side: OneSide.of(flows, side, held_by) for side in SIDES}
    seen = _Seen(flows, sides, ports, counted, limits, direction)
    written = {side: service_tags.tags(side, len(flows)) for side in SIDES}
    tagged = seen.as_internet(rung, written)
    levels = {side: np.full(len(flows), OWN_LEVEL) for side in SIDES}
    if rung.subnets:
        seen.widen(levels, rung, tokens, groups, tagged, written, fixed)
        if rung.subnets < 0 and rung.product is Product.NONE and not limits.subnet_addresses:
            seen.narrow(levels, groups, tagged["src"] | tagged["dst"] | calls)
        _let_in_whole(flows["reaches"].to_numpy(bool), levels, rung)
    for side in SIDES:
        level = np.where(tagged[side] & ~fixed, INTERNET_LEVEL, levels[side])
        levels[side] = np.where(written[side] != NONE, TAG_LEVEL, level)
    words = {f"{s}_token": each.words(levels[s], tokens, written[s], service_tags.tokens) for s, each in sides.items()}
    return pd.DataFrame(words, index=flows.index)


def internet_beside(
    flows: pd.DataFrame, limits: Thresholds, direction: Direction, service_tags: TaggedSides
) -> dict[str, Mask]:
    """Where `Internet` stands on a side, on any rung that has it, if all these service tags are written."""
    counted = (flows["range"].to_numpy() < 0) & (flows["scan"].to_numpy() == 0)
    ports = group_numbers(flows["protocol"], flows["port"], in_order=False)
    sides = {side: OneSide.of(flows, side, {}) for side in SIDES}
    written = {side: service_tags.of(side, len(flows)) for side in SIDES}
    return _Seen(flows, sides, ports, counted, limits, direction).as_internet(DEFAULT, written)


def _let_in_whole(reaches: Mask, levels: dict[str, Codes], rung: Rung) -> None:
    """A source that a person lets into every host of a label stands for itself, and that label for them."""
    levels["dst"][reaches] = LABEL_LEVEL
    if rung.subnets < 0:
        levels["src"][reaches] = OWN_LEVEL


@dataclass(frozen=True)
class _Seen:
    """The flows of a draft, both their sides, their services' `ports` as numbers, and those that count."""

    flows: pd.DataFrame
    sides: Mapping[str, OneSide]
    ports: Codes
    counted: Mask
    limits: Thresholds
    direction: Direction

    def as_internet(self, rung: Rung, written: Mapping[str, Codes]) -> dict[str, Mask]:
        """Where the tag Internet stands on a side: where no service tag is written, and nobody wants a list.

        Inbound, a single host and port must have met enough clients; outbound, the port enough servers from one label.
        """
        public = {side: held.is_public & (written[side] == NONE) for side, held in self.sides.items()}
        listed = self.flows["listed"].to_numpy(bool)
        return {side: self._is_internet(side, rung, public[side]) & ~listed for side in SIDES}

    def _is_internet(self, side: str, rung: Rung, public: Mask) -> Mask:
        if self.limits.internet_always:
            return public
        if not rung.internet or self.limits.internet_never:
            return np.zeros(len(public), dtype=bool)
        other = self.sides["dst" if side == "src" else "src"]
        by_host = side == "src" and self.direction is Direction.INBOUND
        service = group_numbers(public, other.addresses if by_host else other.labels, self.ports, in_order=False)
        met = distinct_hosts(service, self.sides[side].addresses, self.counted)
        found: Mask = public & (met >= self.limits.internet_addresses)
        return found

    def widen(
        self, levels: dict[str, Codes], rung: Rung, tokens: AddressTokens, groups: Groups,
        tagged: Mapping[str, Mask], written: Mapping[str, Codes], fixed: Mask,
    ) -> None:  # fmt: skip
        """Let a group or label stand for each destination, then for each source towards what stands there."""

        def of_label(word: str, family: int) -> float:
            if rung.subnets > 0 and tokens.can_stand(word):
                return 0.0
            if not tokens.is_subnet(word):
                return NEVER
            if self.limits.subnet_addresses:
                return float(self.limits.subnet_addresses)
            return self.limits.of_seen(groups.seen.get((word, FAMILIES[family]), 0))

        for side, other in (("dst", "src"), ("src", "dst")):
            own, across = self.sides[side], self.sides[other]
            towards = () if side == "dst" else (across.unit(levels[other], tagged[other], written[other]),)

            def seen_in(unit: Codes, own: OneSide = own, towards: tuple[Codes, ...] = towards) -> Codes:
                service = group_numbers(unit, self.ports, *towards, in_order=False)
                return distinct_hosts(service, own.addresses, self.counted)

            wide = own.levels(seen_in, of_label, self.limits.of_seen)
            levels[side] = np.where(own.is_public | fixed, OWN_LEVEL, wide)
            if rung.subnets < 0 and side == "dst" and self.direction is Direction.INBOUND:
                levels[side][across.is_public] = OWN_LEVEL

    def narrow(self, levels: dict[str, Codes], groups: Groups, tagged: Mask) -> None:
        """Take `levels` back where opening more than was seen is not worth it. One end in the Internet is no pair."""
        rows = np.flatnonzero(((levels["src"] > OWN_LEVEL) | (levels["dst"] > OWN_LEVEL)) & ~tagged)
        if not len(rows):
            return
        src, dst = self.sides["src"], self.sides["dst"]
        wide = (src.stands(levels["src"], groups, rows), dst.stands(levels["dst"], groups, rows))
        times = (self.flows[name].dt.tz_localize(None).to_numpy("datetime64[us]")[rows] for name in _ENDS_OF_TIME)
        first, last = (time.astype("datetime64[D]") for time in times)
        found = worth_it(
            WideAndOwn(wide, (src.own(rows), dst.own(rows))), self.ports[rows], self.counted[rows], first == last,
            self.limits.unseen_per_new, int((self.counted & ~tagged).sum()),
        )  # fmt: skip
        for side, stays in zip(SIDES, found, strict=True):
            levels[side][rows[~stays]] = OWN_LEVEL
