"""One side of a draft's flows as numbers: its addresses, labels and groups, and what stands for them at a level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.rules.draft.grouping.groups import Groups, HostGroup
from nsgflow_core.rules.draft.grouping.worth import Stands
from nsgflow_core.rules.draft.tags.proposed import NONE
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.words.prefixes import FAMILIES, INTERNET, family_of
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import count_distinct, group_numbers

OWN_LEVEL, GROUP_LEVEL, LABEL_LEVEL, INTERNET_LEVEL, TAG_LEVEL = 0, 1, 2, 3, 4
"""What stands for an address: itself, its group, its label, the Internet, or a service tag."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class OneSide:
    """The source or the destination of each flow, by place in `address_words`, `label_words` and `group_held`."""

    addresses: Codes
    address_words: list[str]
    labels: Codes
    label_words: list[str]
    families: Codes
    """Places in FAMILIES."""
    groups: Codes
    group_held: list[HostGroup | None]
    """None, of those in no group, is the first."""

    @classmethod
    def of(cls, flows: pd.DataFrame, side: str, held_by: dict[str, HostGroup]) -> OneSide:
        """The side `src` or `dst` of labelled flows; `held_by` has the group of each address that is in one."""
        addresses, labels = pd.Categorical(flows[f"{side}_ip"]), pd.Categorical(flows[f"{side}_label"])
        words = [str(word) for word in addresses.categories]
        held = [held_by.get(word) for word in words]
        found = {group.name: group for group in held if group is not None}
        number = {name: place for place, name in enumerate(found, start=1)}
        group_of = np.array([0 if group is None else number[group.name] for group in held] or [0], dtype=np.int64)
        codes = addresses.codes.astype(np.int64)
        return cls(
            codes,
            words,
            labels.codes.astype(np.int64),
            [str(word) for word in labels.categories],
            np.array([FAMILIES.index(family_of(word)) for word in words] or [0], dtype=np.int64)[codes],
            group_of[codes] if len(words) else codes,
            [None, *found.values()],
        )

    @property
    def is_public(self) -> Mask:
        """Where the label is the Internet."""
        return np.array([word == INTERNET for word in self.label_words] or [False])[self.labels]

    @property
    def labels_in_family(self) -> Codes:
        """A number for each label and address family: `label * len(FAMILIES) + family`."""
        return self.labels * len(FAMILIES) + self.families

    def levels(
        self, seen_in: Callable[[Codes], Codes], of_label: Callable[[str, int], float], of_group: Callable[[int], float]
    ) -> Codes:
        """LABEL_LEVEL where enough of a label's hosts did the same, else GROUP_LEVEL where enough of the group's.

        `seen_in` counts the hosts that did the same within each number given to it; `of_label` says how many are
        enough of a label's hosts of a family (a place in FAMILIES), `of_group` of a group of so many hosts.
        """
        of_groups = [np.inf if group is None else of_group(len(group.hosts)) for group in self.group_held]
        of_labels = [of_label(word, family) for word in self.label_words for family in range(len(FAMILIES))]
        in_label = self.labels_in_family
        level = np.where(seen_in(self.groups) >= np.array(of_groups)[self.groups], GROUP_LEVEL, OWN_LEVEL)
        return np.where(seen_in(in_label) >= np.array(of_labels, dtype=float)[in_label], LABEL_LEVEL, level)

    def own(self, rows: Codes) -> Stands:
        """Each address of these flows, by itself."""
        return Stands(self.addresses[rows], np.ones(len(rows), dtype=np.int64))

    def stands(self, level: Codes, groups: Groups, rows: Codes) -> Stands:
        """What stands for the side of these flows at their level: a label in its family, a group or an address."""
        label, of_group, level = self.labels_in_family[rows], self.groups[rows], level[rows]
        in_label = [groups.seen.get((word, family), 0) for word in self.label_words for family in FAMILIES]
        in_group = [1 if group is None else len(group.hosts) for group in self.group_held]
        hosts = np.where(level == GROUP_LEVEL, np.array(in_group, dtype=np.int64)[of_group], 1)
        hosts = np.where(level == LABEL_LEVEL, np.array(in_label, dtype=np.int64)[label], hosts)
        unit = np.where(level == GROUP_LEVEL, len(self.address_words) + of_group, self.addresses[rows])
        return Stands(np.where(level == LABEL_LEVEL, -1 - label, unit), hosts)

    def unit(self, level: Codes, tagged: Mask, written: Codes) -> Codes:
        """What is one to the other side: a tag or label where that stands, else its group or address."""
        own = np.where(self.groups > 0, self.groups, len(self.group_held) + self.addresses)
        own = np.where(level == LABEL_LEVEL, -2 - self.labels, own)
        own = np.where(tagged, -1, own)
        own = np.where(written != NONE, -2 - len(self.label_words) - written, own)
        return group_numbers(own, in_order=False)

    def words(self, level: Codes, tokens: AddressTokens, written: Codes, tags: Sequence[str]) -> pd.Categorical:
        """The tokens, as a category of those that are used; `written` are places in `tags`."""
        blocks = [INTERNET if word == INTERNET else tokens.block_token(word) for word in self.label_words]
        grouped = ["" if group is None else group.token for group in self.group_held]
        words = np.array([*self.address_words, *grouped, *blocks, *tags, INTERNET], dtype=object)
        first_group = len(self.address_words)
        first_label = first_group + len(grouped)
        first_tag = first_label + len(blocks)
        codes = np.select(
            [level == GROUP_LEVEL, level == LABEL_LEVEL, level == TAG_LEVEL, level == INTERNET_LEVEL],
            [first_group + self.groups, first_label + self.labels, first_tag + written, np.int64(len(words) - 1)],
            self.addresses,
        )
        used, codes = np.unique(codes, return_inverse=True)
        distinct = list(dict.fromkeys(words[used]))
        place = {word: number for number, word in enumerate(distinct)}
        again = np.array([place[word] for word in words[used]], dtype=np.int64)
        return pd.Categorical.from_codes(again[codes] if len(codes) else codes, categories=pd.Index(distinct))


def distinct_hosts(service: Codes, addresses: Codes, counted: Mask) -> Codes:
    """How many different addresses each flow's service has."""
    size = int(service.max(initial=-1)) + 1
    found: Codes = count_distinct(service[counted], addresses[counted], size)[service]
    return found
