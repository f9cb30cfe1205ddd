"""What a person must know before using a draft, as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from nsgflow_core.inventory.rule import AZURE_LOAD_BALANCER, VIRTUAL_NETWORK, Access, Rule, RuleSet
from nsgflow_core.rules.draft.asking.answers import Choice
from nsgflow_core.rules.draft.asking.question import DraftQuestion
from nsgflow_core.rules.draft.closed.only_by_denies import left_to_defaults
from nsgflow_core.rules.draft.fit import Fit
from nsgflow_core.rules.draft.placing.taken import stopping_denies
from nsgflow_core.rules.draft.seen.evidence import UNANSWERED, Evidence
from nsgflow_core.rules.draft.seen.excluded import PROBE
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.rules.special.overruled import overruled
from nsgflow_core.rules.special.owned import owners_in_words
from nsgflow_core.words.numbers import counted, first_of
from nsgflow_core.words.sets.spans import IPV4
from nsgflow_core.words.vocabulary import Direction

_NAMED = 3
"""So many rules are named."""


def before_use(
    material: Material, asked_rung: str, fit: Fit, why: str, closing: Sequence[Rule], denies_that_stay: Sequence[Rule]
) -> list[str]:
    """What the person must know before using the draft, as sentences.

    The closing rules and the denies that stay are those of the draft, with the numbers that they get there.
    """
    found = []
    if material.partial:
        found.append(f"The traffic is not complete: {material.partial}")
    found += [special.sentence for special in material.options.special]
    is_to_close = material.options.close_internet and material.direction is Direction.OUTBOUND
    if is_to_close and (keepers := material.options.way_out_kept_by):
        named = first_of([special.subnet for special in keepers], _NAMED)
        found.append(f"The way out to the Internet is left open, though it was to be closed: {named} must keep it.")
    found += owners_in_words(material.keeps)
    found += material.unlogged
    if material.is_empty:
        seen = "No allowed traffic was logged here in this window"
        if len(material.set_apart):
            apart = counted(len(material.set_apart), "distinct flow")
            seen = f"All that was seen here, {apart}, is set apart with its reason"
        found.append(f"{seen}, so nothing is drafted and nothing closed.")
        return found
    if why:
        found.append(f"The draft is '{fit.rung.name}' instead of '{asked_rung}': {why}.")
    found += overruled(closing, denies_that_stay, material.space)
    denies = [rule for rule in closing if rule.name.startswith("deny-")]
    if denies:
        found.append(_of_icmp(material, denies_that_stay))
    if denies and material.direction is Direction.INBOUND:
        found.append(_of_probes(material, closing, denies_that_stay))
    if denies and material.window_days < 7:
        covered = counted(material.window_days, "day")
        found.append(f"The traffic covers {covered}: weekly and monthly jobs may be missing, and would be cut.")
    if material.scope.subnet and not material.stopped.same_end:
        found.append("The draft is for a subnet: NSGs on its network interfaces must admit the same traffic.")
    return found


def _of_icmp(material: Material, stays: Sequence[Rule]) -> str:
    """What holds for ICMP, which no rule of the draft names."""
    told = "Flow logs may not show ICMP (ping, path MTU discovery)."
    stopped = stopping_denies(stays, material.direction, "Icmp", VIRTUAL_NETWORK, material.space)
    if stopped:
        return f"{told} {_stay_and_stop(stopped)} it where no rule ahead allows it."
    return f"{told} The closing denies name TCP and UDP, so ICMP stays as the default rules have it."


def _of_probes(material: Material, closing: Sequence[Rule], stays: Sequence[Rule]) -> str:
    """What lets load balancer probes in, or stops them as it does today."""
    at = next((rule.priority for rule in closing if rule.sources == (AZURE_LOAD_BALANCER,)), None)
    if at is None:
        return (
            "The VirtualNetwork tag holds 168.63.129.16, and no rule of this draft lets load balancer probes in: a "
            "closing deny stops what no rule ahead allows of them."
        )
    ahead = [deny for deny in stays if deny.priority < at]
    if stopped := stopping_denies(ahead, Direction.INBOUND, "Tcp", AZURE_LOAD_BALANCER, material.space, IPV4):
        return (
            "Load balancer probes come from 168.63.129.16, which the VirtualNetwork tag holds. "
            f"{_stay_and_stop(stopped)} them, ahead of the rule for AzureLoadBalancer."
        )
    probes = int(material.set_apart.loc[material.set_apart["reason"] == PROBE, "flows"].sum())
    seen = f"{counted(probes, 'probe flow')} seen" if probes else "none were seen, but logs may not show them"
    return (
        "The VirtualNetwork tag holds 168.63.129.16, so a closing deny would stop load balancer probes; the rule "
        f"for AzureLoadBalancer above it admits them ({seen})."
    )


def _stay_and_stop(denies: Sequence[Rule]) -> str:
    named = first_of([f"{deny.name} ({deny.priority})" for deny in denies], _NAMED)
    return f"{named} stays and stops" if len(denies) == 1 else f"{named} stay and stop"


def refined(fit: Fit) -> list[str]:
    """That rules are more exact than asked, in a sentence."""
    if not fit.refined:
        return []
    rules = f"{counted(fit.refined, 'rule')} {'is' if fit.refined == 1 else 'are'}"
    stopped = "what a deny stops, as logged last or as the NSG is"
    return [f"{rules} more exact than '{fit.rung.name}': wider, they would open {stopped}."]


def moves(material: Material, moved: tuple[Rule, ...]) -> list[str]:
    """The rules of the NSG that had to move, and why, a sentence each."""
    before = {rule.name: rule.priority for rule in material.standing.posts}
    return [
        f"The {'deny' if rule.access is Access.DENY else 'rule'} {rule.name} moves "
        f"{'down' if rule.priority > before[rule.name] else 'up'} from priority {before[rule.name]} to "
        f"{rule.priority}: the rules that belong beside it need the room."
        for rule in moved
    ]


def left_open(material: Material, rule_set: RuleSet) -> list[str]:
    """What a deny of the NSG that is not in the draft closed last, and default rules let pass without it."""
    is_known = material.existing is not None
    return left_to_defaults(rule_set, material.direction, material.closed_here, material.space, is_known=is_known)


def waiting(evidence: Mapping[str, Evidence]) -> list[str]:
    """That rules wait for a person's word, in a sentence."""
    names = [name for name, found in evidence.items() if UNANSWERED in found.review]
    if not names:
        return []
    one = len(names) == 1
    named = first_of(names, _NAMED)
    return [
        f"{counted(len(names), 'rule')} {'waits' if one else 'wait'} for an answer: {named}. "
        f"Nobody has said that {'it was' if one else 'they were'} meant; answer before you apply the draft."
    ]


def undone_denies(questions: Iterable[DraftQuestion]) -> list[str]:
    """The denies that answers undo for the flows that they let in, or that stop those all the same as they stand
    elsewhere: a sentence each, with who decided it and when."""
    return [
        f"{undone_or_not(question)} for {counted(question.flows, 'flow')}, decided "
        f"{question.answer.signature.words}: {question.words}"
        for question in questions
        if (question.deny or question.stopped_by)
        and question.answer is not None
        and question.answer.choice is Choice.ALLOW
    ]


def undone_or_not(question: DraftQuestion) -> str:
    """What an answer that lets flows in does to the deny that closed them."""
    return f"Undoes the deny {question.deny}" if question.deny else f"Does not undo the deny {question.stopped_by}"
