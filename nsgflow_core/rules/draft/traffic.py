"""What a draft is made from: one question to the store serves every point of the dial."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import Rule, RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.decide.network import Network
from nsgflow_core.rules.draft.asking.answers import Answer
from nsgflow_core.rules.draft.asking.question import DraftQuestion, ask_about, ask_in_the_draft
from nsgflow_core.rules.draft.asking.reasons import DRAFTED_REASONS
from nsgflow_core.rules.draft.closed.cells import reason_each, with_those_of_the_file
from nsgflow_core.rules.draft.closed.elsewhere import with_those_of_others
from nsgflow_core.rules.draft.closed.latest import ELSEWHERE, Latest, began, first_logged, latest, own_nsgs
from nsgflow_core.rules.draft.closed.proof import provable
from nsgflow_core.rules.draft.closed.sides import admitted_last, names_ahead, sides_of
from nsgflow_core.rules.draft.closed.stopped_unseen import StoppedUnseen
from nsgflow_core.rules.draft.grouping.groups import Groups
from nsgflow_core.rules.draft.grouping.in_scope import groups_of, ports_new_every_day
from nsgflow_core.rules.draft.grouping.sides import internet_beside
from nsgflow_core.rules.draft.jump_hosts.find import jump_hosts
from nsgflow_core.rules.draft.jump_hosts.jump_host import JumpHost
from nsgflow_core.rules.draft.keeping import KEPT, REQUIRED, Keeping, keeping
from nsgflow_core.rules.draft.new_ports.find import NewPorts
from nsgflow_core.rules.draft.new_ports.range import DynamicRange, RangeKind
from nsgflow_core.rules.draft.options import DraftOptions, below
from nsgflow_core.rules.draft.placing.closing import Standing, standing
from nsgflow_core.rules.draft.seen import evidence, excluded
from nsgflow_core.rules.draft.seen.evidence_query import EPHEMERAL_FIRST, Traffic, families, from_service_ports, observe
from nsgflow_core.rules.draft.seen.excluded import DYNAMIC, EPHEMERAL, HIGH_PORT_REASONS, PROBE, REPLY
from nsgflow_core.rules.draft.seen.exposure import ask_first
from nsgflow_core.rules.draft.seen.labelled_otherwise import under_other_labels
from nsgflow_core.rules.draft.seen.one_sided import unlogged
from nsgflow_core.rules.draft.seen.own_logs import may_be_theirs
from nsgflow_core.rules.draft.seen.stopped import Stopped, in_several_vnets, stopped
from nsgflow_core.rules.draft.tags.proposed import TaggedSides, proposals, wanted, worth_asking
from nsgflow_core.rules.draft.tokens import AddressTokens
from nsgflow_core.stores.base import FlowStore, hear_partial, held
from nsgflow_core.words.prefixes import INTERNET
from nsgflow_core.words.vocabulary import Direction


@dataclass(frozen=True, kw_only=True)
class Material:
    """The traffic behind a draft.

    `flows`: one row per distinct flow that becomes part of a rule (the columns of `observe`, scan, family, `ahead_of`:
    the deny that its rule stands ahead of, or "", `range`: the place in `ranges` of what its port is part of, -1 for
    none, `listed`: its public addresses are to be listed, `question`: the id of the one about it, or "", `waits`:
    nobody answered that, and until then it is a rule of its own, `answer`: which of `answers` let it in, from 1 on, 0
    for none, `undoes`: it was let in over a deny, and `reaches`: its source may reach all of its destination's label).
    `set_apart`: the others (the columns of `observe`, family, ahead_of, range, reason, SETTLED_BY and question), most
    flows first; `asked` are the questions about flows of both kinds. `closed_cells`: the cells that no rule may open
    (CLOSED), also those that were never allowed. `rule_names` are the existing rules behind `on_rules`. `window_days`:
    on how many distinct days anything was seen. `existing`: the NSG as it is, where imported. `space`: what tags and
    groups stand for. `asked_pairs` may meet on new ports every day, but are only asked about (src_ip, dst_ip, protocol,
    ports).
    """

    scope: Scope
    direction: Direction
    options: DraftOptions
    flows: pd.DataFrame
    set_apart: pd.DataFrame
    closed_cells: pd.DataFrame
    tokens: AddressTokens
    window_days: int
    space: AddressSpace
    existing: RuleSet | None = None
    partial: str = ""
    rule_names: tuple[str, ...] = ()
    keeps: tuple[Rule, ...] = ()
    """Allow rules of the NSG that stay as they are (see `keeping.py`)."""
    groups: Groups = field(default_factory=Groups)
    ranges: tuple[DynamicRange, ...] = ()
    asked_pairs: pd.DataFrame = field(default_factory=pd.DataFrame)
    unlogged: tuple[str, ...] = ()
    """What only the other end logged, or somebody who may be the NSG, in sentences."""
    jump_hosts: tuple[JumpHost, ...] = ()
    """Hosts of `flows` that manage others all over the store, whether or not anybody said that they may."""
    asked: tuple[DraftQuestion, ...] = ()
    answers: tuple[Answer, ...] = ()
    network: Network | None = None
    """What else stands on the paths of its flows, where files tell it (see `along`)."""

    def along(self, network: Network, store: FlowStore, flow_filter: FlowFilter) -> Material:
        """The same, with the whole paths of its flows, and what of the log may be its NSG's and is left out."""
        own = (self.existing,) if self.existing is not None and self.scope.nsg else ()
        lost = may_be_theirs(store, flow_filter, own, network) if own else ()
        return replace(self, network=network, unlogged=(*self.unlogged, *lost))

    @cached_property
    def stopped(self) -> Stopped:
        """What else on the paths of `flows` stops them, or lets them pass without asking this NSG."""
        if self.network is None:
            return Stopped(np.full(len(self.flows), -1, dtype=np.int64))
        found = stopped(self.flows, self.scope, self.direction, self.existing, self.network)
        far = "src_ip" if self.direction is Direction.INBOUND else "dst_ip"
        met = {str(each) for flows in (self.flows, self.set_apart) for each in flows[far].unique()}
        return replace(found, said=(*found.said, *in_several_vnets(met, self.network)))

    @cached_property
    def standing(self) -> Standing:
        """What of the NSG stays beside the draft, and the closing rules."""
        has_probes = bool((self.set_apart["reason"] == PROBE).any())
        stands_below = below(self.direction, self.options, has_flows=not self.is_empty, has_probes=has_probes)
        return standing(self.existing, self.direction, stands_below, self.keeps)

    @cached_property
    def stopped_unseen(self) -> StoppedUnseen:
        """What the denies that stay stop as the NSG is, whether or not anybody tried it."""
        return StoppedUnseen(self.existing, self.standing.stays, self.direction, self.space)

    @property
    def is_empty(self) -> bool:
        """True when nothing was allowed that a rule, drafted or kept, would be for."""
        return self.flows.empty and not self.set_apart["reason"].isin([KEPT, REQUIRED]).any()

    @cached_property
    def closed(self) -> pd.DataFrame:
        """The closed cells of which it is proved that a draft leaves them closed: a person lets in what `flows` has."""
        return provable(self.closed_cells, self.flows)

    @property
    def closed_here(self) -> pd.DataFrame:
        """Those of `closed` that the NSG itself closed: what stands elsewhere closes the others with any rule here."""
        return self.closed[self.closed["rule_kind"] != ELSEWHERE]

    @cached_property
    def proposed(self) -> TaggedSides:
        """The service tags that may stand for public ends of `flows`, as far as the options want any."""
        if self.options.service_tags == "never" or self.options.internet == "always":
            return TaggedSides()
        found = proposals(self.flows, self.space.service_tags)
        if not found.proposals:
            return found
        internet = internet_beside(self.flows, self.options.thresholds, self.direction, found)
        return worth_asking(found, self.flows, internet)

    @cached_property
    def written(self) -> TaggedSides:
        """Those of them that are wanted: by a person's answer, or by the options for flows that no person let in."""
        return self.proposed.where(wanted(self.proposed, self.flows, self.answers, self.options.service_tags == "use"))


def gather(
    store: FlowStore,
    flow_filter: FlowFilter,
    scope: Scope,
    direction: Direction,
    *,
    options: DraftOptions | None = None,
    existing: RuleSet | None = None,
    space: AddressSpace | None = None,
) -> Material:
    """Ask the store for all that a draft at any exactness needs. Raises BadFilter and what the store raises.

    `space` is what tags mean to the NSG; without one, as far as the store's subnets tell.
    """
    with held(store), hear_partial() as reasons:
        subnets = store.subnets
        known = space or AddressSpace.of(subnets)
        asked = _Asked(store, flow_filter, scope, direction, options or DraftOptions(), existing, known)
        made = _gathered(asked, AddressTokens(subnets, known.service_tags))
    more = (each for each in reasons if each not in made.partial)
    return replace(made, partial="; ".join(dict.fromkeys(filter(None, (made.partial, *more)))))


@dataclass(frozen=True)
class _Asked(Traffic):
    """The traffic of a draft, and what is to be made of it beside which rules."""

    options: DraftOptions
    existing: RuleSet | None
    space: AddressSpace


def _gathered(asked: _Asked, tokens: AddressTokens) -> Material:
    seen, rules, partial = observe(*asked.traffic, tokens)
    closed, ahead_of = _closed_last(asked, seen, rules)
    window_days = evidence.days_in(seen)
    low = from_service_ports(*asked.traffic) if bool((seen["port"] >= EPHEMERAL_FIRST).any()) else None
    seen["range"] = -1
    reasons = excluded.reason_each(seen, low, asked.options.ephemeral)
    new_ports = _new_ports(asked, seen, reasons, window_days, low)
    if (new_ports.member >= 0).any():
        seen["range"] = new_ports.member
        reasons = excluded.reason_each(seen, low, asked.options.ephemeral)
    seen, specials = seen.assign(ahead_of=ahead_of), asked.options.special if asked.options.closing_deny else ()
    kept = keeping(seen, rules, asked.existing, asked.direction, asked.space, specials)
    reasons = _reasons(asked, seen, rules, reasons, closed, kept, new_ports)
    seen = seen.assign(kept_rule=kept.admits, **closed.denial_of_each())
    flows, apart, questions = _parted(seen.assign(family=families(seen["src_ip"])), reasons, asked.options)
    return Material(
        scope=asked.scope,
        direction=asked.direction,
        options=asked.options,
        flows=flows,
        set_apart=apart,
        closed_cells=closed.cells,
        tokens=tokens,
        window_days=window_days,
        space=asked.space,
        existing=asked.existing,
        partial="; ".join(dict.fromkeys(filter(None, (partial, closed.partial)))),
        rule_names=rules,
        keeps=tuple(kept.rules),
        groups=groups_of(asked.store, asked.flow_filter, flows, tokens, asked.options.groups),
        ranges=new_ports.ranges if asked.options.dynamic_ranges else (),
        asked_pairs=new_ports.asked,
        unlogged=(*under_other_labels(*asked.traffic), *unlogged(*asked.traffic, seen)),
        jump_hosts=jump_hosts(asked.store, asked.flow_filter, flows, tokens, window_days),
        asked=questions,
    )


def _closed_last(asked: _Asked, seen: pd.DataFrame, rules: tuple[str, ...]) -> tuple[Latest, pd.Categorical]:
    """The cells that no rule may open, and of each flow the deny that its rule stands ahead of, or ""."""
    existing, direction = asked.existing, asked.direction
    own = own_nsgs(asked.store, asked.scope, existing)
    stays = standing(existing, direction, below(direction, asked.options)).stays
    sides = sides_of(
        seen, stays, existing, direction, asked.space, rules, lambda fl: admitted_last(*asked.traffic, fl, existing)
    )
    closed = with_those_of_the_file(
        latest(*asked.traffic, seen, own),
        seen,
        sides.closed_by,
        stays,
        lambda: first_logged(*asked.traffic, own),
        lambda flows: began(*asked.traffic, flows),
    )
    closed = with_those_of_others(closed, *asked.traffic, seen, own)
    return closed, names_ahead(sides, closed, stays)


def _parted(
    seen: pd.DataFrame, reasons: pd.Series[str], options: DraftOptions
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[DraftQuestion, ...]]:
    """The flows that become part of a rule, those that are set apart, and what is asked of both."""
    is_drafted = reasons.isin(DRAFTED_REASONS)
    doubts, reasons = reasons.where(is_drafted, ""), reasons.mask(is_drafted, "")
    is_apart = reasons != ""
    apart = seen[is_apart].assign(reason=reasons[is_apart].astype("object"))
    apart = apart.sort_values("flows", ascending=False, kind="stable", ignore_index=True)
    apart, questions = ask_about(apart)
    flows, waiting = ask_in_the_draft(seen[~is_apart], doubts[~is_apart])
    if not options.dynamic_ranges:
        flows["range"] = -1
    flows = flows.assign(scan=evidence.mark_scans(flows), listed=False, answer=0, undoes=False)
    flows["reaches"] = False
    return flows, apart, (*questions, *waiting)


def _new_ports(
    asked: _Asked, seen: pd.DataFrame, reasons: pd.Series[str], window_days: int, low: pd.DataFrame | None
) -> NewPorts:
    """The pairs that meet on new ports every day; a stranger's never are, and answers are none."""
    strangers = (seen["src_label"] == INTERNET) & (asked.direction is Direction.INBOUND)
    to_look_at = reasons.isin(["", EPHEMERAL, DYNAMIC]) & ~strangers
    found = ports_new_every_day(*asked.traffic, seen, to_look_at, window_days, low)
    return found if asked.options.dynamic_ranges else found.without(RangeKind.MAPPED)


def _reasons(
    asked: _Asked,
    seen: pd.DataFrame,
    rules: tuple[str, ...],
    reasons: pd.Series[str],
    closed: Latest,
    kept: Keeping,
    new_ports: NewPorts,
) -> pd.Series[str]:
    """Why each flow becomes no rule, or is asked about in the draft (DRAFTED_REASONS); "" for all others.

    `reasons` are those of `excluded`. What was denied last is asked about as that, and as nothing else, unless it would
    be no rule anyway.
    """
    options = asked.options
    reasons[new_ports.answers] = REPLY
    if not options.dynamic_ranges:
        reasons[seen["range"] >= 0] = DYNAMIC
    reasons = kept.over(reasons)
    overruled = ["", *(HIGH_PORT_REASONS if options.keep_ephemeral else ())]
    is_closed = (closed.closed_by >= 0) & reasons.isin([*overruled, PROBE, KEPT, REQUIRED]).to_numpy()
    is_closed &= closed.is_closed_here() | reasons.isin(overruled).to_numpy()
    cells = closed.cells.iloc[closed.closed_by[is_closed]]
    reasons[is_closed] = np.array(reason_each(cells, asked.existing, asked.direction), dtype=object)
    in_range = (seen["range"] >= 0) & (reasons == "")
    reasons = ask_first(*asked.traffic, seen, rules, reasons, asked.existing).mask(in_range, "")
    return reasons.mask(reasons.isin(HIGH_PORT_REASONS), "") if options.keep_ephemeral else reasons
