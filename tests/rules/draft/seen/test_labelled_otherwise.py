"""Flows in a subnet's prefixes that bear another label are no part of its draft, and the draft says which label."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.inventory.scope import Scope
from nsgflow_core.inventory.subnet_map import SubnetMap, subnet_map
from nsgflow_core.inventory.things.vnet import Vnet, VnetSubnet
from nsgflow_core.rules.draft.draft import draft
from nsgflow_core.words.prefixes import parse_prefix
from nsgflow_core.words.vocabulary import Direction
from tests.estates.daily import daily
from tests.estates.flows import store_of

SUBSCRIPTION = "/subscriptions/1f0a2b3c-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.Network"


def networks(**held: dict[str, tuple[str, ...]]) -> SubnetMap:
    """Networks without a peering, each with subnets of these prefixes."""
    vnets = []
    for name, subnets in held.items():
        vnet_id = f"{SUBSCRIPTION}/virtualNetworks/{name}"
        made = (
            VnetSubnet(each, tuple(map(parse_prefix, prefixes)), f"{vnet_id}/subnets/{each}")
            for each, prefixes in subnets.items()
        )
        vnets.append(Vnet(name, vnet_id, (parse_prefix("10.1.0.0/16"),), tuple(made)))
    return subnet_map(vnets)


LONGER = networks(main={"app": ("10.1.1.0/24",)}, other={"app": ("10.1.1.0/25",)})
SHARED = networks(main={"app": ("10.1.1.0/24", "10.1.2.0/24")}, other={"db": ("10.1.1.0/24",)})
CASES = [
    (LONGER, "main/app", "Of main/app, 10.1.1.0/25 is called other/app: 8 flows", "10.1.1.0/24"),
    (SHARED, "app", "Of app, 10.1.1.0/24 is called app or db: 16 flows", "10.1.1.0/24"),
    (LONGER, "other/app", "", ""),
    (LONGER, "10.1.1.0/24", "", ""),
]


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize(("subnets", "subnet", "said", "prefix"), CASES)
def test_a_draft_says_which_label_its_flows_have(
    tmp_path: Path, subnets: SubnetMap, subnet: str, said: str, prefix: str, direction: Direction
) -> None:
    ends = [("10.1.9.4", "10.1.1.4"), ("10.1.9.4", "10.1.1.200"), ("10.1.9.4", "10.1.2.4")]
    ends = ends if direction is Direction.INBOUND else [(there, here) for here, there in ends]
    rows = [flow for pair in ends for flow in daily(*pair, 443, direction=direction)]
    store = store_of(tmp_path / "flows.duckdb", rows, subnets)
    made = draft(store, FlowFilter(), Scope(subnet=subnet), direction)
    about = [each for each in made.warnings if "are not in this draft" in each]
    assert [each.split(" allowed")[0] for each in about] == ([said] if said else [])
    if said:
        assert about[0].endswith(f"draft for {prefix}.")
        flows = draft(store, FlowFilter(), Scope(subnet=prefix), direction).material.flows
        assert "10.1.1.4" in {*flows["src_ip"], *flows["dst_ip"]}


def test_nothing_is_said_where_nothing_was_logged(tmp_path: Path) -> None:
    store = store_of(tmp_path / "flows.duckdb", daily("10.1.9.4", "10.1.1.200", 443), LONGER)
    made = draft(store, FlowFilter(), Scope(subnet="main/app"), Direction.INBOUND)
    assert not [each for each in made.warnings if "are not in this draft" in each]
