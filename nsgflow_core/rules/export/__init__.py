"""Rules as code: one table of formats, one function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nsgflow_core.ask.text.times import format_time
from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.rule import Rule, RuleSet
from nsgflow_core.rules.accepts.checks import check_accepted, refuse
from nsgflow_core.rules.accepts.limits import TODAY
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.export import arm, az_cli, bicep, csv, json, terraform
from nsgflow_core.rules.export.base import ExportFormat, ExportTarget, Sheet
from nsgflow_core.rules.export.shells import any_shell
from nsgflow_core.rules.review.decisions import RuleDecision
from nsgflow_core.rules.review.plan import Action, Plan, plan_in_words
from nsgflow_core.rules.special.base import SPECIAL
from nsgflow_core.words import arm_id

__all__ = ["EXPORTS", "ExportFormat", "ExportTarget", "default_target", "export"]

EXPORTS: dict[str, ExportFormat] = {
    row.key: row
    for row in (
        ExportFormat("terraform", "Terraform", "tf", "text/plain", "hcl", True, terraform.write),
        ExportFormat("bicep", "Bicep", "bicep", "text/plain", "bicep", True, bicep.write),
        ExportFormat("arm", "ARM template", "json", "application/json", "json", True, arm.write),
        ExportFormat("az", "az script with its undo", "sh", "text/x-shellscript", "bash", True, az_cli.write),
        ExportFormat("csv", "CSV", "csv", "text/csv", None, False, csv.write),
        ExportFormat("json", "JSON", "json", "application/json", "json", False, json.write),
    )
}
LEAVING = frozenset({"az"})
"""Formats whose whole leaves what the plan removes: a script that deletes does so only as part of the changes."""


def export(
    subject: Draft | RuleSet,
    format_key: str,
    target: ExportTarget | None = None,
    plan: Plan | None = None,
    *,
    whole: bool = False,
    decided: Mapping[str, RuleDecision] | None = None,
) -> str:
    """A draft or rule set as the text of a file.

    With a `plan` (changes against the NSG as it is), every format tells it. Only what it adds or changes is written;
    `whole` writes every rule, and its az script removes none but those whose priority it needs, and says what those
    that it leaves still open. The undo of either leads back to the NSG as it was. Formats of the whole (tables, JSON)
    write it all, with what was `decided` on the rules (by their names). Without a target, a draft for an NSG names that
    NSG and leaves the resource group to fill in.
    Raises BadFilter for a format there is not, RefusedByAzure for rules that Azure would refuse, with its error code,
    and BadRuleSet for what cannot be written.
    """
    if format_key not in EXPORTS:
        raise BadFilter(f"There is no export format '{format_key}'.", f"Choose from: {', '.join(EXPORTS)}.")
    row = EXPORTS[format_key]
    whole = whole or not row.writes_changes
    sheet = _sheet(subject, target or default_target(subject), plan, whole=whole, leaves=whole and row.key in LEAVING)
    limits = subject.material.options.limits if isinstance(subject, Draft) else TODAY
    sheet = replace(sheet, decided=decided or {}, limits=limits)
    _check_accepted(sheet)
    return row.write(sheet)


def _check_accepted(sheet: Sheet) -> None:
    """Nothing leaves that Azure would refuse beside what the NSG keeps."""
    draft, plan = sheet.subject if isinstance(sheet.subject, Draft) else None, sheet.plan
    if draft:
        refuse([refusal for refusal in draft.refused if refusal.check == SPECIAL])
    existing = draft.material.existing if draft else None
    known: tuple[Rule, ...] = ()
    beside: tuple[Rule, ...] = ()
    if plan is not None:
        known = plan.before
        gone = {rule.name.casefold() for rule in (*sheet.rules, *sheet.removed)}
        stays = (each.before for each in plan.changes if each.before and each.before.name.casefold() not in gone)
        beside = (*stays, *plan.existing.beside(plan.direction))
    elif draft and existing:
        known, beside = existing.own_rules, existing.beside(draft.direction)
    check_accepted(sheet.rules, beside=beside, standing=known, limits=sheet.limits)


def _sheet(subject: Draft | RuleSet, target: ExportTarget, plan: Plan | None, *, whole: bool, leaves: bool) -> Sheet:
    evidence = subject.evidence if isinstance(subject, Draft) else {}
    if plan is None:
        return Sheet(target, subject.own_rules, evidence, heading=tuple(_heading(subject, target)), subject=subject)
    known = {rule.name.casefold(): rule for rule in plan.before if rule.direction is plan.direction}
    gone = [change.before for change in plan.of(Action.REMOVE) if change.before]
    written = (change for change in plan.changes if change.action in (Action.ADD, Action.CHANGE))
    rules = subject.own_rules if whole else tuple(change.after for change in written if change.after)
    needed = {rule.priority for rule in rules}
    left = tuple(rule for rule in gone if leaves and rule.priority not in needed)
    # What is there keeps its name as it is spelled there: to Azure it is the same one.
    spelled = {rule.name: known[rule.name.casefold()].name for rule in rules if rule.name.casefold() in known}
    rules = tuple(replace(rule, name=spelled.get(rule.name, rule.name)) for rule in rules)
    return Sheet(
        target,
        rules,
        {spelled.get(name, name): found for name, found in evidence.items()},
        replaced={rule.name: known[rule.name.casefold()] for rule in rules if rule.name.casefold() in known},
        removed=tuple(rule for rule in gone if not leaves or rule.priority in needed),
        left=left,
        heading=(*_heading(subject, target), *plan_in_words(plan, left)),
        subject=subject,
        plan=plan,
    )


def _heading(subject: Draft | RuleSet, target: ExportTarget) -> list[str]:
    if not isinstance(subject, Draft):
        return [f"Rules of {subject.name}, written by nsgflow.", *_in_subscription(target)]
    return [
        f"{subject.direction} rules for {subject.scope.name}, drafted by nsgflow{_origin(subject)}.",
        *_in_subscription(target),
        *_to_fill_in(target),
        f"Exactness {subject.exactness:g}; opened per seen, in addresses and ports: {subject.opened.words}.",
        *subject.warnings,
        *(f"To decide: {question.words}" for question in subject.decisions_to_make),
    ]


def _in_subscription(target: ExportTarget) -> list[str]:
    """Where the NSG is, as az and deployments work in the subscription that is chosen: another may have its like."""
    if not target.subscription:
        return []
    choose = any_shell(["az", "account", "set", "--subscription", target.subscription])
    return [f"The NSG is in the subscription {target.subscription}: choose it before you apply this ({choose})."]


def _to_fill_in(target: ExportTarget) -> list[str]:
    """What of the NSG's place nobody told, so that a word stands for it that is no name in Azure."""
    unknown = ExportTarget()
    lacks = [
        f"{what} ({held})"
        for what, held, none in (
            ("the resource group", target.resource_group, unknown.resource_group),
            ("the NSG's name", target.nsg_name, unknown.nsg_name),
        )
        if held == none
    ]
    return [f"Fill in before you apply this, as no file tells it: {' and '.join(lacks)}."] if lacks else []


def _origin(draft: Draft) -> str:
    """From which traffic the rules are drawn, or that they are drawn from none."""
    if draft.first_seen and draft.last_seen:
        return f" from allowed traffic, {format_time(draft.first_seen)} to {format_time(draft.last_seen)}"
    if draft.own_rules:
        return ": none of those drawn from traffic was kept, so only closing rules are left"
    return ": no allowed traffic was seen, so there is no rule to write"


def default_target(subject: Draft | RuleSet) -> ExportTarget:
    """The NSG that is known: of the rule set's own resource id, else as the draft is asked for.

    That is an id too, or a name; one that several have has its group and subscription in front, and no name in Azure
    has a slash, nor is it a guid, which logs write in its place: that is left to fill in. A subscription of which the
    first letters alone are known is none that az finds: better than another.
    """
    rule_set = subject.rule_set if isinstance(subject, Draft) else subject
    scope = subject.scope if isinstance(subject, Draft) else None
    for known in (rule_set.nsg_id, scope.nsg if scope else ""):
        parts = known.strip().strip("/").split("/")
        if len(parts) == 8 and parts[2].lower() == "resourcegroups":
            return ExportTarget(parts[3], parts[7], parts[1])
    if scope and scope.subnet:
        return ExportTarget()
    unknown = ExportTarget()
    subscription, group, name = ("", "", *rule_set.name.split("/"))[-3:]
    name = unknown.nsg_name if arm_id.is_guid(name) else name
    return ExportTarget(group or unknown.resource_group, name or unknown.nsg_name, subscription)
