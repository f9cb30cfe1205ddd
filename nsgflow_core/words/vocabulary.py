"""The words of the field, one spelling each; every spelling that a source uses maps to one of them.

Sources of the spellings: Microsoft Learn, "NSG flow logs overview" (T/U, I/O, A/D, B/C/E), "VNet flow logs
overview" (IANA protocol numbers, state D) and "Traffic Analytics schema" (both short codes and words).
"""

from __future__ import annotations

import re
from enum import StrEnum


class Decision(StrEnum):
    """What the network did with a flow (rules have an *access*: Allow or Deny)."""

    ALLOWED = "Allowed"
    DENIED = "Denied"


class Direction(StrEnum):
    """Relative to the NIC that logged the flow."""

    INBOUND = "Inbound"
    OUTBOUND = "Outbound"


class FlowState(StrEnum):
    """Where in a flow's life its tuple was written; version 1 NSG logs have none."""

    BEGIN = "Begin"
    CONTINUING = "Continuing"
    END = "End"
    DENY = "Deny"


class RuleKind(StrEnum):
    """Who wrote the rule that decided."""

    USER = "User"
    DEFAULT = "Default"
    ADMIN = "Admin"
    PLATFORM = "Platform"
    UNSPECIFIED = "Unspecified"


class LogKind(StrEnum):
    """Which kind of flow log holds the tuple."""

    NSG = "NSG"
    VNET = "VNet"


MAX_PORT = 65_535
WITH_PORTS = ("TCP", "UDP")
"""The protocols whose ports a rule can name; all ports of any other are one."""

PROTOCOL_NAMES: dict[int, str] = {
    1: "ICMP",
    6: "TCP",
    17: "UDP",
    47: "GRE",
    50: "ESP",
    51: "AH",
    58: "ICMPv6",
    132: "SCTP",
}
"""IANA protocol numbers that have a name here; the others go by their number."""

PROTOCOL_NUMBERS: dict[str, int] = {name.upper(): number for number, name in PROTOCOL_NAMES.items()}

PROTOCOL_CODES: dict[str, int] = {"T": 6, "U": 17} | {str(number): number for number in range(256)}
"""Spellings in flow tuples: NSG logs write T or U, VNet logs the IANA number."""

DIRECTION_CODES: dict[str, Direction] = {"I": Direction.INBOUND, "O": Direction.OUTBOUND}
DECISION_CODES: dict[str, Decision] = {"A": Decision.ALLOWED, "D": Decision.DENIED}
NSG_STATE_CODES: dict[str, FlowState] = {
    "B": FlowState.BEGIN,
    "C": FlowState.CONTINUING,
    "E": FlowState.END,
}
VNET_STATE_CODES: dict[str, FlowState] = NSG_STATE_CODES | {"D": FlowState.DENY}

DEFAULT_RULE_NAMES = frozenset(
    {
        "allowvnetinbound",
        "allowazureloadbalancerinbound",
        "denyallinbound",
        "allowvnetoutbound",
        "allowinternetoutbound",
        "denyalloutbound",
    }
)
"""The six rules of every NSG, in lower case: documents and Traffic Analytics vary the casing."""

PLATFORM_RULE = "platformrule"
UNSPECIFIED_RULES = frozenset({"unspecified", "unspecifiedrule"})
ZERO_GUID = "00000000-0000-0000-0000-000000000000"
ANY_ZERO_GUID = r"\{?0{8}(-?0{4}){3}-?0{12}\}?"
"""The same as other tools spell it, in braces or without hyphens; to Python and to Kusto."""
NSG_SEGMENT = "/networksecuritygroups/"
"""In lower case, what the ARM id of an NSG has in it, and that of an admin configuration has not."""


def is_zero_guid(text: str) -> bool:
    """True for the guid of nothing: logs write it where no NSG decided."""
    return re.fullmatch(ANY_ZERO_GUID, text.strip()) is not None


def protocol_name(number: int) -> str:
    """TCP for 6, UDP for 17, ..., otherwise the number as text."""
    return PROTOCOL_NAMES.get(number, str(number))


def protocol_number(text: str) -> int | None:
    """The IANA number of a protocol given by name, T or U, or number; None when it is none of them."""
    word = text.strip().upper()
    return PROTOCOL_NUMBERS.get(word, PROTOCOL_CODES.get(word))


def rule_identity(rule: str, acl_id: str, log_kind: LogKind) -> tuple[str, RuleKind]:
    """The rule's own name, without a source's prefix, and its kind.

    `DefaultRule_` and `UserRule_` are prefixes of the logs, not part of the name. In VNet logs a name without a
    prefix belongs to a security admin rule of Azure Virtual Network Manager; platform traffic is written as
    `PlatformRule` or under the all-zero ACL; a drop by encryption policy has neither ACL nor rule (`unspecified`).
    What an ACL decided that is an NSG by its ARM id is a rule of that NSG, prefix or not.
    """
    lowered = rule.lower()
    if lowered.startswith("userrule_"):
        return rule[len("userrule_") :], RuleKind.USER
    if lowered.startswith("defaultrule_"):
        return rule[len("defaultrule_") :], RuleKind.DEFAULT
    if lowered == PLATFORM_RULE or (is_zero_guid(acl_id) and lowered not in UNSPECIFIED_RULES):
        return rule, RuleKind.PLATFORM
    if lowered in UNSPECIFIED_RULES:
        return rule, RuleKind.UNSPECIFIED
    if lowered in DEFAULT_RULE_NAMES:
        return rule, RuleKind.DEFAULT
    is_of_nsg = log_kind is LogKind.NSG or NSG_SEGMENT in acl_id.lower()
    return rule, RuleKind.USER if is_of_nsg else RuleKind.ADMIN
