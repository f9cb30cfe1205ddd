"""Which service tag is proposed for each public end of the flows of a draft, and which of the proposals are written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.rules.draft.asking.answers import Answer, Choice
from nsgflow_core.rules.draft.asking.kinds import SERVICE_TAG
from nsgflow_core.rules.draft.asking.question import PUBLIC_SIDES, question_id
from nsgflow_core.rules.draft.tags.held import SIDES, Places, TagsOfAddresses
from nsgflow_core.rules.draft.tokens import TAG
from nsgflow_core.words.prefixes import INTERNET, Family, Prefix, family_of
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import first_of_each, group_numbers, is_among

NONE = -1
"""The place of no proposal."""
TagAbout = tuple[str, str, int]
"""The other side's label, the protocol and the port: see PUBLIC_SIDES."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A tag for the public addresses on one side of a service that lie in it; `about`: PUBLIC_SIDES of that side."""

    side: str
    about: TagAbout
    tag: str

    @property
    def id(self) -> str:
        """The id of the question about it."""
        return question_id(SERVICE_TAG, (self.side, *self.about, self.tag))

    @property
    def token(self) -> str:
        """The tag as a side of a rule."""
        return TAG + self.tag


@dataclass(frozen=True)
class TaggedSides:
    """Proposals, and of each flow the place of that for its source and for its destination; NONE for none."""

    proposals: tuple[Proposal, ...] = ()
    places: Mapping[str, Codes] = field(default_factory=dict)

    def of(self, side: str, size: int) -> Codes:
        """The proposals for one side of so many flows."""
        return self.places.get(side, np.full(size, NONE, dtype=np.int64))

    def tags(self, side: str, size: int) -> Codes:
        """The tags for one side of so many flows, as places in `tokens`; NONE for none."""
        number = {token: place for place, token in enumerate(self.tokens)}
        tag_of = np.array([*(number[each.token] for each in self.proposals), NONE], dtype=np.int64)
        return tag_of[self.of(side, size)]

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The tags, as sides of rules."""
        return tuple(dict.fromkeys(each.token for each in self.proposals))

    def where(self, keep: Mapping[str, NDArray[np.bool_]]) -> TaggedSides:
        """The same, where these masks of flows have it."""
        return replace(self, places={side: np.where(keep[side], at, NONE) for side, at in self.places.items()})

    def at(self, rows: Codes) -> TaggedSides:
        """Those of some of the flows."""
        return replace(self, places={side: at[rows] for side, at in self.places.items()})

    def mask(self, size: int) -> NDArray[np.bool_]:
        """Which of so many flows have a proposal."""
        has_any: NDArray[np.bool_] = np.any([self.of(side, size) != NONE for side in SIDES], axis=0)
        return has_any


def proposals(flows: pd.DataFrame, tags: Mapping[str, tuple[Prefix, ...]]) -> TaggedSides:
    """The tags of these that hold public addresses of each service, fewest first, and whose they are.

    Flows on ports that are new every day keep their addresses, and so do those that a person let in over a deny.
    """
    stays = (flows["range"].to_numpy() >= 0) | flows["undoes"].to_numpy(bool)
    public = {side: np.flatnonzero((flows[f"{side}_label"] == INTERNET).to_numpy() & ~stays) for side in SIDES}
    if not tags or not any(len(rows) for rows in public.values()):
        return TaggedSides()
    met = {str(each) for side, rows in public.items() for each in flows[f"{side}_ip"].iloc[rows].unique()}
    held = TagsOfAddresses(tags, met)
    found: dict[Proposal, int] = {}
    places = {side: _of_side(flows, side, rows, held, found) for side, rows in public.items()}
    return TaggedSides(tuple(found), places)


def worth_asking(proposed: TaggedSides, flows: pd.DataFrame, internet: Mapping[str, NDArray[np.bool_]]) -> TaggedSides:
    """Those proposals whose service is not open to the whole Internet for others anyway; `internet`: flows where it is.

    A tag beside Internet narrows nothing.
    """
    keep = {}
    for side in SIDES:
        columns, places = PUBLIC_SIDES[side], proposed.of(side, len(flows))
        has_one = np.flatnonzero(places != NONE)
        services = flows.loc[internet[side], columns].drop_duplicates()
        keep[side] = places != NONE
        keep[side][has_one] = ~is_among(flows.iloc[has_one][columns], services)
    return proposed.where(keep)


def wanted(
    proposed: TaggedSides, flows: pd.DataFrame, answers: Iterable[Answer], unasked: bool
) -> dict[str, NDArray[np.bool_]]:
    """Which flows are to have the tag on each side: those of proposals that a person said yes to.

    `unasked`: also where nobody answered, but for flows that a person let in: that was about their own addresses.
    """
    said = {answer.question: answer.choice for answer in answers}
    choices = [said.get(each.id) for each in proposed.proposals]
    yes = np.array([*(choice is Choice.ALLOW for choice in choices), False], dtype=np.bool_)
    open_ = np.array([*(unasked and choice is None for choice in choices), False], dtype=np.bool_)
    was_let_in = flows["answer"].to_numpy() > 0
    return {
        side: yes[proposed.of(side, len(flows))] | (open_[proposed.of(side, len(flows))] & ~was_let_in)
        for side in SIDES
    }


def _of_side(flows: pd.DataFrame, side: str, rows: Codes, tags: TagsOfAddresses, found: dict[Proposal, int]) -> Codes:
    """The proposal for each flow, numbered in `found`; `rows` are those whose end on this side is public."""
    places = np.full(len(flows), NONE, dtype=np.int64)
    rows = rows[flows[f"{side}_ip"].iloc[rows].isin(list(tags.held)).to_numpy()]
    if not len(rows):
        return places
    columns = [*PUBLIC_SIDES[side], f"{side}_ip"]
    met = flows.iloc[rows][columns]
    group = group_numbers(*(met[column] for column in columns), in_order=False)
    distinct = [
        ((str(label), str(protocol), int(port)), str(address))
        for label, protocol, port, address in met.iloc[first_of_each(group)].itertuples(index=False, name=None)
    ]
    services: defaultdict[tuple[TagAbout, Family], Counter[Places]] = defaultdict(Counter)
    for about, address in distinct:
        services[about, family_of(address)][tags.held[address]] += 1
    written = {service: tags.to_write(sets, service[1]) for service, sets in services.items()}
    numbers = []
    for about, address in distinct:
        tag = written[about, family_of(address)][tags.held[address]]
        numbers.append(found.setdefault(Proposal(side, about, tag), len(found)))
    places[rows] = np.array(numbers, dtype=np.int64)[group]
    return places
