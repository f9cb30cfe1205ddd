"""Bicep: child resources of an existing NSG, deployed one after another.

String escapes: Microsoft Learn, "Data types in Bicep" (strings).
"""

from __future__ import annotations

from typing import Any

from nsgflow_core.rules.export.arm import API_VERSION, RULE_TYPE, properties
from nsgflow_core.rules.export.az_cli import removals
from nsgflow_core.rules.export.base import Sheet, check_template_size, identifier, one_line


def write(sheet: Sheet) -> str:
    """The rules as one .bicep file."""
    check_template_size(sheet)
    taken = {"nsg"}
    lines = [f"// {one_line(sentence)}" for sentence in sheet.heading]
    lines += [f"// {one_line(sentence)}" for sentence in removals(sheet, "deploying")]
    lines += [f"resource nsg 'Microsoft.Network/networkSecurityGroups@{API_VERSION}' existing = {{"]
    lines += [f"  name: {bicep_literal(sheet.target.nsg_name)}", "}"]
    before = ""
    for rule in sheet.in_order:
        symbol = identifier(rule.name, taken)
        lines += ["", *(f"// {line}" for line in sheet.story(rule))]
        lines += [
            f"resource {symbol} '{RULE_TYPE}@{API_VERSION}' = {{",
            "  parent: nsg",
            f"  name: {bicep_literal(rule.name)}",
        ]
        lines += ["  properties: {", *_members(properties(rule)), "  }"]
        if before:
            lines += ["  dependsOn: [", f"    {before}", "  ]"]
        lines += ["}"]
        before = symbol
    return "\n".join(lines) + "\n"


def _members(held: dict[str, Any]) -> list[str]:
    lines = []
    for name, value in held.items():
        if isinstance(value, list):
            lines += [f"    {name}: [", *(f"      {_item(item)}" for item in value), "    ]"]
        else:
            lines.append(f"    {name}: {_item(value)}")
    return lines


def _item(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name}: {_item(item)}" for name, item in value.items()) + " }"
    return str(value) if isinstance(value, int) else bicep_literal(str(value))


_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def bicep_literal(text: str) -> str:
    """A Bicep string literal, with nothing interpolated, and what cannot be seen by its number."""
    escaped = "".join(
        _ESCAPES.get(character) or (character if character.isprintable() else f"\\u{{{ord(character):x}}}")
        for character in text
    )
    return "'" + escaped.replace("${", "\\${") + "'"
