"""The paths of logged flows: the rules that are tried at their own end, and what stands at the other one.

What the other end's log says counts as well: a flow that its source let out and its destination denied never got
through, so what denies it there now breaks nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import Access, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.ends import Ends
from nsgflow_core.rules.decide.evidence import corrected
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.decide.path import SIDES, Paths, decide_path_all
from nsgflow_core.rules.replay.logged import PACKET, fetch_logged, flows_of
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.prefixes import is_private, pack
from nsgflow_core.words.sets.group_numbers import group_numbers
from nsgflow_core.words.vocabulary import Decision, Direction

_ENDS = ["src_ip", "dst_ip", "protocol", "port"]


@dataclass(frozen=True)
class PathsMet:
    """The network that logged flows passed, with rule sets in it as they would be."""

    store: FlowStore
    flow_filter: FlowFilter
    logged: pd.DataFrame
    network: Network
    tried: tuple[RuleSet, ...]

    @cached_property
    def ends(self) -> Ends:
        """What stands where."""
        return Ends(self.network.known)

    @property
    def are_known(self) -> bool:
        """True when the files tell an NSG or an admin rule at any end."""
        return not self.ends.is_empty

    def decide(self, flows: pd.DataFrame, rule_set: RuleSet, space: AddressSpace) -> pd.DataFrame:
        """The verdicts on flows (`PACKET`, decision) that this NSG logged, along their paths.

        Columns of `decide_path_all`, and `was_stopped`: allowed here, and denied at the other end, then and now.
        """

        def space_of(other: RuleSet | None) -> AddressSpace:
            if other is None:
                return self.network.space()
            if other is rule_set:
                return space
            return corrected(self.network.space(other), flows_of(self.logged, other), other, self.logged)

        paths = Paths(self.ends, space_of, self.tried)
        verdicts = decide_path_all(paths, flows[list(PACKET)], rule_set)
        allowed = (flows["decision"] == str(Decision.ALLOWED)).to_numpy(dtype=np.bool_)
        own = flows["direction"].map({str(direction): word for direction, word in SIDES.items()})
        at_own = np.array(
            [at.startswith(side) for at, side in zip(verdicts["decided_at"], own, strict=True)], dtype=np.bool_
        )
        doubtful = allowed & ~at_own & (verdicts["access"] == str(Access.DENY)).to_numpy()
        verdicts["was_stopped"] = False
        if doubtful.any():
            verdicts["was_stopped"] = doubtful & self._stopped(flows)
        return verdicts

    @property
    def said(self) -> tuple[str, ...]:
        """What is not known of the paths, a sentence each."""
        return (*self.ends.said, *self.ends.nowhere, *self._unknown())

    def _unknown(self) -> Iterator[str]:
        ends = pd.unique(pd.concat([self.logged["src_ip"], self.logged["dst_ip"]]))
        private = [each for each in map(str, ends) if (packed := pack(each)) is not None and is_private(packed)]
        unknown = [each for each in private if not self.ends.of(each)]
        if unknown:
            more = f" and {len(unknown) - 1:,} more" if len(unknown) > 1 else ""
            yield f"No file tells where {unknown[0]}{more} is, so no NSG is known there."

    def _stopped(self, flows: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Where the other end's log has the same packet denied, and never allowed."""
        both_ends = self.flow_filter.without("direction").without("nsg").without("nsg_id")
        logged = self.logged if both_ends == self.flow_filter else fetch_logged(self.store, both_ends)
        facing = flows["direction"].map({str(Direction.INBOUND): "Outbound", str(Direction.OUTBOUND): "Inbound"})
        asked = flows[_ENDS].assign(direction=facing.astype("str"))
        rows = pd.concat([asked, logged[[*_ENDS, "direction"]]], ignore_index=True)
        place = group_numbers(*(rows[name] for name in (*_ENDS, "direction")), in_order=False)
        held = place[len(flows) :]
        denied = (logged["decision"] == str(Decision.DENIED)).to_numpy(dtype=np.bool_)
        size = int(place.max(initial=-1)) + 1
        is_denied, is_allowed = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
        is_denied[held[denied]], is_allowed[held[~denied]] = True, True
        asked_places = place[: len(flows)]
        return is_denied[asked_places] & ~is_allowed[asked_places]
