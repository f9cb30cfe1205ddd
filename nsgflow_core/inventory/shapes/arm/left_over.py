"""What of a resource is still an expression: only Azure knows it, so it is left out, and said.

Rules are no matter of this file: one that lacks a field would match more than it does, and is left out as a whole
(`rule_fields.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.arm.expression import is_expression
from nsgflow_core.inventory.shapes.fields import Fields, Note, text
from nsgflow_core.words.visible import in_short

NAME_IT = (
    "Give the template's parameters file with it, export with 'az group export --skip-resource-name-params', or write "
    "the name out."
)
_RULES = ("securityrules", "defaultsecurityrules")


def unknown_name_words(name: str) -> str:
    """Why a resource of this name is left out."""
    return f"The name {in_short(name)} is an ARM expression that cannot be worked out here."


def without_unknown(resource: Fields, note: Note) -> Fields:
    """The resource without the expressions in what tells of it."""
    kind = text(resource, "type").casefold()
    of_account = kinds.OF_ACCOUNT.get(kind, ())
    kept = dict(resource)
    left: list[str] = []
    for key in resource.keys() & {*of_account, "location"}:
        if key in _RULES:
            continue
        found = list(_unknown(resource[key]))
        left += found if key in of_account else []
        if found:
            kept[key] = _known(resource[key])
    if left:
        few = in_short(", ".join(dict.fromkeys(left)))
        note(f"'{in_short(text(resource, 'name'))}': what {few} stands for is not in the file. It is left out.")
    return kept


def _unknown(value: Any) -> Iterator[str]:
    if is_expression(value):
        yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inside:
        yield from _unknown(each)


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _known(each) for key, each in value.items() if not is_expression(each)}
    if isinstance(value, list):
        return [_known(each) for each in value if not is_expression(each)]
    return None if is_expression(value) else value
