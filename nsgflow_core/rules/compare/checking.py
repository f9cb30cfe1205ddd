"""Whether rules and traffic keep to what people want: each intent with the packet or flow that says otherwise.

By rules: all packets of the intent, through the NSGs of its path (outbound of the source's subnet, inbound of the
destination's), exactly. By traffic: the flows that were logged. An NSG on a network interface is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

import numpy as np
import pandas as pd

from nsgflow_core.analysis.question import NUMBER, TEXT, Shape
from nsgflow_core.inventory.rule import ANY, Access, Rule, RuleSet
from nsgflow_core.inventory.scope import Scope, guards
from nsgflow_core.rules.compare.axis import Bools
from nsgflow_core.rules.compare.changes import witness_of
from nsgflow_core.rules.compare.intents import End, Intent, IntentKind
from nsgflow_core.rules.compare.partition import NO_RULE, Partition
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.match_tables import RULE_PROTOCOL_NUMBERS
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.words.prefixes import pack
from nsgflow_core.words.sets.spans import holds
from nsgflow_core.words.vocabulary import Decision, Direction, protocol_name


class Verdict(StrEnum):
    """What was found of an intent."""

    KEPT = "kept"
    VIOLATED = "violated"
    MAY_BE = "may be violated"
    NOT_DECIDED = "not decided"


CHECKED = Shape.of(line=NUMBER, intent=TEXT, verdict=TEXT, checked=TEXT, nsg=TEXT, rule=TEXT, witness=TEXT)
"""`checked` is rules or traffic; `rule` the one that decides the witness."""
_RULES, _TRAFFIC = "rules", "traffic"
Row = tuple[int, str, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class _Guard:
    """An NSG on the path, and in which direction a packet passes it."""

    rule_set: RuleSet
    direction: Direction

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self.rule_set.with_defaults().towards(self.direction)


def check(
    intents: Iterable[Intent], rule_sets: Sequence[RuleSet], network: Network, logged: pd.DataFrame | None
) -> pd.DataFrame:
    """One row per intent and way of checking it, in the shape `CHECKED`; `logged` as `replay.fetch_logged` answers."""
    rows: list[Row] = []
    seen = None if logged is None else _Traffic(logged, network.space())
    for intent in intents:
        rows += _by_rules(intent, rule_sets, network)
        if seen is not None:
            rows.append(_by_traffic(intent, seen))
    return CHECKED.made(pd.DataFrame(rows, columns=list(CHECKED.names)))


def is_kept(checked: pd.DataFrame) -> bool:
    """True when every intent is kept, in every way it was checked."""
    return bool((checked["verdict"] == str(Verdict.KEPT)).all())


def _by_rules(intent: Intent, rule_sets: Sequence[RuleSet], network: Network) -> Iterator[Row]:
    paths = _paths(intent, rule_sets, network)
    if not paths:
        why = "no NSG given is known to guard either end: give the VNets, which name the NSG of each subnet"
        yield intent.line, intent.text, str(Verdict.NOT_DECIDED), _RULES, "", "", why
    for path in paths:
        yield _through(intent, path, network)


def _paths(intent: Intent, rule_sets: Sequence[RuleSet], network: Network) -> list[tuple[_Guard, ...]]:
    """The NSGs that a packet of the intent passes; several where it is not known which NSG guards an end.

    Where none is known to guard an end and one NSG is given, it is the destination's.
    """
    ends = []
    for end, direction in ((intent.source, Direction.OUTBOUND), (intent.destination, Direction.INBOUND)):
        found = _guards(end, rule_sets, network)
        ends.append([_Guard(each, direction) for each in found if direction in each.speaks_for])
    if not any(ends):
        return [(_Guard(rule_sets[0], Direction.INBOUND),)] if len(rule_sets) == 1 else []
    sides: list[list[_Guard | None]] = [[*side] or [None] for side in ends]
    return [tuple(guard for guard in path if guard is not None) for path in product(*sides)]


def _guards(end: End, rule_sets: Sequence[RuleSet], network: Network) -> tuple[RuleSet, ...]:
    if end.terms == (ANY,) or not end.name.strip():
        return ()
    return guards(Scope(subnet=end.name), rule_sets, network.surroundings.vnets)


def _through(intent: Intent, path: Sequence[_Guard], network: Network) -> Row:
    lists = [guard.rules for guard in path]
    allows = [np.array([rule.access is Access.ALLOW for rule in rules]) for rules in lists]
    wanted = [
        Rule(f"line {intent.line}", 100 + at, path[-1].direction, Access.ALLOW, protocol, intent.source.terms,
             intent.destination.terms, ports)
        for at, (protocol, ports) in enumerate(intent.services)
    ]  # fmt: skip
    space = network.space(path[-1].rule_set)
    found: Row | None = None
    for block in Partition([*lists, wanted], space).blocks(met_by=len(lists)):
        passes = np.logical_and.reduce([allow[table] for allow, table in zip(allows, block.decided, strict=False)])
        meant = block.decided[-1] != NO_RULE
        wrong: Bools = meant & (passes if intent.kind is IntentKind.NEVER else ~passes)
        if not wrong.any():
            continue
        row, column = block.simplest(wrong)
        decided = [int(table[row - block.rows.start, column]) for table in block.decided[:-1]]
        chosen = [at for at, each in enumerate(decided) if bool(allows[at][each]) is (intent.kind is IntentKind.NEVER)]
        at = chosen[-1]
        is_sure = len(block.always(wrong)[0]) > 0
        made = _row(
            intent, Verdict.VIOLATED if is_sure else Verdict.MAY_BE, _RULES, path[at].rule_set.name,
            lists[at][decided[at]].name, str(witness_of(block, row, column)),
        )  # fmt: skip
        if is_sure:
            return made
        found = found or made
    names = " and ".join(guard.rule_set.name for guard in path)
    return found or _row(intent, Verdict.KEPT, _RULES, names, "", "")


def _row(intent: Intent, verdict: Verdict, checked: str, nsg: str, rule: str, witness: str) -> Row:
    return intent.line, intent.text, str(verdict), checked, nsg, rule, witness


class _Traffic:
    """Logged packets, with each address as a number once; `space` is what names in intents stand for."""

    def __init__(self, logged: pd.DataFrame, space: AddressSpace) -> None:
        self.rows = logged
        self._space = space
        self._protocols = logged["protocol"].astype(str)
        self._ports = pd.to_numeric(logged["port"], errors="coerce").fillna(-1)
        self._ends = {}
        for column in ("src_ip", "dst_ip"):
            codes, distinct = pd.factorize(logged[column])
            packed = [pack(str(address)) for address in distinct]
            self._ends[column] = (codes, [None if each is None else int.from_bytes(each, "big") for each in packed])

    def meant(self, intent: Intent) -> Bools:
        """The rows that an intent is about."""
        found = self._of_services(intent)
        return found & self._within("src_ip", intent.source) & self._within("dst_ip", intent.destination)

    def _within(self, column: str, end: End) -> Bools:
        """The rows of which this end lies in the addresses."""
        codes, numbers = self._ends[column]
        spans = self._space.side(end.terms).sure
        held = np.array([number is not None and holds(spans, number) for number in numbers], dtype=np.bool_)
        inside: Bools = held[codes] if len(held) else np.zeros(len(self.rows), dtype=np.bool_)
        return inside

    def _of_services(self, intent: Intent) -> Bools:
        """The rows of the intent's protocols and ports."""
        names, ports, found = self._protocols, self._ports, np.zeros(len(self.rows), dtype=np.bool_)
        for protocol, ranges in intent.services:
            named = protocol == ANY or (names == protocol_name(RULE_PROTOCOL_NUMBERS[protocol])).to_numpy()
            found |= named & np.logical_or.reduce([ports.between(each.first, each.last).to_numpy() for each in ranges])
        return found


def _by_traffic(intent: Intent, seen: _Traffic) -> Row:
    meant = seen.meant(intent)
    against = Decision.ALLOWED if intent.kind is IntentKind.NEVER else Decision.DENIED
    wrong = seen.rows[meant & (seen.rows["decision"] == str(against)).to_numpy()]
    if wrong.empty:
        nothing = "" if intent.kind is IntentKind.NEVER or meant.any() else "no such flow was seen"
        return _row(intent, Verdict.KEPT, _TRAFFIC, "", "", nothing)
    worst = wrong.sort_values("flows", ascending=False, kind="stable").iloc[0]
    more = f", the most of {len(wrong):,} distinct ones" if len(wrong) > 1 else ""
    flow = f"{worst['src_ip']} -> {worst['dst_ip']} {worst['protocol']}/{worst['port']} was {against.lower()}"
    return _row(
        intent, Verdict.VIOLATED, _TRAFFIC, str(worst["nsg"]), str(worst["rule"]),
        f"{flow}: {int(worst['flows']):,} flows{more}",
    )  # fmt: skip
