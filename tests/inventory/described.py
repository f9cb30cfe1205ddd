"""VNets and NSGs described in a line each, for tests of several of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.inventory import Inventory

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
GUIDS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")


def arm_id(kind: str, name: str, subscription: str = "A", group: str = "RG") -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/{kind}/{name}"


def vnet(name: str, space: str, subscription: str = "A", group: str = "RG", **subnets: str) -> dict[str, Any]:
    found = [{"name": key, "addressPrefix": prefix} for key, prefix in subnets.items()]
    return {
        "id": arm_id("virtualNetworks", name, subscription, group), "name": name,
        "addressSpace": {"addressPrefixes": [space]}, "subnets": found,
    }  # fmt: skip


def nsg(name: str, number: int, **more: object) -> dict[str, Any]:
    place = arm_id("networkSecurityGroups", name, "AB"[number], f"RG{number + 1}")
    return {"name": name, "id": place, "resourceGuid": GUIDS[number], "securityRules": [], **more}


def inventory_of(*documents: object) -> Inventory:
    return read([(f"{number}.json", json.dumps(each)) for number, each in enumerate(documents)], NOW)
