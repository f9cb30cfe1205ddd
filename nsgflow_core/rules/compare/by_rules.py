"""An intent against the rules on its whole path: all its packets, exactly, with one that says otherwise.

At each end the security admin rules come first: Deny stops a packet, AlwaysAllow lets it past the NSGs of that end,
Allow passes it on to them; then every NSG there must let it, on the subnet and on the NIC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np

from nsgflow_core.inventory.rule import ANY, ANY_PORTS, Access, Rule, ports_meet, protocols_meet
from nsgflow_core.inventory.things.admin_rules import AdminAccess, AdminRule
from nsgflow_core.rules.compare.axis import Bools
from nsgflow_core.rules.compare.changes import witness_of
from nsgflow_core.rules.compare.intents import Intent, IntentKind
from nsgflow_core.rules.compare.partition import NO_RULE, BlockTable, RulePartition
from nsgflow_core.rules.compare.passed import EndPart, Passed, PassedNsg
from nsgflow_core.rules.compare.verdicts import RULES, CheckedRow, IntentVerdict, row
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.path import ADMIN
from nsgflow_core.words.vocabulary import Direction

NAMED = 3
"""So many prefixes without an NSG are named."""
_FREE = EndPart(Direction.OUTBOUND)


def by_rules(intent: Intent, passed: Passed) -> Iterator[CheckedRow]:
    """A row for each way in which the ends may be guarded."""
    ways = [
        passed.ways(end, direction)
        for end, direction in ((intent.source, Direction.OUTBOUND), (intent.destination, Direction.INBOUND))
    ]
    if all(part.is_free for way in ways for parts in way for part in parts):
        if len(passed.rule_sets) != 1:
            why = "no NSG given is known to guard either end: give the VNets, which name the NSG of each subnet"
            yield row(intent, IntentVerdict.NOT_DECIDED, RULES, "", "", "", why)
            return
        guards = (passed.alone(passed.rule_sets[0], Direction.INBOUND),)
        ways[1] = [[replace(ways[1][0][0], guards=guards)]]
    for sources, destinations in product(*ways):
        yield _checked(intent, sources, destinations, passed)


def _checked(intent: Intent, sources: Sequence[EndPart], destinations: Sequence[EndPart], passed: Passed) -> CheckedRow:
    """The worst that is found of all parts: the first sure violation, else one that turns on unknown names."""
    maybe: CheckedRow | None = None
    undecided: CheckedRow | None = None
    left = ""
    for source, destination in _pairs(intent, sources, destinations, passed):
        if intent.kind is IntentKind.NEVER and source.is_free and destination.is_free:
            if destination.addresses:
                why = f"no NSG is known at {' and '.join(destination.addresses[:NAMED])}"
                undecided = undecided or row(intent, IntentVerdict.NOT_DECIDED, RULES, "", "", "", why)
            left = "what lies in no subnet that is known was not looked at"
            continue
        found = _through(intent, source, destination, passed)
        if found is not None and found.verdict == str(IntentVerdict.VIOLATED):
            return found
        maybe = maybe or found
    parts = (*sources, *destinations)
    names = " and ".join(dict.fromkeys(guard.rule_set.called for part in parts for guard in part.guards))
    doubt = next((doubt for part in parts for doubt in part.doubts), "")
    kept = IntentVerdict.NOT_DECIDED if doubt else IntentVerdict.KEPT
    return maybe or undecided or row(intent, kept, RULES, names, "", "", doubt or left)


def _pairs(
    intent: Intent, sources: Sequence[EndPart], destinations: Sequence[EndPart], passed: Passed
) -> Iterator[tuple[EndPart, EndPart]]:
    """The pairs of parts to look at. What must pass both ends passes each alone; what one end stops needs no other."""
    if len(sources) == 1:
        yield from ((sources[0], each) for each in destinations)
    elif intent.kind is IntentKind.MUST:
        yield from ((_FREE, each) for each in destinations)
        yield from ((each, EndPart(Direction.INBOUND)) for each in sources)
    else:
        for each in destinations:
            if _through(intent, _FREE, each, passed) is not None:
                yield from ((source, each) for source in sources)


@dataclass(frozen=True)
class _End:
    """One end of a path as lists of rules: the admin rules, each NSG, and which addresses are of this part.

    Names mean in each NSG what they mean there, and where none is known what they mean `elsewhere`. Only rules that
    packets of the intent can meet are in the lists: the others decide none of them.
    """

    part: EndPart
    intent: Intent
    elsewhere: AddressSpace

    @cached_property
    def admin_rules(self) -> list[AdminRule]:
        """The admin rules of the first list."""
        return [each for each in self.part.admin_rules if _meets(each.rule, self.intent)]

    @cached_property
    def lists(self) -> list[Sequence[Rule]]:
        """The lists, in the order of `_Seen.tables`."""
        of_guards = ([rule for rule in _rules_of(guard) if _meets(rule, self.intent)] for guard in self.part.guards)
        return [[each.rule for each in self.admin_rules], *of_guards, self._selecting]

    @property
    def space(self) -> AddressSpace:
        """What names stand for at this end, where it is no NSG's rule that has them."""
        return self.part.guards[-1].space if self.part.guards else self.elsewhere

    @property
    def spaces(self) -> list[AddressSpace]:
        """What names stand for in each of the lists."""
        return [self.space, *(guard.space for guard in self.part.guards), self.space]

    @property
    def _selecting(self) -> list[Rule]:
        def about(terms: tuple[str, ...], access: Access) -> list[Rule]:
            source, destination = ((ANY,), terms) if self.part.direction is Direction.INBOUND else (terms, (ANY,))
            one = Rule("", 0, self.part.direction, access, ANY, source, destination, ANY_PORTS)
            return [one] if terms else []

        return [*about(self.part.without, Access.DENY), *about(self.part.addresses or (ANY,), Access.ALLOW)]


@dataclass(frozen=True)
class _Seen:
    """What one end does with each packet of a block."""

    end: _End
    tables: Sequence[BlockTable]

    @cached_property
    def is_here(self) -> Bools:
        """The packets of this part."""
        return _allows(self.end.lists[-1])[self.tables[-1]]

    @property
    def passes(self) -> Bools:
        """What gets past this end."""
        let = np.logical_and.reduce(
            [np.ones_like(self.is_here)]
            + [_allows(rules)[table] for rules, table in zip(self.end.lists[1:-1], self.tables[1:-1], strict=True)]
        )
        passes: Bools = (let & ~self._by_admin(AdminAccess.DENY)) | self._by_admin(AdminAccess.ALWAYS_ALLOW)
        return passes

    def _by_admin(self, access: AdminAccess) -> Bools:
        of_rule = np.array([*(each.access is access for each in self.end.admin_rules), False], dtype=np.bool_)
        decided: Bools = of_rule[self.tables[0]]  # NO_RULE is the last
        return decided

    def deciding(self, row: int, column: int, passing: bool) -> list[tuple[str, str, str]]:
        """The NSG, rule and place of all that lets the packet pass this end, or stops it, in order."""
        place = int(self.tables[0][row, column])
        admin = self.end.admin_rules[place] if place != NO_RULE else None
        if admin is not None and admin.access is not AdminAccess.ALLOW:
            return [_told(admin)] if (admin.access is AdminAccess.ALWAYS_ALLOW) is passing else []
        found = []
        for guard, rules, table in zip(self.end.part.guards, self.end.lists[1:-1], self.tables[1:-1], strict=True):
            rule = rules[int(table[row, column])]
            if (rule.access is Access.ALLOW) is passing:
                found.append((guard.rule_set.called, rule.name, guard.where))
        return found


def _told(admin: AdminRule) -> tuple[str, str, str]:
    return "", admin.name, f"{ADMIN} {admin.name}"


def _rules_of(guard: PassedNsg) -> tuple[Rule, ...]:
    return guard.rule_set.with_defaults().towards(guard.direction)


def _meets(rule: Rule, intent: Intent) -> bool:
    """True when a rule's protocol and ports are of some service of an intent; protocols without ports have all."""
    return any(
        protocols_meet(rule.protocol, protocol) and ports_meet(ports, rule.destination_ports)
        for protocol, ports in intent.services
    )


def _allows(rules: Sequence[Rule]) -> Bools:
    """By place whether a rule allows; what no rule matches, the last, is not allowed."""
    return np.array([*(rule.access is Access.ALLOW for rule in rules), False], dtype=np.bool_)


def _through(intent: Intent, source: EndPart, destination: EndPart, passed: Passed) -> CheckedRow | None:
    """What is found of the packets of these parts: None where the intent is kept."""
    ends = (_End(source, intent, passed.space), _End(destination, intent, passed.space))
    lists = [rules for end in ends for rules in end.lists]
    spaces = [*ends[0].spaces, *ends[1].spaces, ends[1 if destination.guards else 0].space]
    first = len(ends[0].lists)
    towards = Direction.INBOUND if destination.guards or destination.admin_rules else Direction.OUTBOUND
    wanted = [
        Rule(f"line {intent.line}", 100 + at, towards, Access.ALLOW, protocol, intent.source.terms,
             intent.destination.terms, ports)
        for at, (protocol, ports) in enumerate(intent.services)
    ]  # fmt: skip
    found: CheckedRow | None = None
    for block in RulePartition([*lists, wanted], spaces).blocks(met_by=len(lists)):
        sides = (_Seen(ends[0], block.decided[:first]), _Seen(ends[1], block.decided[first:-1]))
        passes = sides[0].passes & sides[1].passes
        meant = (block.decided[-1] != NO_RULE) & sides[0].is_here & sides[1].is_here
        wrong: Bools = meant & (passes if intent.kind is IntentKind.NEVER else ~passes)
        if not wrong.any():
            continue
        at_row, column, is_sure = block.simplest(wrong)
        passing = intent.kind is IntentKind.NEVER
        decided = [each for side in sides for each in side.deciding(at_row - block.rows.start, column, passing)]
        by = (decided[-1] if passing else decided[0]) if decided else ("", "", "")
        verdict = IntentVerdict.VIOLATED if is_sure else IntentVerdict.MAY_BE
        made = row(intent, verdict, RULES, *by, str(witness_of(block, at_row, column, is_sure)))
        if is_sure:
            return made
        found = found or made
    return found
