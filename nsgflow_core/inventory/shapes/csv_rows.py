"""Our own CSVs as resources: name,prefix (and vnet) are subnets; acl_id,name are names of NSGs."""

from __future__ import annotations

from collections.abc import Iterator

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.document import HOW
from nsgflow_core.inventory.shapes.fields import Fields, Note

Rows = tuple[tuple[str, ...], ...]
_ACL = ("acl_id", "aclid", "id")


def csv_resources(rows: Rows, note: Note) -> list[Fields]:
    """The resources of a CSV; a line that cannot be used is noted. Raises BadInventory for other columns."""
    header = [cell.casefold() for cell in rows[0]]
    if "name" in header and "prefix" in header:
        return _vnets(header, rows, note)
    acl = next((column for column in _ACL if column in header), None)
    if acl and "name" in header:
        return [
            {"type": kinds.NSG_NAME, "aclid": acl_id, "name": name}
            for _, (acl_id, name) in _lines(rows, (header.index(acl), header.index("name")), "an id and a name", note)
        ]
    raise BadInventory("The first line of the CSV does not name the columns name,prefix or acl_id,name.", HOW)


def _vnets(header: list[str], rows: Rows, note: Note) -> list[Fields]:
    """One VNet for each name in the column `vnet`, or one without a name; the prefixes are its address space."""
    vnets: dict[str, Fields] = {}
    vnet_at = header.index("vnet") if "vnet" in header else None
    places = (header.index("name"), header.index("prefix"))
    for number, (name, prefix) in _lines(rows, places, "a name and a prefix", note):
        row = rows[number - 1]
        vnet = row[vnet_at] if vnet_at is not None and len(row) > vnet_at else ""
        home = vnets.setdefault(vnet, {"type": kinds.VNET, "name": vnet, "subnets": [], "spaceofsubnets": True})
        home["subnets"].append({"name": name, "addressprefix": prefix, "line": number})
    return list(vnets.values())


def _lines(rows: Rows, places: tuple[int, int], what: str, note: Note) -> Iterator[tuple[int, tuple[str, str]]]:
    for number, row in enumerate(rows[1:], start=2):
        if not any(row):
            continue
        first, second = (row[place] if place < len(row) else "" for place in places)
        if first and second:
            yield number, (first, second)
        else:
            note(f"Line {number} of the CSV needs {what}; it is left out.")
