"""Names for the NSGs of VNet flow logs, which know an NSG only by the guid in `aclID`.

The guid is the NSG's `resourceGuid` in ARM (Microsoft Learn, "VNet flow logs": aclID), so `az network nsg list` has
both. Also read: a CSV with the columns acl_id,name (or id,name).
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from nsgflow_core.errors import BadNsgNames

_HOW = "Upload the output of 'az network nsg list -o json', or a CSV with the columns acl_id,name."


def read_nsg_names(text: str | bytes) -> dict[str, str]:
    """aclID (lower case) -> NSG name. Raises BadNsgNames, saying where it went wrong."""
    try:
        content = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise BadNsgNames("The NSG names are not UTF-8 text.", _HOW) from None
    return _from_json(content) if content.lstrip()[:1] in ("[", "{") else _from_csv(content)


def _from_json(content: str) -> dict[str, str]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise BadNsgNames(f"The NSG names are not valid JSON: {error}.", _HOW) from None
    names = {}
    for nsg in _nsgs(document):
        body = nsg["properties"] if isinstance(nsg.get("properties"), dict) else nsg
        guid, name = body.get("resourceGuid"), nsg.get("name")
        if isinstance(guid, str) and guid.strip() and isinstance(name, str) and name.strip():
            names[guid.strip().lower()] = name.strip()
    if not names:
        raise BadNsgNames("No NSG in the file has a name and a resourceGuid.", _HOW)
    return names


def _nsgs(document: Any) -> list[dict[str, Any]]:
    """The NSGs of a list, a REST `value` page, an ARM template's `resources`, or a single one."""
    if isinstance(document, dict):
        pages = [document[key] for key in ("value", "resources") if isinstance(document.get(key), list)]
        document = pages[0] if pages else [document]
    if not all(isinstance(item, dict) for item in document):
        raise BadNsgNames("The NSG names are not a list of network security groups.", _HOW)
    return list(document)


def _from_csv(content: str) -> dict[str, str]:
    rows = list(csv.reader(io.StringIO(content)))
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    key = next((column for column in ("acl_id", "aclid", "id") if column in header), None)
    if key is None or "name" not in header:
        raise BadNsgNames("The first line of the CSV does not name the columns acl_id,name.", _HOW)
    id_at, name_at = header.index(key), header.index("name")
    names = {}
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(id_at, name_at) or not row[id_at].strip() or not row[name_at].strip():
            raise BadNsgNames(f"Line {number} of the NSG names needs an id and a name.", _HOW)
        names[row[id_at].strip().lower()] = row[name_at].strip()
    if not names:
        raise BadNsgNames("The CSV holds no NSG name.", _HOW)
    return names
