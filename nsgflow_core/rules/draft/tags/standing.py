"""Openings with a service tag: which they are, which would stand ahead of a deny of some of it, what each opens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.inventory.rule import Rule, ports_meet, protocols_meet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.asking.question import PUBLIC_SIDES
from nsgflow_core.rules.draft.dial import Opening
from nsgflow_core.rules.draft.seen.evidence import ReviewReason
from nsgflow_core.rules.draft.tags.proposed import NONE, TaggedSides
from nsgflow_core.rules.draft.tokens import TAG, AddressTokens
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.prefixes import INTERNET, Family
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import is_among
from nsgflow_core.words.sets.spans import IPV4, Spans, count, intersect, subtract, union


def has_tag(opening: Opening) -> bool:
    """True where a service tag of the file stands on a side; Internet is none."""
    return any(token.startswith(TAG) for token in (*opening.sources, *opening.destinations))


def tagged(openings: Sequence[Opening]) -> NDArray[np.bool_]:
    """Which openings have a service tag."""
    return np.array([has_tag(opening) for opening in openings], dtype=np.bool_)


def ahead_of_a_named(
    openings: Sequence[Opening], boxes: Sequence[Rule], stays: Sequence[Rule], space: AddressSpace
) -> NDArray[np.bool_]:
    """Which openings would stand with a tag ahead of a deny of `stays` that names addresses of that tag.

    Nobody may have tried such an address in the window, so that no log says that it is closed: the deny does. One that
    is for the whole Internet names none.
    """
    places = {deny.name: place for place, deny in reversed(list(enumerate(stays)))}
    found = np.zeros(len(openings), dtype=np.bool_)
    for at, (opening, box) in enumerate(zip(openings, boxes, strict=True)):
        if opening.ahead_of and has_tag(opening):
            behind = stays[places[opening.ahead_of] :]
            found[at] = any(_meets(deny, box) and _names(deny, opening, box, space) for deny in behind)
    return found


def blamed(
    flows: pd.DataFrame,
    service_tags: TaggedSides,
    member: Codes,
    has_tag: NDArray[np.bool_],
    closed: pd.DataFrame,
    opened_by: Codes,
    tokens: AddressTokens,
) -> NDArray[np.bool_]:
    """The flows that lose their tag, for it opens closed cells; `opened_by` is the first opening that opens each cell.

    Of an opening those that the same question as the cell is about, so that others which only share its rule keep the
    tag; all of them where none is.
    """
    found = np.zeros(len(flows), dtype=np.bool_)
    hit = np.flatnonzero(opened_by >= 0)
    hit = hit[has_tag[opened_by[hit]]]
    if not len(hit):
        return found
    cells = closed.iloc[hit]
    cells = cells.assign(
        opening=opened_by[hit],
        src_label=[tokens.label(str(ip)) for ip in cells["src_ip"]],
        dst_label=[tokens.label(str(ip)) for ip in cells["dst_ip"]],
    )
    rows = np.flatnonzero(np.isin(member, opened_by[hit]))
    met = flows.iloc[rows].assign(opening=member[rows])
    for side, columns in PUBLIC_SIDES.items():
        has_it = service_tags.of(side, len(flows))[rows] != NONE
        found[rows] |= has_it & is_among(met[["opening", *columns]], cells[["opening", *columns]])
    whole = np.setdiff1d(opened_by[hit], member[found])
    return found | np.isin(member, whole)


def _meets(deny: Rule, box: Rule) -> bool:
    """True where a deny is for the protocol and some port of a rule."""
    return protocols_meet(deny.protocol, box.protocol) and ports_meet(deny.destination_ports, box.destination_ports)


def _names(deny: Rule, opening: Opening, box: Rule, space: AddressSpace) -> bool:
    """True where a deny names addresses of the tag on a side of the rule, and meets its other side."""
    family = opening.family
    internet = _of_family(space.term(INTERNET).sure, family)
    ours = [_of_family(space.side(terms).possible, family) for terms in (box.sources, box.destinations)]
    theirs = [
        space.side(deny.sources, deny.source_asgs),
        space.side(deny.destinations, deny.destination_asgs),
    ]
    if not all(intersect(mine, their.possible) for mine, their in zip(ours, theirs, strict=True)):
        return False
    return any(
        is_tag and intersect(mine, their.sure) and subtract(internet, their.sure)
        for is_tag, mine, their in zip(_tag_sides(opening), ours, theirs, strict=True)
    )


def _tag_sides(opening: Opening) -> tuple[bool, bool]:
    """Whether the source and the destination are a service tag."""
    return opening.sources[0].startswith(TAG), opening.destinations[0].startswith(TAG)


def _of_family(spans: Spans, family: Family) -> Spans:
    return intersect(spans, IPV4) if family == 4 else subtract(spans, IPV4)


def reviews(opening: Opening, sources: int, destinations: int, tokens: AddressTokens) -> Iterator[ReviewReason]:
    """What the tags of a rule open, against how many addresses of each side were seen."""
    for seen, held in ((sources, opening.sources), (destinations, opening.destinations)):
        for token in (token for token in held if token.startswith(TAG)):
            were = f"{seen:,} {'was' if seen == 1 else 'were'} seen"
            opens = size_in_words(token, (opening.family,), tokens)
            yield ReviewReason(f"the tag {token.removeprefix(TAG)} opens {opens}, {were}")


def size_in_words(token: str, families: Sequence[Family], tokens: AddressTokens) -> str:
    """How much of these families a token opens: "1,204 addresses and 36 IPv6 blocks"."""
    words = []
    for family in families:
        spans = union(tokens.spans((token,), family))
        words.append(counted(count(spans), "address") if family == 4 else counted(len(spans), "IPv6 block"))
    return " and ".join(words)
