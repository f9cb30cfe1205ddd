"""NSGs and their rules: reads the resources of a file and our own drafts, and writes a rule set as such a file.

A rule that cannot be used is left out and says where: the NSG, the rule and the field, and what would be right there.
Sources: REST reference "Network Security Groups"; `shapes/rule_fields.py` reads one rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.rule import MAX_PRIORITY, MIN_PRIORITY, Rule, RuleSet
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.arm.left_over import NAME_IT, unknown_name_words
from nsgflow_core.inventory.shapes.fields import Fields, Note, ids, items, name_of, text
from nsgflow_core.inventory.shapes.resources import read_resources
from nsgflow_core.inventory.shapes.rule_fields import HINT, RuleFields
from nsgflow_core.words import arm_id
from nsgflow_core.words.numbers import whole_number
from nsgflow_core.words.vocabulary import Direction


def read_rule_sets(content: str | bytes) -> tuple[RuleSet, ...]:
    """The rule sets of a file of any shape, one for each NSG in it. Raises BadInventory when it holds none.

    Default rules are those of the file; `RuleSet.with_defaults` adds the ones it lacks.
    """
    notes: list[str] = []
    resources = read_resources(content, notes.append)
    found = tuple(rule_set_of(each, notes.append) for each in resources if each["type"] == kinds.NSG)
    if not found:
        raise BadInventory(notes[0] if notes else "The file holds no network security group.", HINT)
    return found


def rule_set_of(fields: Fields, note: Note) -> RuleSet:
    """The rule set of an NSG; a rule that cannot be used is noted, and the set knows that it was left out.

    A whole NSG speaks for both directions; one known by child rules alone, for the directions of its rules; a draft,
    for those it names. Raises BadInventory for an NSG without a name, or with a name that cannot be worked out.
    """
    name = name_of(fields)
    if not name:
        raise BadInventory("A network security group of the file has no 'name'.", "Give it its name in Azure.")
    if name.startswith("["):
        raise BadInventory(unknown_name_words(text(fields, "name")), NAME_IT)
    left_out, unread = _sentences(fields, "leftout"), _sentences(fields, "unread")
    known, places = len(left_out), [place for each in items(fields, "unreadplaces") for place in _places_of(each)]
    rules = tuple(_usable_rules(name, fields, left_out, unread, places))
    for sentence in left_out[known:]:
        note(sentence)
    spoken = fields.get("directions")
    directions = () if fields.get("partial") else tuple(Direction)
    if isinstance(spoken, list):
        directions = tuple(direction for direction in Direction if str(direction) in spoken)
    return RuleSet(
        name=name,
        rules=rules,
        nsg_id=text(fields, "id"),
        resource_guid=text(fields, "resourceguid"),
        subnets=ids(fields, "subnets"),
        network_interfaces=ids(fields, "networkinterfaces"),
        directions=directions,
        left_out=tuple(left_out),
        unread=tuple(filter(None, unread)),
        unread_places=tuple(dict.fromkeys(places)),
    )


def rule_set_fields(rule_set: RuleSet) -> dict[str, Any]:
    """The set in the shape of `az network nsg show`; `rule_set_of` reads it back equal. Own rules come first."""
    document: dict[str, Any] = {"name": rule_set.name, "id": rule_set.nsg_id, "resourceGuid": rule_set.resource_guid}
    document["directions"] = [str(direction) for direction in Direction if direction in rule_set.directions]
    document["securityRules"] = [_written(rule) for rule in rule_set.rules if not rule.is_default]
    document["defaultSecurityRules"] = [_written(rule) for rule in rule_set.rules if rule.is_default]
    document["subnets"] = [{"id": item} for item in rule_set.subnets]
    document["networkInterfaces"] = [{"id": item} for item in rule_set.network_interfaces]
    if rule_set.left_out:
        document["leftOut"] = list(rule_set.left_out)
    if rule_set.unread:
        document["unread"] = list(rule_set.unread)
    if rule_set.unread_places:
        places = ({"direction": str(towards), "priority": number} for towards, number in rule_set.unread_places)
        document["unreadPlaces"] = list(places)
    return document


def write_rule_set(rule_set: RuleSet) -> str:
    """The set as JSON text that `read_rule_sets` reads back equal."""
    return json.dumps(rule_set_fields(rule_set), indent=2, ensure_ascii=False) + "\n"


def _sentences(fields: Fields, key: str) -> list[str]:
    """The sentences of a list, whole."""
    held = fields.get(key)
    return [str(each) for each in held] if isinstance(held, list) else []


def _places_of(rule: Fields) -> list[tuple[Direction, int]]:
    """The direction and priority that a rule has, whatever else of it can be read; both where it tells no direction."""
    number = whole_number(text(rule, "priority"), MAX_PRIORITY)
    if number is None or number < MIN_PRIORITY:
        return []
    towards = [each for each in Direction if each.casefold() == text(rule, "direction").casefold()]
    return [(each, number) for each in towards or Direction]


def _usable_rules(
    nsg: str, fields: Fields, left_out: list[str], unread: list[str], places: list[tuple[Direction, int]]
) -> Iterator[Rule]:
    """The rules that can be used; for each other one a sentence in `left_out`, its name in `unread`, and in `places`
    where it stands.

    A name stands once in an NSG, a priority once in a direction: Azure refuses anything else.
    """
    names: set[tuple[str, bool]] = set()
    priorities: dict[tuple[Direction, int], str] = {}
    for key, is_default in (("securityrules", False), ("defaultsecurityrules", True)):
        held = fields.get(key) or []
        if isinstance(held, dict):
            held = [held]
        if not isinstance(held, list):
            left_out.append(f"NSG '{nsg}': '{key}' is not a list of rules; its rules are left out.")
            continue
        for each in held:
            if not isinstance(each, dict):
                left_out.append(f"NSG '{nsg}': a rule is no object; it is left out.")
                continue
            try:
                rule = RuleFields(nsg, each).rule(is_default=is_default)
            except BadInventory as error:
                left_out.append(f"{error.message.removesuffix('.')}; the rule is left out. {error.hint}")
                unread.append(arm_id.last(text(each, "name")))
                places += [] if is_default else _places_of(each)
                continue
            other = priorities.get((rule.direction, rule.priority))
            if (rule.name.casefold(), is_default) in names:
                left_out.append(f"NSG '{nsg}' has two rules named '{rule.name}'; the second is left out.")
                places.append(rule.place)
            elif other is not None:
                left_out.append(
                    f"NSG '{nsg}': the {rule.direction} rules '{other}' and '{rule.name}' both have priority "
                    f"{rule.priority}; the second is left out."
                )
                unread.append(rule.name)
            else:
                names.add((rule.name.casefold(), is_default))
                priorities[rule.direction, rule.priority] = rule.name
                yield rule


def _written(rule: Rule) -> dict[str, Any]:
    """One rule with az's field names; plural fields throughout, as both spellings are read."""
    written: dict[str, Any] = {
        "name": rule.name,
        "priority": rule.priority,
        "direction": str(rule.direction),
        "access": str(rule.access),
        "protocol": rule.protocol,
    }
    for side in rule.sides:
        written[f"{side.word}AddressPrefixes"] = list(rule.prefixes_spelled(side))
        written[f"{side.word}PortRanges"] = list(rule.ports_spelled(side))
        if side.asgs:
            written[f"{side.word}ApplicationSecurityGroups"] = [{"id": item} for item in side.asgs]
    if rule.description:
        written["description"] = rule.description
    return written
