"""The least-privilege draft of one NSG or subnet and direction, from the traffic that was allowed in a window.

what was seen, and what of it becomes no rule (seen/, closed/, traffic.py) -> tokens and openings on a rung of the dial
(grouping/, tokens.py, dial.py, merging.py, fit.py) -> names, priorities and the closing rules (placing/) -> rules, each
with its evidence; what is opened beyond what was seen is measured (over_permission.py), what a person must decide is
asked (questions.py), what was answered is laid over the traffic first (asking/), and what to know said (warnings.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np
import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.rule import AZURE_LOAD_BALANCER, Rule, RuleSet
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.rules.accepts.base import Refusal
from nsgflow_core.rules.accepts.checks import refusals
from nsgflow_core.rules.decide.address_space import AddressSpace
from nsgflow_core.rules.draft.asking.answering import answered, answers_behind
from nsgflow_core.rules.draft.asking.answers import Answer
from nsgflow_core.rules.draft.asking.question import DraftQuestion
from nsgflow_core.rules.draft.closed.below import that_open_nothing
from nsgflow_core.rules.draft.closed.cells import with_denial
from nsgflow_core.rules.draft.curve import curve
from nsgflow_core.rules.draft.dial import DEFAULT_EXACTNESS, Opening, rung_at
from nsgflow_core.rules.draft.fit import Fit, closest_fit
from nsgflow_core.rules.draft.keeping import KEPT, REQUIRED
from nsgflow_core.rules.draft.new_ports.openings import ranges_opened
from nsgflow_core.rules.draft.new_ports.range import DynamicRange
from nsgflow_core.rules.draft.options import DraftOptions
from nsgflow_core.rules.draft.over_permission import BothFamilies
from nsgflow_core.rules.draft.placing import naming
from nsgflow_core.rules.draft.placing.full import Beside
from nsgflow_core.rules.draft.placing.place import place
from nsgflow_core.rules.draft.placing.taken import ahead_of_for_probes
from nsgflow_core.rules.draft.questions import questions_of
from nsgflow_core.rules.draft.seen import evidence
from nsgflow_core.rules.draft.seen.evidence import Evidence
from nsgflow_core.rules.draft.seen.evidence_query import EVIDENCE_MEASURES, FLOW_KEY, words_again
from nsgflow_core.rules.draft.seen.excluded import PROBE
from nsgflow_core.rules.draft.tags.asked import not_written
from nsgflow_core.rules.draft.tags.standing import has_tag, reviews
from nsgflow_core.rules.draft.traffic import Material, gather
from nsgflow_core.rules.draft.warnings import before_use, left_open, moves, refined, undone_denies, waiting
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.sets.bit_sets import members_of
from nsgflow_core.words.vocabulary import Direction

__all__ = ["Draft", "DraftOptions", "Scope", "compose", "draft"]


@dataclass(frozen=True)
class Draft:
    """A proposed rule set, and everything a person needs to judge it.

    `rule_set` holds the drafted rules, the closing rules, the NSG's own denies that stay (those that need not move are
    named in `kept`) and the default rules. `evidence` is by rule name, for drafted and load balancer rules; `openings`
    for drafted ones. `closing` names the closing rules.
    `asked` is the exactness asked for; the one used is simpler when the asked one passes Azure's limits, and
    `warnings` says so. `opened` is the address-port space opened over the space seen, IPv4 and IPv6 apart.
    """

    material: Material
    asked: float
    fit: Fit
    rule_set: RuleSet
    evidence: dict[str, Evidence]
    openings: dict[str, Opening]
    closing: frozenset[str]
    kept: frozenset[str]
    questions: tuple[DraftQuestion, ...]
    warnings: tuple[str, ...]
    opened: BothFamilies

    @property
    def decisions_to_make(self) -> tuple[DraftQuestion, ...]:
        """The questions that nobody answered yet."""
        return tuple(question for question in self.questions if question.answer is None)

    @property
    def over_permission(self) -> float:
        """IPv4 space opened over space seen (see `opened`)."""
        return self.opened.v4.ratio

    @property
    def exactness(self) -> float:
        """The point of the dial that was used."""
        return self.fit.rung.exactness

    @property
    def direction(self) -> Direction:
        """The direction that the rules are for."""
        return self.material.direction

    @property
    def scope(self) -> Scope:
        """The NSG or subnet that the rules are for."""
        return self.material.scope

    @property
    def over_permission_beside_ranges(self) -> float:
        """The same without the marked ranges of ports that are new every day."""
        return self.fit.over_permission_beside_ranges

    @property
    def ranges(self) -> dict[str, tuple[DynamicRange, ...]]:
        """The marked ranges for ports that are new every day, by the rule that opens them; none on exact rungs."""
        names, material = list(self.openings), self.material
        opened = ranges_opened(self.fit.openings, self.fit.member, material.flows, material.ranges)
        return {names[place]: tuple(material.ranges[each] for each in held) for place, held in opened.items()}

    @property
    def set_apart(self) -> pd.DataFrame:
        """Flows that became no rule, busiest first: FLOW_KEY, EVIDENCE_MEASURES, days, rules (that admitted it),
        reason, question (the id of the one about them; "" where there is none)."""
        apart, names = words_again(self.material.set_apart), self.material.rule_names
        words = ["; ".join(names[place] for place in members_of(int(bits))) for bits in apart["on_rules"]]
        return apart[[*FLOW_KEY, *EVIDENCE_MEASURES, "days"]].assign(
            rules=words, reason=with_denial(apart), question=apart["question"]
        )

    @cached_property
    def refused(self) -> tuple[Refusal, ...]:
        """What Azure would refuse of it; nothing can be exported while there is any."""
        existing = self.material.existing
        known, beside = ((), ()) if existing is None else (existing.own_rules, existing.beside(self.direction))
        options = self.material.options
        found = refusals(self.rule_set.own_rules, beside=beside, standing=known, limits=options.limits)
        return (*(each.refusal for each in options.special if each.kind.takes_no_nsg), *found)

    @property
    def own_rules(self) -> tuple[Rule, ...]:
        """The rules to write, in order: drafted, closing and moved ones, without those the NSG has and keeps."""
        rules = self.rule_set.towards(self.direction)
        return tuple(rule for rule in rules if not rule.is_default and rule.name not in self.kept)

    @property
    def to_decide(self) -> tuple[Rule, ...]:
        """The rules that a person accepts, rejects or edits: drafted and closing ones, not the NSG's own denies."""
        return tuple(rule for rule in self.own_rules if rule.name in self.openings or rule.name in self.closing)

    @property
    def first_seen(self) -> datetime | None:
        """When the traffic behind the rules begins."""
        return min((e.first_seen for e in self.evidence.values() if e.first_seen), default=None)

    @property
    def last_seen(self) -> datetime | None:
        """When the traffic behind the rules ends."""
        return max((e.last_seen for e in self.evidence.values() if e.last_seen), default=None)

    def curve(self) -> pd.DataFrame:
        """Rules against over-permission at every point of the dial (see `draft/curve.py`)."""
        return curve(self.material, self.exactness)


def draft(
    store: FlowStore,
    flow_filter: FlowFilter,
    scope: Scope,
    direction: Direction,
    *,
    exactness: float = DEFAULT_EXACTNESS,
    options: DraftOptions | None = None,
    existing: RuleSet | None = None,
    space: AddressSpace | None = None,
    answers: Sequence[Answer] = (),
) -> Draft:
    """The draft for a window's allowed traffic through one NSG or subnet in one direction.

    `existing` is the NSG as it is, where the user imported it (or an earlier draft): rules of the same name keep their
    priorities, its own deny rules stay, and names of the other direction are left alone. `space` is what tags and
    groups mean to that NSG; `answers` are what people said to its questions.
    Raises BadFilter, BadRuleSet when nothing fits in Azure's limits, and what the store raises.
    """
    rung_at(exactness)
    material = gather(store, flow_filter, scope, direction, options=options, existing=existing, space=space)
    return compose(answered(material, answers), exactness)


def compose(material: Material, exactness: float = DEFAULT_EXACTNESS) -> Draft:
    """The draft of gathered material at one point of the dial; asks the store nothing."""
    asked, direction, beside = rung_at(exactness), material.direction, material.standing
    fit, why = closest_fit(material, asked, Beside.of(material))
    probes, probes_ahead_of = _probes(material)
    names = naming.name_each(fit.openings, material.tokens, direction, _reserved(material))
    openings = dict(zip(names, fit.openings, strict=True))
    found = _evidence_of(material, fit, openings)
    ahead_of = {name: opening.ahead_of for name, opening in openings.items()}
    placed = place(ahead_of, material.existing, direction, beside, probes_ahead_of)
    drafted = _drafted(openings, fit, found, placed.priorities)
    closing = [replace(rule, priority=placed.priorities[rule.name]) for rule in beside.closing]
    below = that_open_nothing(closing, placed.denies, material.closed_here, material.space)
    closing = list(below.rules)
    found |= {rule.name: probes for rule in closing if rule.sources == (AZURE_LOAD_BALANCER,)}
    found |= _of_kept_rules(material)
    questions = questions_of(material, fit, names)
    rule_set = _rule_set(material, (*drafted, *closing, *placed.denies))
    return Draft(
        material=material,
        asked=exactness,
        fit=fit,
        rule_set=rule_set,
        evidence=found,
        openings=openings,
        closing=frozenset(rule.name for rule in closing),
        kept=frozenset(rule.name for rule in placed.denies if rule not in placed.moved),
        questions=questions,
        warnings=(
            *before_use(material, asked.name, fit, why, closing, placed.denies_that_stay),
            *_of_the_fit(material, fit, names),
            *moves(material, placed.moved),
            *below.said,
            *left_open(material, rule_set),
            *undone_denies(questions),
            *waiting(found),
        ),
        opened=fit.opened,
    )


def _drafted(
    openings: dict[str, Opening], fit: Fit, found: dict[str, Evidence], numbers: Mapping[str, int]
) -> list[Rule]:
    """The drafted rules, each with its name, its priority and its evidence in a sentence."""
    return [
        replace(box, name=name, priority=numbers[name], description=naming.describe_as(opening, found[name].sentence))
        for (name, opening), box in zip(openings.items(), fit.boxes, strict=True)
    ]


def _of_the_fit(material: Material, fit: Fit, names: list[str]) -> tuple[str, ...]:
    """What to know of the drafted rules: what else stops their flows, what was made more exact, tags not written."""
    return (*material.stopped.warnings(fit.member, names), *refined(fit), *not_written(material, fit))


def _evidence_of(material: Material, fit: Fit, openings: dict[str, Opening]) -> dict[str, Evidence]:
    """The evidence of each drafted rule, by name: its traffic, who let it in, what on its path stops it, its tags."""
    names = list(openings)
    weighed = evidence.weigh(material.flows, fit.member, material.window_days, material.rule_names)
    let_in = answers_behind(material, fit.member, len(names))
    found = {name: replace(each, let_in=by) for name, each, by in zip(names, weighed, let_in, strict=True)}
    found |= material.stopped.looked_at(found, material.flows, fit.member, names)
    return found | _of_tags(found, openings, fit)


def _of_tags(found: dict[str, Evidence], openings: dict[str, Opening], fit: Fit) -> dict[str, Evidence]:
    """The evidence of the rules with a service tag, and what it opens as something to look at."""
    return {
        name: replace(own, review=(*own.review, *reviews(opening, own.sources, own.destinations, fit.tokens)))
        for name, opening in openings.items()
        if has_tag(opening)
        for own in [found[name]]
    }


def _probes(material: Material) -> tuple[Evidence, str]:
    """The evidence of the load balancer rule: the probes that were seen; and the first deny that would catch them."""
    stays, probes = material.standing.stays, material.set_apart[material.set_apart["reason"] == PROBE]
    if probes.empty:
        return Evidence(), ahead_of_for_probes(material.existing, stays, material.space)
    probes = probes.assign(scan=0, waits=False)
    whole = evidence.weigh(probes, np.zeros(len(probes), dtype=np.int64), material.window_days, material.rule_names)
    caught = set(probes["ahead_of"])
    return replace(whole[0], confidence="high", review=()), next((d.name for d in stays if d.name in caught), "")


def _of_kept_rules(material: Material) -> dict[str, Evidence]:
    """The evidence of the NSG's allow rules that stay, and of those that a special subnet needs: what they admit."""
    found: dict[str, Evidence] = {}
    held = material.set_apart[material.set_apart["reason"].isin([KEPT, REQUIRED])].assign(scan=0, waits=False)
    for rule in (*material.standing.keeps, *material.standing.closing):
        own = held[held["kept_rule"] == rule.name]
        if len(own):
            one = np.zeros(len(own), dtype=np.int64)
            found[rule.name] = evidence.weigh(own, one, material.window_days, material.rule_names)[0]
    return found


def _reserved(material: Material) -> list[str]:
    """Names that drafted rules may not take: of the NSG's rules that they do not replace, also those unread."""
    existing, beside = material.existing, material.standing
    others = () if existing is None else existing.elsewhere(material.direction)
    names = {rule.name for rule in others} | set(existing.unread if existing else ())
    return sorted(names | {rule.name for rule in (*beside.posts, *beside.closing)})


def _rule_set(material: Material, rules: tuple[Rule, ...]) -> RuleSet:
    """The rules in order under the NSG's own name, with the default rules."""
    ordered = tuple(sorted(rules, key=lambda rule: rule.priority))
    known = material.scope.identified(material.existing or RuleSet(material.scope.name, ()))
    return replace(known, rules=ordered, directions=(material.direction,)).with_defaults()
