"""An az script in bash with two commands, `apply` and `undo`; without one it changes nothing and says how to use it.

Rules are created before others are removed, allows before denies, so that no wanted traffic is cut on the way, there or
back.
Source: Azure CLI reference, `az network nsg rule create` (it overwrites a rule of the same name).
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from nsgflow_core.inventory.rule import Access, Rule
from nsgflow_core.rules.export.base import Sheet, one_line, one_or_several

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
    """From the rules as they are to the wanted ones, each with its evidence."""
    lines = []
    for step in _steps([*sheet.replaced.values(), *sheet.removed], sheet.rules):
        lines += [f"# {line}" for line in sheet.story(step.rule)] if step.creates else []
        lines += step.lines(sheet)
    return lines


def _undo(sheet: Sheet) -> list[str]:
    """The way back: what was there again, then what is new away, denies first."""
    steps = _steps(sheet.rules, [*sheet.removed, *sheet.replaced.values()])
    return [line for step in steps for line in step.lines(sheet)]


@dataclass(frozen=True, slots=True)
class _Step:
    """One line of az: a rule created (or overwritten) or deleted, and why where it does not go without saying."""

    rule: Rule
    creates: bool
    why: str = ""

    def lines(self, sheet: Sheet) -> list[str]:
        why = [f"# {self.why}"] if self.why else []
        return [*why, create_line(self.rule, sheet) if self.creates else delete_line(self.rule, sheet)]


def _steps(before: Sequence[Rule], after: Sequence[Rule]) -> list[_Step]:
    """The way from some rules to others in an order that Azure takes: no two rules of a direction share a priority.

    A rule whose priority is still held waits; one is deleted ahead of its time only where all wait for each other.
    """
    held = {(rule.direction, rule.priority): rule for rule in before}
    wanted = {rule.name.casefold() for rule in after}
    waiting, steps = list(after), []
    while waiting:
        holders = [held.get((rule.direction, rule.priority)) for rule in waiting]
        ready = next((n for n, holder in enumerate(holders) if holder is None or _same(holder, waiting[n])), None)
        if ready is None:
            blocking = [holder for holder in holders if holder is not None]
            away = min(blocking, key=lambda rule: (rule.name.casefold() in wanted, rule.access is Access.DENY))
            steps.append(_Step(away, False, "Its priority goes to another rule."))
            del held[away.direction, away.priority]
            continue
        rule = waiting.pop(ready)
        held = {place: holder for place, holder in held.items() if not _same(holder, rule)}
        held[rule.direction, rule.priority] = rule
        steps.append(_Step(rule, True))
    gone = [rule for rule in reversed(before) if rule.name.casefold() not in wanted and rule in held.values()]
    return steps + [_Step(rule, False) for rule in gone]


def _same(one: Rule, other: Rule) -> bool:
    return one.name.casefold() == other.name.casefold()


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
            held = one_or_several(terms)
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
