"""What a draft is made from: one question to the store serves every point of the dial."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.accepts.limits import TODAY, Limits
from nsgflow_core.rules.draft import evidence
from nsgflow_core.rules.draft.dial import Thresholds
from nsgflow_core.rules.draft.evidence_query import EPHEMERAL_FIRST, from_service_ports, observe
from nsgflow_core.rules.draft.excluded import HIGH_PORT_REASONS, EphemeralLimits, reason_each
from nsgflow_core.rules.draft.exposure import ask_first
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.vocabulary import Direction


@dataclass(frozen=True)
class DraftOptions:
    """How a draft is made, beside the dial.

    A named subnet stands for its addresses when at least `subnet_threshold` of them, or `subnet_share` of its usable
    ones, were seen in one service; `Internet` stands for public addresses when more than `internet_threshold` met one
    service (`internet="always"` and `"never"` are the user's own word). `port_gap` unseen ports may lie inside a
    range: a stated widening, 0 by default. `keep_ephemeral` makes rules of high ports and replies too. `limits` are
    those of the subscription.
    """

    subnet_threshold: int = 3
    subnet_share: float = 0.5
    internet_threshold: int = 20
    internet: Literal["auto", "always", "never"] = "auto"
    port_gap: int = 0
    keep_ephemeral: bool = False
    ephemeral: EphemeralLimits = field(default_factory=EphemeralLimits)
    closing_deny: bool = True
    close_internet: bool = False
    allow_icmp: bool = False
    limits: Limits = TODAY

    @property
    def thresholds(self) -> Thresholds:
        """What the dial needs of these."""
        return Thresholds(
            self.subnet_threshold,
            self.subnet_share,
            self.internet_threshold,
            self.internet == "always",
            self.internet == "never",
        )


@dataclass(frozen=True)
class Material:
    """The traffic behind a draft.

    `flows`: one row per distinct flow that becomes part of a rule (the columns of `observe`, and scan). `set_apart`:
    the others (those columns, and reason), most flows first. `rule_names` are the existing rules behind `on_rules`.
    `window_days`: on how many distinct days anything was seen. `existing`: the NSG as it is, where imported.
    """

    scope: Scope
    direction: Direction
    options: DraftOptions
    flows: pd.DataFrame
    set_apart: pd.DataFrame
    tokens: AddressTokens
    window_days: int
    existing: RuleSet | None = None
    partial: str = ""
    rule_names: tuple[str, ...] = ()


def gather(
    store: FlowStore,
    flow_filter: FlowFilter,
    scope: Scope,
    direction: Direction,
    *,
    options: DraftOptions | None = None,
    existing: RuleSet | None = None,
) -> Material:
    """Ask the store for all that a draft at any exactness needs. Raises BadFilter and what the store raises."""
    chosen = options or DraftOptions()
    tokens = AddressTokens(store.subnets)
    seen = observe(store, flow_filter, scope, direction, tokens)
    has_high = bool((seen["port"] >= EPHEMERAL_FIRST).any())
    low = from_service_ports(store, flow_filter, scope, direction) if has_high else None
    reasons = reason_each(seen, low, chosen.ephemeral)
    reasons = ask_first(store, flow_filter, scope, direction, seen, reasons, existing)
    becomes_rule = reasons == ""
    if chosen.keep_ephemeral:
        becomes_rule |= reasons.isin(HIGH_PORT_REASONS)
    apart = seen[~becomes_rule].assign(reason=reasons[~becomes_rule])
    apart = apart.sort_values("flows", ascending=False, kind="stable", ignore_index=True)
    flows = seen[becomes_rule].reset_index(drop=True)
    flows["scan"] = evidence.mark_scans(flows)
    return Material(
        scope,
        direction,
        chosen,
        flows,
        apart,
        tokens,
        evidence.days_in(seen),
        existing,
        str(seen.attrs["partial"]),
        tuple(seen.attrs["rules"]),
    )
