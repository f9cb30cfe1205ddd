"""Which NSG of the files a scope means, by whichever name it is called."""

from __future__ import annotations

import json

from nsgflow_core.inventory.files import read
from nsgflow_core.inventory.scope import Scope, nsg_labels
from nsgflow_core.inventory.subnet_map import subnet_map

SUBSCRIPTIONS = ("aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002")


def network(subscription: str) -> list[dict[str, object]]:
    """A VNet `hub` with a subnet and an NSG `web`, in group `rg`."""
    where = f"/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.Network"
    nsg: dict[str, object] = {
        "id": f"{where}/networkSecurityGroups/web", "name": "web", "securityRules": [],
        "type": "Microsoft.Network/networkSecurityGroups",
    }  # fmt: skip
    subnet = {"name": "web", "addressPrefix": f"10.{subscription[0]}.0.0/24".replace("a", "1").replace("b", "2")}
    vnet: dict[str, object] = {
        "id": f"{where}/virtualNetworks/hub", "name": "hub", "type": "Microsoft.Network/virtualNetworks",
        "addressSpace": {"addressPrefixes": [subnet["addressPrefix"]]}, "subnets": [subnet],
    }  # fmt: skip
    return [nsg, vnet]


def test_namesakes_in_two_subscriptions_are_found_by_their_label_and_by_the_whole_guid() -> None:
    found = read([("network.json", json.dumps([each for at in SUBSCRIPTIONS for each in network(at)]).encode())])
    assert nsg_labels(found.rule_sets) == ["aaaaaaaa/rg/web", "bbbbbbbb/rg/web"]
    assert subnet_map(found.vnets).names == ("aaaaaaaa/rg/hub/web", "bbbbbbbb/rg/hub/web")
    for place, subscription in enumerate(SUBSCRIPTIONS):
        for label in (f"{subscription[:8]}/rg/web", f"{subscription}/rg/web", f"{subscription.upper()}/RG/WEB"):
            assert found.guards(Scope(nsg=label)) == (found.rule_sets[place],)
