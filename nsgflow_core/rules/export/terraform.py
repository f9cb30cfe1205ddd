"""Terraform: one `azurerm_network_security_rule` per rule, so that no other rule of the NSG is replaced.

Mixing these with inline `security_rule` blocks on the NSG makes them overwrite each other; service tags go in the
singular field only (Terraform registry documentation of azurerm, "azurerm_network_security_rule").

What the NSG has is imported, for azurerm refuses to create what exists. What goes is deleted by az from a
`terraform_data`: a `removed` block, like any destroying, acts only on what is in Terraform's state, where a rule that
Terraform never managed is not. Rules are changed at the same time unless one depends on another, so a rule that takes
the priority of another one waits for it (Terraform documentation: "import", "removed", "terraform_data").
"""

from __future__ import annotations

from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.export.az_cli import delete_words
from nsgflow_core.rules.export.base import Sheet, identifier, one_line, one_or_several, ports_text
from nsgflow_core.rules.export.shells import any_shell
from nsgflow_core.words.vocabulary import Direction

RESOURCE = "azurerm_network_security_rule"
_Fields = list[tuple[str, str | int | list[str]]]
_IMPORTS = "# Rules that the NSG has are imported (Terraform 1.5 and later); the blocks may go after the first apply."
_REMOVALS = (
    "# What Terraform never managed is not in its state, so no `removed` block can remove it: az does, when you apply.",
    "# A rule that Terraform does manage: delete its block instead of this one.",
)
_SUBSCRIPTION = 'variable "subscription_id" {\n  type        = string\n  description = "Where the NSG is."\n}'


def write(sheet: Sheet) -> str:
    """The rules as one .tf file."""
    taken: set[str] = set()
    names = {rule.name: identifier(rule.name, taken) for rule in sheet.rules}
    gone = {rule.name: identifier(f"remove_{rule.name}", taken) for rule in (*sheet.removed_first, *sheet.removed_last)}
    lines = [f"# {one_line(sentence)}" for sentence in sheet.heading]
    lines.append("# Use with an NSG that has no inline security_rule blocks: those would overwrite these rules.")
    lines += _imports(sheet, names)
    holders = _holders(sheet, names, gone)
    for rule in sheet.in_order:
        holder, block = holders.get(rule.place, (rule.name, ""))
        lines += ["", *(f"# {line}" for line in sheet.story(rule))]
        lines += [f'resource "{RESOURCE}" "{names[rule.name]}" {{', *_aligned(_fields(rule, sheet))]
        lines += [*_depends_on([block] if holder != rule.name else []), "}"]
    return "\n".join([*lines, *_removals(sheet, names, gone)]) + "\n"


def _imports(sheet: Sheet, names: dict[str, str]) -> list[str]:
    """A block for each written rule that the NSG has."""
    if not sheet.replaced:
        return []
    lines, target = ["", _IMPORTS], sheet.target
    lines += [] if target.subscription else [_SUBSCRIPTION, ""]
    subscription = hcl_literal(target.subscription)[1:-1] or "${var.subscription_id}"
    group = (
        f"resourceGroups/{target.resource_group}/providers/Microsoft.Network/networkSecurityGroups/{target.nsg_name}"
    )
    for name, before in sheet.replaced.items():
        rest = hcl_literal(f"{group}/securityRules/{before.name}")[1:-1]
        lines += ["import {", f"  to = {RESOURCE}.{names[name]}", f'  id = "/subscriptions/{subscription}/{rest}"', "}"]
    return lines


def _holders(sheet: Sheet, names: dict[str, str], gone: dict[str, str]) -> dict[tuple[Direction, int], tuple[str, str]]:
    """By direction and priority, the rule that has them until it is changed or removed, and the block that does so."""
    changed = {rule.place: (name, f"{RESOURCE}.{names[name]}") for name, rule in sheet.replaced.items()}
    return changed | {rule.place: (rule.name, f"terraform_data.{gone[rule.name]}") for rule in sheet.removed_first}


def _depends_on(waits_for: list[str]) -> list[str]:
    return ["", f"  depends_on = [{', '.join(waits_for)}]"] if waits_for else []


def _removals(sheet: Sheet, names: dict[str, str], gone: dict[str, str]) -> list[str]:
    """What goes, after the rules are written; what waits in the way of one goes before it."""
    if not gone:
        return []
    lines = ["", *_REMOVALS]
    after = [f"{RESOURCE}.{name}" for name in names.values()]
    for rules, waits_for in ((sheet.removed_first, []), (sheet.removed_last, after)):
        for rule in rules:
            lines += [f'resource "terraform_data" "{gone[rule.name]}" {{']
            command = hcl_literal(any_shell(delete_words(rule, sheet.target)))
            lines += ['  provisioner "local-exec" {', f"    command = {command}", "  }"]
            lines += [*_depends_on(waits_for), "}"]
    return lines


def _fields(rule: Rule, sheet: Sheet) -> _Fields:
    fields: _Fields = [
        ("name", rule.name),
        ("resource_group_name", sheet.target.resource_group),
        ("network_security_group_name", sheet.target.nsg_name),
        ("priority", rule.priority),
        ("direction", str(rule.direction)),
        ("access", str(rule.access)),
        ("protocol", rule.protocol),
    ]
    for side, terms, ports, groups in rule.sides:
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


def _aligned(fields: _Fields) -> list[str]:
    """`name = value` lines with the equals signs in one column, as `terraform fmt` wants them."""
    width = max(len(name) for name, _ in fields)
    return [f"  {name:<{width}} = {_value(value)}" for name, value in fields]


def _value(value: str | int | list[str]) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(hcl_literal(item) for item in value) + "]"
    return hcl_literal(value)


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def hcl_literal(text: str) -> str:
    """An HCL string literal: escapes, and doubled `$` or `%` before a brace so that nothing is interpolated.

    What cannot be seen stands by its number: a direction mark would have a reviewer read other text than Terraform.
    """
    escaped = "".join(
        _ESCAPES.get(character) or (character if character.isprintable() else _code(ord(character)))
        for character in text
    )
    return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'


def _code(number: int) -> str:
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
