"""An az script in bash with two commands, `apply` and `undo`; without one it changes nothing and says how to use it.

Texts are written so that bash and az both take them as they are: az reads a leading @ as a file, `null` as no value and
a leading quote as its own shorthand, in which a quote is written '/.
Source: Azure CLI reference, `az network nsg rule create` (it overwrites a rule of the same name), "shorthand syntax".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.export.base import ExportTarget, Sheet, one_line
from nsgflow_core.rules.export.shells import any_shell, bash_line, is_bash_alone
from nsgflow_core.rules.export.steps import RuleStep

_USAGE = """case "${1:-}" in
  apply) apply ;;
  undo) undo ;;
  *) echo "usage: $0 apply|undo" >&2; exit 2 ;;
esac"""
_UNKNOWN = "# The NSG as it is was not given: undo deletes these rules, and cannot bring back one of the same name."
_FOR_BASH = "# Of them, those in which a quote stands beside another one or a $ are for bash alone: run them there."


def write(sheet: Sheet) -> str:
    """The whole script."""
    apply, undo = _apply(sheet), _undo(sheet)
    lines = ["#!/usr/bin/env bash", *(f"# {one_line(sentence)}" for sentence in sheet.heading)]
    lines += [
        "# Run: bash FILE apply, and to go back: bash FILE undo. It changes the NSG only when you run it.",
        *([] if sheet.plan else [_UNKNOWN]),
        "# In PowerShell paste the az lines one by one; single quotes mean the same there.",
        *([_FOR_BASH] if any(map(is_bash_alone, (*apply, *undo))) else []),
        "set -euo pipefail",
        "",
        "apply() {",
        *_indented(apply),
        "}",
        "",
        "undo() {",
        *_indented(undo),
        "}",
        "",
        _USAGE,
    ]
    return "\n".join(lines) + "\n"


def _apply(sheet: Sheet) -> list[str]:
    """From the rules as they are to the wanted ones, each with its evidence."""
    lines = []
    for step in sheet.steps:
        rule = replace(step.rule, description=one_line(step.rule.description))
        lines += [f"# {line}" for line in sheet.story(step.rule)] if step.creates else []
        lines += _lines(replace(step, rule=rule), sheet.target)
    return lines


def _undo(sheet: Sheet) -> list[str]:
    """The way back: what was there again, then what is new away, denies first."""
    return [line for step in sheet.steps_back for line in _lines(step, sheet.target)]


def _lines(step: RuleStep, target: ExportTarget) -> list[str]:
    why = [f"# {step.ahead}"] if step.ahead else []
    return [*why, create_line(step.rule, target) if step.creates else delete_line(step.rule, target)]


def create_line(rule: Rule, target: ExportTarget) -> str:
    """The line that creates a rule, or overwrites the one of that name."""
    words = ["az", "network", "nsg", "rule", "create", *_where(rule, target)]
    words += ["--priority", str(rule.priority), "--direction", str(rule.direction)]
    words += ["--access", str(rule.access), "--protocol", rule.protocol]
    for side in rule.sides:
        if side.asgs:
            words += [f"--{side.word}-asgs", *side.asgs]
        else:
            words += [f"--{side.word}-address-prefixes", *rule.prefixes_spelled(side)]
        words += [f"--{side.word}-port-ranges", *rule.ports_spelled(side)]
    if rule.description:
        words.append(f"--description={as_text(rule.description)}")
    return bash_line(words)


def delete_line(rule: Rule, target: ExportTarget) -> str:
    """The line that removes a rule."""
    return bash_line(delete_words(rule, target))


def delete_words(rule: Rule, target: ExportTarget) -> Sequence[str]:
    """The words of that line."""
    return ["az", "network", "nsg", "rule", "delete", *_where(rule, target)]


def removals(sheet: Sheet, doing: str) -> list[str]:
    """For a file that removes nothing itself: the az lines that do, before or after it is applied, in sentences."""
    found = [f"Run before {doing}: {_to_paste(rule, sheet.target)}" for rule in sheet.removed_first]
    return found + [f"Remove after {doing}: {_to_paste(rule, sheet.target)}" for rule in sheet.removed_last]


def _to_paste(rule: Rule, target: ExportTarget) -> str:
    """The line that removes a rule, for whichever shell it is pasted in; what cannot be seen bash alone can write."""
    words = delete_words(rule, target)
    return any_shell(words) if all(map(str.isprintable, words)) else bash_line(words)


def _where(rule: Rule, target: ExportTarget) -> Sequence[str]:
    """The rule by its ARM id, part by part: az alone works in the subscription that is chosen, whichever that is."""
    chosen = ["--subscription", target.subscription] if target.subscription else []
    where = [*chosen, "--resource-group", as_text(target.resource_group), "--nsg-name", as_text(target.nsg_name)]
    return [*where, "--name", as_text(rule.name)]


def as_text(text: str) -> str:
    """The text in az's shorthand, where az would not take it as it stands."""
    if text[:1].isalnum() and text.casefold() != "null":
        return text
    return "'" + text.replace("'", "'/") + "'"


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines] or ["  :"]
