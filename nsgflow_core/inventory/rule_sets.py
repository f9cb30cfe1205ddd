"""Rule files: reads what az, REST and ARM write and our own drafts, and writes a rule set as such a file.

A file that cannot be used says where: the NSG, the rule and the field, and what would be right there.
Sources: REST reference "Network Security Groups" (singular or plural fields, either may be absent, null or empty) and
"Network security groups" on Microsoft Learn (priorities, names, protocols, port syntax).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from nsgflow_core.errors import BadFilter, BadRuleSet
from nsgflow_core.inventory.document import HINT, FoundGroup, body_of, find_groups
from nsgflow_core.inventory.rule import (
    ANY,
    ANY_PORTS,
    AZURE_LOAD_BALANCER,
    INTERNET,
    MAX_PORT,
    MAX_PRIORITY,
    MIN_PRIORITY,
    PROTOCOLS,
    VIRTUAL_NETWORK,
    Access,
    PortRange,
    Rule,
    RuleSet,
)
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction

_TAG = re.compile(r"[A-Za-z][\w.\-]*")
_BUILT_IN = {tag.casefold(): tag for tag in (VIRTUAL_NETWORK, INTERNET, AZURE_LOAD_BALANCER)} | {"any": ANY, ANY: ANY}
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_PORT_HINT = "Write a port like 443, a range like 1000-2000, or *."


def read_rule_sets(text: str | bytes) -> tuple[RuleSet, ...]:
    """The rule sets of a file, one for each NSG in it. Raises BadRuleSet, saying where.

    Default rules are those of the file; `RuleSet.with_defaults` adds the ones it lacks. A whole NSG speaks for both
    directions; a template of child rules, for the directions of its rules; a draft, for those it names.
    """
    try:
        document = json.loads(_decode(text))
    except (ValueError, RecursionError) as error:
        raise BadRuleSet(f"The rule file is not valid JSON: {error}.", HINT) from None
    return tuple(_rule_set(found) for found in find_groups(document))


def write_rule_set(rule_set: RuleSet) -> str:
    """The set as JSON in the shape of `az network nsg show`; `read_rule_sets` reads back an equal set.

    Own rules are written before default rules.
    """
    document: dict[str, Any] = {"name": rule_set.name, "id": rule_set.nsg_id, "resourceGuid": rule_set.resource_guid}
    document["directions"] = [str(direction) for direction in Direction if direction in rule_set.directions]
    document["securityRules"] = [_written(rule) for rule in rule_set.rules if not rule.is_default]
    document["defaultSecurityRules"] = [_written(rule) for rule in rule_set.rules if rule.is_default]
    document["subnets"] = [{"id": item} for item in rule_set.subnets]
    document["networkInterfaces"] = [{"id": item} for item in rule_set.network_interfaces]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _decode(text: str | bytes) -> str:
    """UTF-8, or UTF-16 with its mark: Windows PowerShell's `>` writes that."""
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    utf16 = text[:2] in (b"\xff\xfe", b"\xfe\xff")
    return text.decode("utf-16" if utf16 else "utf-8-sig")


def _rule_set(found: FoundGroup) -> RuleSet:
    body = body_of(found.resource)
    own = tuple(_Fields(found.name, rule).rule(is_default=False) for rule in found.rules)
    defaults = tuple(_Fields(found.name, rule).rule(is_default=True) for rule in found.default_rules)
    _check_unique(found.name, (*own, *defaults))
    spoken = body.get("directions")
    directions = tuple(Direction) if found.resource else ()
    if isinstance(spoken, list):
        directions = tuple(direction for direction in Direction if str(direction) in spoken)
    return RuleSet(
        name=found.name,
        rules=(*own, *defaults),
        nsg_id=str(found.resource.get("id") or ""),
        resource_guid=str(body.get("resourceGuid") or ""),
        subnets=_ids(body, "subnets"),
        network_interfaces=_ids(body, "networkInterfaces"),
        directions=directions,
    )


def _check_unique(nsg: str, rules: tuple[Rule, ...]) -> None:
    """A name once in an NSG, a priority once in a direction: Azure refuses anything else."""
    names: set[tuple[str, bool]] = set()
    priorities: dict[tuple[Direction, int], str] = {}
    for rule in rules:
        if (rule.name.casefold(), rule.is_default) in names:
            raise BadRuleSet(f"NSG '{nsg}' has two rules named '{rule.name}'.", "Give one of them another name.")
        names.add((rule.name.casefold(), rule.is_default))
        other = priorities.setdefault((rule.direction, rule.priority), rule.name)
        if other != rule.name:
            raise BadRuleSet(
                f"NSG '{nsg}': the {rule.direction} rules '{other}' and '{rule.name}' both have priority "
                f"{rule.priority}.",
                "Give one of them another priority: it must be unique in a direction.",
            )


def _ids(body: Mapping[str, Any], key: str) -> tuple[str, ...]:
    held = body.get(key) or []
    return tuple(str(item["id"]) for item in held if isinstance(item, dict) and item.get("id"))


class _Fields:
    """The fields of one rule as the file has them; every failure names the NSG, the rule and the field."""

    def __init__(self, nsg: str, rule: Mapping[str, Any]) -> None:
        self.nsg = nsg
        self.name = str(rule.get("name") or "")
        self.body = body_of(rule)
        if not self.name:
            self.fail("name", "is missing", "Give every rule its name.")

    def rule(self, *, is_default: bool) -> Rule:
        """The rule, or BadRuleSet."""
        source_asgs, destination_asgs = self.asgs("source"), self.asgs("destination")
        return Rule(
            name=self.name,
            priority=self.priority(is_default),
            direction=Direction(self.word("direction", [str(d) for d in Direction])),
            access=Access(self.word("access", [str(a) for a in Access])),
            protocol=self.protocol(),
            sources=self.prefixes("source", required=not source_asgs),
            destinations=self.prefixes("destination", required=not destination_asgs),
            destination_ports=self.ports("destination"),
            source_ports=self.ports("source"),
            source_asgs=source_asgs,
            destination_asgs=destination_asgs,
            description=str(self.body.get("description") or ""),
            is_default=is_default,
        )

    def fail(self, field: str, what: str, hint: str) -> NoReturn:
        """Say where it is."""
        raise BadRuleSet(f"NSG '{self.nsg}', rule '{self.name}': '{field}' {what}.", hint)

    def text(self, field: str, value: Any) -> str:
        """One value as text; an ARM expression has no value here."""
        if not isinstance(value, str | int) or isinstance(value, bool):
            self.fail(field, f"is {json.dumps(value)[:60]}, which is no text", HINT)
        text = str(value).strip()
        if text.startswith("["):
            self.fail(
                field, f"is the ARM expression {text}", "Write the value out, or use the JSON of 'az network nsg show'."
            )
        return text

    def word(self, field: str, words: list[str]) -> str:
        """One of a few words, in any case."""
        value = self.body.get(field)
        choices = f"Choose from: {', '.join(words)}."
        if value in (None, ""):
            self.fail(field, "is missing", choices)
        text = self.text(field, value)
        for word in words:
            if word.casefold() == text.casefold():
                return word
        return self.fail(field, f"is '{text}'", choices)

    def protocol(self) -> str:
        """Tcp, Udp, Icmp, Esp, Ah or `*`; `Any` is what the portal shows for `*`."""
        value = self.body.get("protocol")
        return ANY if isinstance(value, str) and value.casefold() == "any" else self.word("protocol", list(PROTOCOLS))

    def priority(self, is_default: bool) -> int:
        """A whole number, within Azure's limits for a rule of the user."""
        hint = f"Write a whole number from {MIN_PRIORITY} to {MAX_PRIORITY}."
        value = self.body.get("priority")
        if value in (None, ""):
            self.fail("priority", "is missing", hint)
        text = self.text("priority", value)
        if not (text.isascii() and text.isdigit()):
            self.fail("priority", f"is '{text}'", hint)
        if not is_default and not MIN_PRIORITY <= int(text) <= MAX_PRIORITY:
            self.fail("priority", f"is {text}", hint)
        return int(text)

    def joined(self, singular: str, plural: str) -> list[str]:
        """The values of the singular and the plural field, each once, in order."""
        many = self.body.get(plural) or []
        if not isinstance(many, list):
            self.fail(plural, "is not a list", f"Write a list, or one value as '{singular}'.")
        one = self.body.get(singular)
        values = [self.text(plural, value) for value in many]
        values += [self.text(singular, one)] if one not in (None, "") else []
        return list(dict.fromkeys(values))

    def prefixes(self, side: str, *, required: bool) -> tuple[str, ...]:
        """The CIDR prefixes and service tags of a side; canonical text for prefixes and built-in tags."""
        singular, plural = f"{side}AddressPrefix", f"{side}AddressPrefixes"
        hint = "Write a prefix like 10.1.2.0/24, a service tag like VirtualNetwork, or *."
        terms = [self.prefix(singular, text, hint) for text in self.joined(singular, plural)]
        if required and not terms:
            self.fail(singular, "is missing", hint)
        return tuple(dict.fromkeys(terms))

    def prefix(self, field: str, text: str, hint: str) -> str:
        """One term of a side."""
        built_in = _BUILT_IN.get(text.casefold())
        if built_in:
            return built_in
        try:
            return parse_prefix(text).text
        except BadFilter:
            if not _TAG.fullmatch(text):
                self.fail(field, f"is '{text}', neither a CIDR prefix nor a service tag", hint)
            return text

    def ports(self, side: str) -> tuple[PortRange, ...]:
        """The ports of a side, as the file orders them; source ports that are not given are any."""
        singular, plural = f"{side}PortRange", f"{side}PortRanges"
        texts = self.joined(singular, plural)
        if not texts and side == "source":
            return ANY_PORTS
        if not texts:
            self.fail(singular, "is missing", _PORT_HINT)
        return tuple(self.port_range(singular, text) for text in texts)

    def port_range(self, field: str, text: str) -> PortRange:
        """One port or range."""
        if text.casefold() in (ANY, "any"):
            return ANY_PORTS[0]
        found = _PORTS.fullmatch(text.replace(" ", ""))
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if not found or first > last or last > MAX_PORT:
            self.fail(field, f"is '{text}'", _PORT_HINT)
        return PortRange(first, last)

    def asgs(self, side: str) -> tuple[str, ...]:
        """The ids of a side's application security groups."""
        field = f"{side}ApplicationSecurityGroups"
        held = self.body.get(field) or []
        if not isinstance(held, list) or not all(isinstance(item, dict) and item.get("id") for item in held):
            self.fail(field, "is not a list of objects with an id", HINT)
        return tuple(dict.fromkeys(str(item["id"]) for item in held))


def _written(rule: Rule) -> dict[str, Any]:
    """One rule with az's field names; plural fields throughout, as both spellings are read."""
    written: dict[str, Any] = {
        "name": rule.name,
        "priority": rule.priority,
        "direction": str(rule.direction),
        "access": str(rule.access),
        "protocol": rule.protocol,
    }
    for side, terms, ports, asgs in (
        ("source", rule.sources, rule.source_ports, rule.source_asgs),
        ("destination", rule.destinations, rule.destination_ports, rule.destination_asgs),
    ):
        written[f"{side}AddressPrefixes"] = list(terms)
        written[f"{side}PortRanges"] = [str(item) for item in ports]
        if asgs:
            written[f"{side}ApplicationSecurityGroups"] = [{"id": item} for item in asgs]
    if rule.description:
        written["description"] = rule.description
    return written
