"""What stands for an address on a rung: itself, its group, its subnet, a service tag, or the Internet.

A group or subnet stands for its hosts where at least a share of those *seen* did the same: an absolute number would
name a subnet of hundreds for three of them. The destination side is judged first, per port and over all sources, then
the source side towards what stands there. At the default rung both stay narrow where all pairs are known already
(`worth.py`). The Internet is judged by itself, so that a service that many clients met
opens no sibling of its server.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.rules.draft.dial import DEFAULT_EXACTNESS, Product, Rung, rung_at
from nsgflow_core.rules.draft.grouping.groups import Groups, HostGroup
from nsgflow_core.rules.draft.grouping.worth import Sides, Stands, worth_it
from nsgflow_core.rules.draft.tags.held import SIDES
from nsgflow_core.rules.draft.tags.proposed import NONE, TaggedSides
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.words.prefixes import FAMILIES, INTERNET, family_of
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import count_distinct, group_numbers
from nsgflow_core.words.vocabulary import Direction

DEFAULT = rung_at(DEFAULT_EXACTNESS)
NEVER = float("inf")
_ENDS_OF_TIME = ("first_seen", "last_seen")
LEAST_SEEN = 2
"""A group is never named for one host: nothing speaks for the others then."""
Mask = NDArray[np.bool_]


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


@dataclass(frozen=True)
class _Side:
    """One side of the flows as numbers: addresses, labels (`label_words`), groups (0 for none; `group_held`)."""

    addresses: Codes
    address_words: list[str]
    labels: Codes
    label_words: list[str]
    families: Codes
    """Places in FAMILIES."""
    groups: Codes
    group_held: list[HostGroup | None]

    @property
    def is_public(self) -> Mask:
        """Where the label is the Internet."""
        return np.array([word == INTERNET for word in self.label_words] or [False])[self.labels]


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
    held_by = groups.of_addresses()
    sides = {side: _side(flows, side, held_by) for side in ("src", "dst")}
    ports = group_numbers(flows["protocol"], flows["port"], in_order=False)
    ports[calls] = int(ports.max(initial=-1)) + 1 + flows["range"].to_numpy()[calls]
    levels = {side: np.zeros(len(flows), dtype=np.int64) for side in sides}
    public = {side: held.is_public for side, held in sides.items()}
    near, far = ("dst", "src") if direction is Direction.INBOUND else ("src", "dst")
    written = {side: service_tags.tags(side, len(flows)) for side in SIDES}
    others = {side: public[side] & (written[side] == NONE) for side in SIDES}
    tagged = _internet(sides, ports, others, far, near, counted, rung, limits, direction)
    listed = flows["listed"].to_numpy(bool)
    tagged = {side: mask & ~(listed & public[side]) for side, mask in tagged.items()}
    if rung.subnets:
        for side, other in (("dst", "src"), ("src", "dst")):
            towards = () if side == "dst" else (_unit(sides[other], levels[other], tagged[other], written[other]),)
            wide = _levels(sides[side], ports, towards, counted, rung, limits, tokens, groups)
            levels[side] = np.where(public[side] | fixed, 0, wide)
            if rung.subnets < 0 and side == near == "dst":
                levels[side][public[other]] = 0
        if rung.subnets < 0 and rung.product is Product.NONE and not limits.subnet_addresses:
            _narrowed(flows, sides, levels, ports, counted, tagged["src"] | tagged["dst"] | calls, limits, groups)
        _let_in_whole(flows["reaches"].to_numpy(bool), levels, rung)
    for side in sides:
        level = np.where(tagged[side] & ~fixed, INTERNET_LEVEL, levels[side])
        levels[side] = np.where(written[side] != NONE, TAG_LEVEL, level)
    words = (_words(each, levels[side], tokens, written[side], service_tags.tokens) for side, each in sides.items())
    return pd.DataFrame(dict(zip(("src_token", "dst_token"), words, strict=True)), index=flows.index)


def _let_in_whole(reaches: Mask, levels: dict[str, Codes], rung: Rung) -> None:
    """A source that a person lets into every host of a label stands for itself, and that label for them."""
    levels["dst"][reaches] = LABEL_LEVEL
    if rung.subnets < 0:
        levels["src"][reaches] = OWN_LEVEL


def internet_beside(
    flows: pd.DataFrame, limits: Thresholds, direction: Direction, service_tags: TaggedSides
) -> dict[str, Mask]:
    """Where `Internet` stands on a side, on any rung that has it, if all these service tags are written."""
    sides = {side: _side(flows, side, {}) for side in SIDES}
    counted = (flows["range"].to_numpy() < 0) & (flows["scan"].to_numpy() == 0)
    ports = group_numbers(flows["protocol"], flows["port"], in_order=False)
    others = {side: held.is_public & (service_tags.of(side, len(flows)) == NONE) for side, held in sides.items()}
    near, far = ("dst", "src") if direction is Direction.INBOUND else ("src", "dst")
    stands = _internet(sides, ports, others, far, near, counted, DEFAULT, limits, direction)
    return {side: mask & ~flows["listed"].to_numpy(bool) for side, mask in stands.items()}


OWN_LEVEL, GROUP_LEVEL, LABEL_LEVEL, INTERNET_LEVEL, TAG_LEVEL = 0, 1, 2, 3, 4


def _side(flows: pd.DataFrame, side: str, held_by: dict[str, HostGroup]) -> _Side:
    addresses, labels = pd.Categorical(flows[f"{side}_ip"]), pd.Categorical(flows[f"{side}_label"])
    words = [str(word) for word in addresses.categories]
    found: list[HostGroup | None] = [
        None,
        *{held_by[word].name: held_by[word] for word in words if word in held_by}.values(),
    ]
    number = {group.name: place for place, group in enumerate(found) if group is not None}
    group_of = np.array([number[held_by[w].name] if w in held_by else 0 for w in words] or [0], dtype=np.int64)
    codes = addresses.codes.astype(np.int64)
    return _Side(
        codes,
        words,
        labels.codes.astype(np.int64),
        [str(word) for word in labels.categories],
        np.array([FAMILIES.index(family_of(word)) for word in words] or [0], dtype=np.int64)[codes],
        group_of[codes] if len(words) else codes,
        found,
    )


def _internet(
    sides: dict[str, _Side], ports: Codes, public: dict[str, Mask], far: str, near: str, counted: Mask,
    rung: Rung, limits: Thresholds, direction: Direction,
) -> dict[str, Mask]:  # fmt: skip
    """Where the tag Internet stands on a side.

    Inbound, a single host and port must have met enough clients; outbound, the port enough servers from one label.
    """
    tagged = {side: np.zeros(len(ports), dtype=bool) for side in sides}
    if limits.internet_always:
        return public
    if not rung.internet or limits.internet_never:
        return tagged
    for side, other in ((far, near), (near, far)):
        one = sides[other].addresses if side == "src" and direction is Direction.INBOUND else sides[other].labels
        service = group_numbers(public[side], one, ports, in_order=False)
        seen = _distinct(service, sides[side].addresses, counted)
        tagged[side] = public[side] & (seen >= limits.internet_addresses)
    return tagged


def _levels(
    side: _Side, ports: Codes, towards: tuple[Codes, ...], counted: Mask, rung: Rung, limits: Thresholds,
    tokens: AddressTokens, groups: Groups,
) -> Codes:  # fmt: skip
    """LABEL_LEVEL where enough of a label's seen hosts did the same, else GROUP_LEVEL where enough of the group's."""

    def enough(unit: Codes, needed: Callable[[int], float], size: int) -> Mask:
        service = group_numbers(unit, ports, *towards, in_order=False)
        limit = np.array([needed(number) for number in range(size)], dtype=float)
        return _distinct(service, side.addresses, counted) >= limit[unit]

    def of_group(number: int) -> float:
        group = side.group_held[number]
        return NEVER if group is None else limits.of_seen(len(group.hosts))

    def of_label(number: int) -> float:
        word = side.label_words[number // len(FAMILIES)]
        if rung.subnets > 0 and tokens.can_stand(word):
            return 0.0
        if not tokens.is_subnet(word):
            return NEVER
        if limits.subnet_addresses:
            return float(limits.subnet_addresses)
        return limits.of_seen(groups.seen.get((word, FAMILIES[number % len(FAMILIES)]), 0))

    level = np.where(enough(side.groups, of_group, len(side.group_held)), GROUP_LEVEL, OWN_LEVEL)
    in_family = side.labels * len(FAMILIES) + side.families
    wide = enough(in_family, of_label, len(side.label_words) * len(FAMILIES))
    return np.where(wide, LABEL_LEVEL, level)


def _narrowed(
    flows: pd.DataFrame, sides: dict[str, _Side], levels: dict[str, Codes], ports: Codes, counted: Mask, tagged: Mask,
    limits: Thresholds, groups: Groups,
) -> None:  # fmt: skip
    """Take `levels` back where opening more than was seen is not worth it. One end in the Internet is no pair."""
    rows = np.flatnonzero(((levels["src"] > OWN_LEVEL) | (levels["dst"] > OWN_LEVEL)) & ~tagged)
    if not len(rows):
        return
    wide = [_stands(sides[side], levels[side], groups, rows) for side in SIDES]
    own = [Stands(sides[side].addresses[rows], np.ones(len(rows), dtype=np.int64)) for side in SIDES]
    first, last = (flows[name].dt.tz_localize(None).to_numpy("datetime64[us]")[rows] for name in _ENDS_OF_TIME)
    on_one_day = first.astype("datetime64[D]") == last.astype("datetime64[D]")
    found = worth_it(
        Sides((wide[0], wide[1]), (own[0], own[1])), ports[rows], counted[rows], on_one_day,
        limits.unseen_per_new, int((counted & ~tagged).sum()),
    )  # fmt: skip
    for side, stays in zip(SIDES, found, strict=True):
        levels[side][rows[~stays]] = OWN_LEVEL


def _stands(side: _Side, level: Codes, groups: Groups, rows: Codes) -> Stands:
    """What stands for the side of these flows at their level: a label in its family, a group or an address."""
    label, of_group, level = side.labels[rows] * len(FAMILIES) + side.families[rows], side.groups[rows], level[rows]
    in_label = [groups.seen.get((word, family), 0) for word in side.label_words for family in FAMILIES]
    in_group = [1 if group is None else len(group.hosts) for group in side.group_held]
    hosts = np.where(level == GROUP_LEVEL, np.array(in_group, dtype=np.int64)[of_group], 1)
    hosts = np.where(level == LABEL_LEVEL, np.array(in_label, dtype=np.int64)[label], hosts)
    unit = np.where(level == GROUP_LEVEL, len(side.address_words) + of_group, side.addresses[rows])
    return Stands(np.where(level == LABEL_LEVEL, -1 - label, unit), hosts)


def _unit(side: _Side, level: Codes, tagged: Mask, written: Codes) -> Codes:
    """What is one destination to the source side: a tag or label where that stands, else its group or address."""
    own = np.where(side.groups > 0, side.groups, len(side.group_held) + side.addresses)
    own = np.where(level == LABEL_LEVEL, -2 - side.labels, own)
    own = np.where(tagged, -1, own)
    own = np.where(written != NONE, -2 - len(side.label_words) - written, own)
    return group_numbers(own, in_order=False)


def _distinct(service: Codes, addresses: Codes, counted: Mask) -> Codes:
    """How many different addresses each flow's service has."""
    size = int(service.max(initial=-1)) + 1
    found: Codes = count_distinct(service[counted], addresses[counted], size)[service]
    return found


def _words(side: _Side, level: Codes, tokens: AddressTokens, written: Codes, tags: Sequence[str]) -> pd.Categorical:
    """The tokens, as a category of those that are used; `written` are places in `tags`."""
    blocks = [INTERNET if word == INTERNET else tokens.block_token(word) for word in side.label_words]
    grouped = ["" if group is None else group.token for group in side.group_held]
    words = np.array([*side.address_words, *grouped, *blocks, *tags, INTERNET], dtype=object)
    first_group = len(side.address_words)
    first_label = first_group + len(grouped)
    first_tag = first_label + len(blocks)
    codes = np.select(
        [level == GROUP_LEVEL, level == LABEL_LEVEL, level == TAG_LEVEL, level == INTERNET_LEVEL],
        [first_group + side.groups, first_label + side.labels, first_tag + written, np.int64(len(words) - 1)],
        side.addresses,
    )
    used, codes = np.unique(codes, return_inverse=True)
    distinct = list(dict.fromkeys(words[used]))
    place = {word: number for number, word in enumerate(distinct)}
    again = np.array([place[word] for word in words[used]], dtype=np.int64)
    return pd.Categorical.from_codes(again[codes] if len(codes) else codes, categories=pd.Index(distinct))
