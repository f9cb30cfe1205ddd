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
from nsgflow_core.rules.draft.evidence_query import EPHEMERAL_FIRST, from_service_ports, observe
from nsgflow_core.rules.draft.excluded import DYNAMIC, EPHEMERAL, HIGH_PORT_REASONS, REPLY, EphemeralLimits, reason_each
from nsgflow_core.rules.draft.exposure import ask_first
from nsgflow_core.rules.draft.grouping.dynamic import DynamicRange
from nsgflow_core.rules.draft.grouping.groups import Groups, NamedGroups
from nsgflow_core.rules.draft.grouping.in_scope import groups_of, ports_new_every_day
from nsgflow_core.rules.draft.grouping.sides import Thresholds
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.vocabulary import Direction


@dataclass(frozen=True)
class DraftOptions:
    """How a draft is made, beside the dial.

    A named subnet, or a group of hosts inside one, stands for its hosts when at least `group_share` of those *seen* in
    the window, and two, did the same; `subnet_threshold` names subnets by a number of addresses instead (0: it does
    not). `groups`: inferred from the ports that hosts serve and use, none, or these, as name and addresses.
    `Internet` stands for public addresses when `internet_threshold` met one service of one host (`internet="always"`
    and `"never"` are the user's own word). `dynamic_ranges` drafts a marked range where a pair of hosts meets on new
    ports every day. `port_gap` unseen ports may lie inside a range: a stated widening, 0 by default. `keep_ephemeral`
    makes rules of high ports and replies too. `limits` are those of the subscription.
    """

    subnet_threshold: int = 0
    group_share: float = 0.5
    groups: Literal["infer", "none"] | NamedGroups = "infer"
    dynamic_ranges: bool = True
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
            self.group_share,
            self.internet_threshold,
            self.internet == "always",
            self.internet == "never",
        )


@dataclass(frozen=True)
class Material:
    """The traffic behind a draft.

    `flows`: one row per distinct flow that becomes part of a rule (the columns of `observe`, scan, range). `set_apart`:
    the others (those columns, and reason), most flows first. `rule_names` are the existing rules behind `on_rules`.
    `flows["range"]` is the place in `ranges` of what each flow's port is part of, -1 for none; `asked_pairs` may meet
    on new ports every day, but are only asked about (src_ip, dst_ip, protocol, ports).
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
    groups: Groups = field(default_factory=Groups)
    ranges: tuple[DynamicRange, ...] = ()
    asked_pairs: pd.DataFrame = field(default_factory=pd.DataFrame)


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
    window_days = evidence.days_in(seen)
    at_services = reason_each(seen.assign(range=-1), low, chosen.ephemeral).isin(["", EPHEMERAL, DYNAMIC])
    new_ports = ports_new_every_day(store, flow_filter, scope, direction, seen, at_services, window_days, low)
    seen["range"] = new_ports.member
    reasons = reason_each(seen, low, chosen.ephemeral)
    reasons[new_ports.answers] = REPLY
    if not chosen.dynamic_ranges:
        reasons[seen["range"] >= 0] = DYNAMIC
    in_range = (seen["range"] >= 0) & (reasons == "")
    reasons = ask_first(store, flow_filter, scope, direction, seen, reasons, existing).mask(in_range, "")
    becomes_rule = reasons == ""
    if chosen.keep_ephemeral:
        becomes_rule |= reasons.isin(HIGH_PORT_REASONS)
    apart = seen[~becomes_rule].assign(reason=reasons[~becomes_rule])
    apart = apart.sort_values("flows", ascending=False, kind="stable", ignore_index=True)
    flows = seen[becomes_rule].reset_index(drop=True)
    if not chosen.dynamic_ranges:
        flows["range"] = -1
    flows["scan"] = evidence.mark_scans(flows)
    groups = groups_of(store, flow_filter, flows, tokens, chosen.groups)
    return Material(
        scope,
        direction,
        chosen,
        flows,
        apart,
        tokens,
        window_days,
        existing,
        str(seen.attrs["partial"]),
        tuple(seen.attrs["rules"]),
        groups,
        new_ports.ranges if chosen.dynamic_ranges else (),
        new_ports.asked,
    )
