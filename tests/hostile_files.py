"""Contents of files that a user can give, each of which broke something once or could."""

from __future__ import annotations

import gzip
import json
import os

VNET = {"name": "hub", "type": "Microsoft.Network/virtualNetworks", "addressSpace": {"addressPrefixes": ["10.0.0.0/8"]}}


def nsg_with(**fields: object) -> bytes:
    rule = {"name": "r", "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "*", **fields}
    nsg = {"name": "web", "type": "Microsoft.Network/networkSecurityGroups", "securityRules": [rule]}
    return json.dumps([nsg]).encode()


CONTENTS: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n\t ",
    "nul": b"\0" * 500,
    "nul in text": b'[{"name": "a\0b"}]',
    "nested lists": b"[" * 100_000 + b"]" * 100_000,
    "nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "unclosed": b"[" * 100_000,
    "nested in UTF-16": ("[" * 100_000).encode("utf-16"),
    "nested 900": b"[" * 900 + b"]" * 900,
    "nested in a twin": json.dumps([{**VNET, "Subnets": "System.Object[]", "SubnetsText": "[" * 50_000}]).encode(),
    "nested in an expression": json.dumps(
        {
            "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "resources": [{**VNET, "name": "[" + "concat(" * 5000 + "'a'" + ")" * 5000 + "]"}],
        }
    ).encode(),
    "wide CSV field": b"name,prefix\n" + b"x" * 200_000 + b",10.0.0.0/8\n",
    "a quote that never ends": b'name,prefix\n"' + b"x,10.0.0.0/8\n" * 20_000,
    "line ends": b"name,prefix\n" + b"\n" * 600_000,
    "spaces": b"[" + b" " * 3_000_000 + b"]" + b" " * 3_000_000,
    "wide CSV header": b"," * 300_000,
    "lone surrogates": b'[{"type":"Microsoft.Network/virtualNetworks","name":"\\ud800","\\udfff":"\\udc00",'
    b'"addressSpace":{"addressPrefixes":["10.0.0.0/8"]},"subnets":[{"name":"s\\udcff","addressPrefix":"10.1.0.0/16"}]}]',
    "surrogate bytes": b'[{"name":"\xed\xa0\x80"}]',
    "latin": "name,prefix\ncafé,10.0.0.0/8\n".encode("latin-1"),
    "UTF-16 without a mark": json.dumps([VNET]).encode("utf-16-le"),
    "UTF-16, odd": json.dumps([VNET]).encode("utf-16-le") + b"x",
    "UTF-32": json.dumps([VNET]).encode("utf-32"),
    "gzip": gzip.compress(json.dumps([VNET]).encode()),
    "zip": b"PK\x03\x04" + bytes(100),
    "random": os.urandom(3000),
    "digits": b'[{"name":"x","priority":' + b"9" * 6000 + b"}]",
    "infinite": nsg_with(priority=float("inf")),
    "no number": nsg_with(priority=float("nan")),
    "large exponent": b'[{"type":"Microsoft.Network/networkSecurityGroups","name":"x","securityRules":[{"name":"r",'
    b'"priority":1e999,"destinationPortRange":"1e999"}]}]',
    "digits in text": nsg_with(priority="9" * 6000, destinationPortRange="²-" + "9" * 6000),
    "other types": nsg_with(name=["x"], priority={"a": 1}, direction=7, access=None, sourceAddressPrefix=[[]]),
    "html": b"<!DOCTYPE html><html><body>sign in</body></html>",
    "scalars": b'"text"',
    "null": b"[null, 1, true, [[]], {}]",
    "control": b"name,prefix\n\x1b]0;x\x07,10.0.0.0/8\n",
}
HARMLESS = {"UTF-16 without a mark", "UTF-32"}
