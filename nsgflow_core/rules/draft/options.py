"""How a draft is made, beside the dial, and what stands below its rules by that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.accepts.limits import TODAY, Limits
from nsgflow_core.rules.draft.grouping.groups import NamedGroups
from nsgflow_core.rules.draft.grouping.sides import Thresholds
from nsgflow_core.rules.draft.placing.closing import Closing, rules_below
from nsgflow_core.rules.draft.seen.excluded import EphemeralLimits
from nsgflow_core.rules.special.base import Special
from nsgflow_core.words.vocabulary import Direction


@dataclass(frozen=True)
class DraftOptions:
    """How a draft is made, beside the dial.

    A named subnet, or a group of hosts inside one, stands for its hosts when at least `group_share` of those *seen* in
    the window, and two, did the same, as far as new pairs keep coming: up to `unseen_per_new` pairs that nobody saw are
    opened for each that met on one day alone (`grouping/worth.py`). `subnet_threshold` names subnets by a number of
    addresses instead (0: it does not). `groups`: inferred from the ports that hosts serve and use, none, or these, as
    name and addresses.
    `Internet` stands for public addresses when `internet_threshold` met one service of one host (`internet="always"`
    and `"never"` are the user's own word). A service tag of the weekly file that holds public addresses of a service is
    proposed to a person, written unless a person says no, or neither (`service_tags`; never where Internet always
    stands, and never on the exact rung). `dynamic_ranges` drafts a marked range where hosts meet on ports that are
    new every day, or given out until a server starts again (`new_ports/`). `port_gap` unseen ports may lie inside a
    range: a stated widening, 0 by default. `keep_ephemeral` makes rules of high ports and replies too. `limits` are
    those of the subscription; `special` are the special subnets that the rules are for.
    """

    subnet_threshold: int = 0
    group_share: float = 0.5
    unseen_per_new: int = 100
    groups: Literal["infer", "none"] | NamedGroups = "infer"
    dynamic_ranges: bool = True
    internet_threshold: int = 20
    internet: Literal["auto", "always", "never"] = "auto"
    service_tags: Literal["propose", "use", "never"] = "propose"
    port_gap: int = 0
    keep_ephemeral: bool = False
    ephemeral: EphemeralLimits = field(default_factory=EphemeralLimits)
    closing_deny: bool = True
    close_internet: bool = False
    allow_icmp: bool = False
    limits: Limits = TODAY
    special: tuple[Special, ...] = ()

    @property
    def way_out_kept_by(self) -> tuple[Special, ...]:
        """The special subnets whose way out to the Internet must stay open, whatever is asked."""
        return tuple(special for special in self.special if special.kind.keeps_way_out)

    @property
    def thresholds(self) -> Thresholds:
        """What the dial needs of these."""
        return Thresholds(
            self.subnet_threshold,
            self.group_share,
            self.internet_threshold,
            self.internet == "always",
            self.internet == "never",
            self.unseen_per_new,
        )


def below(
    direction: Direction, options: DraftOptions, *, has_flows: bool = True, has_probes: bool = True
) -> tuple[Rule, ...]:
    """What stands below the drafted rules; nothing when no traffic was seen, for that would cut everything."""
    if not has_flows and not has_probes:
        return ()
    closes = options.closing_deny and has_flows
    required = tuple(rule for special in options.special for rule in special.required(direction)) if closes else ()
    closes_way_out = closes and options.close_internet and not options.way_out_kept_by
    wanted = Closing(closes, closes_way_out, closes or has_probes, options.allow_icmp, required)
    return rules_below(direction, wanted)
