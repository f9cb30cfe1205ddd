"""Each field of a packet as a few classes of equal values, so that a rule is a small table for each field.

All values between two neighbouring edges (starts and ends of the rules' prefixes or port ranges) match the same rules,
so they are one class. Class 0 stands for a value that is not known. A table holds NO, MAYBE or YES for each class.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from nsgflow_core.inventory.rule import ANY, PortRange
from nsgflow_core.rules.decide.address_space import Reach
from nsgflow_core.words.prefixes import pack
from nsgflow_core.words.sets.spans import EVERYTHING, LAST_ADDRESS
from nsgflow_core.words.vocabulary import MAX_PORT, protocol_number

NO, MAYBE, YES = 0, 1, 2

Classes = npt.NDArray[np.int32]
MatchTable = npt.NDArray[np.uint8]

RULE_PROTOCOL_NUMBERS: dict[str, int] = {"Tcp": 6, "Udp": 17, "Icmp": 1, "Esp": 50, "Ah": 51}
"""IANA numbers of what a rule can name."""
ICMP_V6 = 58
"""Microsoft Learn, "IPv6 for Azure Virtual Network": NSGs do not support ICMPv6, so what an `Icmp` rule does to it is
not known; only a rule for `*` surely matches it."""


def protocol_match(rule_protocol: str, number: int | None) -> int:
    """NO, MAYBE or YES: whether a rule's protocol covers an IANA number (None: not known)."""
    if rule_protocol == ANY:
        return YES
    if number is None or (rule_protocol == "Icmp" and number == ICMP_V6):
        return MAYBE
    return YES if RULE_PROTOCOL_NUMBERS[rule_protocol] == number else NO


class AddressAxis:
    """Classes of addresses under the sides of some rules."""

    def __init__(self, sides: Iterable[Reach]) -> None:
        edges = {0}
        for reach in set(sides):
            for spans in (reach.sure, reach.possible):
                edges.update(edge for first, last in spans for edge in (first, last + 1))
        self.edges = sorted(edge for edge in edges if edge <= LAST_ADDRESS)
        self._packed = np.array([edge.to_bytes(16, "big") for edge in self.edges], dtype="S16")
        self._tables: dict[Reach, MatchTable] = {}

    @property
    def size(self) -> int:
        """How many classes there are."""
        return len(self.edges) + 1

    def classes(self, addresses: pd.Series) -> Classes:
        """The class of each address in text."""
        codes, distinct = pd.factorize(addresses)
        packed = [pack(str(address)) for address in distinct.to_numpy(dtype=object)]
        known = np.array([item or bytes(16) for item in packed], dtype="S16")
        found = np.searchsorted(self._packed, known, side="right").astype(np.int32)
        found[[item is None for item in packed]] = 0
        return np.append(found, np.int32(0))[codes]

    def table(self, reach: Reach) -> MatchTable:
        """Whether each class belongs to a side."""
        table = self._tables.get(reach)
        if table is None:
            table = self._tables[reach] = np.zeros(self.size, dtype=np.uint8)
            for spans, value in ((reach.possible, MAYBE), (reach.sure, YES)):
                for first, last in spans:
                    table[bisect_right(self.edges, first) : bisect_right(self.edges, last) + 1] = value
            table[0] = YES if reach.sure == EVERYTHING else MAYBE if reach.possible else NO
        return table


class PortAxis:
    """Classes of ports under the port ranges of some rules."""

    def __init__(self, ranges: Iterable[PortRange]) -> None:
        edges = {0} | {edge for item in ranges for edge in (item.first, item.last + 1)}
        self.edges = np.array(sorted(edge for edge in edges if edge <= MAX_PORT), dtype=np.int64)

    @property
    def size(self) -> int:
        """How many classes there are."""
        return len(self.edges) + 1

    def classes(self, ports: pd.Series) -> Classes:
        """The class of each port; a missing one is not known."""
        numbers = pd.to_numeric(ports, errors="coerce").fillna(-1).to_numpy(dtype=np.int64)
        return np.searchsorted(self.edges, numbers, side="right").astype(np.int32)

    def table(self, ranges: Iterable[PortRange]) -> MatchTable:
        """Whether each class lies in one of the ranges."""
        table = np.zeros(self.size, dtype=np.uint8)
        for item in ranges:
            first, last = np.searchsorted(self.edges, [item.first, item.last], side="right")
            table[first : last + 1] = YES
        table[0] = YES if table[1:].all() else MAYBE
        return table


class ProtocolAxis:
    """Classes of protocols: each IANA number is one."""

    def classes(self, protocols: pd.Series) -> Classes:
        """The class of each protocol, given by name or number."""
        codes, distinct = pd.factorize(protocols)
        numbers = [protocol_number(str(text)) for text in distinct]
        found = np.array([0 if number is None else number + 1 for number in numbers], dtype=np.int32)
        return np.append(found, np.int32(0))[codes]

    def table(self, rule_protocol: str) -> MatchTable:
        """Whether a rule's protocol covers each class."""
        numbers: list[int | None] = [None, *range(256)]
        return np.array([protocol_match(rule_protocol, number) for number in numbers], dtype=np.uint8)
