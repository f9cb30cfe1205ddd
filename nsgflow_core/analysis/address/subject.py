"""What is asked about: an address, a prefix, a subnet's label or a name, as a condition on either end of a flow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from nsgflow_core.ask.columns import DIMENSIONS
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.words.numbers import whole_number
from nsgflow_core.words.prefixes import is_prefix, parse_prefix, unpack

LONGEST = 200
"""Letters of what is asked about, with room to spare: the longest name of a resource in Azure has 80."""
_WITH_PORT = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<four>[\d./]+))(?:(?:\s*[:,]\s*|\s+)(?P<port>\d+))?")
"""As people copy it: `10.0.0.4:1433` and `[fd00::4]:443` of most, `10.0.0.4,1433` of SQL Server."""
_LAST_PORT = 65_535


class SubjectKind(StrEnum):
    """What tells the flows of a subject from others."""

    ADDRESS = "address"
    PREFIX = "prefix"
    SUBNET = "subnet"
    NAME = "name"


_SOURCE: Mapping[SubjectKind, str] = {
    SubjectKind.ADDRESS: "src_ip",
    SubjectKind.PREFIX: "src_ip",
    SubjectKind.SUBNET: "source",
    SubjectKind.NAME: "source_name",
}
"""The dimension of a flow's source that a subject is asked of."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Canonical text of one kind, so that equal subjects are equal."""

    kind: SubjectKind
    text: str

    @property
    def is_single(self) -> bool:
        """True of an address or a name; a prefix or a subnet holds many."""
        return self.kind in (SubjectKind.ADDRESS, SubjectKind.NAME)

    def sent(self, flow_filter: FlowFilter) -> FlowFilter:
        """The part of a filter's traffic that it sent."""
        return free_of_ends(flow_filter).where(_SOURCE[self.kind], self.text)

    def received(self, flow_filter: FlowFilter) -> FlowFilter:
        """The part of a filter's traffic that it received."""
        return self.sent(flow_filter).swapped()

    def either_way(self, flow_filter: FlowFilter) -> FlowFilter:
        """Both parts."""
        return replace(self.sent(flow_filter), either_way=True)


def typed(text: str) -> Subject | None:
    """The address or prefix that somebody typed, also one with a port behind it; None for any other text."""
    given = text.strip()[:LONGEST]
    found = _WITH_PORT.fullmatch(given)
    bare = (found["six"] or found["four"]) if found else given
    if not is_prefix(bare):
        return None
    prefix = parse_prefix(bare)
    if prefix.first == prefix.last:
        return Subject(SubjectKind.ADDRESS, unpack(prefix.first))
    return Subject(SubjectKind.PREFIX, prefix.text)


def port_typed(text: str) -> str:
    """The port behind the address or prefix that somebody typed, "" where there is none."""
    found = _WITH_PORT.fullmatch(text.strip()[:LONGEST])
    port = whole_number(found["port"] or "", _LAST_PORT) if found and typed(text) else None
    return "" if port is None else str(port)


def at_port_typed(text: str, flow_filter: FlowFilter) -> FlowFilter:
    """A filter of the port that somebody typed behind an address; as it is where none was, or it asks for ports."""
    port = port_typed(text)
    return flow_filter.where("port", port) if port and "port" not in flow_filter.to_params() else flow_filter


def free_of_ends(flow_filter: FlowFilter) -> FlowFilter:
    """A filter without what it asks of either end or of the decision: a subject takes the place of the first, and its
    page shows both of the second."""
    ends = [key for key, column in DIMENSIONS.items() if column.end]
    return replace(flow_filter.without(*ends, "decision"), either_way=False)
