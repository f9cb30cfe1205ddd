"""The security admin rules that stand ahead of an NSG, audited as rules of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nsgflow_core.inventory.rule import Access, Rule
from nsgflow_core.inventory.things.admin_rules import AdminAccess, AdminRule
from nsgflow_core.rules.audit.along import InPlace
from nsgflow_core.rules.audit.finding import Finding, FindingKind
from nsgflow_core.rules.audit.proved import any_any, shadowed
from nsgflow_core.rules.audit.regions import RuleRegions, TooManyAtomsError
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.beside import GuardedPlace
from nsgflow_core.words.vocabulary import Direction


def ahead(
    places: Sequence[GuardedPlace], space: AddressSpace, direction: Direction
) -> Iterator[tuple[AdminRule, Rule, list[Finding]]]:
    """Each admin rule of a direction that is asked before an NSG in one of its places, with what is wrong with it.

    As a rule it is named "admin rule ...". One that always allows opens what it matches, whatever the NSGs there say;
    one that allows passes it on to them, and opens nothing of itself.
    """
    lists = list(dict.fromkeys(held for place in places if (held := place.admin_rules_of(direction))))
    told: dict[AdminRule, tuple[Rule, list[Finding]]] = {}
    for admin_rules in lists:
        as_rules = [_as_rule(each) for each in admin_rules]
        addresses = [place for place in places if place.admin_rules_of(direction) == admin_rules]
        for at, findings in enumerate(_findings(as_rules, addresses, space, direction)):
            _, before = told.setdefault(admin_rules[at], (as_rules[at], []))
            before += [each for each in findings if each.kind not in {one.kind for one in before}]
    yield from ((admin, rule, findings) for admin, (rule, findings) in told.items())


def _as_rule(admin: AdminRule) -> Rule:
    access = Access.ALLOW if admin.access is AdminAccess.ALWAYS_ALLOW else Access.DENY
    return replace(admin.rule, name=f"admin rule {admin.name}", access=access)


def _findings(
    rules: Sequence[Rule], places: Sequence[GuardedPlace], space: AddressSpace, direction: Direction
) -> list[list[Finding]]:
    try:
        regions = RuleRegions(rules, space)
        where = [InPlace(rules, space, replace(each, admin_rules=(), other=None), direction) for each in places]
    except TooManyAtomsError:
        unsaid = "not decided: the admin rules name too much that is not known"
        return [[Finding(FindingKind.NOT_DECIDED, unsaid, "")] for _ in rules]
    found = []
    for at in range(len(rules)):
        opened = (list(each.exposures.findings(each.exposures.open_by(at))) for each in where)
        exposed = next((findings for findings in opened if findings), [])
        found.append([*exposed, *any_any(regions, at), *shadowed(regions, at)])
    return found
