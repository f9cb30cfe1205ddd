"""Allow rules of the NSG that stay as they are, and the traffic that they admit, which needs no rule beside them.

What an application security group or a service tag holds changes without anybody touching the NSG: machines of a scale
set come and go, Azure changes a tag each week. Addresses in place of it would break hosts that nobody has seen yet. So
a rule that names groups stays, and so does one that names a service tag and a few ports, once its traffic was seen.
What a service writes into the NSG by itself (`special/owned.py`) stays whether or not its traffic was seen, and so
does a rule for ICMP, ESP or AH: no flow log shows that traffic, and nothing in a draft would stand for it.
A flow that a rule with few ports of its own admitted is meant, however high the port: a service, not an ephemeral one.
What a rule admits that a special subnet needs (`special/`) needs no other rule either, and nobody is asked about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.inventory.rule import Access, Rule, RuleSet
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.matching import Matching
from nsgflow_core.rules.draft.asking import reasons
from nsgflow_core.rules.draft.closed.sides import BEHIND_ALL, told_otherwise
from nsgflow_core.rules.draft.seen.excluded import DYNAMIC, EPHEMERAL, HIGH_PORT_REASONS
from nsgflow_core.rules.special.admitted import required_for
from nsgflow_core.rules.special.base import Special
from nsgflow_core.rules.special.owned import owner_of
from nsgflow_core.words.sets.bit_sets import set_of
from nsgflow_core.words.vocabulary import Direction

KEPT, REQUIRED = reasons.KEPT_RULE.words, reasons.REQUIRED_RULE.words
FEW_PORTS = 1_024
"""Up to so many ports a rule names services; a wider range is a habit."""


def names_few_ports(rule: Rule) -> bool:
    """True where the destination ports are meant one by one."""
    return sum(ports.size for ports in rule.destination_ports) <= FEW_PORTS


def stays_unseen(rule: Rule) -> bool:
    """True for a rule that stays whether or not the log names it."""
    return owner_of(rule.name) is not None or rule.is_unlogged


def stays_as_it_is(rule: Rule) -> bool:
    """True for an allow rule whose sides stand for what comes and goes, or that stays unseen."""
    if rule.access is not Access.ALLOW or rule.is_default:
        return False
    if stays_unseen(rule):
        return True
    return bool(rule.source_asgs or rule.destination_asgs) or bool(rule.service_tags and names_few_ports(rule))


def admitted_by(
    rules: Sequence[Rule], flows: pd.DataFrame, names: Sequence[str], space: AddressSpace
) -> NDArray[np.int64]:
    """For each flow, the place of the first of these rules that the log names for it and that possibly matches it; -1.

    `names` are those behind the bits of the column `on_rules`. Of a rule that a service writes the log's word is
    enough: Kubernetes names the public address of a load balancer, which logs translate.
    """
    found = np.full(len(flows), -1, dtype=np.int64)
    if not len(flows) or not rules:
        return found
    folded = [name.casefold() for name in names]
    bits = flows["on_rules"].to_numpy()
    matching = Matching(list(rules), flows, space)
    for place, rule in enumerate(rules):
        if rule.name.casefold() not in folded:
            continue
        mask = set_of([rule.name.casefold()], folded)
        maybe, sure = matching.meet(place, np.ones(matching.size, dtype=np.bool_))
        meets = np.full(matching.size, owner_of(rule.name) is not None)
        meets[maybe] = meets[sure] = True
        logged = (bits & mask) != 0
        found[(found < 0) & logged.astype(np.bool_) & meets[matching.combination]] = place
    return found


@dataclass(frozen=True)
class Keeping:
    """What the NSG's allow rules say of flows: which of them are meant, and which rule that stays admits each ("").

    `rules` are those that stay, in order. `required` is the rule that the flow's special subnet needs and that admits
    it, "" for none.
    """

    is_meant: NDArray[np.bool_]
    rule: pd.Series[str]
    rules: tuple[Rule, ...]
    required: pd.Series[str]

    @property
    def admits(self) -> pd.Series[str]:
        """The rule beside the drafted ones that admits each flow, "" for none."""
        return self.rule.where(self.rule != "", self.required)

    def over(self, given: pd.Series[str]) -> pd.Series[str]:
        """The reasons of flows once more: what is meant is not ephemeral, what a kept rule admits needs no other."""
        given = given.mask(given.isin([EPHEMERAL, DYNAMIC]) & self.is_meant, "")
        given = given.mask(given.isin(["", *HIGH_PORT_REASONS]) & (self.rule != ""), KEPT)
        return given.mask(given.isin(["", *HIGH_PORT_REASONS]) & (self.required != ""), REQUIRED)


def keeping(
    flows: pd.DataFrame,
    names: Sequence[str],
    existing: RuleSet | None,
    direction: Direction,
    space: AddressSpace,
    specials: Sequence[Special] = (),
) -> Keeping:
    """What the NSG's own allow rules say of these flows (the columns of `observe`; `names` are those of its rules), and
    the rules that the `specials` need, which stand behind the NSG's denies (`ahead_of` of the flows is "")."""
    own = () if existing is None else tuple(rule for rule in existing.towards(direction) if not rule.is_default)
    allows = [rule for rule in own if rule.access is Access.ALLOW]
    meant = admitted_by([rule for rule in allows if names_few_ports(rule)], flows, names, space) >= 0
    stays = [rule for rule in allows if stays_as_it_is(rule)]
    place = admitted_by(stays, flows, names, space)
    held = np.array([*(rule.name for rule in stays), ""], dtype=object)[place]
    seen = set(place.tolist())
    used = tuple(rule for at, rule in enumerate(stays) if at in seen or stays_unseen(rule))
    required = np.full(len(flows), "", dtype=object)
    if specials:
        is_sure = (flows["ahead_of"] == BEHIND_ALL).to_numpy() & ~told_otherwise(flows, names, direction, space)
        required[is_sure] = required_for(flows[is_sure], specials, direction, space)
    admits, needs = (pd.Series(each, index=flows.index, dtype="object") for each in (held, required))
    return Keeping(meant, admits, used, needs)
