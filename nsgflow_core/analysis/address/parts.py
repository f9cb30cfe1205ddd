"""The four parts of a subject's traffic, ONE row each: which way, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nsgflow_core.analysis.address.subject import Subject
from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.words.vocabulary import Decision


class Way(StrEnum):
    """Which end of its flows a subject is."""

    SENT = "sent"
    RECEIVED = "received"

    def part(self, subject: Subject, flow_filter: FlowFilter) -> FlowFilter:
        """The part of a filter's traffic in which the subject is that end."""
        return subject.sent(flow_filter) if self is Way.SENT else subject.received(flow_filter)

    @property
    def own(self) -> str:
        """The column of the subject's own address."""
        return "src_ip" if self is Way.SENT else "dst_ip"

    @property
    def own_end(self) -> str:
        """The column of its label."""
        return "source" if self is Way.SENT else "destination"

    @property
    def name_of_own(self) -> str:
        """The column of its name."""
        return f"{self.own_end}_name"

    @property
    def other_end(self) -> str:
        """The column of the other end's label; its name is `{other_end}_name`."""
        return "destination" if self is Way.SENT else "source"

    @property
    def peer(self) -> str:
        """The column of the other end's address."""
        return "dst_ip" if self is Way.SENT else "src_ip"


@dataclass(frozen=True, slots=True)
class Part:
    """What flows one way and was decided one way."""

    key: str
    way: Way
    decision: Decision
    title: str
    nothing: str
    """In place of the title where there is nothing of it."""


PARTS: tuple[Part, ...] = (
    Part("talks_to", Way.SENT, Decision.ALLOWED, "Talks to", "Talks to nobody"),
    Part("denied_from", Way.SENT, Decision.DENIED, "Denied from it", "Nothing from it is denied"),
    Part("talked_to_by", Way.RECEIVED, Decision.ALLOWED, "Is talked to by", "Nobody talks to it"),
    Part("denied_to", Way.RECEIVED, Decision.DENIED, "Denied to it", "Nothing to it is denied"),
)
