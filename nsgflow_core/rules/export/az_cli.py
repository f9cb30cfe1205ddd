"""An az script in bash with two commands, `apply` and `undo`; without one it changes nothing and says how to use it.

Rules are created before others are removed, allows before denies, so that no wanted traffic is cut on the way.
Source: Azure CLI reference, `az network nsg rule create` (it overwrites a rule of the same name).
"""

from __future__ import annotations

import shlex

from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.export.base import Sheet, one_line, singular_or_plural

_USAGE = """case "${1:-}" in
  apply) apply ;;
  undo) undo ;;
  *) echo "usage: $0 apply|undo" >&2; exit 2 ;;
esac"""


def write(sheet: Sheet) -> str:
    """The whole script."""
    lines = ["#!/usr/bin/env bash", *(f"# {one_line(sentence)}" for sentence in sheet.heading)]
    lines += [
        "# Run: bash FILE apply, and to go back: bash FILE undo. It changes the NSG only when you run it.",
        "# In PowerShell paste the az lines one by one; single quotes mean the same there.",
        "set -euo pipefail",
        "",
        "apply() {",
        *_indented(_apply(sheet)),
        "}",
        "",
        "undo() {",
        *_indented(_undo(sheet)),
        "}",
        "",
        _USAGE,
    ]
    return "\n".join(lines) + "\n"


def _apply(sheet: Sheet) -> list[str]:
    lines = []
    wanted = {rule.priority for rule in sheet.rules}
    for name, before in sheet.replaced.items():
        after = next((rule for rule in sheet.rules if rule.name.casefold() == name.casefold()), before)
        if before.priority in wanted and before.priority != after.priority:
            lines += ["# Its priority goes to another rule.", delete_line(before, sheet)]
    for rule in sheet.rules:
        lines += [*(f"# {line}" for line in sheet.story(rule)), create_line(rule, sheet)]
    return lines + [delete_line(rule, sheet) for rule in sheet.removed]


def _undo(sheet: Sheet) -> list[str]:
    """The way back: removed rules again, new ones away (denies first), changed ones as they were."""
    lines = [create_line(rule, sheet) for rule in sheet.removed]
    replaced = {name.casefold() for name in sheet.replaced}
    lines += [delete_line(rule, sheet) for rule in reversed(sheet.rules) if rule.name.casefold() not in replaced]
    now = {rule.name.casefold(): rule for rule in sheet.rules}
    before = {rule.priority: name for name, rule in sheet.replaced.items()}
    for name in sheet.replaced:
        rule = now.get(name.casefold())
        if rule and before.get(rule.priority, name) != name:
            lines.append(delete_line(rule, sheet))
    return lines + [create_line(rule, sheet) for rule in sheet.replaced.values()]


def create_line(rule: Rule, sheet: Sheet) -> str:
    """The line that creates a rule, or overwrites the one of that name."""
    words = ["az", "network", "nsg", "rule", "create", *_where(rule, sheet)]
    words += ["--priority", str(rule.priority), "--direction", str(rule.direction)]
    words += ["--access", str(rule.access), "--protocol", rule.protocol]
    for side, terms, ports, groups in (
        ("source", rule.sources, rule.source_ports, rule.source_asgs),
        ("destination", rule.destinations, rule.destination_ports, rule.destination_asgs),
    ):
        if groups:
            words += [f"--{side}-asgs", *groups]
        else:
            held = singular_or_plural(rule, f"{side}s", terms)
            words += [f"--{side}-address-prefixes", *([held] if isinstance(held, str) else held)]
        words += [f"--{side}-port-ranges", *(str(item) for item in ports)]
    if rule.description:
        words.append(f"--description={_plain(rule.description)}")
    return shlex.join(words)


def delete_line(rule: Rule, sheet: Sheet) -> str:
    """The line that removes a rule."""
    return shlex.join(["az", "network", "nsg", "rule", "delete", *_where(rule, sheet)])


def _where(rule: Rule, sheet: Sheet) -> list[str]:
    target = sheet.target
    return ["--resource-group", target.resource_group, "--nsg-name", target.nsg_name, "--name", rule.name]


def _plain(text: str) -> str:
    """A description that az takes as it is: a leading @ would read a file, a leading ? or quote has a meaning too."""
    line = one_line(text)
    return line if line[:1].isalnum() and line.casefold() != "null" else f"Note: {line}"


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines] or ["  :"]
