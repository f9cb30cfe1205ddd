"""The paths of logged flows: the rules that are tried at their own end, and what stands at the other one.

What the other end's log says counts as well: a flow that its source let out and its destination denied never got
through, so what denies it there now breaks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.inventory import Inventory
from nsgflow_core.inventory.rule import ANY, ANY_PORTS, MIN_PRIORITY, Access, Rule, RuleSet
from nsgflow_core.inventory.things.admin_rules import AdminAccess, AdminRule
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.beside import others_at, places_of
from nsgflow_core.rules.decide.ends import Ends, is_same
from nsgflow_core.rules.decide.evaluate import INDETERMINATE, decide_all
from nsgflow_core.rules.decide.evidence import ToldAround, corrected
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.decide.path import ADMIN, PATH_SIDES, Paths, PathStage, asked, decide_path_all
from nsgflow_core.rules.draft.closed.latest import OF_ANY_NSG, limited
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY, cell_rows
from nsgflow_core.rules.draft.seen.own_logs import ByNsg, lie_in, nsgs_logged, own_flows
from nsgflow_core.rules.replay.last_decided import LastDecided, narrowed_to
from nsgflow_core.rules.replay.logged import PACKET, fetch_by_default_rules, fetch_logged
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.numbers import and_more
from nsgflow_core.words.prefixes import is_private, pack
from nsgflow_core.words.sets.group_numbers import is_among
from nsgflow_core.words.sets.known_rows import KnownRows
from nsgflow_core.words.sets.spans import of_texts
from nsgflow_core.words.vocabulary import Decision, Direction, RuleKind

_ENDS = ["src_ip", "dst_ip", "protocol", "port"]


def paths_are_known(network: Network | AddressSpace) -> bool:
    """True when the files tell an NSG or an admin rule at any end."""
    return isinstance(network, Network) and not Ends(network.known).is_empty


def what_is_asked(network: Network | AddressSpace) -> str:
    """What of a flow's path a replay asks, in a sentence."""
    if paths_are_known(network):
        return "Replayed along the whole path: admin rules and the NSGs of both ends, as far as files tell them."
    return "Replayed at the NSG alone: no file tells what else stands on the paths."


def path_notes(asked: Iterable[str], doubts: Iterable[str]) -> tuple[str, ...]:
    """What several replays asked of the paths, and what of that is in doubt, a sentence each."""
    return tuple(dict.fromkeys((*asked, *(f"{doubt}." for doubt in doubts))))


@dataclass(frozen=True)
class PathsMet:
    """The network that logged flows passed, with rule sets in it as they would be.

    Where no network is known but only what names stand for, no paths are known, and `logged` may be what the NSGs of
    the rule sets tried logged alone.
    """

    store: FlowStore
    flow_filter: FlowFilter
    logged: pd.DataFrame
    network: Network | AddressSpace
    tried: tuple[RuleSet, ...]
    is_whole: bool = True
    """Whether `logged` is all that the filter holds."""

    @property
    def are_known(self) -> bool:
        """True when the files tell an NSG or an admin rule at any end."""
        return paths_are_known(self.network)

    def space(self, rule_set: RuleSet) -> AddressSpace:
        """What names stand for in an NSG's rules, as the files tell it and its log corrects it; made once."""
        return self._paths.space(rule_set)

    def decide(self, flows: pd.DataFrame, rule_set: RuleSet) -> pd.DataFrame:
        """The verdicts on flows (`PACKET`, decision) that this NSG logged, along their paths.

        Columns of `decide_path_all`, and `was_stopped`: allowed here, and denied at the other end, then and now.
        """
        verdicts = decide_path_all(self._paths, flows[list(PACKET)], rule_set)
        allowed = (flows["decision"] == str(Decision.ALLOWED)).to_numpy(dtype=np.bool_)
        own = flows["direction"].map({str(direction): word for direction, word in PATH_SIDES.items()})
        at_own = np.array(
            [at.startswith(side) for at, side in zip(verdicts["decided_at"], own, strict=True)], dtype=np.bool_
        )
        doubtful = allowed & ~at_own & (verdicts["access"] == str(Access.DENY)).to_numpy()
        verdicts["was_stopped"] = False
        if doubtful.any():
            verdicts["was_stopped"] = doubtful & self._stopped(flows)
        return verdicts

    def beside(self, flows: pd.DataFrame, rule_set: RuleSet, as_it_is: RuleSet | None) -> pd.DataFrame:
        """The verdicts on flows (`PACKET`) of all that stands beside this NSG at its end, as it is; this one lets all
        of them pass there. `as_it_is` is what it is where it stands at the other end too. Columns of `decide_path_all`.
        """
        paths = Paths(Ends(self.known), self._space_of, (as_it_is,) if as_it_is is not None else ())
        parts = []
        for direction in Direction:
            rows = flows[(flows["direction"] == str(direction)).to_numpy(dtype=np.bool_)]
            passing = Rule("", MIN_PRIORITY, direction, Access.ALLOW, ANY, (ANY,), (ANY,), ANY_PORTS)
            parts.append(decide_path_all(paths, rows, replace(rule_set, rules=(passing,), directions=(direction,))))
        return pd.concat(parts).reindex(flows.index)

    def as_they_are(self, flows: pd.DataFrame, as_it_is: RuleSet) -> pd.DataFrame:
        """The verdicts on flows (`PACKET`) along their paths with this NSG as it is, and all else as files have it."""
        paths = Paths(Ends(self.known), self._space_of, (as_it_is,))
        return decide_path_all(paths, flows[list(PACKET)], as_it_is)

    def with_logged_beside(self, own: pd.DataFrame, rule_set: RuleSet) -> pd.DataFrame:
        """What this NSG logged, and packets that it let pass too, as others that are not tried alone logged them."""
        rows = own
        for other, places in others_at(self._paths.ends, rule_set) if self.are_known else ():
            if any(is_same(other, each) for each in self.tried):
                continue
            held, spans = self.own_rows(self.logged, other), of_texts(places)
            held = held[(held["decision"] == str(Decision.ALLOWED)).to_numpy(dtype=np.bool_)]
            for direction in rule_set.speaks_for:
                towards = (held["direction"] == str(direction)).to_numpy(dtype=np.bool_)
                end = held["dst_ip" if direction is Direction.INBOUND else "src_ip"]
                more = held[towards & lie_in(end, spans)]
                rows = pd.concat([rows, more[~is_among(more[list(PACKET)], own[list(PACKET)])]])
        return rows

    def are_tried_as_they_are(self, decided_at: pd.Series[str]) -> pd.Series[bool]:
        """True where what decides is an NSG that is tried with the rules that the files have: it explains nothing."""
        as_they_are = {
            each.called.casefold()
            for each in self.tried
            for known in self.known.rule_sets
            if is_same(each, known) and each.rules == known.rules
        }
        return decided_at.str.casefold().str.endswith(tuple(f" {name}" for name in as_they_are))

    @property
    def said(self) -> tuple[str, ...]:
        """What is not known of the paths, a sentence each."""
        return (*self._paths.ends.said, *self._unknown()) if self.are_known else ()

    @property
    def doubts(self) -> tuple[str, ...]:
        """What on the paths has rules that could not be read, so that it may decide otherwise."""
        lacking = [
            each for each in self.known.rule_sets if each.doubt and not any(is_same(each, t) for t in self.tried)
        ]
        found = [each.doubt for each in self.tried if each.doubt]
        addresses = pd.unique(pd.concat([self.logged["src_ip"], self.logged["dst_ip"]]))
        if lacking:
            ends = [end for address in addresses for end in self._paths.ends.of(str(address))]
            found += [each.doubt for each in lacking if any(end.is_guarded_by(each) for end in ends)]
        return (*found, *self._paths.ends.admin_doubts(addresses))

    @property
    def known(self) -> Inventory:
        """What files tell of the network; nothing where only what names stand for is known."""
        return self.network.known if isinstance(self.network, Network) else Inventory()

    def were_denied(self, packets: pd.DataFrame) -> NDArray[np.bool_]:
        """Which of these packets anything denied in the window, at either end.

        Where several NSGs are tried, the store is asked once for all of them.
        """
        if len(self.tried) > 1:
            return self._denied_by_any.hold(packets[list(FLOW_KEY)])
        return is_among(packets[list(FLOW_KEY)], self._denied(narrowed_to(packets, self.flow_filter)))

    @cached_property
    def _denied_by_any(self) -> KnownRows:
        return KnownRows(self._denied(self.flow_filter))

    def _denied(self, flow_filter: FlowFilter) -> pd.DataFrame:
        asked = limited(flow_filter, OF_ANY_NSG).where("decision", Decision.DENIED)
        return cell_rows(self.store.fetch(FlowQuery(asked, by=FLOW_KEY, measures=())))[list(FLOW_KEY)]

    def standing(self, denied: pd.DataFrame) -> pd.DataFrame:
        """Of denials that were logged (FLOW_KEY, direction, nsg, rule_kind) those that the files do not say to be gone.

        Where paths are known, what stands on them has been asked, and what it surely denies is told of. An NSG of which
        no file tells where it is set denies what its rules deny. What turns on a name that is not known is not gone.
        """
        is_admin = (denied["rule_kind"] == str(RuleKind.ADMIN)).to_numpy(dtype=np.bool_)
        gone = is_admin & bool(self.known.of(AdminRule)) & (not self._paths.ends.admin.doubts)
        gone[gone] = ~self._may_be_denied_by_admin_rules(denied[gone])
        for rule_set in self.known.rule_sets if len(denied) else ():
            rows = denied["nsg"].isin(self._ids_logged.labels_of(rule_set)).to_numpy(dtype=np.bool_) & ~is_admin
            if rows.any():
                access = decide_all(rule_set, denied.loc[rows, list(PACKET)], self.space(rule_set))["access"]
                stands = {INDETERMINATE} if places_of(self._paths.ends, rule_set) else {INDETERMINATE, str(Access.DENY)}
                gone[rows] = ~access.isin(stands).to_numpy(dtype=np.bool_)
        return denied[~gone]

    def _may_be_denied_by_admin_rules(self, packets: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Where it is not known whether a deny among the files' admin rules matches."""
        denies = tuple(each for each in self.known.of(AdminRule) if each.access is AdminAccess.DENY)
        found = np.zeros(len(packets), dtype=np.bool_)
        for direction in Direction:
            rows = (packets["direction"] == str(direction)).to_numpy(dtype=np.bool_)
            rules = asked(PathStage(direction, ADMIN, admin_rules=denies), AdminAccess.DENY)
            verdicts = decide_all(rules, packets.loc[rows, list(PACKET)], self._paths.space(None))
            found[rows] = (verdicts["access"] == INDETERMINATE).to_numpy(dtype=np.bool_)
        return found

    @cached_property
    def _ids_logged(self) -> ByNsg:
        return ByNsg(nsgs_logged(self.store, limited(self.flow_filter, OF_ANY_NSG)))

    @cached_property
    def _paths(self) -> Paths:
        return Paths(Ends(self.known), self._space_of, self.tried)

    def _space_of(self, rule_set: RuleSet | None) -> AddressSpace:
        meant, around = self.network, None
        if isinstance(meant, Network):
            meant = meant.space(rule_set)
            around = self._around if meant.homes else None
        return (
            corrected(meant, self.own_rows(self.logged, rule_set), rule_set, around) if rule_set is not None else meant
        )

    def own_rows(self, rows: pd.DataFrame, rule_set: RuleSet) -> pd.DataFrame:
        """Which of logged rows this NSG logged; `logged` is numbered once, however many NSGs are tried."""
        return self._by_nsg.of(rule_set) if rows is self.logged else own_flows(rows, rule_set)

    @cached_property
    def _by_nsg(self) -> ByNsg:
        return ByNsg(self.logged)

    @cached_property
    def last(self) -> LastDecided:
        """What the log decided last, asked once for all NSGs that are tried."""
        return LastDecided(self.store, self.flow_filter, self.logged)

    @cached_property
    def _around(self) -> ToldAround:
        """What default rules of any NSG tell, of which `logged` may hold some NSGs' alone."""
        return ToldAround.of(self.logged if self.is_whole else fetch_by_default_rules(self.store, self.flow_filter))

    def _unknown(self) -> Iterator[str]:
        ends = pd.unique(pd.concat([self.logged["src_ip"], self.logged["dst_ip"]]))
        private = [each for each in map(str, ends) if (packed := pack(each)) is not None and is_private(packed)]
        unknown = [each for each in private if not self._paths.ends.of(each)]
        if unknown:
            verb = "is" if len(unknown) == 1 else "are"
            yield f"No file tells where {unknown[0]}{and_more(len(unknown) - 1)} {verb}, so no NSG is known there."

    def _stopped(self, flows: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Where the other end's log has the same packet denied, and never allowed."""
        facing = flows["direction"].map({str(Direction.INBOUND): "Outbound", str(Direction.OUTBOUND): "Inbound"})
        asked = flows[_ENDS].assign(direction=facing.astype("str"))
        logged = self._of_both_ends
        denied = (logged["decision"] == str(Decision.DENIED)).to_numpy(dtype=np.bool_)
        packets = logged[[*_ENDS, "direction"]]
        return is_among(asked, packets[denied]) & ~is_among(asked, packets[~denied])

    @cached_property
    def _of_both_ends(self) -> pd.DataFrame:
        """What both ends logged: the filter may have asked for one of them."""
        both_ends = self.flow_filter.without("direction", "nsg", "nsg_id")
        return self.logged if both_ends == self.flow_filter else fetch_logged(self.store, both_ends)
