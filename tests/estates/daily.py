"""Everyday traffic towards one NSG, and the map of its network: what drafts are made of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.words.prefixes import parse_prefix
from tests.estates.flows import START, row

SUBNETS = SubnetMap(
    (
        Subnet("app", parse_prefix("10.0.2.0/24"), "hub"),
        Subnet("db", parse_prefix("10.0.3.0/28"), "hub"),
        Subnet("web", parse_prefix("10.0.1.0/24"), "hub"),
    ),
    (parse_prefix("10.0.0.0/16"),),
)
Rows = list[dict[str, object]]


def daily(source: str, destination: str, port: int, days: int = 8, protocol: str = "TCP", **more: Any) -> Rows:
    """One flow a day, so that nothing is rare."""
    key = (source, destination, protocol, port)
    return [row(key, START + timedelta(days=day), **more) for day in range(days)]
