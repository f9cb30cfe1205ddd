"""Rules as code: one table of formats, one function."""

from __future__ import annotations

from collections.abc import Mapping

from nsgflow_core.ask.times import format_time
from nsgflow_core.errors import BadFilter
from nsgflow_core.inventory.rule import Rule, RuleSet
from nsgflow_core.rules.accepts.checks import refusals, refuse
from nsgflow_core.rules.accepts.limits import TODAY
from nsgflow_core.rules.draft.draft import Draft
from nsgflow_core.rules.draft.evidence import Evidence
from nsgflow_core.rules.export import arm, az_cli, bicep, csv, json, terraform
from nsgflow_core.rules.export.base import ExportFormat, ExportTarget, Sheet
from nsgflow_core.rules.review.plan import Action, Plan

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


def export(
    subject: Draft | RuleSet,
    format_key: str,
    target: ExportTarget | None = None,
    plan: Plan | None = None,
    *,
    whole: bool = False,
) -> str:
    """A draft or rule set as the text of a file.

    With a `plan` (changes against the NSG as it is), only what the plan adds or changes is written, what it removes is
    named, and the az script removes it and can undo all; `whole` writes every rule and removes none, and the undo still
    leads back to the NSG as it was; formats of the whole leave the plan aside. Without a target, a draft for an NSG
    names that NSG and leaves the resource group to fill in. Raises BadFilter for a format there is not, RefusedByAzure
    for rules that Azure would refuse, with its error code, and BadRuleSet for what cannot be written.
    """
    if format_key not in EXPORTS:
        raise BadFilter(f"There is no export format '{format_key}'.", f"Choose from: {', '.join(EXPORTS)}.")
    row = EXPORTS[format_key]
    chosen = target or default_target(subject)
    _check_accepted(subject, _sheet(subject, chosen, plan, whole), plan)
    return row.write(_sheet(subject, chosen, plan if row.writes_changes else None, whole))


def _check_accepted(subject: Draft | RuleSet, sheet: Sheet, plan: Plan | None) -> None:
    """Nothing leaves that Azure would refuse beside what the NSG keeps."""
    draft = subject if isinstance(subject, Draft) else None
    limits = draft.material.options.limits if draft else TODAY
    known = draft.material.existing.own_rules if draft and draft.material.existing else ()
    beside: tuple[Rule, ...] = tuple(rule for rule in known if draft and rule.direction is not draft.direction)
    if plan is not None:
        known = plan.before
        gone = {rule.name.casefold() for rule in (*sheet.rules, *sheet.removed)}
        stays = (each.before for each in plan.changes if each.before and each.before.name.casefold() not in gone)
        beside = (*stays, *plan.elsewhere)
    found = refusals(sheet.rules, beside=beside, standing=known, limits=limits)
    # Drafts do not yet hold the two address families apart; until they do, that alone is said and not refused here.
    refuse([refusal for refusal in found if refusal.check != "families"])


def _sheet(subject: Draft | RuleSet, target: ExportTarget, plan: Plan | None, whole: bool) -> Sheet:
    evidence = subject.evidence if isinstance(subject, Draft) else {}
    if plan is None:
        return Sheet(target, subject.own_rules, evidence, heading=_heading(subject, plan), subject=subject)
    if whole:
        return _whole(subject, target, evidence, plan)
    written = [change for change in plan.changes if change.action in (Action.ADD, Action.CHANGE)]
    return Sheet(
        target,
        tuple(change.after for change in written if change.after),
        evidence,
        replaced={change.name: change.before for change in written if change.before},
        removed=tuple(change.before for change in plan.of(Action.REMOVE) if change.before),
        heading=_heading(subject, plan),
        subject=subject,
    )


def _whole(subject: Draft | RuleSet, target: ExportTarget, evidence: Mapping[str, Evidence], plan: Plan) -> Sheet:
    """Every rule, over what stands in the NSG; a rule that goes is removed only where its priority is needed."""
    written = {rule.name.casefold() for rule in subject.own_rules}
    needed = {rule.priority for rule in subject.own_rules}
    return Sheet(
        target,
        subject.own_rules,
        evidence,
        replaced={c.name: c.before for c in plan.changes if c.before and c.name.casefold() in written},
        removed=tuple(c.before for c in plan.of(Action.REMOVE) if c.before and c.before.priority in needed),
        heading=_heading(subject, plan),
        subject=subject,
    )


def _heading(subject: Draft | RuleSet, plan: Plan | None) -> tuple[str, ...]:
    if not isinstance(subject, Draft):
        first: tuple[str, ...] = (f"Rules of {subject.name}, written by nsgflow.",)
    else:
        first = (
            f"{subject.direction} rules for {subject.scope.name}, drafted by nsgflow{_origin(subject)}.",
            f"Exactness {subject.exactness:g}; opens {subject.over_permission:.3g} times the address-port space seen.",
            *subject.warnings,
            *(f"To decide: {question.question}" for question in subject.decisions_to_make),
        )
    return first if plan is None else (*first, f"Against the NSG as it is: {plan.summary}.")


def _origin(draft: Draft) -> str:
    """From which traffic the rules are drawn, or that they are drawn from none."""
    if draft.first_seen and draft.last_seen:
        return f" from allowed traffic, {format_time(draft.first_seen)} to {format_time(draft.last_seen)}"
    if draft.own_rules:
        return ": none of those drawn from traffic was kept, so only closing rules are left"
    return ": no allowed traffic was seen, so there is no rule to write"


def default_target(subject: Draft | RuleSet) -> ExportTarget:
    """The NSG that is known: of the rule set's own resource id, else the draft's NSG by name."""
    rule_set = subject.rule_set if isinstance(subject, Draft) else subject
    parts = rule_set.nsg_id.strip("/").split("/")
    if len(parts) == 8 and parts[2].lower() == "resourcegroups":
        return ExportTarget(parts[3], parts[7])
    if isinstance(subject, Draft) and subject.scope.subnet:
        return ExportTarget()
    return ExportTarget(nsg_name=rule_set.name or ExportTarget().nsg_name)
