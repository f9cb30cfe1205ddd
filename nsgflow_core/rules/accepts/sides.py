"""What Azure refuses in the sides of one rule: prefixes, tags, application security groups."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator

from nsgflow_core.inventory.rule import ANY, Access, Rule
from nsgflow_core.rules.accepts.limits import MAX_ASGS_ON_A_SIDE, Limits
from nsgflow_core.words.prefixes import Prefix, is_prefix, parse_prefix
from nsgflow_core.words.visible import in_short

_TAG = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)*")
DENY_ONLY_TAGS = frozenset({"azureplatformdns", "azureplatformimds", "azureplatformlkm"})
"""Tags of the host's own services, which a rule can only deny (Microsoft Learn, "Virtual network service tags")."""


def mixed_families(rule: Rule, _limits: Limits) -> Iterator[str]:
    """IPv4 and IPv6 in one rule, on one side or over both."""
    terms = [term for side in rule.sides for term in side.terms if is_prefix(term)]
    v6 = next((term for term in terms if ":" in term), None)
    v4 = next((term for term in terms if ":" not in term), None)
    if v4 and v6:
        yield f"names IPv4 and IPv6 addresses ({v4} and {v6})"


def covered(prefixes: Iterable[Prefix]) -> tuple[Prefix, Prefix] | None:
    """The first two prefixes of which one covers the other (or is the same again); None when there are none."""
    wider: dict[bool, Prefix] = {}
    for prefix in sorted(prefixes, key=lambda prefix: (prefix.first, -prefix.size)):
        before = wider.get(prefix.is_v4)
        if before is not None and before.covers(prefix):
            return before, prefix
        wider[prefix.is_v4] = prefix
    return None


def overlapping(rule: Rule, _limits: Limits) -> Iterator[str]:
    """A prefix that another one of the same list covers, however the two are spelled."""
    for side, terms, _, _ in rule.sides:
        pair = covered(parse_prefix(term) for term in terms if is_prefix(term))
        if pair is not None:
            wider, inner = pair[0].text, pair[1].text
            yield f"lists {inner} twice as {side}" if wider == inner else f"lists {inner} within {wider} as {side}"


def not_a_prefix(rule: Rule, _limits: Limits) -> Iterator[str]:
    """A term that is neither a CIDR block with its host bits zero, nor spelled like a tag."""
    for side, terms, _, _ in rule.sides:
        for term in terms:
            if term != ANY and not _is_exact(term) and not _TAG.fullmatch(term):
                yield f"has the {side} '{in_short(term)}', which is no address, no CIDR block without host bits, no tag"


def _is_exact(term: str) -> bool:
    try:
        ipaddress.ip_network(term)
    except ValueError:
        return False
    return "%" not in term


def tag_among_others(rule: Rule, _limits: Limits) -> Iterator[str]:
    """A service tag or `*` that does not stand alone on its side."""
    for side, terms, _, _ in rule.sides:
        tags = [term for term in terms if not is_prefix(term)]
        if tags and len(terms) > 1:
            yield f"has {tags[0]} among other {side}s"


def not_one_kind(rule: Rule, _limits: Limits) -> Iterator[str]:
    """A side with nothing on it, or with prefixes and security groups both."""
    for side, terms, _, asgs in rule.sides:
        if not terms and not asgs:
            yield f"has no {side}"
        elif terms and asgs:
            yield f"has prefixes and application security groups, both, as its {side}s"


def too_many_asgs(rule: Rule, _limits: Limits) -> Iterator[str]:
    """More security groups on a side than a rule takes."""
    for side, _, _, asgs in rule.sides:
        if len(asgs) > MAX_ASGS_ON_A_SIDE:
            yield f"names {len(asgs)} application security groups as its {side}s, of {MAX_ASGS_ON_A_SIDE}"


def allows_the_platform(rule: Rule, _limits: Limits) -> Iterator[str]:
    """An allow rule for one of the host's services."""
    for side in rule.sides:
        for term in side.terms:
            if term.casefold() in DENY_ONLY_TAGS and rule.access is Access.ALLOW:
                yield f"allows {term}, which can only be denied"
