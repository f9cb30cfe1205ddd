"""The resources of a document, whatever wrote it: lists, pages, templates, states and CSVs are opened, children joined.

Sources: Microsoft Learn, "Azure Resource Graph" (`data`, `count`, `total_records`; the table form has columns and
rows), REST list answers (`value`), `az network nic list-effective-nsg`; for PowerShell, "ConvertTo-Json" (-Depth).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.arm.functions import member
from nsgflow_core.inventory.shapes.arm.parameters import handed_in
from nsgflow_core.inventory.shapes.arm.template import is_template, template_resources
from nsgflow_core.inventory.shapes.csv_rows import csv_resources, listed_rows
from nsgflow_core.inventory.shapes.document import read_document
from nsgflow_core.inventory.shapes.fields import Fields, Note, cut_fields, folded, items, text
from nsgflow_core.inventory.shapes.joining import joined
from nsgflow_core.inventory.shapes.terraform.state import terraform_resources, terraform_root
from nsgflow_core.words import arm_id

_SERVICE_TAGS = "microsoft.network/servicetags"
_PAGES = ("value", "data", "networksecuritygroups", "effectivenetworksecuritygroups")

_GOES_ON = ("nextlink", "odata.nextlink", "@odata.nextlink", "skiptoken", "$skiptoken")
_CUT = (
    "A list of the file goes on in a page that is not in it, so what stands there is not known: fetch all pages "
    "(az graph query --first 1000 --skip-token, the nextLink of a REST answer)."
)


def read_resources(content: str | bytes, note: Note, handed: Mapping[str, Any] | None = None) -> list[Fields]:
    """The resources of a file, each with its `type`, children joined to their parents; what is left out is noted.

    `handed` are the parameters (`arm/parameters.py`) for templates that the file holds. Raises BadInventory when the
    file is neither JSON nor one of our CSVs.
    """
    document = read_document(content)
    listed = listed_rows(document.rows) if document.rows else document.values
    if document.rows and not listed:
        return csv_resources(document.rows, note)
    found = [resource for value in listed for resource in _names(value) or _opened(value, note, handed or {})]
    for resource in found:
        resource["type"] = kinds.kind_of(resource)
        if cut := sorted(set(cut_fields(resource))):
            note(
                f"{_called(resource)} was cut off at {', '.join(cut)} by ConvertTo-Json. "
                "Write it again with ConvertTo-Json -Depth 10."
            )
    return joined(found, note)


def _names(value: Any) -> list[Fields]:
    """The names of ACLs as a plain object: {id or guid: name}."""
    if not isinstance(value, dict) or not value:
        return []
    if not all(isinstance(held, str) and ("/" in key or arm_id.is_guid(key)) for key, held in value.items()):
        return []
    return [{"type": kinds.NSG_NAME, "aclid": str(key), "name": folded(held)} for key, held in value.items()]


def _opened(value: Any, note: Note, handed: Mapping[str, Any]) -> Iterator[Fields]:
    """The resources of a JSON value as the file has it: the names in a template's expressions are spelled so."""
    if isinstance(value, list):
        for each in value:
            yield from _opened(each, note, handed)
    elif not isinstance(value, dict):
        note("An entry of the file is no object; it is left out.")
    elif is_template(value):
        yield from template_resources(value, note, handed)
    elif (exported := _exported(value)) is not None:
        yield from template_resources(exported, note, {**handed, **handed_in(member(value, "parameters", None))})
    else:
        yield from _described(folded(value), note, handed)


def _exported(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The template that a deployment or an export holds beside its parameters."""
    template = member(value, "template", None)
    return template if isinstance(template, dict) and is_template(template) and not member(value, "type", "") else None


def _described(value: Fields, note: Note, handed: Mapping[str, Any]) -> Iterator[Fields]:
    if root := terraform_root(value):
        yield from terraform_resources(root, note)
    elif isinstance(value.get("values"), list) and kinds.kind_of(value) in ("", _SERVICE_TAGS):
        yield from ({**tag, "type": kinds.SERVICE_TAG} for tag in items(value, "values"))
    elif page := next((key for key in _PAGES if isinstance(value.get(key), list | dict)), None):
        yield from _page(value, page, note, handed)
    else:
        found = list(_under_other_names(value, note))
        yield from found if any(each.get("type") != kinds.NAMED for each in found) else [_listed(value)]


def _under_other_names(value: Any, note: Note) -> Iterator[Fields]:
    """What an object that is no resource holds of a network: `az network nsg create` answers with `NewNSG`, a
    deployment with its outputs, and people put several answers together under names of their own."""
    if isinstance(value, list):
        for each in value:
            yield from _under_other_names(each, note)
    elif isinstance(value, dict):
        kind = kinds.kind_of(value)
        if kind in kinds.READ:
            yield _listed(value)
        elif "/" not in kind and "id" not in value:
            _say_where_it_goes_on(value, note)
            yield from _under_other_names(list(value.values()), note)


def _listed(resource: Fields) -> Fields:
    """A resource as a listing has it; a template or state that says nothing of an NSG means one without rules."""
    if not kinds.is_named_only(resource):
        return resource
    return {**resource, "type": kinds.NAMED, "of": kinds.kind_of(resource)}


def _page(value: Fields, page: str, note: Note, handed: Mapping[str, Any]) -> Iterator[Fields]:
    """What a page lists; a resource that happens to have such a field is itself."""
    if kinds.kind_of(value):
        yield _listed(value)
        return
    _say_where_it_goes_on(value, note)
    held = value[page]
    if isinstance(held, dict) and isinstance(held.get("columns"), list):
        names = [text(column, "name") for column in items(held, "columns")]
        rows = held.get("rows")
        listed = [row for row in rows if isinstance(row, list)] if isinstance(rows, list) else []
        held = folded([dict(zip(names, row, strict=False)) for row in listed])
    yield from _opened(held, note, handed)


def _say_where_it_goes_on(page: Fields, note: Note) -> None:
    if any(text(page, key) for key in _GOES_ON):
        note(_CUT)


def _called(resource: Fields) -> str:
    name = text(resource, "name") or arm_id.last(text(resource, "id"))
    return f"'{name}'" if name else "An entry of the file"
