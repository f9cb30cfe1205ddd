"""Reading aclID -> NSG name maps."""

from __future__ import annotations

import json

import pytest

from nsgflow_core.errors import BadNsgNames
from nsgflow_core.inventory.nsgs import read_nsg_names

GUID = "AAAAAAAA-0000-4000-8000-000000000001"
EXPECTED = {GUID.lower(): "web-nsg"}


@pytest.mark.parametrize(
    "document",
    [
        [{"name": "web-nsg", "resourceGuid": GUID, "id": "/subscriptions/x"}],
        {"value": [{"name": "web-nsg", "properties": {"resourceGuid": GUID}}]},
        {"resources": [{"name": "web-nsg", "properties": {"resourceGuid": GUID}}, {"name": "vnet"}]},
        {"name": "web-nsg", "resourceGuid": GUID},
    ],
)
def test_json_of_az_rest_and_arm(document: object) -> None:
    assert read_nsg_names(json.dumps(document)) == EXPECTED
    assert read_nsg_names(json.dumps(document).encode("utf-8-sig")) == EXPECTED


@pytest.mark.parametrize("header", ["acl_id,name", "id,name", "Name,ACL_ID"])
def test_csv(header: str) -> None:
    cells = ["web-nsg", GUID] if header.startswith("Name") else [GUID, "web-nsg"]
    assert read_nsg_names(f"{header}\r\n{cells[0]}, {cells[1]}\r\n\r\n") == EXPECTED


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "first line"),
        ("name,prefix\na,b\n", "first line"),
        ("acl_id,name\n", "no NSG name"),
        ("acl_id,name\nguid\n", "Line 2"),
        ("{", "not valid JSON"),
        ("[1]", "not a list"),
        ('[{"name": "web-nsg"}]', "resourceGuid"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_what_cannot_be_read_says_why(text: str | bytes, words: str) -> None:
    with pytest.raises(BadNsgNames, match=words):
        read_nsg_names(text)
