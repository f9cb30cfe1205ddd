"""What else on the path of the flows seen stops them now, or lets them pass without asking the NSG of the draft.

A rule opens nothing that an admin rule denies, that the other NSG at the same end does not let in, or that one at the
far end stops; and it decides nothing that an admin rule at its own end always allows. Files tell what stands where;
what is not sure is not said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nsgflow_core.inventory.rule import ANY, ANY_PORTS, Access, Rule, RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.decide.admin_lists import may_be_wrong
from nsgflow_core.rules.decide.beside import not_placed, places_of
from nsgflow_core.rules.decide.ends import Ends, is_same
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.decide.path import ADMIN, PATH_SIDES, Paths, decide_path_all
from nsgflow_core.rules.draft.seen.evidence import Evidence, ReviewReason
from nsgflow_core.words.apart import any_of
from nsgflow_core.words.numbers import counted, first_of
from nsgflow_core.words.sets.bit_sets import Codes
from nsgflow_core.words.sets.group_numbers import first_of_each, group_numbers
from nsgflow_core.words.vocabulary import Direction

NAMED = 3
"""So many rules are named in a sentence."""
MOST = 8
"""So many sentences are said before the rest is only counted."""
_PACKET = ["src_ip", "dst_ip", "protocol", "port"]
_NEEDED = {"source": "an outbound rule", "destination": "an inbound rule"}
"""What an NSG lacks that stops a packet at one end."""


@dataclass(frozen=True, slots=True)
class StoppedBy:
    """What decides flows beside the draft's NSG: an admin rule, or (`nsg`) an NSG at one of their ends.

    `where` is what `decided_at` says of it; `rule` and `priority` are what decides the busiest flow, `example`.
    """

    where: str
    nsg: str
    rule: str
    priority: int
    example: str
    is_passing: bool
    """True where it always allows."""

    @property
    def who(self) -> str:
        """Like "admin rule no-sql (10)" or "NSG nsg-db (destination subnet)"."""
        if not self.nsg:
            return f"{self.where} ({self.priority})"
        return f"NSG {self.nsg} ({self.where.removesuffix(self.nsg).strip()})"

    def review(self, share: str) -> ReviewReason:
        """What to look at in a rule of whose flows it decides that share."""
        does = "always allows" if self.is_passing else "stops"
        return ReviewReason(f"{self.who} {does} {share}, whatever this NSG says")

    def sentence(self, flows: int, rules: str) -> str:
        """What follows for the draft."""
        these = f"{counted(flows, 'distinct flow')} that {rules} would admit, like {self.example}"
        if self.nsg:
            needed = _NEEDED[self.where.partition(" ")[0]]
            return (
                f"{self.who} stops {these}, by {self.rule} ({self.priority}). Where that is meant, leave them out "
                f"here; where they are meant to pass, they need {needed} there too."
            )
        who = self.who[:1].upper() + self.who[1:]
        if self.is_passing:
            return f"{who} always allows {these}: they pass whatever this NSG says, with these rules or without."
        return f"{who} denies {these}: no NSG opens what it denies."


@dataclass(frozen=True)
class Stopped:
    """For each of some flows the place in `stops` of what decides it beside the draft's NSG, -1 for none.

    `same_end`: the other NSGs that are set where it is, like "nsg-nic (NIC)". `said`: what is not known of the paths,
    or taken for granted, a sentence each.
    """

    of_flow: Codes
    stops: tuple[StoppedBy, ...] = ()
    same_end: tuple[str, ...] = ()
    said: tuple[str, ...] = ()

    def warnings(self, member: Codes, names: Sequence[str]) -> list[str]:
        """A sentence for each, that of the most flows first; `member` says which of the named rules admits a flow."""
        found = []
        for place, stop in enumerate(self.stops):
            of_rule = member[self.of_flow == place]
            rules = [names[at] for at in np.unique(of_rule)]
            said = first_of(rules, NAMED)
            found.append((len(of_rule), stop.sentence(len(of_rule), said)))
        sentences = [sentence for _, sentence in sorted(found, key=lambda each: -each[0])]
        left = len(sentences) - MOST
        rest = [f"{counted(left, 'other NSG or admin rule')} on these paths decide flows as well."] if left > 0 else []
        both = first_of(self.same_end, NAMED)
        same = [f"Where this NSG is set, packets need a rule in another one as well: {both}."] if both else []
        return sentences[:MOST] + rest + same + list(self.said)

    def looked_at(
        self, found: Mapping[str, Evidence], flows: pd.DataFrame, member: Codes, names: Sequence[str]
    ) -> dict[str, Evidence]:
        """The evidence of the rules of whose flows something else decides some, with that as something to look at."""
        changed = dict[str, Evidence]()
        weights = flows["flows"].to_numpy()
        for place, stop in enumerate(self.stops):
            is_its = self.of_flow == place
            sums = np.bincount(member[is_its], weights=weights[is_its], minlength=len(names))
            for at in np.unique(member[is_its]):
                before = changed.get(names[at], found[names[at]])
                share = f"{int(sums[at]):,} of its {counted(before.flows, 'flow')}"
                share = "all its flows" if int(sums[at]) == before.flows else share
                changed[names[at]] = replace(before, review=(*before.review, stop.review(share)))
        return changed


def stopped(
    flows: pd.DataFrame, scope: Scope, direction: Direction, existing: RuleSet | None, network: Network
) -> Stopped:
    """What decides each flow (src_ip, dst_ip, protocol, port, flows) beside a draft's NSG, which is taken to let it."""
    of_flow = np.full(len(flows), -1, dtype=np.int64)
    known, ends = network.known, Ends(network.known)
    own = [existing] if existing is not None else list(known.guards(scope))
    has_others = any(not any(is_same(each, one) for one in own) for each in known.rule_sets)
    if flows.empty or ends.is_empty or not (has_others or not ends.admin.is_empty):
        return Stopped(of_flow)
    places = [place for each in own for place in places_of(ends, each)]
    same_end = dict.fromkeys(f"{each.other.name} ({each.other_at})" for each in places if each.other is not None)
    everything = Rule("", 100, direction, Access.ALLOW, ANY, (ANY,), (ANY,), ANY_PORTS)
    opened = [replace(each, rules=(everything,), directions=(direction,)) for each in own]
    alone = opened[0] if len(opened) == 1 else RuleSet(scope.name, (everything,), directions=(direction,))
    packets = flows[_PACKET].assign(direction=str(direction))
    verdicts = decide_path_all(Paths(ends, network.space, tuple(opened)), packets, alone)
    at_admin = verdicts["decided_at"].str.startswith(f"{ADMIN} ")
    is_decided = (verdicts["access"] == str(Access.DENY)) | (at_admin & (verdicts["access"] == str(Access.ALLOW)))
    rows = np.flatnonzero(is_decided.to_numpy(dtype=np.bool_))
    rows = rows[np.argsort(-flows["flows"].to_numpy()[rows], kind="stable")]
    told = verdicts.iloc[rows]
    numbers = group_numbers(told["access"], told["decided_at"], in_order=False)
    of_flow[rows] = numbers
    names = {f"{side} {level} {each.name}": each.name for each in known.rule_sets
             for side in PATH_SIDES.values() for level in ("subnet", "NIC")}  # fmt: skip
    busiest = rows[first_of_each(numbers)]
    stops = tuple(_stop(verdicts.iloc[row], flows.iloc[row], names) for row in busiest)
    assumed = ends.admin.assumed if any(not stop.nsg for stop in stops) else ()
    said = (*(sentence for each in own for sentence in not_placed(ends, each)), *assumed)
    said += tuple(map(may_be_wrong, ends.admin_doubts(pd.unique(pd.concat([flows["src_ip"], flows["dst_ip"]])))))
    return Stopped(of_flow, stops, tuple(same_end), tuple(dict.fromkeys(said)))


def in_several_vnets(addresses: Iterable[str], network: Network) -> list[str]:
    """That some of these addresses, at the other end of a draft's flows, are of several VNets, in a sentence."""
    ends = Ends(network.known)
    met = sorted(address for address in addresses if ends.is_shared(address))
    if not met:
        return []
    named = any_of(dict.fromkeys(each.words for each in ends.of(met[0])))
    is_one = len(met) == 1
    words = f"{counted(len(met), 'address')} at the other end {'is' if is_one else 'are'} of several VNets"
    return [
        f"{words}, like {met[0]} ({named}): files do not tell which of them was met, and what the NSG of one denied "
        "may be asked about for the other."
    ]


def _stop(verdict: pd.Series, flow: pd.Series, names: Mapping[str, str]) -> StoppedBy:
    where = str(verdict["decided_at"])
    return StoppedBy(
        *(where, names.get(where, ""), str(verdict["decided_by"]), int(verdict["priority"])),
        "{} -> {} {} {}".format(*(flow[name] for name in _PACKET)),
        str(verdict["access"]) == str(Access.ALLOW),
    )
