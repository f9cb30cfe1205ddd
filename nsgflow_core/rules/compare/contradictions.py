"""Intents that no rules can keep together: a packet that one says must pass, and another that none such may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nsgflow_core.inventory.rule import Access, PortRange, Rule, ports_meet, protocols_meet
from nsgflow_core.rules.compare.changes import witness_of
from nsgflow_core.rules.compare.intents import Intent, IntentKind
from nsgflow_core.rules.compare.partition import NO_RULE, RulePartition
from nsgflow_core.rules.compare.verdicts import INTENTS, CheckedRow, IntentVerdict, row
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.words.sets.spans import intersect
from nsgflow_core.words.vocabulary import Direction


def contradictions(must: Intent, others: Sequence[Intent], space: AddressSpace) -> Iterator[CheckedRow]:
    """A row for each of the others that forbids a packet of a `must`, with the packet; none for any other intent."""
    if must.kind is not IntentKind.MUST:
        return
    for never in others:
        if never.kind is IntentKind.NEVER and _may_meet(must, never, space):
            yield from _of_pair(must, never, space)


def _may_meet(must: Intent, never: Intent, space: AddressSpace) -> bool:
    """False where the two surely have no packet in common, as most intents have not."""
    ends = ((must.source, never.source), (must.destination, never.destination))
    return any(_common(ours, theirs) for ours in must.services for theirs in never.services) and all(
        intersect(space.side(ours.terms).possible, space.side(theirs.terms).possible) for ours, theirs in ends
    )


def _common(ours: tuple[str, tuple[PortRange, ...]], theirs: tuple[str, tuple[PortRange, ...]]) -> bool:
    (protocol, ports), (other, other_ports) = ours, theirs
    return protocols_meet(protocol, other) and ports_meet(ports, other_ports)


def _of_pair(must: Intent, never: Intent, space: AddressSpace) -> Iterator[CheckedRow]:
    """The row of two intents: with a packet that is surely of both, else with one that may be."""
    maybe: CheckedRow | None = None
    for block in RulePartition([_as_rules(must), _as_rules(never)], (space, space)).blocks(met_by=1):
        both = (block.decided[0] != NO_RULE) & (block.decided[1] != NO_RULE)
        if not both.any():
            continue
        at_row, column, is_sure = block.simplest(both)
        witness = witness_of(block, at_row, column, is_sure)
        verdict = IntentVerdict.CONTRADICTED if is_sure else IntentVerdict.MAY_BE_CONTRADICTED
        made = row(must, verdict, INTENTS, "", "", "", f"line {never.line} says '{never.text}', so of {witness}")
        if is_sure:
            yield made
            return
        maybe = maybe or made
    if maybe:
        yield maybe


def _as_rules(intent: Intent) -> list[Rule]:
    """The packets of an intent, as rules match them."""
    ends = (intent.source.terms, intent.destination.terms)
    return [
        Rule("", 100 + at, Direction.INBOUND, Access.ALLOW, protocol, *ends, ports)
        for at, (protocol, ports) in enumerate(intent.services)
    ]
