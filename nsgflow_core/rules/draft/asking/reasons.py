"""Why traffic becomes no rule by itself: ONE row for each reason, and how a person is asked about it, where they are.

`Material.set_apart` holds the words of a row in its column `reason`. A new reason is a row here, and whoever sets
flows apart for it writes its words. What becomes of flows while nobody answered is part of the row: they stay out, or
are drafted and wait, by themselves or among others. Flows that a deny which stays has stopped carry it in the columns
`denied_by` (its name, "" for none), `denied_since` and `allowed_until`: a question is then about that deny too, which
letting them in would undo, unless it stands elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from nsgflow_core.rules.draft.asking.answers import Choice


class Meanwhile(StrEnum):
    """What becomes of flows while nobody answered the question about them."""

    APART = "no rule admits them"
    ALONE = "a marked rule of their own admits exactly them, on every point of the dial"
    DRAFTED = "they are drafted as others are"


@dataclass(frozen=True, slots=True)
class Ask:
    """How a reason is asked: one question for all its flows that are the same in the columns `by`.

    `question` is a template with the words of `PLACES` (each is text: `{flows}` is "12 flows"). `yes` and `no` say
    what follows when a person allows these flows, or leaves them out.
    """

    meanwhile: Meanwhile
    by: tuple[str, ...]
    question: str
    yes: str
    no: str

    @property
    def standing(self) -> Choice:
        """The answer that holds while nobody gave one."""
        return Choice.LEAVE_OUT if self.meanwhile is Meanwhile.APART else Choice.ALLOW


PLACES = (
    *("flows", "sources", "destinations", "source", "destination", "services"),
    *("last_seen", "deny", "denied_since", "allowed_until"),
)
"""What a question may say of its flows: `source` and `destination` are the label, or the address where all have one
in common; `services` reads "TCP 443, 8443" or "12 TCP ports between 50100 and 50111"."""


@dataclass(frozen=True, slots=True)
class ApartReason:
    """Why flows are set apart: a key for files, the words, and how it is asked; None where it is only told."""

    key: str
    words: str
    asks: Ask | None


_APART, _ALONE, _DRAFTED = Meanwhile
_OPENS = "They become part of a rule, marked with who decided."
_STAYS_OUT = "They stay out of the draft, and the closing rules stop them."

PLATFORM = ApartReason("platform", "Azure's own address: NSG rules do not filter it", None)
PROBE = ApartReason("probe", "load balancer probe: covered by the AzureLoadBalancer rule", None)
UNNAMED_PROTOCOL = ApartReason("unnamed-protocol", "no rule can name this protocol, only * would admit it", None)
REPLY = ApartReason(
    "answer",
    "an answer logged as a flow of its own: comes from a service's port, and replies need no rule",
    Ask(
        _APART,
        ("src_label", "dst_label", "protocol"),
        "{flows} from {source} to {services} of {destination} came from a service's own port, as answers do. "
        "Let them begin connections?",
        _OPENS,
        "Nothing is opened for them: NSGs are stateful, and an answer needs no rule.",
    ),
)
EPHEMERAL = ApartReason(
    "ephemeral",
    "high port that few used: ephemeral on both sides, not a service",
    Ask(
        _APART,
        ("dst_label", "protocol"),
        "{flows} from {sources} met {services} of {destination}, high ports that few used. Are they a service?",
        _OPENS,
        _STAYS_OUT,
    ),
)
DYNAMIC = ApartReason(
    "dynamic-range",
    "one of many high ports of one server: a dynamic range (RPC, passive FTP) to decide on",
    Ask(
        _APART,
        ("dst_ip", "protocol"),
        "{destination} was met on {services} by {sources}: a dynamic range (RPC, passive FTP)? If so, fix the range on "
        "the server. Allow the ports that were seen?",
        _OPENS,
        _STAYS_OUT,
    ),
)

MIXED_FAMILIES = ApartReason("mixed-families", "an IPv4 and an IPv6 end: no rule can hold both", None)

_SERVICE = ("src_label", "dst_label", "protocol", "port")
_UNDOES = "A rule for them stands ahead of the deny, and undoes it for them."
_LEFT_CLOSED = "They stay closed: no rule of the draft admits them."


def _denied(key: str, words: str, how: str, yes: str = _UNDOES) -> ApartReason:
    was = "{source} -> {destination} {services} was allowed until {allowed_until} and is denied by {deny}"
    return ApartReason(key, words, Ask(_APART, _SERVICE, f"{was}{how}. Should it be allowed again?", yes, _LEFT_CLOSED))


DENIED_SINCE = _denied("denied-since", "allowed once, and denied since", " since {denied_since}")
DENIED_BY_A_RULE_THAT_IS_GONE = _denied(
    "denied-by-a-gone-rule",
    "allowed once, and denied since by a rule that is no longer there",
    " since {denied_since}, which is no longer in the rules",
    "A rule admits them, as nothing of the NSG denies them any more.",
)
DENIED_IN_FILE = _denied(
    "denied-in-file", "allowed once, and denied by the rules as they are", " in the rules as they are"
)
DENIED_IN_FILE_AND_LOGGED = _denied(
    "denied-in-file-and-logged",
    "allowed once, and denied by the rules as they are, by a deny that was logged later",
    " in the rules as they are, first logged {denied_since}",
)
_STOPS_STILL = "A rule here admits them; that deny stays, and stops them until it is changed too."
DENIED_ELSEWHERE = ApartReason(
    "denied-elsewhere",
    "allowed once, and denied since by what this draft does not touch",
    Ask(
        _APART,
        _SERVICE,
        "{source} -> {destination} {services} was allowed until {allowed_until} and is denied by {deny} since "
        "{denied_since}, which this draft does not touch. Should it be allowed here all the same?",
        _STOPS_STILL,
        _LEFT_CLOSED,
    ),
)
STOPPED_ELSEWHERE = ApartReason(
    "stopped-elsewhere",
    "let pass here, and denied each time by what this draft does not touch",
    Ask(
        _APART,
        ("src_label", "dst_label", "protocol"),
        "{flows} from {source} to {services} of {destination} passed here, and {deny}, which this draft does not "
        "touch, denied them each time since {denied_since}. Should they be allowed here all the same?",
        _STOPS_STILL,
        _LEFT_CLOSED,
    ),
)
_SERVED = ("dst_label", "protocol", "port")
_STAYS_CLOSED = "They stay out of the draft: no rule admits them."
EXPOSED = ApartReason(
    "exposed",
    "a public source on a port of management or data: nobody has said that it may be open",
    Ask(
        _APART,
        _SERVED,
        "{flows} from {sources} in the Internet reached {services} of {destination}, a port of management or data. "
        "Is it meant for them? An intruder looks the same.",
        _OPENS,
        _STAYS_CLOSED,
    ),
)
RARE_STRANGER = ApartReason(
    "rare-stranger",
    "a few flows from public addresses that no rule names: a trial, a test, or an intruder",
    Ask(
        _APART,
        _SERVED,
        "Only {flows} from {sources} in the Internet reached {services} of {destination}. Is it a service for them?",
        _OPENS,
        _STAYS_CLOSED,
    ),
)
SCAN = ApartReason(
    "scan",
    "one source met many destinations or ports, a few times each: a scan or a monitor",
    Ask(
        _APART,
        ("src_ip", "protocol"),
        "{source} met {services} of {destinations}, a few times each. Is it a monitor that must go on?",
        _OPENS,
        _STAYS_OUT,
    ),
)
_STAYS = "They stay in the draft."
_LEAVES = "They leave the draft, and the closing rules stop them."
JUST_IN_TIME = ApartReason(
    "just-in-time",
    "let in for a time by just-in-time access alone: a rule would let it in for good",
    Ask(
        _APART,
        _SERVICE,
        "{flows} from {source} reached {services} of {destination} under just-in-time access alone, which lets in for "
        "a time. Allow them for good?",
        _OPENS,
        "They stay out of the draft: just-in-time access lets them in again when somebody asks for it.",
    ),
)
RARE_MANAGEMENT = ApartReason(
    "rare-management",
    "a few flows to a port of management, on one day, that only a default or any-source rule admitted",
    Ask(
        _ALONE,
        _SERVICE,
        "Only {flows}, on one day alone, went from {source} to {services} of {destination}: a port of management, and "
        "no rule names who may. Was it meant? An intruder who moves on looks the same.",
        _OPENS,
        _LEAVES,
    ),
)
UNNAMED_STRANGER = ApartReason(
    "unnamed-stranger",
    "public addresses that only a default or any-source rule admitted: no rule names them",
    Ask(
        _DRAFTED,
        _SERVED,
        "{services} of {destination} served {sources} in the Internet ({flows}), and only a default or any-source "
        "rule let them in. Is it a service for them?",
        _STAYS,
        _LEAVES,
    ),
)
UNNAMED_GUARDED = ApartReason(
    "unnamed-guarded",
    "a port of management or data that only a default or any-source rule admitted: no rule names who may",
    Ask(
        _DRAFTED,
        _SERVED,
        "{services} of {destination}, a port of management or data, was used by {sources} inside ({flows}), and only "
        "a default or any-source rule let them in. Are they those who may?",
        _STAYS,
        _LEAVES,
    ),
)
RARE = ApartReason(
    "rare",
    "a few flows on one day, that only a default or any-source rule admitted",
    Ask(
        _DRAFTED,
        _SERVICE,
        "Only {flows}, on one day alone, went from {source} to {services} of {destination}. Will they be needed again?",
        _STAYS,
        _LEAVES,
    ),
)

KEPT_RULE = ApartReason(
    "kept-rule",
    "admitted by a rule of the NSG that stays as it is: it names groups or a tag, or a service wrote it",
    None,
)

REQUIRED_RULE = ApartReason("required-rule", "admitted by a rule of the draft that the subnet's service needs", None)

_OF_DENIALS = (
    *(DENIED_SINCE, DENIED_BY_A_RULE_THAT_IS_GONE, DENIED_IN_FILE, DENIED_IN_FILE_AND_LOGGED),
    *(DENIED_ELSEWHERE, STOPPED_ELSEWHERE),
)
REASONS_OF_DENIALS = tuple(row.words for row in _OF_DENIALS)
KINDS_ELSEWHERE = (DENIED_ELSEWHERE.key, STOPPED_ELSEWHERE.key)
"""Of questions about a deny that no answer undoes: it stands elsewhere, and stays."""
REASONS: dict[str, ApartReason] = {
    row.words: row
    for row in (
        *(PLATFORM, PROBE, UNNAMED_PROTOCOL, MIXED_FAMILIES, REPLY, EPHEMERAL, DYNAMIC, KEPT_RULE, REQUIRED_RULE),
        *_OF_DENIALS,
        *(EXPOSED, RARE_STRANGER, SCAN, JUST_IN_TIME, RARE_MANAGEMENT),
        *(UNNAMED_STRANGER, UNNAMED_GUARDED, RARE),
    )
}
"""By their words, as the column `reason` holds them."""
DRAFTED_REASONS = tuple(row.words for row in REASONS.values() if row.asks and row.asks.meanwhile is not Meanwhile.APART)
"""Those that keep flows out of no draft."""
WAITING_REASONS = tuple(row.words for row in REASONS.values() if row.asks and row.asks.meanwhile is Meanwhile.ALONE)
"""Of these, those whose flows stand alone until somebody answers."""
_CODED = pd.CategoricalDtype(["", *REASONS])


def no_reasons(index: pd.Index[Any]) -> pd.Series[str]:
    """A "" for each row, where words of the table are written later: held as categories, which compare fast."""
    return pd.Series(pd.Categorical.from_codes(np.zeros(len(index), dtype=np.int8), dtype=_CODED), index=index)


REASON_OF_KIND: dict[str, ApartReason] = {row.key: row for row in REASONS.values()}
"""By their keys, as the kinds of questions are."""
