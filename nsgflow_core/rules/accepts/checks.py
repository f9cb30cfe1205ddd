"""The table of everything that Azure refuses in rules, and the one function that runs it.

Codes are Azure's answers as they are documented or were reported publicly. Where no answer with a code is known, the
row says so (`NOT_PUBLISHED`), and the message does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from nsgflow_core.errors import RefusedByAzure
from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.accepts import fields, sides, together
from nsgflow_core.rules.accepts.base import NOT_PUBLISHED, Check, Refusal, each
from nsgflow_core.rules.accepts.limits import TODAY, Limits

_OVERVIEW = 'Microsoft Learn, "Network security groups"'
_LIMITS = 'Microsoft Learn, "Azure subscription limits", networking'
_ASGS = 'Microsoft Learn, "Application security groups"'
_REST = 'REST reference "Security Rules"'

_ROWS: tuple[Check, ...] = (
    Check(
        "families",
        "ResourceCannotContainAddressPrefixesFromDifferentAddressFamilies",
        _OVERVIEW,
        "Write one rule for IPv4 and one for IPv6.",
        each(sides.mixed_families),
    ),
    Check(
        "overlap",
        "OverlappingSubnetsNotPermittedInSecurityRule",
        "the error's own words, reported with Terraform and Pulumi",
        "Leave out what another prefix covers.",
        each(sides.overlapping),
    ),
    Check(
        "prefix",
        "SecurityRuleInvalidAddressPrefix",
        "the error's own words: 193.23.120.230/30 and names that are no tag",
        "Write addresses, CIDR blocks like 10.1.2.0/24, one service tag or *.",
        each(sides.not_a_prefix),
    ),
    Check(
        "tag-among-others",
        "SecurityRuleParameterContainsUnsupportedValue",
        "the error's own words: a list cannot specify VIRTUALNETWORK, INTERNET, AZURELOADBALANCER, '*' or system tags",
        "A service tag stands alone on its side: split the rule in two.",
        each(sides.tag_among_others),
    ),
    Check(
        "side",
        NOT_PUBLISHED,
        'the error\'s own words: "must specify a non empty value for exactly one of"',
        "Give each side prefixes, or one tag, or application security groups.",
        each(sides.not_one_kind),
    ),
    Check(
        "asgs-on-side",
        "NumberOfApplicationSecurityGroupsReferencedInSecurityRuleLimitReached",
        _ASGS,
        "Split the rule.",
        each(sides.too_many_asgs),
    ),
    Check(
        "platform-allowed",
        "SecurityRuleInvalidAccessType",
        'Microsoft Learn, "Virtual network service tags"; the error\'s own words',
        "Leave the rule out: the platform's services are reached unless a rule denies them.",
        each(sides.allows_the_platform),
    ),
    Check(
        "ports",
        "SecurityRuleInvalidPortRange",
        "the error's own words: an integer or a range, 0 to 65535",
        "Write ports from 0 to 65535, ranges from low to high, or *.",
        each(fields.bad_ports),
    ),
    Check(
        "ports-overlap",
        NOT_PUBLISHED,
        _REST,
        "Join the ranges that overlap.",
        each(fields.overlapping_ports),
    ),
    Check(
        "ports-of-no-ports",
        NOT_PUBLISHED,
        f"{_OVERVIEW} (ICMP has no ports)",
        "Write * as ports of Icmp, Esp and Ah.",
        each(fields.ports_without_ports),
    ),
    Check("protocol", NOT_PUBLISHED, _REST, "Write Tcp, Udp, Icmp, Esp, Ah or *.", each(fields.bad_protocol)),
    Check(
        "priority",
        "SecurityRuleInvalidPriority",
        _OVERVIEW,
        "Choose a priority from 100 to 4096.",
        each(fields.bad_priority),
    ),
    Check("name", "InvalidResourceName", _OVERVIEW, fields.NAME_REMEDY, each(fields.bad_name)),
    Check("reserved-name", NOT_PUBLISHED, _OVERVIEW, "Choose another name.", each(fields.reserved_name)),
    Check(
        "description",
        NOT_PUBLISHED,
        f"{_REST} (restricted to 140 characters)",
        "Shorten the description.",
        each(fields.long_description),
    ),
    Check(
        "priority-twice",
        "SecurityRuleConflict",
        "the error's own words: rules cannot have the same priority and direction",
        "Give one of the two another priority.",
        together.priority_twice,
    ),
    Check("name-twice", NOT_PUBLISHED, _OVERVIEW, "Give one of them another name.", together.name_twice),
    Check(
        "rules",
        "SecurityRuleCountLimitReached",
        _LIMITS,
        "Turn the dial towards simple, or remove rules that are not needed.",
        together.too_many_rules,
    ),
    Check(
        "terms",
        "SecurityRuleAddressesOrPortsPerSecurityGroupLimitReached",
        _LIMITS,
        "Turn the dial towards simple, or let a tag stand for the addresses.",
        together.too_many_terms,
    ),
    Check("asgs", NOT_PUBLISHED, _LIMITS, "Use fewer groups, or another NSG.", together.too_many_groups),
)
CHECKS: dict[str, Check] = {row.key: row for row in _ROWS}
"""Every check, by its key."""


def refusals(
    rules: Iterable[Rule], *, beside: Iterable[Rule] = (), standing: Iterable[Rule] = (), limits: Limits = TODAY
) -> tuple[Refusal, ...]:
    """What Azure would refuse in these rules, in the order of the table; default rules count for nothing.

    `beside` are further rules that the NSG will hold, which the rules must get along with. A rule that stands in the
    NSG as it is (`standing`, descriptions aside) is Azure's own already: nothing in it alone is judged.
    """
    written = [rule for rule in rules if not rule.is_default]
    among = [*written, *(rule for rule in beside if not rule.is_default)]
    known = {replace(rule, description="") for rule in standing}
    fresh = [rule for rule in written if replace(rule, description="") not in known]
    return tuple(found for check in CHECKS.values() for found in check.refusals(fresh, among, limits))


def check_accepted(
    rules: Iterable[Rule], *, beside: Iterable[Rule] = (), standing: Iterable[Rule] = (), limits: Limits = TODAY
) -> None:
    """Raises RefusedByAzure, with Azure's error code, when Azure would refuse any of it (see `refusals`)."""
    refuse(refusals(rules, beside=beside, standing=standing, limits=limits))


def refuse(found: Sequence[Refusal]) -> None:
    """Raises RefusedByAzure with what was found, where anything was."""
    if found:
        raise RefusedByAzure(_all_words(found), found[0].remedy, tuple(dict.fromkeys(each.code for each in found)))


def _all_words(found: Sequence[Refusal]) -> str:
    if len(found) == 1:
        return found[0].sentence
    return f"{found[0].sentence} It is the first of {len(found):,} things that Azure would refuse."
