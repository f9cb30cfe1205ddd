"""The fields of one security rule, read with the NSG, the rule and the field named in every failure.

Sources: REST reference "Network Security Groups" (singular or plural fields, either may be absent, null or empty) and
"Network security groups" on Microsoft Learn (priorities, names, protocols, port syntax).
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from nsgflow_core.errors import BadFilter, BadInventory
from nsgflow_core.inventory.rule import (
    ANY,
    ANY_PORTS,
    AZURE_LOAD_BALANCER,
    MAX_PRIORITY,
    MIN_PRIORITY,
    PROTOCOLS,
    VIRTUAL_NETWORK,
    Access,
    PortRange,
    Rule,
)
from nsgflow_core.inventory.shapes.fields import Fields, ids, items, spelled, text
from nsgflow_core.words import arm_id
from nsgflow_core.words.numbers import whole_number
from nsgflow_core.words.prefixes import INTERNET, parse_prefix
from nsgflow_core.words.vocabulary import MAX_PORT, Direction

HINT = (
    "Use the JSON of 'az network nsg show' or 'az network nsg list', of the REST API, an ARM export, "
    "or a draft exported here."
)
_TAG = re.compile(r"[A-Za-z][\w.\-]*")
_BUILT_IN = {tag.casefold(): tag for tag in (VIRTUAL_NETWORK, INTERNET, AZURE_LOAD_BALANCER)} | {"any": ANY, ANY: ANY}
_LAST_PRIORITY = 65_500
"""Of the default rules, which lie behind all others."""
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_PORT_HINT = "Write a port like 443, a range like 1000-2000, or *."


class RuleFields:
    """The fields of one rule as the file has them; a failure names what it is of (`kind`), rule and field."""

    def __init__(self, nsg: str, rule: Fields, kind: str = "NSG") -> None:
        self.nsg = nsg
        self.kind = kind
        self.name = arm_id.last(text(rule, "name"))
        self.fields = rule
        self.spelled: dict[tuple[str, str], str] = {}
        if not self.name:
            self.fail("name", "is missing", "Give every rule its name.")

    def rule(self, *, is_default: bool) -> Rule:
        """The rule, or BadInventory."""
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
            description=str(self.held("description") or ""),
            is_default=is_default,
            spelled=tuple((field, ours, theirs) for (field, ours), theirs in self.spelled.items() if ours != theirs),
        )

    def held(self, field: str) -> Any:
        """What the rule has in a field, spelled as az does."""
        return self.fields.get(spelled(field))

    def fail(self, field: str, what: str, hint: str) -> NoReturn:
        """Say where it is."""
        raise BadInventory(f"{self.kind} '{self.nsg}', rule '{self.name}': '{field}' {what}.", hint)

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
        value = self.held(field)
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
        value = self.held("protocol")
        return ANY if isinstance(value, str) and value.casefold() == "any" else self.word("protocol", list(PROTOCOLS))

    def priority(self, is_default: bool) -> int:
        """A whole number, within Azure's limits for a rule of the user."""
        hint = f"Write a whole number from {MIN_PRIORITY} to {MAX_PRIORITY}."
        value = self.held("priority")
        if value in (None, ""):
            self.fail("priority", "is missing", hint)
        text = self.text("priority", value)
        priority = whole_number(text, _LAST_PRIORITY)
        if priority is None:
            self.fail("priority", f"is '{text}'", hint)
        if not is_default and not MIN_PRIORITY <= priority <= MAX_PRIORITY:
            self.fail("priority", f"is {text}", hint)
        return priority

    def joined(self, singular: str, plural: str) -> list[str]:
        """The values of the singular and the plural field, each once, in order."""
        many = self.held(plural) or []
        if not isinstance(many, list):
            self.fail(plural, "is not a list", f"Write a list, or one value as '{singular}'.")
        one = self.held(singular)
        values = [self.text(plural, value) for value in many]
        for each in one if isinstance(one, list) else [one]:  # PowerShell holds a list in the singular field
            values += [self.text(singular, each)] if each not in (None, "") else []
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
            found = parse_prefix(text).text
        except BadFilter:
            if not _TAG.fullmatch(text):
                self.fail(field, f"is '{text}', neither a CIDR prefix nor a service tag", hint)
            return text
        self.spelled.setdefault((field, found), text)
        return found

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
        written = text.replace(" ", "")
        found = _PORTS.fullmatch(written)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if not found or first > last or last > MAX_PORT:
            self.fail(field, f"is '{text}'", _PORT_HINT)
        held = PortRange(first, last)
        self.spelled.setdefault((field, str(held)), written)
        return held

    def asgs(self, side: str) -> tuple[str, ...]:
        """The ids of a side's application security groups."""
        field = f"{side}ApplicationSecurityGroups"
        held = self.held(field) or []
        groups = items(self.fields, spelled(field))
        listed = [held] if isinstance(held, dict) else held
        if not isinstance(listed, list) or len(groups) != len(listed) or not all(text(item, "id") for item in groups):
            self.fail(field, "is not a list of objects with an id", HINT)
        return ids(self.fields, spelled(field))
