"""An ARM template of child resources `nsg/rule`: rules inline in the NSG would replace its whole rule set.

Rules of one NSG are deployed one after another (`dependsOn`), because an NSG takes one change at a time, in an order
in which no priority is taken twice. A deployment of child resources removes nothing: the az lines that do are told.
Source: Microsoft Learn, "Microsoft.Network networkSecurityGroups/securityRules" (API 2024-05-01).
"""

from __future__ import annotations

import json
from typing import Any

from nsgflow_core.inventory.rule import Rule
from nsgflow_core.rules.export.az_cli import removals
from nsgflow_core.rules.export.base import Sheet, check_template_size, one_line, one_or_several, ports_text

RULE_TYPE = "Microsoft.Network/networkSecurityGroups/securityRules"
API_VERSION = "2024-05-01"
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"


def write(sheet: Sheet) -> str:
    """The rules as one template."""
    check_template_size(sheet)
    resources = []
    ordered = sheet.in_order
    for place, rule in enumerate(ordered):
        resource: dict[str, Any] = {
            "type": RULE_TYPE,
            "apiVersion": API_VERSION,
            "name": literal(f"{sheet.target.nsg_name}/{rule.name}"),
        }
        story = " ".join(sheet.story(rule))
        if story:
            resource["comments"] = literal(story)
        if place:
            resource["dependsOn"] = [_reference(sheet.target.nsg_name, ordered[place - 1].name)]
        resource["properties"] = {name: literal_value(value) for name, value in properties(rule).items()}
        resources.append(resource)
    removed = [one_line(sentence) for sentence in removals(sheet, "deploying")]
    template = {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "metadata": {"comments": " ".join([one_line(sentence) for sentence in sheet.heading] + removed)},
        "resources": resources,
    }
    return "".join(f"{_seen(line)}\n" for line in json.dumps(template, indent=2, ensure_ascii=False).split("\n"))


def _seen(line: str) -> str:
    """A line of JSON with what cannot be seen by its number: the same to whoever parses it."""
    if line.isprintable():
        return line
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in line)


def properties(rule: Rule) -> dict[str, Any]:
    """A rule's `properties` as REST, ARM and Bicep name them."""
    made: dict[str, Any] = {
        "priority": rule.priority,
        "direction": str(rule.direction),
        "access": str(rule.access),
        "protocol": rule.protocol,
    }
    for side, terms, ports, groups in rule.sides:
        if groups:
            made[f"{side}ApplicationSecurityGroups"] = [{"id": group} for group in groups]
        else:
            held = one_or_several(terms)
            made[f"{side}AddressPrefix{'es' if isinstance(held, list) else ''}"] = held
        ranges = ports_text(ports)
        made[f"{side}PortRange{'s' if isinstance(ranges, list) else ''}"] = ranges
    if rule.description:
        made["description"] = rule.description
    return made


def literal(text: str) -> str:
    """Text that ARM takes as it is: what starts with [ and ends with ] would be an expression."""
    return f"[{text}" if text.startswith("[") and text.endswith("]") else text


def literal_value(value: Any) -> Any:
    """`literal` for text, and for the text in lists and objects."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, list):
        return [literal_value(item) for item in value]
    return {key: literal_value(item) for key, item in value.items()} if isinstance(value, dict) else value


def _reference(nsg: str, rule: str) -> str:
    """The expression for another rule's id; a quote in an expression's text is doubled."""
    names = ", ".join("'" + name.replace("'", "''") + "'" for name in (nsg, rule))
    return f"[resourceId('{RULE_TYPE}', {names})]"
