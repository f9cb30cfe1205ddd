"""ARM templates as resources: loops turned, conditions asked, nested children and deployments taken out.

An export names everything by a parameter and repeats inline rules as children; templates of language version 2 name
their resources; Bicep writes each `for` as a loop and each module as a deployment. Sources: Microsoft Learn, "ARM
template structure", "Resource iteration", "Conditional deployment", "Linked and nested templates", "Symbolic names".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.arm.functions import member
from nsgflow_core.inventory.shapes.arm.left_over import NAME_IT, unknown_name_words, without_unknown
from nsgflow_core.inventory.shapes.arm.parameters import handed_in
from nsgflow_core.inventory.shapes.arm.scope import TemplateScope, WorksOut, as_given, as_written, loops_of
from nsgflow_core.inventory.shapes.fields import Fields, Note, folded, text
from nsgflow_core.words.visible import in_short

DEPLOYMENT = "microsoft.resources/deployments"
Written = Mapping[str, Any]
"""A part of a template as the file has it: names in any case, which mean the same."""


def is_template(value: Written) -> bool:
    """True for a template, as opposed to a resource that has children, or a state of Terraform."""
    keys = {key.casefold() for key in value}
    if not isinstance(member(value, "resources", None), list | dict) or keys & {"type", "lineage"}:
        return False
    return bool(keys & {"$schema", "contentversion"}) or not keys & {"securityrules", "subnets"}


def template_resources(template: Written, note: Note, handed: Mapping[str, Any] | None = None) -> Iterator[Fields]:
    """The template's resources and their children, each by itself, with expressions worked out where that is possible.

    `handed` are the values of parameters by name in lower case, as a parameters file has them. What is not deployed,
    or not to be worked out, is noted.
    """
    scope = TemplateScope(_parameters(template, handed or {}), _variables(template))
    yield from _resources(template, scope, note)


@dataclass(frozen=True, slots=True)
class _Placed:
    """One resource that a template has or a turn of a loop makes, and the scope that it stands in."""

    symbol: str
    resource: Written
    scope: TemplateScope

    @property
    def kind(self) -> str:
        return str(member(self.resource, "type", "")).casefold()

    @property
    def name(self) -> str:
        return str(self.scope.worked_out(member(self.resource, "name", "")))

    @property
    def properties(self) -> Written:
        return _object(self.resource, "properties")

    @property
    def template(self) -> Written:
        """Of a deployment, what it deploys; empty where that is not in the file."""
        return _object(self.properties, "template")

    def inner(self) -> TemplateScope:
        """The scope of what it deploys; unless told otherwise Azure works expressions in it out outside of it."""
        asked = self.scope.worked_out(_object(self.properties, "expressionEvaluationOptions"))
        handed = self.scope.worked_out(handed_in(member(self.properties, "parameters", None)))
        sees_outer = str(member(asked, "scope", "")).casefold() != "inner"
        known = _parameters(self.template, handed), _variables(self.template)
        return self.scope.within(*known, sees_outer=sees_outer)

    def outputs(self) -> dict[str, Any]:
        """Of a deployment, what it puts out."""
        return {"outputs": self.inner().worked_out(dict(_object(self.template, "outputs")))}


def _parameters(template: Written, handed: Mapping[str, Any]) -> dict[str, WorksOut]:
    """The parameters of a template by name in lower case; where null is handed in, the default counts."""
    found: dict[str, WorksOut] = {name: as_given(value) for name, value in handed.items()}
    for name, body in _object(template, "parameters").items():
        if isinstance(body, dict) and handed.get(name.casefold()) is None:
            if _has(body, "defaultValue"):
                found[name.casefold()] = as_written(member(body, "defaultValue"))
            elif _is_nullable(body, template):
                found[name.casefold()] = as_given(None)
    return found


def _is_nullable(body: Written, template: Written) -> bool:
    """Whether a parameter may be left out, as itself or its type says."""
    named = str(member(body, "$ref", "")).rpartition("/")[2]
    declared = _object(_object(template, "definitions"), named)
    return True in (member(body, "nullable", False), member(declared, "nullable", False))


def _variables(template: Written) -> dict[str, WorksOut]:
    written = _object(template, "variables")
    found = {name.casefold(): as_written(value) for name, value in written.items()}
    for loop in loops_of(member(written, "copy", None)):
        found[str(member(loop, "name")).casefold()] = _repeated(loop)
    return found


def _repeated(loop: Written) -> WorksOut:
    return lambda scope: scope.repeated(loop)


def _resources(template: Written, scope: TemplateScope, note: Note) -> Iterator[Fields]:
    listed = member(template, "resources", None)
    unnamed = [("", each) for each in listed] if isinstance(listed, list) else []
    named = listed.items() if isinstance(listed, dict) else unnamed
    all_placed = [
        placed
        for symbol, resource in named
        if isinstance(resource, dict) and member(resource, "existing", False) is not True
        for placed in _turned(_Placed(symbol, resource, scope), note)
    ]
    for placed in all_placed:
        if placed.kind == DEPLOYMENT and placed.template:
            by_id = f"/providers/{DEPLOYMENT}/{placed.name}".casefold()
            scope.deployments.update(dict.fromkeys((placed.symbol.casefold(), by_id), placed.outputs))
    for placed in all_placed:
        yield from _deployed(placed, note)


def _turned(placed: _Placed, note: Note) -> Iterator[_Placed]:
    """A resource once for each turn of its loop; itself where it has none."""
    loop = member(placed.resource, "copy", None)
    if not isinstance(loop, dict):
        yield placed
        return
    rest = {key: value for key, value in placed.resource.items() if key.casefold() != "copy"}
    turns = placed.scope.turns_of(loop)
    if turns is None and _is_of_account(placed):
        count = in_short(str(member(loop, "count", "")))
        note(
            f"{_called(placed)} stands in a loop, and how often it turns ({count}) is not in the file. It is left out."
        )
    for at in range(turns or 0):
        turn = placed.scope.turn(str(member(loop, "name", "")), at, of_resource=True)
        yield _Placed(f"{placed.symbol}[{at}]", rest, turn)


def _deployed(placed: _Placed, note: Note) -> Iterator[Fields]:
    if not _is_deployed(placed, note):
        return
    if placed.kind != DEPLOYMENT:
        yield from _with_children(folded(placed.scope.worked_out(dict(placed.resource))), "", "", note)
    elif placed.template:
        yield from _resources(placed.template, placed.inner(), note)
    elif _has(placed.properties, "templateLink"):
        note(f"{_called(placed)} deploys a template that is not in the file. Give what that one describes, too.")


def _is_deployed(placed: _Placed, note: Note) -> bool:
    """Whether a resource is deployed with these parameters; where the file cannot tell, it is taken to be."""
    condition = placed.scope.worked_out(member(placed.resource, "condition", True))
    is_told = isinstance(condition, bool)
    if condition is not True and _is_of_account(placed):
        with_these = "is not deployed with these parameters. It is left out"
        perhaps = f"is deployed on a condition that is not in the file ({in_short(str(condition))}). It is taken to be"
        note(f"{_called(placed)} {with_these if is_told else perhaps}.")
    return condition is True or not is_told


def _with_children(resource: Fields, type_before: str, name_before: str, note: Note) -> Iterator[Fields]:
    """The resource and its children; a nested child is written without its parent's type and name in front."""
    kind, name = text(resource, "type"), text(resource, "name")
    if type_before and not kind.casefold().startswith("microsoft."):
        kind = f"{type_before}/{kind}"
    if name_before and "/" not in name:
        name = f"{name_before}/{name}"
    if "[" in name and kind.casefold() in kinds.READ:  # no name in Azure has one
        note(f"{unknown_name_words(name)} It is left out. {NAME_IT}")
        return
    own = {key: value for key, value in resource.items() if key not in ("resources", "id")}
    yield without_unknown({**own, "type": kind, "name": name}, note)
    children = resource.get("resources")
    for child in children if isinstance(children, list) else children.values() if isinstance(children, dict) else []:
        if isinstance(child, dict) and child.get("condition") is not False:
            yield from _with_children(child, kind, name, note)


def _is_of_account(placed: _Placed) -> bool:
    """Whether a resource tells of a network, or may deploy one that does; modules also deploy empty templates, by which
    their publisher counts them."""
    if placed.kind == DEPLOYMENT:
        return bool(member(placed.template, "resources", None)) or _has(placed.properties, "templateLink")
    return placed.kind in kinds.READ


def _called(placed: _Placed) -> str:
    return f"'{in_short(placed.name)}'"


def _object(value: Written, key: str) -> dict[str, Any]:
    inner = member(value, key, None)
    return inner if isinstance(inner, dict) else {}


def _has(value: Written, key: str) -> bool:
    return any(each.casefold() == key.casefold() for each in value)
