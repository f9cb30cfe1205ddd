"""ARM templates as resources: parameters and variables put in, nested children and deployments taken out.

An export names everything by a parameter and repeats inline rules as children; templates of language version 2 name
their resources. Sources: Microsoft Learn, "ARM template structure", "Template functions", "Symbolic names".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from nsgflow_core.inventory.shapes.fields import Fields, folded, inner, spelled, text

DEPLOYMENT = "microsoft.resources/deployments"
_TOKEN = re.compile(r"\s*(?:'((?:[^']|'')*)'|(-?\d+)|([A-Za-z_]\w*)|(.))", re.DOTALL)


def is_template(fields: Fields) -> bool:
    """True for a template, as opposed to a resource that has children."""
    held = fields.get("resources")
    if not isinstance(held, list | dict) or text(fields, "type"):
        return False
    return "$schema" in fields or "contentversion" in fields or not ({"securityrules", "subnets"} & fields.keys())


def template_resources(template: Fields, given: Fields | None = None) -> Iterator[Fields]:
    """The template's resources and their children, each by itself, with expressions worked out where that is possible.

    `given` holds the parameters that an outer template hands in.
    """
    known = _Known(_values(template, given or {}), inner(template, "variables"))
    held = template["resources"]
    for resource in held.values() if isinstance(held, dict) else held:
        if isinstance(resource, dict) and resource.get("existing") is not True:
            yield from _with_children(_resolved(resource, known), "", "")


def _values(template: Fields, given: Fields) -> Fields:
    declared = inner(template, "parameters")
    defaults = {name: body.get("defaultvalue") for name, body in declared.items() if isinstance(body, dict)}
    handed = {name: body.get("value") for name, body in given.items() if isinstance(body, dict) and "value" in body}
    return {**defaults, **handed}


def _with_children(resource: Fields, type_before: str, name_before: str) -> Iterator[Fields]:
    """The resource and its children; a nested child is written without its parent's type and name in front."""
    kind, name = text(resource, "type"), text(resource, "name")
    if type_before and not kind.casefold().startswith("microsoft."):
        kind = f"{type_before}/{kind}"
    if name_before and "/" not in name:
        name = f"{name_before}/{name}"
    if kind.casefold() == DEPLOYMENT and isinstance(inner(resource, "template").get("resources"), list | dict):
        yield from template_resources(inner(resource, "template"), inner(resource, "parameters"))
        return
    held = resource.get("resources")
    yield {key: value for key, value in resource.items() if key not in ("resources", "id")} | {
        "type": kind,
        "name": name,
    }
    for child in held if isinstance(held, list) else held.values() if isinstance(held, dict) else []:
        if isinstance(child, dict):
            yield from _with_children(child, kind, name)


@dataclass(frozen=True)
class _Known:
    parameters: Fields
    variables: Fields
    open: set[str] = field(default_factory=set)
    """Variables being worked out, so that one that names itself ends."""


def _resolved(value: Any, known: _Known) -> Any:
    """The value with every expression worked out; one that cannot be stays as it is written."""
    if isinstance(value, dict):
        return {key: _resolved(held, known) for key, held in value.items()}
    if isinstance(value, list):
        return [_resolved(each, known) for each in value]
    if not isinstance(value, str) or not (value.startswith("[") and value.endswith("]")):
        return value
    if value.startswith("[["):
        return value[1:]
    try:
        return folded(_Expression(value[1:-1], known).value())
    except (ValueError, RecursionError):
        return value


class _Expression:
    """One template expression; `value` raises ValueError for what cannot be worked out from the file alone."""

    def __init__(self, written: str, known: _Known) -> None:
        self.tokens = [found for found in _TOKEN.finditer(written) if found[0].strip()]
        self.at, self.known = 0, known

    def value(self) -> Any:
        """The value of the whole expression."""
        made = self._term()
        if self.at < len(self.tokens):
            raise ValueError("more than one term")
        return made

    def _term(self) -> Any:
        token = self._take()
        if token[1] is not None:
            return token[1].replace("''", "'")
        if token[2] is not None:
            return int(token[2])
        if token[3] is None or self._take()[4] != "(":
            raise ValueError("no function")
        arguments: list[Any] = []
        while self._peek() != ")":  # at the end of the text `_term` fails
            arguments.append(self._term())
            if self._peek() == ",":
                self.at += 1
        self.at += 1
        made = self._call(token[3].casefold(), arguments)
        while self._peek() == ".":
            self.at += 1
            key = spelled(self._take()[3] or "")
            made = made[key] if isinstance(made, dict) and key in made else self._fail()
        return made

    def _call(self, name: str, arguments: list[Any]) -> Any:
        if name in ("parameters", "variables") and len(arguments) == 1:
            return self._named(name, spelled(str(arguments[0])))
        if name == "resourceid":
            return _relative_id([str(each) for each in arguments])
        if name in ("concat", "format", "tolower", "toupper") and all(isinstance(a, str | int) for a in arguments):
            written = [str(each) for each in arguments]
            if name == "format" and written:
                return self._filled(written[0], written[1:])
            joined = "".join(written)
            return joined.lower() if name == "tolower" else joined.upper() if name == "toupper" else joined
        return self._fail()

    def _filled(self, pattern: str, values: list[str]) -> str:
        holes = re.findall(r"\{(\d+)\}", pattern)
        if any(int(hole) >= len(values) for hole in holes):
            return str(self._fail())
        return re.sub(r"\{(\d+)\}", lambda hole: values[int(hole[1])], pattern)

    def _named(self, kind: str, name: str) -> Any:
        held = (self.known.parameters if kind == "parameters" else self.known.variables).get(name)
        if held is None or f"{kind}/{name}" in self.known.open:
            return self._fail()
        known = _Known(self.known.parameters, self.known.variables, {*self.known.open, f"{kind}/{name}"})
        made = _resolved(held, known)
        return self._fail() if isinstance(made, str) and made == held and made.startswith("[") else made

    def _take(self) -> re.Match[str]:
        if self.at >= len(self.tokens):
            raise ValueError("ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def _peek(self) -> str | None:
        return self.tokens[self.at][4] if self.at < len(self.tokens) else None

    def _fail(self) -> Any:
        raise ValueError("not known from the file")


def _relative_id(arguments: list[str]) -> str:
    """`resourceId(type, name...)` without the subscription and resource group, which the file does not know."""
    at = next((place for place, each in enumerate(arguments) if "/" in each), None)
    if at is None:
        raise ValueError("no type")
    provider, *kinds = arguments[at].split("/")
    names = arguments[at + 1 :]
    if len(names) != len(kinds):
        raise ValueError("as many names as types")
    return f"/providers/{provider}/" + "/".join(f"{kind}/{name}" for kind, name in zip(kinds, names, strict=True))
