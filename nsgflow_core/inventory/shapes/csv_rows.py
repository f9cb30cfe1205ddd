"""CSVs as resources: name,prefix (and vnet) are subnets; acl_id,name are names of NSGs; id,type are resources.

The portal's Resource Graph Explorer downloads a column for each property, and JSON in the cells of those that hold more
(Microsoft Learn, "Quickstart: Run Resource Graph query using Azure portal").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.document import HOW, json_values
from nsgflow_core.inventory.shapes.fields import Fields, Note
from nsgflow_core.words import arm_id
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.visible import in_short

Rows = tuple[tuple[str, ...], ...]
_BETWEEN, _AROUND_A_SLASH = re.compile(r"[,;]"), re.compile(r"\s*/\s*")
_ACL = ("acl_id", "aclid", "id")


def listed_rows(rows: Rows) -> list[dict[str, Any]]:
    """What Resource Graph lists as a CSV: a resource a line; none of any other CSV. Raises BadInventory."""
    header = [cell.casefold() for cell in rows[0]]
    if not {"id", "type"} <= set(header):
        return []
    return [{name: _held(cell) for name, cell in zip(header, row, strict=False)} for row in rows[1:] if any(row)]


def _held(cell: str) -> Any:
    return json_values(cell)[0] if cell[:1] in ("{", "[") else cell or None


def csv_resources(rows: Rows, note: Note) -> list[Fields]:
    """The resources of a CSV; a line that cannot be used is noted. Raises BadInventory for other columns."""
    header = [cell.casefold() for cell in rows[0]]
    if "name" in header and "prefix" in header:
        return _vnets(header, rows, note)
    acl = next((column for column in _ACL if column in header), None)
    if acl and "name" in header:
        return list(_nsg_names(rows, (header.index(acl), header.index("name")), note))
    raise BadInventory("The first line of the CSV does not name the columns name,prefix or acl_id,name.", HOW)


def _nsg_names(rows: Rows, places: tuple[int, int], note: Note) -> Iterator[Fields]:
    for number, (acl_id, name) in _lines(rows, places, "an id and a name", note):
        if arm_id.type_of(acl_id) in ("", kinds.NSG):
            yield {"type": kinds.NSG_NAME, "aclid": acl_id, "name": name}
        else:
            note(f"Line {number} of the CSV: '{in_short(name)}' is no NSG by its id; it is left out.")


def _vnets(header: list[str], rows: Rows, note: Note) -> list[Fields]:
    """One VNet for each name in the column `vnet`, or one without a name; the prefixes are its address space."""
    vnets: dict[str, Fields] = {}
    vnet_at = header.index("vnet") if "vnet" in header else None
    places = (header.index("name"), header.index("prefix"))
    for number, (name, prefix) in _lines(rows, places, "a name and a prefix", note):
        row = rows[number - 1]
        vnet = row[vnet_at] if vnet_at is not None and len(row) > vnet_at else ""
        home = vnets.setdefault(
            vnet.casefold(), {"type": kinds.VNET, "name": vnet, "subnets": [], "spaceofsubnets": True}
        )
        home["subnets"].append({"name": name, "addressprefix": _prefixes(prefix), "line": number})
    return list(vnets.values())


def _prefixes(cell: str) -> str:
    """The prefixes of a cell, which may hold several, as a list joined by spaces."""
    return _AROUND_A_SLASH.sub("/", _BETWEEN.sub(" ", cell))


def _lines(rows: Rows, places: tuple[int, int], what: str, note: Note) -> Iterator[tuple[int, tuple[str, str]]]:
    for number, row in enumerate(rows[1:], start=2):
        if not any(row):
            continue
        first, second = (row[place] if place < len(row) else "" for place in places)
        if within := max(first.count("\n"), second.count("\n")):
            lines = counted(within + 1, "line")
            note(f"Line {number} of the CSV opens a quotation mark that it does not close; {lines} are left out.")
        elif first and second:
            yield number, (first, second)
        else:
            note(f"Line {number} of the CSV needs {what}; it is left out.")
