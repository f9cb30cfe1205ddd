"""Finds network security groups in a JSON document: az, REST and ARM all nest them differently.

az writes fields flat, REST and ARM under `properties`; a list may stand bare, under `value` or under `resources`; ARM
templates also hold rules as child resources (`nsg/rule`), and exported ones name everything by a parameter.
Sources: Microsoft Learn, ARM template reference "networkSecurityGroups" and "networkSecurityGroups/securityRules",
and "Template functions" (parameters, concat, format).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nsgflow_core.errors import BadRuleSet

HINT = (
    "Use the JSON of 'az network nsg show' or 'az network nsg list', of the REST API, an ARM export, "
    "or a draft exported here."
)
_GROUP = "microsoft.network/networksecuritygroups"
_RULE = _GROUP + "/securityrules"
_IN_ID = re.compile(r"/networksecuritygroups/([^/]+)", re.IGNORECASE)


@dataclass
class FoundGroup:
    """One NSG as the file has it: its resource (empty for a template of child rules only) and all its rules."""

    name: str
    resource: Mapping[str, Any] = field(default_factory=dict)
    rules: list[Mapping[str, Any]] = field(default_factory=list)
    default_rules: list[Mapping[str, Any]] = field(default_factory=list)


def find_groups(document: Any) -> list[FoundGroup]:
    """Every NSG of the document, with its rules and child rules. Raises BadRuleSet when there is none."""
    parameters = _parameter_defaults(document)
    groups: dict[str, FoundGroup] = {}
    loose: list[tuple[str, Mapping[str, Any]]] = []
    for resource in _resources(document):
        if is_rule(resource):
            loose.append((_text(resource, "name", parameters), resource))
            continue
        found = _group(resource, parameters)
        key = str(resource.get("id") or found.name).casefold()
        if key in groups:
            raise BadRuleSet(f"The NSG '{found.name}' stands in the file twice.", "Keep one of the two.")
        groups[key] = found
        loose += [(_child_name(found.name, child, parameters), child) for child in _children(resource)]
    for name, rule in loose:
        _attach(groups, name, rule)
    if not groups:
        raise BadRuleSet("The file holds no network security group.", HINT)
    return list(groups.values())


def body_of(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a resource or rule: under `properties` in REST and ARM, flat in az."""
    inner = item.get("properties")
    return inner if isinstance(inner, dict) else item


def is_rule(resource: Mapping[str, Any]) -> bool:
    """True for a rule that stands on its own: a child resource, or a line of `az network nsg rule list`."""
    kind = str(resource.get("type") or "").casefold()
    body = body_of(resource)
    return kind == _RULE or (kind in ("", "securityrules") and "priority" in body and "access" in body)


def _resources(document: Any) -> Iterator[Mapping[str, Any]]:
    """The NSGs and single rules of a list, `value` page, template or single resource; other resources are skipped."""
    listed = document
    if isinstance(document, dict):
        key = next((key for key in ("value", "resources") if key in document and "securityRules" not in document), None)
        listed = document[key] if key and not _is_group(document) else [document]
    if isinstance(listed, dict):  # templates of language version 2 name their resources
        listed = list(listed.values())
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise BadRuleSet("The file is not a list of network security groups.", HINT)
    for item in listed:
        if str(item.get("type") or "").casefold() in ("", _GROUP, _RULE):
            if not _is_group(item) and not is_rule(item):
                name = f"'{item['name']}' " if item.get("name") else ""
                raise BadRuleSet(f"An entry {name}of the file is no network security group.", HINT)
            yield item


def _is_group(item: Mapping[str, Any]) -> bool:
    kind = str(item.get("type") or "").casefold()
    return kind == _GROUP or (
        not kind and ("securityRules" in body_of(item) or "defaultSecurityRules" in body_of(item))
    )


def _group(resource: Mapping[str, Any], parameters: Mapping[str, Any]) -> FoundGroup:
    name = _text(resource, "name", parameters) or _name_in_id(resource)
    if not name:
        raise BadRuleSet("A network security group of the file has no 'name'.", "Give it its name in Azure.")
    rules = _rule_list(resource, "securityRules", name)
    return FoundGroup(name, resource, rules, _rule_list(resource, "defaultSecurityRules", name))


def _rule_list(resource: Mapping[str, Any], key: str, nsg: str) -> list[Mapping[str, Any]]:
    held = body_of(resource).get(key) or []
    if not isinstance(held, list) or not all(isinstance(rule, dict) for rule in held):
        raise BadRuleSet(f"NSG '{nsg}': '{key}' is not a list of rules.", HINT)
    return list(held)


def _children(resource: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    nested = resource.get("resources") or []
    return [child for child in nested if isinstance(child, dict) and is_rule(child)] if isinstance(nested, list) else []


def _child_name(nsg: str, child: Mapping[str, Any], parameters: Mapping[str, Any]) -> str:
    """A child nested in its NSG is written without the NSG's name in front."""
    name = _text(child, "name", parameters)
    return name if "/" in name else f"{nsg}/{name}"


def _attach(groups: dict[str, FoundGroup], name: str, rule: Mapping[str, Any]) -> None:
    """Put a rule that stands on its own to its NSG; an export repeats the inline rules as children, so drop those."""
    nsg, slash, rule_name = name.rpartition("/")
    if not slash:
        nsg = _name_in_id(rule)
    if not nsg:
        raise BadRuleSet(f"The rule '{name}' does not say which NSG it is of.", "Name it like my-nsg/my-rule.")
    home = next((g for g in groups.values() if g.name.casefold() == nsg.casefold()), None)
    if home is None:
        home = groups.setdefault(nsg.casefold(), FoundGroup(nsg))
    renamed = {**rule, "name": rule_name}
    twin = next((r for r in home.rules if str(r.get("name", "")).casefold() == rule_name.casefold()), None)
    if twin is None or not _same_fields(twin, renamed):
        home.rules.append(renamed)


def _same_fields(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    def fields(rule: Mapping[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in body_of(rule).items() if v and k not in ("id", "name", "type", "etag", "dependsOn")}

    return fields(left) == fields(right)


def _name_in_id(resource: Mapping[str, Any]) -> str:
    found = _IN_ID.search(str(resource.get("id") or ""))
    return found[1] if found else ""


def _parameter_defaults(document: Any) -> dict[str, Any]:
    declared = document.get("parameters") if isinstance(document, dict) else None
    if not isinstance(declared, dict):
        return {}
    return {name.casefold(): body.get("defaultValue") for name, body in declared.items() if isinstance(body, dict)}


_CALL = re.compile(r"\[(concat|format|parameters)\((.*)\)\]", re.IGNORECASE | re.DOTALL)
_ARGUMENT = re.compile(r"\s*(?:'((?:[^']|'')*)'|parameters\('([^']+)'\))\s*(?:,|$)", re.IGNORECASE)


def _text(resource: Mapping[str, Any], key: str, parameters: Mapping[str, Any]) -> str:
    """A name, with the expressions that exports use for names worked out from the parameters' default values."""
    text = str(resource.get(key) or "")
    if not text.startswith("[") or text.startswith("[["):
        return text
    found = _CALL.fullmatch(text)
    values = _arguments(found[2], parameters) if found and found[1].lower() != "parameters" else None
    if found and found[1].lower() == "parameters":
        values = _arguments(f"parameters({found[2]})", parameters)
    if not found or not values:
        raise BadRuleSet(
            f"The name {text} is an ARM expression that cannot be worked out here.",
            "Export with 'az group export --skip-resource-name-params', or write the name out.",
        )
    if found[1].lower() == "format":
        return re.sub(
            r"\{(\d+)\}", lambda hole: values[1 + int(hole[1])] if int(hole[1]) + 1 < len(values) else "", values[0]
        )
    return "".join(values)


def _arguments(text: str, parameters: Mapping[str, Any]) -> list[str] | None:
    """The values of literal and parameter arguments; None when there is anything else, or no default value."""
    values, at = [], 0
    while at < len(text):
        found = _ARGUMENT.match(text, at)
        value = found and (found[1] if found[1] is not None else parameters.get(found[2].casefold()))
        if found is None or not isinstance(value, str):
            return None
        values.append(value.replace("''", "'"))
        at = found.end()
    return values
