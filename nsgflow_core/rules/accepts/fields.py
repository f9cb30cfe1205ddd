"""What Azure refuses in the other fields of one rule: ports, protocol, priority, name and description."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nsgflow_core.inventory.rule import (
    ANY_PORTS,
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_PRIORITY,
    MIN_PRIORITY,
    PROTOCOLS,
    Rule,
)
from nsgflow_core.rules.accepts.limits import Limits
from nsgflow_core.words.visible import in_short
from nsgflow_core.words.vocabulary import DEFAULT_RULE_NAMES, MAX_PORT

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?")
NAME_REMEDY = (
    f"Use 1 to {MAX_NAME} letters, digits, '_', '.' or '-'; start with a letter or digit, end with one or '_'."
)
_WITHOUT_PORTS = frozenset({"icmp", "esp", "ah"})


def bad_ports(rule: Rule, _limits: Limits) -> Iterator[str]:
    """No port, a range that runs backwards, or a port that there is not."""
    for side, _, ranges, _ in rule.sides:
        if not ranges:
            yield f"has no {side} port"
        for held in ranges:
            if not 0 <= held.first <= held.last <= MAX_PORT:
                yield f"has the {side} ports {held.first}-{held.last}"


def overlapping_ports(rule: Rule, _limits: Limits) -> Iterator[str]:
    """A port that stands twice in a list, alone or in ranges; `*` beside others too."""
    for side, _, ranges, _ in rule.sides:
        ordered = sorted(ranges)
        reach = ordered[0] if ordered else None
        for held in ordered[1:]:
            if reach is not None and held.first <= reach.last:
                yield f"names the {side} ports {held} within {reach}"
                break
            reach = held


def ports_without_ports(rule: Rule, _limits: Limits) -> Iterator[str]:
    """Ports of a protocol that has none."""
    for side, _, ranges, _ in rule.sides:
        if rule.protocol.casefold() in _WITHOUT_PORTS and ranges != ANY_PORTS:
            yield f"names {side} ports of {rule.protocol_words}, which has none"


def bad_protocol(rule: Rule, _limits: Limits) -> Iterator[str]:
    """A protocol that is none of the six words, as az and ARM spell them."""
    if rule.protocol not in PROTOCOLS:
        yield f"has the protocol '{in_short(rule.protocol)}'"


def bad_priority(rule: Rule, _limits: Limits) -> Iterator[str]:
    """A priority outside what a rule of the user may have."""
    if not MIN_PRIORITY <= rule.priority <= MAX_PRIORITY:
        yield f"has priority {rule.priority}, outside {MIN_PRIORITY} to {MAX_PRIORITY}"


def bad_name(rule: Rule, _limits: Limits) -> Iterator[str]:
    """A name outside Azure's grammar."""
    if not NAME.fullmatch(rule.name):
        yield f"has a name of {len(rule.name)} characters that is not one of Azure's"


def reserved_name(rule: Rule, _limits: Limits) -> Iterator[str]:
    """The name of a default rule."""
    if rule.name.casefold() in DEFAULT_RULE_NAMES:
        yield "has the name of a default rule"


def long_description(rule: Rule, _limits: Limits) -> Iterator[str]:
    """A description that is too long."""
    if len(rule.description) > MAX_DESCRIPTION:
        yield f"has a description of {len(rule.description)} characters, of {MAX_DESCRIPTION}"
