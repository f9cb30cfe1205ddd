"""What a draft of the days before keeps of the last day, and what it opens over known hosts and seen ports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.evaluate import decide_all
from nsgflow_core.rules.draft.asking.answering import answered
from nsgflow_core.rules.draft.asking.answers import Answer, Choice
from nsgflow_core.rules.draft.asking.kinds import JUMP_HOST
from nsgflow_core.rules.draft.draft import Draft, compose
from nsgflow_core.rules.draft.grouping.worth import WHATEVER_IS_NEW
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.traffic import gather
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.words.vocabulary import Direction
from tests.estates.graphs.enterprise import FIRST_DAY, Enterprise
from tests.estates.graphs.known_space import KnownSpace
from tests.estates.graphs.meetings import CELL, DYNAMIC, OUTSIDE, SCAN

KEY = list(CELL)


@dataclass(frozen=True)
class Way:
    """One way to draft."""

    name: str
    exactness: float = 0.75
    options: DraftOptions = field(default_factory=DraftOptions)
    jump_hosts: Choice | None = None
    """What is answered to every question about a jump host; nothing else is answered."""


EXACT = Way("exact", 1.0)
EARLIER = Way("old default", options=DraftOptions(subnet_threshold=3, groups="none", dynamic_ranges=False))
"""As drafts were before groups: three addresses name a subnet, and no range is drafted."""
HALF = Way("half", options=DraftOptions(unseen_per_new=WHATEVER_IS_NEW))
"""As they were before worth: whatever half of the hosts did."""
DEFAULT = Way("default")
PRICES = tuple(Way(f"new {price}", options=DraftOptions(unseen_per_new=price)) for price in (0, 25, 50, 200))
JUMP_HOSTS = tuple(
    Way(f"jump hosts {said}", jump_hosts=choice) for said, choice in (("no", Choice.LEAVE_OUT), ("yes", Choice.ALLOW))
)
WAYS = (EXACT, EARLIER, Way("no groups", options=DraftOptions(groups="none")), HALF, *PRICES, DEFAULT, *JUMP_HOSTS)


@dataclass(frozen=True)
class Measured:
    """Shares kept of the last day's flows and (pair, port)s, and what was opened as a multiple of what was seen."""

    way: str
    flows: float
    cells: float
    opened: float
    opened_outside_ranges: float
    rules: int
    questions: int
    """Of all drafts together, `jump_hosts` of them about such hosts."""
    jump_hosts: int
    worst: tuple[float, str]
    lost: pd.DataFrame
    mechanisms: pd.DataFrame

    def __str__(self) -> str:
        return (
            f"{self.way:14} kept {self.flows:8.3%} of flows {self.cells:8.3%} of (pair, port)s  "
            f"opened {self.opened:6.2f} x, {self.opened_outside_ranges:5.2f} x beside ranges  {self.rules:5} rules  "
            f"{self.questions} questions, {self.jump_hosts} of jump hosts  worst {self.worst[1]} {self.worst[0]:.2%}"
        )


def measured(
    store: LocalStore, estate: Enterprise, scopes: Sequence[str], way: Way, direction: Direction = Direction.INBOUND
) -> Measured:
    """Draft each scope from all days but the last, and decide the last day's flows."""
    own_end = "dst_ip" if direction is Direction.INBOUND else "src_ip"
    traffic = estate.traffic[estate.traffic["kind"] != SCAN]
    last = int(traffic["day"].max())
    cut = FIRST_DAY + timedelta(days=last)
    known = KnownSpace(estate.traffic[estate.traffic["day"] < last])
    space = AddressSpace.of(store.subnets)
    opened, beside, rules, questions, jump_hosts = 0, 0, 0, 0, 0
    widened: list[tuple[str, np.ndarray]] = []
    kept: list[tuple[str, pd.DataFrame, np.ndarray]] = []
    lost: list[pd.DataFrame] = []
    for scope in scopes:
        asked = FlowFilter().within(FIRST_DAY, cut)
        made, of_jump_hosts = _drafted(store, asked, Scope(subnet=scope), direction, way)
        questions += len(made.decisions_to_make)
        jump_hosts += of_jump_hosts
        mine = traffic[(traffic["day"] == last) & traffic[own_end].isin(estate.hosts.get(scope, known.hosts))]
        allowed = decide_all(made.rule_set, mine[KEY].assign(direction=str(direction)), space)["access"] == "Allow"
        kept.append((scope, mine, allowed.to_numpy()))
        lost.append(mine[~allowed.to_numpy()])
        drafted = [rule for rule in made.own_rules if rule.name in made.openings]
        opened += known.opened(drafted)
        beside += known.opened([rule for rule in drafted if rule.name not in made.ranges])
        widened += [(_mechanism(made, rule.name), known.cells(rule)) for rule in drafted]
        rules += len(drafted)
    flows = sum(mine["flows"].sum() for _, mine, _ in kept)
    passed = sum(mine.loc[allowed, "flows"].sum() for _, mine, allowed in kept)
    shares = [(float(mine.loc[a, "flows"].sum() / mine["flows"].sum()), s) for s, mine, a in kept if len(mine)]
    return Measured(
        way.name,
        float(passed / flows),
        float(sum(allowed.sum() for _, _, allowed in kept) / sum(len(mine) for _, mine, _ in kept)),
        opened / known.seen,
        beside / known.seen,
        rules,
        questions,
        jump_hosts,
        min(shares),
        pd.concat(lost),
        known.by_mechanism(widened, traffic[traffic["day"] == last]),
    )


def _drafted(store: LocalStore, asked: FlowFilter, scope: Scope, direction: Direction, way: Way) -> tuple[Draft, int]:
    """The draft of a scope, and how many questions about jump hosts it asked."""
    material = gather(store, asked, scope, direction, options=way.options)
    made = compose(material, way.exactness)
    held = [question.id for question in made.questions if question.kind == JUMP_HOST]
    if way.jump_hosts is None:
        return made, len(held)
    return compose(answered(material, [Answer(each, way.jump_hosts) for each in held]), way.exactness), len(held)


_KINDS = {"~": "group", "@": "subnet", "#": "subnet", "!": "Internet", "I": "Internet"}
_WIDEST = ("host", "group", "subnet", "Internet")


def _mechanism(made: Draft, rule: str) -> str:
    """What opens more than was seen in a rule: a range of ports, or the widest token of each side."""
    if rule in made.ranges:
        return "range of ports"
    opening = made.openings[rule]
    kinds = ({_KINDS.get(token[0], "host") for token in side} for side in (opening.sources, opening.destinations))
    return " to ".join(max(held, key=_WIDEST.index) for held in kinds)


def best_possible(estate: Enterprise, beside: float) -> tuple[float, float]:
    """The shares of the last day's flows and (pair, port)s that someone would keep who knows every chance.

    He opens what was seen and the likeliest of the rest, up to `beside` times what was seen; new ports of dynamic
    pairs, clients from outside and hosts that nobody knew are given to him. No way to draft can expect more.
    """
    traffic = estate.traffic[estate.traffic["kind"] != SCAN]
    last = traffic[traffic["day"] == traffic["day"].max()]
    seen = pd.MultiIndex.from_frame(traffic.loc[traffic["day"] < traffic["day"].max(), KEY].drop_duplicates())
    hosts = {*seen.get_level_values("src_ip"), *seen.get_level_values("dst_ip")}
    chances = estate.chances.set_index(KEY)["chance"]
    chances = chances[~chances.index.isin(seen)].sort_values(ascending=False, kind="stable")
    is_known = chances.index.get_level_values("src_ip").isin(hosts) & chances.index.get_level_values("dst_ip").isin(
        hosts
    )
    chosen = chances.index[is_known][: int((beside - 1) * len(seen))]
    cells = pd.MultiIndex.from_frame(last[KEY])
    kept = cells.isin(seen) | cells.isin(chosen) | cells.isin(chances.index[~is_known])
    kept |= last["kind"].isin([DYNAMIC, OUTSIDE]).to_numpy()
    return float(last.loc[kept, "flows"].sum() / last["flows"].sum()), float(kept.mean())
