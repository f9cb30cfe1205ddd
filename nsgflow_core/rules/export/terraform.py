"""Terraform: one `azurerm_network_security_rule` per rule, so that no other rule of the NSG is replaced.

Mixing these with inline `security_rule` blocks on the NSG makes them overwrite each other; service tags go in the
singular field only (Terraform registry documentation of azurerm, "azurerm_network_security_rule").
"""

from __future__ import annotations

from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.export.base import Sheet, identifier, one_line, one_or_several, ports_text


def write(sheet: Sheet) -> str:
    """The rules as one .tf file."""
    taken: set[str] = set()
    lines = [f"# {one_line(sentence)}" for sentence in sheet.heading]
    lines.append("# Use with an NSG that has no inline security_rule blocks: those would overwrite these rules.")
    lines += [f"# Remove from the NSG: {one_line(rule.name)}" for rule in sheet.removed]
    for rule in sheet.rules:
        lines += ["", *(f"# {line}" for line in sheet.story(rule))]
        lines += [f'resource "azurerm_network_security_rule" "{identifier(rule.name, taken)}" {{']
        lines += [*_aligned(_fields(rule, sheet)), "}"]
    return "\n".join(lines) + "\n"


def _fields(rule: Rule, sheet: Sheet) -> list[tuple[str, str | int | list[str]]]:
    fields: list[tuple[str, str | int | list[str]]] = [
        ("name", rule.name),
        ("resource_group_name", sheet.target.resource_group),
        ("network_security_group_name", sheet.target.nsg_name),
        ("priority", rule.priority),
        ("direction", str(rule.direction)),
        ("access", str(rule.access)),
        ("protocol", rule.protocol),
    ]
    for side, terms, ports, groups in (
        ("source", rule.sources, rule.source_ports, rule.source_asgs),
        ("destination", rule.destinations, rule.destination_ports, rule.destination_asgs),
    ):
        if groups:
            fields.append((f"{side}_application_security_group_ids", list(groups)))
        else:
            held = one_or_several(terms)
            fields.append((f"{side}_address_prefix{'es' if isinstance(held, list) else ''}", held))
        ranges = ports_text(ports)
        fields.append((f"{side}_port_range{'s' if isinstance(ranges, list) else ''}", ranges))
    if rule.description:
        fields.append(("description", rule.description))
    return fields


def _aligned(fields: list[tuple[str, str | int | list[str]]]) -> list[str]:
    """`name = value` lines with the equals signs in one column, as `terraform fmt` wants them."""
    width = max(len(name) for name, _ in fields)
    return [f"  {name:<{width}} = {_value(value)}" for name, value in fields]


def _value(value: str | int | list[str]) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(quoted(item) for item in value) + "]"
    return quoted(value)


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(text: str) -> str:
    """An HCL string literal: escapes, and doubled `$` or `%` before a brace so that nothing is interpolated."""
    escaped = "".join(
        _ESCAPES.get(character) or (f"\\u{ord(character):04x}" if ord(character) < 32 else character)
        for character in text
    )
    return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'
