"""A subnet may be named like a prefix that it has not: what others denied there is found all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.rules.draft.closed.test_denied_elsewhere import IN, OUT, SQL, SUBNETS, denied, logged, material


@pytest.mark.parametrize("name", ["data", "10.20.3.0/24", "10.20.2.0/24", "10.9.0.0/24", "fd00::/64", "10.9.0.1"])
@pytest.mark.parametrize("direction", [IN, OUT])
def test_a_denier_is_found_at_a_subnet_whatever_that_is_called(tmp_path: Path, name: str, direction: Direction) -> None:
    """A filter reads a name that is a prefix as those addresses: the flow that another NSG denies last was drafted."""
    named = SubnetMap((SUBNETS.subnets[0], Subnet(name, parse_prefix("10.20.3.0/24"), "v")), SUBNETS.address_space)
    key = SQL if direction is IN else ("10.20.3.4", "10.20.2.4", "TCP", 8443)
    rows = logged(key, range(4), direction=direction) + denied(key, range(4, 6), direction=direction)
    gathered = material(tmp_path, rows, direction=direction, subnets=named)
    assert gathered.set_apart["denied_by"].tolist() == [f"no-app of nsg-other ({direction.lower()})"]
