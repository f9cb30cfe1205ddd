"""Whether rules and traffic keep to what people want: each intent with the packet or flow that says otherwise.

By rules: all packets of the intent on their whole paths, exactly (`by_rules.py`). By traffic: the flows that were
logged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from nsgflow_core.inventory.rule import ANY, RuleSet
from nsgflow_core.rules.compare.axis import Bools
from nsgflow_core.rules.compare.by_rules import by_rules
from nsgflow_core.rules.compare.contradictions import contradictions
from nsgflow_core.rules.compare.intents import Intent, IntentEnd, IntentKind
from nsgflow_core.rules.compare.passed import Passed
from nsgflow_core.rules.compare.verdicts import CHECKED, TRAFFIC, CheckedRow, IntentVerdict, row
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.match_tables import RULE_PROTOCOL_NUMBERS
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.prefixes import pack
from nsgflow_core.words.sets.spans import holds
from nsgflow_core.words.vocabulary import Decision, protocol_name


def check_intents(
    intents: Iterable[Intent], rule_sets: Sequence[RuleSet], network: Network, logged: pd.DataFrame | None
) -> pd.DataFrame:
    """One row per intent and way of checking it, in the shape `CHECKED`; `logged` as `replay.fetch_logged` answers.

    `attrs["said"]` is what was taken for granted of the paths, or is not known of them, a sentence each.
    """
    rows: list[CheckedRow] = []
    intents = tuple(intents)
    space = network.space()
    nevers = {_meaning(each): each for each in reversed(intents) if each.kind is IntentKind.NEVER}
    passed = Passed.of(network, rule_sets)
    seen = None if logged is None else _Traffic(logged, space)
    found: dict[object, list[CheckedRow]] = {}
    for intent in intents:
        meaning = _meaning(intent)
        if meaning not in found:
            found[meaning] = [*by_rules(intent, passed), *([] if seen is None else [_by_traffic(intent, seen)])]
            found[meaning] += contradictions(intent, [*nevers.values()][::-1], space)
        rows += [each._replace(line=intent.line, intent=intent.text) for each in found[meaning]]
    checked = CHECKED.made(pd.DataFrame(rows, columns=list(CHECKED.names)))
    checked.attrs["said"] = passed.said
    return checked


def _meaning(intent: Intent) -> tuple[object, ...]:
    return intent.kind, intent.source.terms, intent.destination.terms, intent.services


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

    def _within(self, column: str, end: IntentEnd) -> Bools:
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


def _by_traffic(intent: Intent, seen: _Traffic) -> CheckedRow:
    meant = seen.meant(intent)
    against = Decision.ALLOWED if intent.kind is IntentKind.NEVER else Decision.DENIED
    wrong = seen.rows[meant & (seen.rows["decision"] == str(against)).to_numpy()]
    if wrong.empty:
        nothing = "" if intent.kind is IntentKind.NEVER or meant.any() else "no such flow was seen"
        return row(intent, IntentVerdict.KEPT, TRAFFIC, "", "", "", nothing)
    worst = wrong.sort_values("flows", ascending=False, kind="stable").iloc[0]
    more = f", the most of {len(wrong):,} distinct ones" if len(wrong) > 1 else ""
    flow = f"{worst['src_ip']} -> {worst['dst_ip']} {worst['protocol']}/{worst['port']} was {against.lower()}"
    return row(
        intent, IntentVerdict.VIOLATED, TRAFFIC, str(worst["nsg"]), str(worst["rule"]), "",
        f"{flow}: {counted(int(worst['flows']), 'flow')}{more}",
    )  # fmt: skip
