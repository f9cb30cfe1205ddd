"""A draft and its plan at one stage of closing: the allow rules without the denies, or the denies alone."""

from __future__ import annotations

from dataclasses import replace

from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.proof.staging import DraftStage, closing_denies
from nsgflow_core.rules.review.plan import Action, Plan, RuleChange
from nsgflow_core.words.numbers import counted

WAITS = "stays until the closing deny is due"


def at_stage(made: Draft, stage: DraftStage) -> Draft:
    """The draft with the rules of one stage alone; a warning says which stage it is, and what comes after."""
    if stage is DraftStage.BOTH:
        return made
    denies = closing_denies(made)

    def belongs(rule: Rule) -> bool:
        closes = rule.name.casefold() in denies
        own = rule.name in made.openings or rule.name in made.closing
        return not own or closes == (stage is DraftStage.CLOSE)

    rules = tuple(rule for rule in made.rule_set.rules if belongs(rule))
    names = {rule.name for rule in rules}
    said = {
        DraftStage.ALLOW: "Stage allow: nothing is closed and nothing removed yet. The closing deny is the next stage.",
        DraftStage.CLOSE: "Stage close: the closing denies alone, to be applied when the allow rules are in the NSG.",
    }[stage]
    return replace(
        made,
        rule_set=replace(made.rule_set, rules=rules),
        openings={name: opening for name, opening in made.openings.items() if name in names},
        closing=frozenset(made.closing & names),
        warnings=(said, *made.warnings),
    )


def plan_at(whole: Plan, made: Draft, stage: DraftStage) -> Plan:
    """The plan of the whole draft, at one stage: old allow rules go with the closing deny, not before."""
    if stage is DraftStage.BOTH:
        return whole
    denies = closing_denies(made)
    changes = []
    for change in whole.changes:
        closes = change.name.casefold() in denies
        if stage is DraftStage.ALLOW and change.action is Action.REMOVE:
            changes.append(RuleChange(Action.KEEP, change.name, change.before, change.before, (WAITS,)))
        elif stage is DraftStage.ALLOW and closes and change.action is Action.ADD:
            continue
        elif stage is DraftStage.CLOSE and not closes and change.action in (Action.ADD, Action.CHANGE):
            if change.before is not None:
                changes.append(
                    RuleChange(Action.KEEP, change.name, change.before, change.before, ("of the stage allow",))
                )
        else:
            changes.append(change)
    return replace(whole, changes=tuple(changes))


def not_yet_allowed(whole: Plan, made: Draft) -> list[str]:
    """In one sentence, the allow rules that the stage close relies on and the NSG lacks; nothing where it has all."""
    denies = closing_denies(made)
    lacking = [c for c in whole.changes if c.action in (Action.ADD, Action.CHANGE) and c.name.casefold() not in denies]
    if not lacking:
        return []
    return [
        f"{counted(len(lacking), 'rule')} of the stage allow not in {whole.nsg} as drafted: closing now would cut what "
        "they admit. Apply the stage allow first."
    ]
